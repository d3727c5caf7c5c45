"""Deployments over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query
from starlette.responses import Response

from app.api import answers
from app.api.answers import moment
from app.api.forms import FORM, Upload, read_upload
from app.api.once import once
from app.api.process_definitions import UNTRUSTED
from app.api.route import Call, Read, Routes, Write, answered
from app.api.schemas.deployments import (
    CreateDeploymentQuery,
    DeleteDeploymentQuery,
    DeployedDecision,
    DeployedDefinition,
    Deployment,
    DeploymentPage,
    DeploymentQuery,
    DeploymentSummary,
    DryRun,
    NewDeployment,
)
from app.commands import decisions
from app.commands import deployments as commands
from app.commands.deployments import Deployed, Prepared
from app.engine.work import Work
from app.queries import deployments as queries
from app.queries.page import Paging
from bpmn.report import ReportEntry
from bpmn.values import to_json

routes = Routes("Deployments")

_REPORT = {"refused": 0, "executed": 7, "documentation": 2, "warnings": 0, "entries": []}
_PROCESS = {"key": "leave-request", "versionTag": None, "name": "Leave request", "resourceName": "leave-request.bpmn"}
_SUMMARY = {
    "id": "019aa9d5-3c1b-7a40-9d3e-2f1b6c7d8e90",
    "name": "leave-request.bpmn",
    "source": None,
    "createdAt": "2026-11-22T08:30:00.000Z",
}
_EXAMPLE = {
    **_SUMMARY,
    "resources": ["leave-request.bpmn"],
    "processDefinitions": [{"id": "019aa9d5-3c1e-7f10-8a52-5b8f1d0c9e11", "version": 1, **_PROCESS}],
    "decisions": [],
    "report": _REPORT,
}
_DRY = {"description": "A dry run: what the deployment would bring.", "model": DryRun}


@routes.post(
    "/deployments",
    "createDeployment",
    "Deploy diagrams and decisions",
    status=201,
    example={**_EXAMPLE, "duplicate": False},
    refusals=[409, 413, 415, 422],
    response_model=NewDeployment,
    examples={200: {"processes": [_PROCESS], "decisions": [], "report": _REPORT}},
    also={200: _DRY},
    openapi_extra=FORM,
)
async def create(call: Call, query: Annotated[CreateDeploymentQuery, Query()]) -> Response:
    """One or many files in one atomic deployment; the answer says what becomes of every element and attribute."""
    settings, sandboxes = call.server.runtime.settings, call.server.runtime.sandboxes
    upload = await read_upload(call.request, settings)
    only_once = once(call.request, *upload.identity())
    prepared = await call.server.read_files(lambda: commands.prepare(upload.files, settings, sandboxes))
    if query.dry_run:
        return answered(200, to_json(_judged(prepared)))

    def command(tx: Work) -> bytes:
        return to_json(_created(tx, upload, prepared))

    if only_once is None:
        return answered(201, await call.server.write(command), location="deployments")
    body, replayed = await call.server.write(lambda tx: only_once.answer(tx, 201, command))
    return answered(201, body, replayed=replayed, location="deployments")


def _judged(prepared: Prepared) -> DryRun:
    return {
        "processes": [
            {
                "key": model.key,
                "versionTag": model.version_tag,
                "name": model.name,
                "resourceName": model.file,
            }
            for model in prepared.models
        ],
        "decisions": [
            {
                "key": decision.key[1],
                "versionTag": decision.version_tag,
                "name": decision.name,
                "resourceName": file.file,
            }
            for file in prepared.decision_files
            for decision in file.decisions
        ],
        "report": answers.report_shape(prepared.report.entries),
    }


def _created(tx: Work, upload: Upload, prepared: Prepared) -> NewDeployment:
    made: Deployed = commands.create(
        tx, prepared, name=upload.name, source=upload.source, filter_duplicates=upload.filter_duplicates
    )
    return {
        "id": made.id,
        "name": made.name,
        "source": upload.source,
        "createdAt": moment(made.created_at),
        "resources": list(made.resources),
        "processDefinitions": [_definition(definition) for definition in made.definitions],
        "decisions": [_decision(decision) for decision in made.decisions],
        "report": answers.report_shape(prepared.report.entries),
        "duplicate": made.duplicate,
    }


def _definition(definition: commands.DeployedDefinition | queries.DefinitionOfDeployment) -> DeployedDefinition:
    return {
        "id": definition.id,
        "key": definition.key,
        "version": definition.version,
        "versionTag": definition.version_tag,
        "name": definition.name,
        "resourceName": definition.resource_name,
    }


def _decision(decision: decisions.DeployedDecision | queries.DecisionOfDeployment) -> DeployedDecision:
    return {
        "id": decision.id,
        "key": decision.key,
        "version": decision.version,
        "versionTag": decision.version_tag,
        "name": decision.name,
        "resourceName": decision.resource_name,
    }


@routes.get("/deployments", "listDeployments", "List deployments", example={"items": [_SUMMARY], "nextCursor": None})
def list_deployments(tx: Read, query: Annotated[DeploymentQuery, Query()]) -> DeploymentPage:
    """The newest first."""
    found: DeploymentPage = answers.items(
        queries.list_deployments(tx, Paging(query.limit, query.cursor), name=query.name), _summary
    )
    return found


def _summary(row: queries.DeploymentRow) -> DeploymentSummary:
    return {"id": row.id, "name": row.name, "source": row.source, "createdAt": moment(row.created_at)}


@routes.get("/deployments/{id}", "getDeployment", "Get a deployment", example=_EXAMPLE, refusals=[404])
def get(tx: Read, id: str) -> Deployment:
    """One deployment with the names of its files, its definitions, its decisions and its executability report."""
    found = queries.get(tx, id)
    return {
        "id": found.id,
        "name": found.name,
        "source": found.source,
        "createdAt": moment(found.created_at),
        "resources": list(found.resources),
        "processDefinitions": [_definition(definition) for definition in found.definitions],
        "decisions": [_decision(decision) for decision in found.decisions],
        "report": answers.report_shape(msgspec.json.decode(found.report, type=list[ReportEntry])),
    }


@routes.get(
    "/deployments/{id}/resources/{name:path}",
    "getDeploymentResource",
    "Get a file of a deployment",
    refusals=[404],
    content={"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    response_class=Response,
)
async def get_resource(call: Call, id: str, name: str) -> Response:
    """The file as it was uploaded, byte by byte."""
    content = await call.server.read(lambda tx: queries.content(tx, id, name))
    return Response(content, headers=UNTRUSTED, media_type="application/octet-stream")


@routes.delete("/deployments/{id}", "deleteDeployment", "Delete a deployment", status=204, refusals=[404, 409])
def delete(tx: Write, id: str, query: Annotated[DeleteDeploymentQuery, Query()]) -> None:
    """Its definitions go with it, and what they started is started by the versions before again."""
    commands.delete(tx, id, cascade=query.cascade)
