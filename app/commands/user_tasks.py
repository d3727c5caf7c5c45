"""What people do with their tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import bindparam as p
from sqlalchemy import delete, literal_column, select, update

from app.db import Row, Statement
from app.engine import advance, instances
from app.engine.chronicle import Operation
from app.engine.texts import KEY_LENGTH
from app.engine.user_tasks import NAME_CANDIDATE
from app.engine.variables import checked
from app.engine.work import Work
from app.errors import InvalidRequest, InvalidState, NotFound
from app.ids import split_activity_id
from app.models import process_instance, task_candidate, user_task
from bpmn.errors import NotWaiting
from bpmn.values import Value


@dataclass(frozen=True, slots=True)
class Assigned:
    """A task after its assignee changed; `version` is what the next command may expect."""

    id: str
    assignee: str | None
    version: int


@dataclass(frozen=True, slots=True)
class Completed:
    """A task that is done, and how its instance stands after it."""

    id: str
    process_instance_id: str
    status: str


PENDING, RESOLVED = "pending", "resolved"


@dataclass(frozen=True, slots=True)
class _Task:
    assignee: str | None
    version: int
    owner: str | None
    delegation: str | None


_TASK = Statement(
    select(user_task.c.assignee, user_task.c.version, user_task.c.owner, user_task.c.delegation).where(
        user_task.c.id == p("task")
    )
)
_newer: dict[str, Any] = {"version": user_task.c.version + literal_column("1"), "updated_at": p("now")}
_this_one = user_task.c.id == p("task")
_ASSIGN = Statement(update(user_task).where(_this_one).values(assignee=p("new_assignee"), **_newer))
_DELEGATE = Statement(
    update(user_task)
    .where(_this_one)
    .values(assignee=p("new_assignee"), owner=p("new_owner"), delegation=p("new_delegation"), **_newer)
)
_CHANGE = {
    name: Statement(update(user_task).where(_this_one).values({name: p("new_value"), **_newer}))
    for name in ("name", "assignee", "owner", "priority", "due_at", "follow_up_at", "documentation", "delegation")
}
_WITHDRAW = Statement(
    delete(task_candidate).where(
        task_candidate.c.task_id == p("task"), task_candidate.c.kind == p("its_kind"), task_candidate.c.name == p("who")
    )
)
_MARK = Statement(
    update(process_instance).where(process_instance.c.id == p("instance")).values(has_candidates=literal_column("1"))
)


def complete(
    tx: Work, task_id: str, *, variables: Mapping[str, Value] | None = None, expected_version: int | None = None
) -> Completed:
    """Finish a task with its results, and advance its instance. Raises `NotFound`, `InvalidState`, `InvalidRequest`."""
    instance_id, activity = _place(task_id)
    given = checked(variables)
    row, (found,) = _lock(tx, instance_id, task_id)
    task = _open(found, task_id)
    _require_version(task_id, task.version, expected_version)
    instances.require_active(row)
    if task.delegation == PENDING:
        raise InvalidState(
            f"User task {task_id} was delegated to {task.assignee!r}; it is resolved first, and completed then.",
            code="user-task-delegated",
        )
    held = instances.restore(tx, row)
    try:
        held.execution.complete(activity, given)
    except NotWaiting as problem:
        raise InvalidState(f"Task {task_id} cannot be completed now: {problem}.", code="user-task-blocked") from None
    advance.settle(tx, held, "complete-user-task", {"task": task_id})
    return Completed(task_id, instance_id, row.status)


def _lock(tx: Work, instance_id: str, task_id: str) -> tuple[instances.Locked, list[list[Row]]]:
    try:
        return instances.lock(tx, instance_id, (_TASK, {"task": task_id}))
    except NotFound:
        raise _missing(task_id) from None


def _place(task_id: str) -> tuple[str, int]:
    """The instance of a task, and the number of its activity instance."""
    try:
        return split_activity_id(task_id)
    except NotFound:
        raise _missing(task_id) from None


def _missing(task_id: str) -> NotFound:
    return NotFound(
        f"There is no open user task {task_id!r}: it was completed or canceled, or never existed.",
        code="user-task-not-found",
    )


def _open(found: list[Row], task_id: str) -> _Task:
    if not found:
        raise _missing(task_id)
    return _Task(*found[0])


def _require_version(task_id: str, version: int, expected: int | None) -> None:
    if expected is not None and expected != version:
        raise InvalidState(
            f"User task {task_id} was changed by somebody else: its version is {version}, not {expected}.",
            code="version-conflict",
            details={"version": version},
        )


def claim(tx: Work, task_id: str, *, user: str, expected_version: int | None = None) -> Assigned:
    """Take a task that nobody has, or that one has oneself. Raises `NotFound`, `InvalidState`."""
    task, revision = _touch(tx, task_id, expected_version)
    assignee = task.assignee
    if assignee is not None and assignee != user:
        raise InvalidState(
            f"User task {task_id} is claimed by {assignee!r} already.",
            code="user-task-claimed",
            details={"assignee": assignee},
        )
    return _assign(tx, task_id, user, task.version, revision, "claim-user-task")


def unclaim(tx: Work, task_id: str, *, expected_version: int | None = None) -> Assigned:
    """Give a task back to everybody who may take it. Raises `NotFound`, `InvalidState`."""
    task, revision = _touch(tx, task_id, expected_version)
    return _assign(tx, task_id, None, task.version, revision, "unclaim-user-task")


def assign(tx: Work, task_id: str, *, user: str | None, expected_version: int | None = None) -> Assigned:
    """Give a task to somebody, whoever has it now. Raises `NotFound`, `InvalidState`."""
    task, revision = _touch(tx, task_id, expected_version)
    return _assign(tx, task_id, user, task.version, revision, "assign-user-task")


def _touch(tx: Work, task_id: str, expected_version: int | None = None) -> tuple[_Task, int]:
    """Hold the instance of an open task; the task as it is, and the revision of this operation."""
    instance_id, _ = _place(task_id)
    try:
        status, revision = instances.touch(tx, instance_id)
    except NotFound:
        raise _missing(task_id) from None
    task = _open(tx.fetch(_TASK, {"task": task_id}), task_id)
    _require_version(task_id, task.version, expected_version)
    instances.require_active_status(instance_id, status)
    return task, revision


def _assign(tx: Work, task_id: str, user: str | None, version: int, revision: int, command: str) -> Assigned:
    _check_name(user)
    tx.later(_ASSIGN, {"task": task_id, "new_assignee": user, "now": tx.millis})
    instances.note(tx, split_activity_id(task_id)[0], revision, command, {"task": task_id, "user": user})
    return Assigned(task_id, user, version + 1)


def _check_name(user: str | None) -> None:
    if user is not None and (not user or len(user) > KEY_LENGTH or "\0" in user):
        raise InvalidRequest(f"A user's name takes 1 to {KEY_LENGTH} characters without NUL.", code="user-invalid")


def delegate(tx: Work, task_id: str, *, user: str) -> None:
    """Let somebody else do the work and give it back: the assignee becomes the owner. Raises `NotFound`,
    `InvalidState`, `InvalidRequest`."""
    task, revision = _touch(tx, task_id)
    _check_name(user)
    operation = _give(tx, task_id, user, task.owner or task.assignee, PENDING)
    instances.note(tx, split_activity_id(task_id)[0], revision, "delegate-user-task", operation)


def resolve(tx: Work, task_id: str, *, variables: Mapping[str, Value] | None = None) -> None:
    """Give a delegated task back to its owner, with what was found out. Raises as `delegate`."""
    given = checked(variables)
    instance_id, _ = _place(task_id)
    row, (found,) = _lock(tx, instance_id, task_id)
    task = _open(found, task_id)
    instances.require_active(row)
    held = instances.restore(tx, row)
    held.execution.set_variables(0, given)
    advance.settle(tx, held, "resolve-user-task", _give(tx, task_id, task.owner, task.owner, RESOLVED))


def _give(tx: Work, task_id: str, user: str | None, owner: str | None, delegation: str) -> Operation:
    """Change hands; what the history says of it."""
    new = {"new_assignee": user, "new_owner": owner, "new_delegation": delegation}
    tx.later(_DELEGATE, {"task": task_id, "now": tx.millis, **new})
    return {"task": task_id, "user": user, "changed": {"owner": owner}}


def change(tx: Work, task_id: str, values: Mapping[str, Any]) -> None:
    """Change what the server knows of a task: name, assignee, owner, priority, due_at, follow_up_at (milliseconds),
    documentation, delegation. Raises as `delegate`."""
    _, revision = _touch(tx, task_id)
    _check_name(values.get("assignee"))
    _check_name(values.get("owner"))
    for name, value in values.items():
        tx.later(_CHANGE[name], {"task": task_id, "new_value": value, "now": tx.millis})
    operation: dict[str, Any] = {"task": task_id, "changed": dict(values)}
    instances.note(tx, split_activity_id(task_id)[0], revision, "change-user-task", operation)


def offer(tx: Work, task_id: str, *, kind: Literal["user", "group"], name: str) -> None:
    """Let a person, or the people of a group, take the task. Raises as `delegate`."""
    _, revision = _touch(tx, task_id)
    _check_name(name)
    instance_id, _ = split_activity_id(task_id)
    tx.later(NAME_CANDIDATE, {"task_id": task_id, "kind": kind, "name": name})
    tx.later(_MARK, {"instance": instance_id})
    instances.note(tx, instance_id, revision, "offer-user-task", {"task": task_id, "kind": kind, "name": name})


def withdraw(tx: Work, task_id: str, *, kind: Literal["user", "group"], name: str) -> None:
    """Take back an offer; one that was not made is taken back already. Raises as `delegate`."""
    _, revision = _touch(tx, task_id)
    tx.later(_WITHDRAW, {"task": task_id, "its_kind": kind, "who": name})
    operation = {"task": task_id, "kind": kind, "name": name}
    instances.note(tx, split_activity_id(task_id)[0], revision, "withdraw-user-task", operation)


def bpmn_error(
    tx: Work,
    task_id: str,
    *,
    code: str,
    message: str | None = None,
    variables: Mapping[str, Value] | None = None,
) -> None:
    """The work ended in an exception that the diagram may know; an incident where it does not. Raises as `complete`."""
    given = checked(variables)
    instance_id, activity = _place(task_id)
    row, (found,) = _lock(tx, instance_id, task_id)
    _open(found, task_id)
    instances.require_active(row)
    held = instances.restore(tx, row)
    try:
        held.execution.throw_error(activity, code, message, given)
    except NotWaiting as problem:
        raise InvalidState(f"Task {task_id} cannot end so now: {problem}.", code="user-task-blocked") from None
    operation = {"task": task_id, "error_code": code, "error_message": message}
    advance.settle(tx, held, "throw-bpmn-error", operation)


def escalate(tx: Work, task_id: str, *, code: str, variables: Mapping[str, Value] | None = None) -> None:
    """Raise an escalation that the diagram catches; the task stays open unless that interrupts it.

    Raises as `complete`, and `InvalidState` where nobody catches it.
    """
    given = checked(variables)
    instance_id, activity = _place(task_id)
    row, (found,) = _lock(tx, instance_id, task_id)
    _open(found, task_id)
    instances.require_active(row)
    held = instances.restore(tx, row)
    try:
        held.execution.raise_escalation(activity, code, given)
    except NotWaiting as problem:
        raise InvalidState(f"Task {task_id} cannot escalate now: {problem}.", code="user-task-blocked") from None
    advance.settle(tx, held, "throw-escalation", {"task": task_id, "escalation_code": code})
