"""Process definitions over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query
from starlette.responses import Response

from app.api import answers
from app.api.answers import moment
from app.api.route import Call, Read, Routes, Write
from app.api.schemas.process_definitions import (
    DefinitionReport,
    ProcessDefinition,
    ProcessDefinitionPage,
    ProcessDefinitionQuery,
    SuspendDefinition,
)
from app.commands import process_definitions as commands
from app.queries import process_definitions as queries
from app.queries.page import Paging
from bpmn.report import ReportEntry

routes = Routes("Process definitions")

EXAMPLE = {
    "id": "019aa9d5-3c1e-7f10-8a52-5b8f1d0c9e11",
    "key": "leave-request",
    "version": 1,
    "versionTag": None,
    "name": "Leave request",
    "resourceName": "leave-request.bpmn",
    "deploymentId": "019aa9d5-3c1b-7a40-9d3e-2f1b6c7d8e90",
    "suspended": False,
    "createdAt": "2026-11-22T08:30:00.000Z",
}
# Files may come from anybody: a browser must neither run nor guess what is in them.
UNTRUSTED = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
_ALONE = SuspendDefinition()


def shape(row: queries.DefinitionRow) -> ProcessDefinition:
    """A definition as it is answered."""
    return {
        "id": row.id,
        "key": row.key,
        "version": row.version,
        "versionTag": row.version_tag,
        "name": row.name,
        "resourceName": row.resource_name,
        "deploymentId": row.deployment_id,
        "suspended": row.suspended,
        "createdAt": moment(row.created_at),
    }


@routes.get(
    "/process-definitions",
    "listProcessDefinitions",
    "List process definitions",
    example={"items": [EXAMPLE], "nextCursor": None},
)
def list_definitions(tx: Read, query: Annotated[ProcessDefinitionQuery, Query()]) -> ProcessDefinitionPage:
    """By key, the newest version of each first."""
    filters = queries.Filters(
        query.key, query.version, query.version_tag, query.deployment_id, query.suspended, query.latest
    )
    found: ProcessDefinitionPage = answers.items(
        queries.list_definitions(tx, Paging(query.limit, query.cursor), filters), shape
    )
    return found


@routes.get(
    "/process-definitions/{id}", "getProcessDefinition", "Get a process definition", example=EXAMPLE, refusals=[404]
)
def get(tx: Read, id: str) -> ProcessDefinition:
    """One process definition by its id."""
    return shape(queries.get(tx, id))


@routes.get(
    "/process-definitions/by-key/{key}",
    "getLatestProcessDefinition",
    "Get the newest version of a process",
    example=EXAMPLE,
    refusals=[404],
)
def get_latest(tx: Read, key: str) -> ProcessDefinition:
    """The newest version of a key, the id of the process in the diagram."""
    return shape(queries.get_latest(tx, key))


@routes.get(
    "/process-definitions/{id}/xml",
    "getProcessDefinitionXml",
    "Get a process definition's diagram",
    refusals=[404],
    response_class=Response,
    content={"application/xml": {"schema": {"type": "string", "format": "binary"}}},
)
async def get_xml(call: Call, id: str) -> Response:
    """The file as it was uploaded, byte by byte."""
    content = await call.server.read(lambda tx: queries.xml(tx, id))
    return Response(content, headers=UNTRUSTED, media_type="application/xml")


@routes.get(
    "/process-definitions/{id}/report",
    "getProcessDefinitionReport",
    "Get a process definition's executability report",
    refusals=[404],
    example={
        "resourceName": "leave-request.bpmn",
        "report": {"refused": 0, "executed": 7, "documentation": 2, "warnings": 0, "entries": []},
    },
)
def get_report(tx: Read, id: str) -> DefinitionReport:
    """What becomes of every element and every vendor attribute: executed, documentation, or refused."""
    text, file = queries.report(tx, id)
    entries = msgspec.json.decode(text, type=list[ReportEntry])
    return {
        "resourceName": file,
        "report": answers.report_shape(entry for entry in entries if entry.file == file),
    }


@routes.post(
    "/process-definitions/{id}/suspend",
    "suspendProcessDefinition",
    "Suspend a process definition",
    status=204,
    refusals=[404, 409],
)
def suspend(tx: Write, id: str, body: SuspendDefinition = _ALONE) -> None:
    """From now on it starts no instances; with `withInstances`, the running ones rest."""
    commands.suspend(tx, id, with_instances=body.with_instances)


@routes.post(
    "/process-definitions/{id}/resume",
    "resumeProcessDefinition",
    "Resume a process definition",
    status=204,
    refusals=[404, 409],
)
def resume(tx: Write, id: str, body: SuspendDefinition = _ALONE) -> None:
    """It starts instances again, and timer starts that fell due meanwhile fire now."""
    commands.resume(tx, id, with_instances=body.with_instances)
