"""What workers do with their tasks: fetch and lock, and report how it went.

The lock is a promise among workers: whoever holds it has the task to itself until the lock expires. A worker whose
lock expired may still report, as long as nobody else fetched the task meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, null, or_, select, update
from sqlalchemy import bindparam as p

from app.clock import to_millis
from app.db import Row, Statement
from app.engine import advance, incidents, instances
from app.engine.instances import Locked
from app.engine.texts import KEY_LENGTH, clean
from app.engine.variables import LOAD_TYPED, Declared, checked, holds, in_sight
from app.engine.work import Work
from app.errors import InvalidRequest, InvalidState, NotFound
from app.ids import split_activity_id
from app.models import external_task as task
from app.models import process_definition
from bpmn.errors import NotWaiting
from bpmn.facts import FailureCleared, StepFailed
from bpmn.values import Value, from_json


@dataclass(frozen=True, slots=True)
class Topic:
    """What a worker asks for: `lock_millis` from now on; `variables` names those it wants (None: all that it sees).

    The rest narrows it down: `equal` are values that variables of the process must have; `local_only` leaves out the
    variables of outer scopes.
    """

    name: str
    lock_millis: int
    variables: tuple[str, ...] | None = None
    business_key: str | None = None
    definition_ids: tuple[str, ...] = ()
    definition_keys: tuple[str, ...] = ()
    version_tag: str | None = None
    equal: Mapping[str, Value] = field(default_factory=dict)
    local_only: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A task as its worker gets it; times are milliseconds since the epoch."""

    variables: dict[str, Value]
    declared: dict[str, Declared]
    id: str
    process_instance_id: str
    definition_id: str
    definition_key: str
    business_key: str | None
    element_id: str
    topic: str
    priority: int
    retries: int | None
    lock_until: int
    created_at: int
    error_message: str | None
    error_details: str | None


@dataclass(frozen=True, slots=True)
class Reported:
    """A task that is done, and how its instance stands after it."""

    id: str
    process_instance_id: str
    status: str


_available = select(task.c.id).where(task.c.topic == p("topic_name"), task.c.available_at <= p("now")).limit(p("limit"))
_important_first = (task.c.priority.desc(), task.c.available_at, task.c.id)
_lent: dict[str, Any] = {"worker_id": p("worker"), "lock_until": p("until"), "available_at": p("until")}
_FETCHED = (
    task.c.id,
    task.c.instance_id,
    task.c.definition_id,
    task.c.definition_key,
    task.c.business_key,
    task.c.element_id,
    task.c.topic,
    task.c.priority,
    task.c.retries,
    task.c.lock_until,
    task.c.created_at,
    task.c.error_message,
    task.c.error_details,
    task.c.scopes,
)


def _lending(wanted: Select[Any]) -> Statement:
    return Statement(
        update(task).where(task.c.id.in_(wanted.with_for_update(skip_locked=True))).values(_lent).returning(*_FETCHED),
        sqlite=update(task).where(task.c.id.in_(wanted)).values(_lent).returning(*_FETCHED),
    )


_FETCH = _lending(_available.order_by(*_important_first))
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


def fetch_and_lock(
    tx: Work, *, worker_id: str, topics: Sequence[Topic], max_tasks: int, oldest_first: bool | None = None
) -> list[Fetched]:
    """Lend up to `max_tasks` tasks to a worker, topic by topic, the most important and the longest waiting first.

    With `oldest_first`, the oldest (or where it is false, the newest) come first, whatever their priority.
    """
    _check_worker(worker_id)
    fetched: list[Fetched] = []
    for topic in topics:
        if len(fetched) < max_tasks:
            fetched += _fetch(tx, worker_id, topic, max_tasks - len(fetched), oldest_first)
    return fetched


def _fetch(tx: Work, worker_id: str, topic: Topic, limit: int, oldest_first: bool | None) -> list[Fetched]:
    asked = {
        "topic_name": topic.name,
        "now": tx.millis,
        "limit": limit,
        "worker": worker_id,
        "until": tx.millis + topic.lock_millis,
    }
    rows = tx.fetch(_statement(topic, oldest_first), asked)
    if not rows:
        return []
    by_age = {None: lambda row: (-row[7], row[0]), True: lambda row: (row[10], row[0]), False: lambda row: -row[10]}
    rows.sort(key=by_age[oldest_first])
    instance_ids = list(dict.fromkeys(row[1] for row in rows))
    values = tx.fetch_each(*((LOAD_TYPED, {"id": instance_id}) for instance_id in instance_ids))
    known = dict(zip(instance_ids, values, strict=True))
    return [_fetched(known[row[1]], row, topic) for row in rows]


def _statement(topic: Topic, oldest_first: bool | None) -> Statement:
    conditions = list(_conditions(topic))
    if not conditions and oldest_first is None:
        return _FETCH
    age = task.c.created_at.asc() if oldest_first else task.c.created_at.desc()
    order = _important_first if oldest_first is None else (age, task.c.id)
    return _lending(_available.where(*conditions).order_by(*order))


def _conditions(topic: Topic) -> Iterator[ColumnElement[bool]]:
    if topic.business_key is not None:
        yield task.c.business_key == topic.business_key
    if topic.definition_ids:
        yield or_(*(task.c.definition_id == wanted for wanted in topic.definition_ids))
    if topic.definition_keys:
        yield or_(*(task.c.definition_key == wanted for wanted in topic.definition_keys))
    if topic.version_tag is not None:
        tagged = select(process_definition.c.id).where(process_definition.c.version_tag == topic.version_tag)
        yield task.c.definition_id.in_(tagged)
    for name, value in topic.equal.items():
        yield holds(task.c.instance_id, name, value)


def _fetched(values: Sequence[Row], row: Row, topic: Topic) -> Fetched:
    *columns, scopes = row
    seen = in_sight(values, map(int, scopes.split(",")[: 1 if topic.local_only else None]), topic.variables)
    declared = {name: Declared(None, kind, info) for name, (_, _, _, kind, info) in seen.items() if kind is not None}
    return Fetched({name: from_json(found[2]) for name, found in seen.items()}, declared, *columns)


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
    row, activity, _, _ = _held(tx, task_id, worker_id)
    held = instances.restore(tx, row)
    try:
        if local:
            held.execution.set_variables(activity, local)
        held.execution.complete(activity, given)
    except NotWaiting as problem:
        raise _blocked(task_id, problem) from None
    advance.settle(tx, held, "complete-external-task", {"task": task_id, "worker": worker_id})
    return Reported(task_id, row.id, row.status)


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

    Raises `NotFound`, `InvalidState`.
    """
    given, local = checked(variables), checked(local_variables)
    row, activity, element_id, topic = _held(tx, task_id, worker_id)
    if given or local:
        held = instances.restore(tx, row)
        held.execution.set_variables(0, given)
        held.execution.set_variables(activity, local)
        advance.settle(tx, held, "set-variables", {"task": task_id, "worker": worker_id})
    said = {"left": retries, "said": clean(message), "more": clean(details)}
    tx.later(_RETURN, {"task": task_id, "available": tx.millis + retry_millis if retries > 0 else None, **said})
    told = [] if retries > 0 else [_trouble(tx, row, activity, element_id, message)]
    operation = {"task": task_id, "worker": worker_id, "message": message, "retries": retries}
    instances.note_locked(tx, row, "fail-external-task", operation, told)
    tx.notices.add(("topic", topic))


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
    _check_worker(worker_id)
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
    instance_id, activity = split_activity_id(task_id)
    try:
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
        state = "not locked" if owner is None else f"locked by {owner!r}"
        raise InvalidState(
            f"External task {task_id} is {state}, not by {worker_id!r}; fetch and lock it first.",
            code="external-task-not-locked",
        )


def _check_worker(worker_id: str) -> None:
    if not worker_id or len(worker_id) > KEY_LENGTH or "\0" in worker_id:
        raise InvalidRequest(f"A worker id takes 1 to {KEY_LENGTH} characters without NUL.", code="worker-invalid")


def _missing(task_id: str) -> NotFound:
    return NotFound(
        f"There is no open external task {task_id!r}: it was completed or canceled, or never existed.",
        code="external-task-not-found",
    )


def _blocked(task_id: str, problem: NotWaiting) -> InvalidState:
    return InvalidState(f"External task {task_id} cannot go on now: {problem}.", code="external-task-blocked")
