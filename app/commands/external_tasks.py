"""What workers do with their tasks: fetch and lock, and report how it went.

The lock is a promise among workers: whoever holds it has the task to itself until the lock expires. A worker whose
lock expired may still report, as long as nobody else fetched the task meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam as p
from sqlalchemy import null, select, update

from app.clock import to_millis
from app.commands.lending import Fetched, Topic, check_worker, fetch_and_lock
from app.db import Statement
from app.engine import advance, incidents, instances
from app.engine.instances import Locked
from app.engine.texts import clean
from app.engine.variables import checked
from app.engine.work import Work
from app.errors import InvalidState, NotFound
from app.ids import split_activity_id
from app.models import external_task as task
from bpmn.errors import NotWaiting, RuleFailed
from bpmn.facts import FailureCleared, StepFailed
from bpmn.values import Value

__all__ = [
    "Fetched",
    "Reported",
    "Topic",
    "bpmn_error",
    "complete",
    "extend_lock",
    "fail",
    "fetch_and_lock",
    "lock",
    "set_priority",
    "set_retries",
    "unlock",
]


@dataclass(frozen=True, slots=True)
class Reported:
    """A task that is done, and how its instance stands after it."""

    id: str
    process_instance_id: str
    status: str


_TASK = Statement(select(task.c.worker_id, task.c.element_id, task.c.topic).where(task.c.id == p("task")))
_LEND = Statement(update(task).where(task.c.id == p("task")).values(lock_until=p("until"), available_at=p("until")))
_RETURN = Statement(
    update(task)
    .where(task.c.id == p("task"))
    .values(
        worker_id=null(),
        lock_until=null(),
        available_at=p("available"),
        retries=p("left"),
        error_message=p("said"),
        error_details=p("more"),
    )
)
_LOCKED = Statement(select(task.c.lock_until, task.c.retries).where(task.c.id == p("task")))
_LOCK = Statement(
    update(task)
    .where(task.c.id == p("task"))
    .values(worker_id=p("worker"), lock_until=p("until"), available_at=p("available"))
)
_SET_PRIORITY = Statement(update(task).where(task.c.id == p("task")).values(priority=p("new_priority")))
_UNLOCK = Statement(
    update(task).where(task.c.id == p("task")).values(worker_id=null(), lock_until=null(), available_at=p("now"))
)
_SET_RETRIES = Statement(
    update(task)
    .where(task.c.id == p("task"))
    .values(retries=p("left"), available_at=p("available"), worker_id=null(), lock_until=null())
)


def complete(
    tx: Work,
    task_id: str,
    *,
    worker_id: str,
    variables: Mapping[str, Value] | None = None,
    local_variables: Mapping[str, Value] | None = None,
) -> Reported:
    """The work is done; `local_variables` are for its output mappings. Raises `NotFound`, `InvalidState`,
    `InvalidRequest`."""
    given, local = checked(variables), checked(local_variables)
    row, activity, element_id, topic = _held(tx, task_id, worker_id)
    held = instances.restore(tx, row)
    operation = {"task": task_id, "worker": worker_id}
    try:
        if local:
            held.execution.set_variables(activity, local)
        held.execution.complete(activity, given, _report(row, element_id, topic, operation))
    except RuleFailed as problem:
        raise _undecided(task_id, problem) from None
    except NotWaiting as problem:
        raise _blocked(task_id, problem) from None
    advance.settle(tx, held, "complete-external-task", operation)
    return Reported(task_id, row.id, row.status)


def _report(
    row: Locked,
    element_id: str,
    topic: str,
    operation: Mapping[str, str],
    message: str | None = None,
    details: str | None = None,
    retries: int | None = None,
) -> dict[str, Value]:
    """What the rules of a task see of a report, by the names that the dialect gives them."""
    return {
        "id": operation["task"],
        "workerId": operation["worker"],
        "activityId": element_id,
        "topicName": topic,
        "processInstanceId": row.id,
        "processDefinitionKey": row.definition_key,
        "businessKey": row.business_key,
        "errorMessage": message,
        "errorDetails": details,
        "retries": retries,
    }


def bpmn_error(
    tx: Work,
    task_id: str,
    *,
    worker_id: str,
    code: str,
    message: str | None = None,
    variables: Mapping[str, Value] | None = None,
) -> Reported:
    """The work ended in an exception that the diagram may know; an incident where it does not.

    Raises `NotFound`, `InvalidState`, `InvalidRequest`.
    """
    given = checked(variables)
    row, activity, _, _ = _held(tx, task_id, worker_id)
    held = instances.restore(tx, row)
    try:
        held.execution.throw_error(activity, code, message, given)
    except NotWaiting as problem:
        raise _blocked(task_id, problem) from None
    operation = {"task": task_id, "worker": worker_id, "error_code": code, "error_message": message}
    advance.settle(tx, held, "throw-bpmn-error", operation)
    return Reported(task_id, row.id, row.status)


def fail(
    tx: Work,
    task_id: str,
    *,
    worker_id: str,
    message: str | None = None,
    details: str | None = None,
    retries: int = 0,
    retry_millis: int = 0,
    variables: Mapping[str, Value] | None = None,
    local_variables: Mapping[str, Value] | None = None,
) -> None:
    """The attempt failed; the task may be fetched again after `retry_millis`, or becomes an incident without retries.

    Where a rule drawn at the task tells that this is an error of the diagram, the error is thrown instead.

    Raises `NotFound`, `InvalidState`.
    """
    given, local = checked(variables), checked(local_variables)
    row, activity, element_id, topic = _held(tx, task_id, worker_id)
    operation: dict[str, Any] = {"task": task_id, "worker": worker_id}
    if given or local or _has_rules(tx, row, element_id):
        held = instances.restore(tx, row)
        held.execution.set_variables(0, given)
        held.execution.set_variables(activity, local)
        report = _report(row, element_id, topic, operation, message, details, retries)
        try:
            code = held.execution.error_reported(activity, report, {})
        except NotWaiting as problem:
            code, message = None, f"{message or 'The worker reported a failure'}; besides, {problem}"
        if code is not None:
            held.execution.throw_error(activity, code, message, {})
            operation |= {"message": message, "retries": retries, "error_code": code}
            advance.settle(tx, held, "fail-external-task", operation)
            return
        if given or local:
            advance.settle(tx, held, "set-variables", dict(operation))
    said = {"left": retries, "said": clean(message), "more": clean(details)}
    tx.later(_RETURN, {"task": task_id, "available": tx.millis + retry_millis if retries > 0 else None, **said})
    told = [] if retries > 0 else [_trouble(tx, row, activity, element_id, message)]
    operation |= {"message": message, "retries": retries}
    instances.note_locked(tx, row, "fail-external-task", operation, told)
    tx.notices.add(("topic", topic))


def _has_rules(tx: Work, row: Locked, element_id: str) -> bool:
    element = tx.definitions.model(row.definition_id).spec_of(element_id)
    return bool(getattr(element, "error_rules", ()))


def _trouble(tx: Work, row: Locked, activity: int, element_id: str, message: str | None) -> StepFailed:
    """Open the incident of a task without retries; what the history says of it."""
    said = message or "The worker reported a failure without a message."
    incidents.report(
        tx,
        instance_id=row.id,
        definition_id=row.definition_id,
        activity=activity,
        element_id=element_id,
        kind=incidents.RETRIES_EXHAUSTED,
        message=said,
    )
    row.has_incidents = 1
    return StepFailed(activity, element_id, incidents.RETRIES_EXHAUSTED, said)


def extend_lock(tx: Work, task_id: str, *, worker_id: str, lock_millis: int) -> int:
    """Keep the task longer: until `lock_millis` from now; the new end in milliseconds. Raises as `complete`."""
    _held(tx, task_id, worker_id)
    until = to_millis(tx.now) + lock_millis
    tx.later(_LEND, {"task": task_id, "until": until})
    return until


def lock(tx: Work, task_id: str, *, worker_id: str, lock_millis: int) -> None:
    """Lock one task that nobody else holds. Raises as `complete`."""
    check_worker(worker_id)
    row, _, _, _ = _held(tx, task_id, None)
    instances.require_active(row)
    until, retries = tx.fetch(_LOCKED, {"task": task_id})[0]
    owner = tx.fetch(_TASK, {"task": task_id})[0][0]
    if owner not in (None, worker_id) and until is not None and until > tx.millis:
        _require_owner(task_id, worker_id, owner)
    until = tx.millis + lock_millis
    available = None if retries == 0 else until
    tx.later(_LOCK, {"task": task_id, "worker": worker_id, "until": until, "available": available})


def set_priority(tx: Work, task_id: str, *, priority: int) -> None:
    """Let the task be fetched earlier (the higher, the earlier) or later. Raises as `unlock`."""
    row, _, _, topic = _held(tx, task_id, None)
    tx.later(_SET_PRIORITY, {"task": task_id, "new_priority": priority})
    instances.note_locked(tx, row, "set-priority", {"task": task_id, "priority": priority})
    tx.notices.add(("topic", topic))


def unlock(tx: Work, task_id: str, *, worker_id: str | None = None) -> None:
    """Let others fetch the task now. Raises `NotFound`, `InvalidState`."""
    row, _, _, topic = _held(tx, task_id, worker_id)
    instances.require_active(row)
    tx.later(_UNLOCK, {"task": task_id, "now": tx.millis})
    tx.notices.add(("topic", topic))


def set_retries(tx: Work, task_id: str, *, retries: int) -> None:
    """Give the task more attempts, and take back its incident; 0 keeps it from being fetched. Raises as `unlock`."""
    row, activity, _, topic = _held(tx, task_id, None)
    available = tx.millis if retries > 0 and row.status == instances.ACTIVE else None
    tx.later(_SET_RETRIES, {"task": task_id, "left": retries, "available": available})
    cleared = retries > 0 and row.has_incidents
    if cleared:
        incidents.resolve(tx, row.id, activity)
    operation = {"task": task_id, "retries": retries}
    instances.note_locked(tx, row, "set-retries", operation, [FailureCleared(activity)] if cleared else [])
    tx.notices.add(("topic", topic))


def _held(tx: Work, task_id: str, worker_id: str | None) -> tuple[Locked, int, str, str]:
    """The locked instance of an open task that this worker holds; activity number, element and topic of the task."""
    try:
        instance_id, activity = split_activity_id(task_id)
        row, (found,) = instances.lock(tx, instance_id, (_TASK, {"task": task_id}))
    except NotFound:
        raise _missing(task_id) from None
    if not found:
        raise _missing(task_id)
    owner, element_id, topic = found[0]
    if worker_id is not None:
        _require_owner(task_id, worker_id, owner)
        instances.require_active(row)
    return row, activity, element_id, topic


def _require_owner(task_id: str, worker_id: str, owner: str | None) -> None:
    if owner != worker_id:
        state = "not locked by anybody" if owner is None else f"locked by {owner!r}"
        raise InvalidState(
            f"External task {task_id} is {state}, so {worker_id!r} cannot do this; fetch and lock it first.",
            code="external-task-not-locked",
        )


def _missing(task_id: str) -> NotFound:
    return NotFound(
        f"There is no open external task {task_id!r}: it was completed or canceled, or never existed.",
        code="external-task-not-found",
    )


def _blocked(task_id: str, problem: NotWaiting) -> InvalidState:
    return InvalidState(f"External task {task_id} cannot go on now: {problem}.", code="external-task-blocked")


def _undecided(task_id: str, problem: RuleFailed) -> InvalidState:
    return InvalidState(
        f"External task {task_id} is not completed, since it is not known whether its result is an error: {problem}. "
        "The rules are asked on completion too, where errorMessage and errorDetails are null: guard them with "
        "`externalTask.errorMessage != null && ...`, and bring the variables that they ask for.",
        code="external-task-blocked",
    )
