"""What people do with their tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import literal_column, select, update

from app.db import Row, Statement
from app.engine import advance, instances
from app.engine.texts import KEY_LENGTH
from app.engine.variables import checked
from app.engine.work import Work
from app.errors import InvalidRequest, InvalidState, NotFound
from app.ids import split_activity_id
from app.models import user_task
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


_TASK = Statement(select(user_task.c.assignee, user_task.c.version).where(user_task.c.id == p("task")))
_ASSIGN = Statement(
    update(user_task)
    .where(user_task.c.id == p("task"))
    .values(assignee=p("new_assignee"), version=user_task.c.version + literal_column("1"))
)


def complete(
    tx: Work, task_id: str, *, variables: Mapping[str, Value] | None = None, expected_version: int | None = None
) -> Completed:
    """Finish a task with its results, and advance its instance. Raises `NotFound`, `InvalidState`, `InvalidRequest`."""
    instance_id, activity = split_activity_id(task_id)
    given = checked(variables)
    row, (found,) = _lock(tx, instance_id, task_id)
    _, version = _open(found, task_id)
    _require_version(task_id, version, expected_version)
    instances.require_active(row)
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


def _missing(task_id: str) -> NotFound:
    return NotFound(
        f"There is no open user task {task_id!r}: it was completed or canceled, or never existed.",
        code="user-task-not-found",
    )


def _open(found: list[Row], task_id: str) -> tuple[str | None, int]:
    if not found:
        raise _missing(task_id)
    assignee, version = found[0]
    return assignee, version


def _require_version(task_id: str, version: int, expected: int | None) -> None:
    if expected is not None and expected != version:
        raise InvalidState(
            f"User task {task_id} was changed by somebody else: its version is {version}, not {expected}.",
            code="version-conflict",
            details={"version": version},
        )


def claim(tx: Work, task_id: str, *, user: str, expected_version: int | None = None) -> Assigned:
    """Take a task that nobody has, or that one has oneself. Raises `NotFound`, `InvalidState`."""
    assignee, version, revision = _touch(tx, task_id, expected_version)
    if assignee is not None and assignee != user:
        raise InvalidState(
            f"User task {task_id} is claimed by {assignee!r} already.",
            code="user-task-claimed",
            details={"assignee": assignee},
        )
    return _assign(tx, task_id, user, version, revision, "claim-user-task")


def unclaim(tx: Work, task_id: str, *, expected_version: int | None = None) -> Assigned:
    """Give a task back to everybody who may take it. Raises `NotFound`, `InvalidState`."""
    _, version, revision = _touch(tx, task_id, expected_version)
    return _assign(tx, task_id, None, version, revision, "unclaim-user-task")


def assign(tx: Work, task_id: str, *, user: str | None, expected_version: int | None = None) -> Assigned:
    """Give a task to somebody, whoever has it now. Raises `NotFound`, `InvalidState`."""
    _, version, revision = _touch(tx, task_id, expected_version)
    return _assign(tx, task_id, user, version, revision, "assign-user-task")


def _touch(tx: Work, task_id: str, expected_version: int | None) -> tuple[str | None, int, int]:
    """Hold the instance of an open task; assignee and version of the task, and the revision of this operation."""
    instance_id, _ = split_activity_id(task_id)
    try:
        status, revision = instances.touch(tx, instance_id)
    except NotFound:
        raise _missing(task_id) from None
    assignee, version = _open(tx.fetch(_TASK, {"task": task_id}), task_id)
    _require_version(task_id, version, expected_version)
    instances.require_active_status(instance_id, status)
    return assignee, version, revision


def _assign(tx: Work, task_id: str, user: str | None, version: int, revision: int, command: str) -> Assigned:
    if user is not None and (not user or len(user) > KEY_LENGTH or "\0" in user):
        raise InvalidRequest(f"A user's name takes 1 to {KEY_LENGTH} characters without NUL.", code="user-invalid")
    tx.later(_ASSIGN, {"task": task_id, "new_assignee": user})
    instances.note(tx, split_activity_id(task_id)[0], revision, command, {"task": task_id, "user": user})
    return Assigned(task_id, user, version + 1)
