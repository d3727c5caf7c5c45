"""Process instances over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api import answers
from app.api.answers import maybe_moment, moment
from app.api.filters import variable_filters
from app.api.route import Read, Routes, Write
from app.api.schemas.process_instances import (
    CancelProcessInstance,
    ProcessInstance,
    ProcessInstanceDetails,
    ProcessInstancePage,
    ProcessInstanceQuery,
    StartedProcessInstance,
    StartOptions,
    StartProcessInstance,
)
from app.api.starting import EXAMPLE as STARTED
from app.api.starting import start_by, wait_as_asked
from app.commands import process_instances as commands
from app.queries import process_instances as queries
from app.queries.page import Paging

routes = Routes("Process instances")
INSTANCE_ID = "019aa9d6-1b2c-7d3e-9f40-a1b2c3d4e5f6"

_EXAMPLE = {
    "id": INSTANCE_ID,
    "processDefinitionId": "019aa9d5-3c1e-7f10-8a52-5b8f1d0c9e11",
    "processDefinitionKey": "leave-request",
    "processDefinitionVersion": 1,
    "businessKey": "leave-2026-117",
    "state": "active",
    "startedAt": "2026-11-22T08:31:00.000Z",
    "endedAt": None,
    "rootProcessInstanceId": INSTANCE_ID,
    "callerProcessInstanceId": None,
    "callerActivityId": None,
    "ends": [],
    "errorCode": None,
    "errorMessage": None,
    "cancelReason": None,
}
_DETAILS = {
    **_EXAMPLE,
    "active": [{"id": f"{INSTANCE_ID}.1", "elementId": "approve-request", "waitsFor": ["user-task"]}],
    "hierarchy": [
        {
            "id": INSTANCE_ID,
            "processDefinitionKey": "leave-request",
            "state": "active",
            "callerProcessInstanceId": None,
            "callerActivityId": None,
        }
    ],
    "incidents": [],
}
_WITHOUT_REASON = CancelProcessInstance()
_PLAIN = StartOptions()


@routes.post(
    "/process-instances",
    "startProcessInstance",
    "Start a process instance",
    status=201,
    example=STARTED,
    refusals=[404, 409],
    location="process-instances",
    follow=wait_as_asked,
)
def start(tx: Write, body: StartProcessInstance) -> StartedProcessInstance:
    """By the id of a definition, or by its key: the newest version, or the version or version tag that is named."""
    return start_by(
        tx,
        body,
        definition_id=body.process_definition_id,
        key=body.process_definition_key,
        version=body.version,
        version_tag=body.version_tag,
    )


@routes.post(
    "/process-definitions/{id}/start",
    "startProcessDefinition",
    "Start an instance of a process definition",
    status=201,
    example=STARTED,
    refusals=[404, 409],
    location="process-instances",
    follow=wait_as_asked,
)
def start_definition(tx: Write, id: str, body: StartOptions = _PLAIN) -> StartedProcessInstance:
    """One version of a process, by the id of the definition."""
    return start_by(tx, body, definition_id=id)


@routes.post(
    "/process-definitions/by-key/{key}/start",
    "startLatestProcessDefinition",
    "Start an instance of a process's newest version",
    status=201,
    example=STARTED,
    refusals=[404, 409],
    location="process-instances",
    follow=wait_as_asked,
)
def start_latest(tx: Write, key: str, body: StartOptions = _PLAIN) -> StartedProcessInstance:
    """The newest version of a process, by the id that it has in the diagram."""
    return start_by(tx, body, key=key)


@routes.post(
    "/process-definitions/by-key/{key}/versions/{version}/start",
    "startProcessDefinitionVersion",
    "Start an instance of a process's version",
    status=201,
    example=STARTED,
    refusals=[404, 409],
    location="process-instances",
    follow=wait_as_asked,
)
def start_version(tx: Write, key: str, version: str, body: StartOptions = _PLAIN) -> StartedProcessInstance:
    """One version of a process, by its key and the number of the version."""
    return start_by(tx, body, key=key, version=answers.number(version))


@routes.get(
    "/process-instances",
    "listProcessInstances",
    "List process instances",
    example={"items": [_EXAMPLE], "nextCursor": None},
)
def list_instances(tx: Read, query: Annotated[ProcessInstanceQuery, Query()]) -> ProcessInstancePage:
    """The newest first."""
    filters = queries.Filters(
        definition_id=query.process_definition_id,
        definition_key=query.process_definition_key,
        business_key=query.business_key,
        statuses=tuple(query.state),
        caller_id=query.caller_activity_id,
        root_id=query.root_process_instance_id,
        called=query.called,
        started_after=query.started_after,
        started_before=query.started_before,
        ended_after=query.ended_after,
        ended_before=query.ended_before,
        with_incidents=query.with_incidents,
        variables=variable_filters(query.variables),
    )
    found: ProcessInstancePage = answers.items(
        queries.list_instances(tx, Paging(query.limit, query.cursor), filters), shape
    )
    return found


def shape(row: queries.InstanceRow) -> ProcessInstance:
    """An instance as it is answered."""
    ending = row.ending or {}
    return {
        "id": row.id,
        "processDefinitionId": row.definition_id,
        "processDefinitionKey": row.definition_key,
        "processDefinitionVersion": row.version,
        "businessKey": row.business_key,
        "state": row.status,  # type: ignore[typeddict-item]
        "startedAt": moment(row.started_at),
        "endedAt": maybe_moment(row.ended_at),
        "rootProcessInstanceId": row.root_id,
        "callerProcessInstanceId": answers.instance_of(row.caller_id),
        "callerActivityId": row.caller_id,
        "ends": ending.get("elements", []),
        "errorCode": ending.get("error_code"),
        "errorMessage": ending.get("error_message"),
        "cancelReason": ending.get("reason"),
    }


@routes.get(
    "/process-instances/{id}",
    "getProcessInstance",
    "Get a process instance",
    example=_DETAILS,
    refusals=[404],
)
def get(tx: Read, id: str) -> ProcessInstanceDetails:
    """One instance with what is alive in it, who called whom, and what holds it up."""
    found = queries.get_details(tx, id)
    return {
        **shape(found.instance),
        "active": [
            {"id": active.id, "elementId": active.element_id, "waitsFor": list(active.waits)}  # type: ignore[arg-type]
            for active in found.active
        ],
        "hierarchy": [
            {
                "id": other.id,
                "processDefinitionKey": other.definition_key,
                "state": other.status,  # type: ignore[typeddict-item]
                "callerProcessInstanceId": answers.instance_of(other.caller_id),
                "callerActivityId": other.caller_id,
            }
            for other in found.hierarchy
        ],
        "incidents": [
            {
                "id": incident.id,
                "kind": incident.kind,
                "message": incident.message,
                "elementId": incident.element_id,
                "createdAt": moment(incident.created_at),
            }
            for incident in found.incidents
        ],
    }


@routes.post(
    "/process-instances/{id}/cancel",
    "cancelProcessInstance",
    "Cancel a process instance",
    status=204,
    refusals=[404, 409],
)
def cancel(tx: Write, id: str, body: CancelProcessInstance = _WITHOUT_REASON) -> None:
    """End it by hand, with the instances that it calls."""
    commands.cancel(tx, id, reason=body.reason)


@routes.post(
    "/process-instances/{id}/suspend",
    "suspendProcessInstance",
    "Suspend a process instance",
    status=204,
    refusals=[404, 409],
)
def suspend(tx: Write, id: str) -> None:
    """Nothing goes on until it is resumed; it can be cancelled."""
    commands.suspend(tx, id)


@routes.post(
    "/process-instances/{id}/resume",
    "resumeProcessInstance",
    "Resume a process instance",
    status=204,
    refusals=[404, 409],
)
def resume(tx: Write, id: str) -> None:
    """It goes on, and timers that fell due meanwhile fire now."""
    commands.resume(tx, id)


@routes.delete(
    "/process-instances/{id}",
    "deleteProcessInstance",
    "Delete a finished process instance",
    status=204,
    refusals=[404, 409],
)
def delete(tx: Write, id: str) -> None:
    """Forget it with its variables and its history."""
    commands.delete(tx, id)
