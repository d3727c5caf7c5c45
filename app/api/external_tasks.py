"""External tasks over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.api import answers
from app.api.answers import maybe_moment, moment
from app.api.route import Call, Read, Routes, Write, answered
from app.api.schemas.common import millis
from app.api.schemas.external_tasks import (
    BpmnError,
    CompleteExternalTask,
    ExtendLock,
    ExternalTask,
    ExternalTaskPage,
    ExternalTaskQuery,
    FailExternalTask,
    FetchAndLock,
    Lock,
    LockedTask,
    LockedTasks,
    SetRetries,
    UnlockExternalTask,
)
from app.api.schemas.user_tasks import CompletedTask
from app.api.waiting import wait_until
from app.commands import external_tasks as commands
from app.commands.external_tasks import Fetched, Topic
from app.engine.drawings import DrawingsAtHand
from app.queries import external_tasks as queries
from app.queries.page import Paging
from bpmn.values import to_json

routes = Routes("External tasks")

_INSTANCE = "019aa9d6-1b2c-7d3e-9f40-a1b2c3d4e5f6"
_ID = f"{_INSTANCE}.4"
_COMMON = {
    "id": _ID,
    "topic": "payment",
    "processInstanceId": _INSTANCE,
    "processDefinitionId": "019aa9d5-3c1e-7f10-8a52-5b8f1d0c9e12",
    "processDefinitionKey": "invoice-approval",
    "businessKey": "invoice-4711",
    "elementId": "pay-invoice",
    "priority": 0,
    "retries": None,
    "createdAt": "2026-11-22T08:32:00.000Z",
}
_LOCKED = {
    **_COMMON,
    "lockedUntil": "2026-11-22T08:33:00.000Z",
    "variables": {"supplier": "Ada Ltd", "amount": 1250.5},
    "headers": {"currency": "EUR"},
}
_EXAMPLE = {
    **_COMMON,
    "workerId": None,
    "lockedUntil": None,
    "availableAt": "2026-11-22T08:32:00.000Z",
    "errorMessage": None,
    "errorDetails": None,
}
_DONE = {"id": _ID, "processInstanceId": _INSTANCE, "state": "completed"}
_ANYBODY = UnlockExternalTask()


@routes.post(
    "/external-tasks/fetch-and-lock",
    "fetchAndLockExternalTasks",
    "Fetch external tasks and lock them",
    example={"items": [_LOCKED]},
    response_model=LockedTasks,
    once_only=False,
)
async def fetch_and_lock(call: Call, body: FetchAndLock) -> Response:
    """Topic by topic, the most important and longest waiting first; with `waitSeconds`, as soon as there are any."""
    topics = [
        Topic(topic.name, millis(topic.lock_seconds), None if topic.variables is None else tuple(topic.variables))
        for topic in body.topics
    ]
    server = call.server
    fetched: list[Fetched] = []

    async def fetch() -> bool:
        nonlocal fetched
        fetched = await server.write(
            lambda tx: commands.fetch_and_lock(tx, worker_id=body.worker_id, topics=topics, max_tasks=body.max_tasks)
        )
        return bool(fetched)

    patience = min(millis(body.wait_seconds) / 1000, server.runtime.settings.max_wait_seconds)
    names = [topic.name for topic in topics]
    # One look for all waiting requests of this process rings the bell for what others have committed (waiting.py).
    await wait_until(call, ("topic", names), fetch, seconds=patience, pause=patience)
    for name in {task.topic for task in fetched}:
        # There may be more of it for the next one who waits.
        server.bell.ring("topic", name)
    drawings = DrawingsAtHand(server.drawings)
    await server.have(drawings, (task.definition_id for task in fetched))
    found: LockedTasks = {"items": [_locked(task, drawings) for task in fetched]}
    return answered(200, to_json(found))


def _locked(task: Fetched, drawings: DrawingsAtHand) -> LockedTask:
    element = drawings.get(task.definition_id).elements.get(task.element_id)
    return {
        "id": task.id,
        "topic": task.topic,
        "processInstanceId": task.process_instance_id,
        "processDefinitionId": task.definition_id,
        "processDefinitionKey": task.definition_key,
        "businessKey": task.business_key,
        "elementId": task.element_id,
        "priority": task.priority,
        "retries": task.retries,
        "lockedUntil": moment(task.lock_until),
        "createdAt": moment(task.created_at),
        "variables": task.variables,
        # Work for a listener of the process itself belongs to no element.
        "headers": {} if element is None else dict(element.properties),
    }


@routes.get(
    "/external-tasks",
    "listExternalTasks",
    "List open external tasks",
    example={"items": [_EXAMPLE], "nextCursor": None},
)
def list_tasks(tx: Read, query: Annotated[ExternalTaskQuery, Query()]) -> ExternalTaskPage:
    """The oldest first, whoever holds them."""
    filters = queries.Filters(query.topic, query.worker_id, query.process_instance_id, query.process_definition_key)
    found: ExternalTaskPage = answers.items(queries.list_tasks(tx, Paging(query.limit, query.cursor), filters), shape)
    return found


def shape(row: queries.ExternalTaskRow) -> ExternalTask:
    """A task as it is answered."""
    return {
        "id": row.id,
        "topic": row.topic,
        "processInstanceId": row.process_instance_id,
        "processDefinitionId": row.definition_id,
        "processDefinitionKey": row.definition_key,
        "businessKey": row.business_key,
        "elementId": row.element_id,
        "priority": row.priority,
        "workerId": row.worker_id,
        "lockedUntil": maybe_moment(row.lock_until),
        "availableAt": maybe_moment(row.available_at),
        "retries": row.retries,
        "errorMessage": row.error_message,
        "errorDetails": row.error_details,
        "createdAt": moment(row.created_at),
    }


@routes.get("/external-tasks/{id}", "getExternalTask", "Get an open external task", example=_EXAMPLE, refusals=[404])
def get(tx: Read, id: str) -> ExternalTask:
    """One task, whoever holds it."""
    return shape(queries.get(tx, id))


@routes.post(
    "/external-tasks/{id}/complete",
    "completeExternalTask",
    "Complete an external task",
    example=_DONE,
    refusals=[404, 409],
)
def complete(tx: Write, id: str, body: CompleteExternalTask) -> CompletedTask:
    """The work is done; its process instance goes on before the answer comes."""
    return _reported(commands.complete(tx, id, worker_id=body.worker_id, variables=body.variables))


def _reported(done: commands.Reported) -> CompletedTask:
    return {
        "id": done.id,
        "processInstanceId": done.process_instance_id,
        "state": done.status,  # type: ignore[typeddict-item]
    }


@routes.post(
    "/external-tasks/{id}/bpmn-error",
    "throwBpmnError",
    "End an external task by a BPMN error",
    example=_DONE,
    refusals=[404, 409],
)
def bpmn_error(tx: Write, id: str, body: BpmnError) -> CompletedTask:
    """An exception that the diagram may handle; where it does not, an incident says so."""
    return _reported(
        commands.bpmn_error(
            tx, id, worker_id=body.worker_id, code=body.code, message=body.message, variables=body.variables
        )
    )


@routes.post(
    "/external-tasks/{id}/fail",
    "failExternalTask",
    "Report that an attempt at an external task failed",
    status=204,
    refusals=[404, 409],
)
def fail(tx: Write, id: str, body: FailExternalTask) -> None:
    """It can be fetched again after a pause; without retries left it becomes an incident."""
    commands.fail(
        tx,
        id,
        worker_id=body.worker_id,
        message=body.message,
        details=body.details,
        retries=body.retries,
        retry_millis=millis(body.retry_seconds),
    )


@routes.post(
    "/external-tasks/{id}/extend-lock",
    "extendExternalTaskLock",
    "Keep an external task longer",
    example={"id": _ID, "lockedUntil": "2026-11-22T08:34:00.000Z"},
    refusals=[404, 409],
)
def extend_lock(tx: Write, id: str, body: ExtendLock) -> Lock:
    """For workers that need more time than they thought."""
    until = commands.extend_lock(tx, id, worker_id=body.worker_id, lock_millis=millis(body.lock_seconds))
    return {"id": id, "lockedUntil": moment(until)}


@routes.post(
    "/external-tasks/{id}/unlock",
    "unlockExternalTask",
    "Give an external task back",
    status=204,
    refusals=[404, 409],
)
def unlock(tx: Write, id: str, body: UnlockExternalTask = _ANYBODY) -> None:
    """Others can fetch it at once."""
    commands.unlock(tx, id, worker_id=body.worker_id)


@routes.put(
    "/external-tasks/{id}/retries",
    "setExternalTaskRetries",
    "Set an external task's retries",
    status=204,
    refusals=[404, 409],
)
def set_retries(tx: Write, id: str, body: SetRetries) -> None:
    """More attempts resolve its incident; 0 keeps it from being fetched."""
    commands.set_retries(tx, id, retries=body.retries)
