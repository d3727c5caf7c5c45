"""External tasks: what workers fetch, lock and report."""

from __future__ import annotations

from typing import Any

from app.api.engine_rest import definition_ids
from app.api.engine_rest.dates import maybe_moment
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import (
    ANY_CASE,
    NO_TENANT,
    Filter,
    definition,
    listing,
    moment,
    names,
    only,
    text,
    variables,
    whole,
)
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.routing import Answer, Ask, Routes
from app.commands import external_tasks as commands
from app.db import Transaction
from app.engine import files
from app.engine.work import Work
from app.errors import InvalidRequest, NotFound
from app.ids import split_activity_id
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.external_tasks import EXTERNAL_TASKS, ExternalTask

routes = Routes()


def _locked_now(locked: bool) -> Filter:
    return lambda name, given: (
        [Criterion("locked" if locked else "unlocked", "eq", given.now)] if given.flag(name) else []
    )


FILTERS: dict[str, Filter] = {
    "externalTaskId": text("id"),
    "externalTaskIdIn": names("id"),
    "topicName": text("topic"),
    "workerId": text("worker"),
    "locked": _locked_now(True),
    "notLocked": _locked_now(False),
    "withRetriesLeft": only("retries-left"),
    "noRetriesLeft": only("retries-left", False),
    "lockExpirationAfter": moment("lock-until", "gt"),
    "lockExpirationBefore": moment("lock-until", "lt"),
    "activityId": text("element"),
    "activityIdIn": names("element"),
    "executionId": text("id"),
    "processInstanceId": text("instance"),
    "processInstanceIdIn": names("instance"),
    "processDefinitionId": definition("definition"),
    "processDefinitionKey": text("definition-key"),
    "processDefinitionKeyIn": names("definition-key"),
    "processDefinitionName": text("definition-name"),
    "processDefinitionNameLike": text("definition-name", "like"),
    "active": only("suspended", False),
    "suspended": only("suspended"),
    "priorityHigherThanOrEquals": whole("priority", "gteq"),
    "priorityLowerThanOrEquals": whole("priority", "lteq"),
    "processVariables": variables("variable"),
    **ANY_CASE,
    **NO_TENANT,
}
del FILTERS["withoutTenantId"]
LISTING = listing(
    FILTERS,
    sorts={
        "id": "id",
        "lockExpirationTime": "lock-until",
        "processInstanceId": "instance",
        "processDefinitionId": "definition",
        "processDefinitionKey": "definition-key",
        "taskPriority": "priority",
        "createTime": "created",
        "tenantId": "id",
    },
)


def _shape(row: ExternalTask, ask: Ask) -> dict[str, Any]:
    return {
        "activityId": row.element_id,
        "activityInstanceId": row.id,
        "errorMessage": row.error_message,
        "executionId": row.id,
        "id": row.id,
        "lockExpirationTime": maybe_moment(row.lock_until),
        "processDefinitionId": definition_ids.of(row),
        "processDefinitionKey": row.definition_key,
        "processDefinitionVersionTag": row.version_tag,
        "processInstanceId": row.instance_id,
        "tenantId": None,
        "retries": row.retries,
        "suspended": row.status == "suspended",
        "workerId": row.worker_id,
        "topicName": row.topic,
        "priority": row.priority,
        "businessKey": row.business_key,
        "createTime": shown_moment(row.created_at),
    }


routes.catalog("/external-task", EXTERNAL_TASKS, LISTING, _shape)


@routes.read("/external-task/topic-names", query=fields("withLockedTasks withUnlockedTasks withRetriesLeft"))
def topic_names(tx: Transaction, ask: Ask) -> list[str]:
    """Topics that have open tasks."""
    where = []
    if ask.query.flag("withLockedTasks"):
        where.append(Criterion("locked", "eq", ask.query.now))
    if ask.query.flag("withUnlockedTasks"):
        where.append(Criterion("unlocked", "eq", ask.query.now))
    if ask.query.flag("withRetriesLeft"):
        where.append(Criterion("retries-left", "eq", True))
    return sorted({row.topic for row in EXTERNAL_TASKS.page(tx, where)})


def _one(tx: Transaction, id: str) -> ExternalTask:
    found = EXTERNAL_TASKS.page(tx, [Criterion("id", "eq", id)])
    if not found:
        raise missing(id)
    return found[0]


def missing(id: str) -> NotFound:
    """What a client is told of a task that is not there."""
    return NotFound(f"External task with id {id} does not exist", code="external-task-not-found")


@routes.read("/external-task/{id}")
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One open task."""
    return _shape(_one(tx, id), ask)


@routes.read("/external-task/{id}/errorDetails")
def error_details(tx: Transaction, ask: Ask, id: str) -> Answer:
    """What the worker told of its last failure; 204 where it told nothing."""
    details = _one(tx, id).error_details
    return Answer(b"", 204) if not details else Answer(details.encode(), 200, "text/plain")


@routes.write("POST", "/external-task/{id}/complete", body=fields("workerId variables localVariables"))
def complete(tx: Work, ask: Ask, id: str) -> None:
    """The work is done. Local variables are those that an output mapping sees and the process does not keep."""
    typed, local = ask.body.variables("variables"), ask.body.variables("localVariables")
    local.declare(tx)
    typed.declare(tx)
    worker_id = ask.body.required("workerId")
    commands.complete(tx, id, worker_id=worker_id, variables=typed.values, local_variables=local.values)
    files.keep(tx, split_activity_id(id)[0], [*typed.files, *local.files])


@routes.write(
    "POST",
    "/external-task/{id}/failure",
    body=fields("workerId errorMessage errorDetails retries retryTimeout variables localVariables"),
)
def fail(tx: Work, ask: Ask, id: str) -> None:
    """The attempt failed."""
    given = ask.body
    retries, pause = given.small("retries"), given.span("retryTimeout")
    if retries is None:
        retries = 0
    if retries < 0:
        raise InvalidRequest("retries must not be negative.")
    typed, local = given.variables("variables"), given.variables("localVariables")
    local.declare(tx)
    typed.declare(tx)
    commands.fail(
        tx,
        id,
        worker_id=given.required("workerId"),
        message=given.text("errorMessage"),
        details=given.text("errorDetails"),
        retries=retries,
        retry_millis=pause or 0,
        variables=typed.values,
        local_variables=local.values,
    )
    files.keep(tx, split_activity_id(id)[0], [*typed.files, *local.files])


@routes.write("POST", "/external-task/{id}/bpmnError", body=fields("workerId errorCode errorMessage variables"))
def bpmn_error(tx: Work, ask: Ask, id: str) -> None:
    """The work ended in an exception that the diagram may know."""
    typed = ask.body.variables("variables")
    commands.bpmn_error(
        tx,
        id,
        worker_id=ask.body.required("workerId"),
        code=ask.body.required("errorCode"),
        message=ask.body.text("errorMessage"),
        variables=typed.declare(tx),
    )
    files.keep(tx, split_activity_id(id)[0], typed.files)


@routes.write("POST", "/external-task/{id}/extendLock", body=fields("workerId newDuration"))
def extend_lock(tx: Work, ask: Ask, id: str) -> None:
    """Keep the task longer."""
    commands.extend_lock(
        tx, id, worker_id=ask.body.required("workerId"), lock_millis=_duration(ask.body, "newDuration")
    )


@routes.write("POST", "/external-task/{id}/lock", body=fields("workerId lockDuration"))
def lock(tx: Work, ask: Ask, id: str) -> None:
    """Lock one task without fetching it."""
    commands.lock(tx, id, worker_id=ask.body.required("workerId"), lock_millis=_duration(ask.body, "lockDuration"))


def _duration(given: Given, name: str) -> int:
    duration = given.span(name)
    if not duration:
        raise InvalidRequest(f"`{name}` must be greater than 0.")
    return duration


@routes.write("POST", "/external-task/{id}/unlock")
def unlock(tx: Work, ask: Ask, id: str) -> None:
    """Let others fetch the task."""
    commands.unlock(tx, id)


@routes.write("PUT", "/external-task/{id}/retries", body=fields("retries"))
def set_retries(tx: Work, ask: Ask, id: str) -> None:
    """Give the task other attempts."""
    commands.set_retries(tx, id, retries=ask.body.retries())


@routes.write("PUT", "/external-task/{id}/priority", body=fields("priority"))
def set_priority(tx: Work, ask: Ask, id: str) -> None:
    """Let the task be fetched earlier or later."""
    priority = ask.body.whole("priority")
    if priority is None:
        raise InvalidRequest("`priority` is required.")
    commands.set_priority(tx, id, priority=priority)
