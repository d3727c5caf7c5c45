"""What is done with process instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import delete as delete_from
from sqlalchemy import func, literal_column, null, select, update

from app import queue
from app.db import Statement
from app.engine import advance, definitions, instances, jobs
from app.engine.definitions import Definition
from app.engine.texts import KEY_LENGTH
from app.engine.variables import checked
from app.engine.work import Work
from app.errors import AlreadyExists, InvalidRequest, InvalidState, NotFound
from app.models import (
    OF_INSTANCES,
    external_task,
    of_instance,
    process_instance,
    user_task,
)
from bpmn.errors import NotWaiting
from bpmn.values import Value


@dataclass(frozen=True, slots=True)
class Started:
    """A new instance as it is at its first wait states; `status` says whether it is over already."""

    id: str
    definition_id: str
    definition_key: str
    version: int
    business_key: str | None
    status: str


_RUNNING = Statement(
    select(process_instance.c.id)
    .where(
        process_instance.c.business_key == p("business_key"),
        process_instance.c.definition_key == p("key"),
        process_instance.c.ended_at.is_(None),
    )
    .limit(1)
)
_SET_STATUS = Statement(
    update(process_instance).where(process_instance.c.id == p("instance")).values(status=p("new_status"))
)
_REST_TASKS = Statement(
    update(user_task).where(of_instance(user_task.c.id, p("instance"))).values(suspended=p("resting"))
)
_REST_WORK = Statement(
    update(external_task).where(of_instance(external_task.c.id, p("instance"))).values(available_at=null())
)
_RESUME_WORK = Statement(
    update(external_task)
    .where(
        of_instance(external_task.c.id, p("instance")),
        (external_task.c.retries.is_(None) | (external_task.c.retries > literal_column("0"))),
    )
    .values(available_at=func.coalesce(external_task.c.lock_until, p("now")))
)
_DELETIONS = [Statement(delete_from(table).where(table.c.instance_id == p("instance"))) for table in OF_INSTANCES] + [
    Statement(delete_from(process_instance).where(process_instance.c.id == p("instance")))
]


def start(
    tx: Work,
    *,
    definition_id: str | None = None,
    key: str | None = None,
    version: int | None = None,
    version_tag: str | None = None,
    business_key: str | None = None,
    variables: Mapping[str, Value] | None = None,
    start_event: str | None = None,
    unique: bool = False,
) -> Started:
    """Start an instance of a definition, named by its id, or by key (newest version), version or version tag.

    With `unique`, no other instance of the same key and business key may be running. Raises `NotFound`,
    `InvalidRequest`, `InvalidState` (suspended, or no such start event), `AlreadyExists`.
    """
    definition = _find(tx, definition_id, key, version, version_tag)
    _check_business_key(business_key, unique)
    given = checked(variables)
    if definition.suspended:
        raise InvalidState(
            f"Process definition {definition.id} is suspended; resume it first.", code="process-definition-suspended"
        )
    if unique:
        _require_unique(tx, definition.key, business_key)
    try:
        held = advance.begin(tx, definition, variables=given, business_key=business_key, start_event=start_event)
    except NotWaiting as problem:
        raise InvalidState(
            f"The process {definition.key!r} cannot be started so: {problem}.", code="start-event-invalid"
        ) from None
    advance.settle(tx, held, "start-process-instance")
    row = held.row
    return Started(row.id, definition.id, definition.key, definition.version, business_key, row.status)


def _find(tx: Work, definition_id: str | None, key: str | None, version: int | None, tag: str | None) -> Definition:
    if (definition_id is None) == (key is None) or (version is not None and tag is not None):
        raise InvalidRequest("Name a process definition by its id, or by key with version or version tag at most.")
    if definition_id is not None:
        found, asked = definitions.by_id(tx, definition_id), f"with the id {definition_id!r}"
    elif version is not None:
        found, asked = definitions.by_version(tx, key or "", version), f"{key!r} in version {version}"
    elif tag is not None:
        found, asked = definitions.by_tag(tx, key or "", tag), f"{key!r} with the version tag {tag!r}"
    else:
        found, asked = definitions.latest(tx, key or ""), repr(key)
    if found is None:
        raise NotFound(f"There is no process definition {asked}.", code="process-definition-not-found")
    return found


def _check_business_key(business_key: str | None, unique: bool) -> None:
    if unique and not business_key:
        raise InvalidRequest("A unique start needs a business key.", code="business-key-required")
    if business_key is not None and (len(business_key) > KEY_LENGTH or "\0" in business_key or not business_key):
        raise InvalidRequest(
            f"A business key takes 1 to {KEY_LENGTH} characters without NUL.", code="business-key-invalid"
        )


def _require_unique(tx: Work, key: str, business_key: str | None) -> None:
    tx.lock(f"unique:{key}:{business_key}")
    running = tx.fetch_one(_RUNNING, {"key": key, "business_key": business_key})
    if running is not None:
        raise AlreadyExists(
            f"Process {key!r} is running already for the business key {business_key!r}: instance {running[0]}.",
            code="process-instance-exists",
            details={"process_instance_id": running[0]},
        )


def cancel(tx: Work, instance_id: str, *, reason: str | None = None, with_called: bool = True) -> None:
    """End a running instance, and those that it calls unless they are to go on by themselves.

    Raises `NotFound`, `InvalidState`.
    """
    row, _ = instances.lock(tx, instance_id)
    if row.ended:
        instances.require_active(row)
    held = instances.restore(tx, row)
    held.canceled_by = instances.OUTSIDE
    held.execution.cancel()
    operation = {"reason": reason} if reason else None
    advance.settle(tx, held, "cancel-process-instance", operation, with_called=with_called)


def suspend(tx: Work, instance_id: str) -> None:
    """Let an instance rest: nothing can be done with it but to resume or cancel it. Raises as `cancel`."""
    status, revision = instances.touch(tx, instance_id)
    instances.require_active_status(instance_id, status)
    _set_status(tx, instance_id, revision, instances.SUSPENDED, "suspend-process-instance")
    tx.later(_REST_TASKS, {"instance": instance_id, "resting": 1})
    tx.later(_REST_WORK, {"instance": instance_id})


def resume(tx: Work, instance_id: str) -> None:
    """Let a suspended instance go on; what fell due meanwhile is done now. Raises `NotFound`, `InvalidState`."""
    status, revision = instances.touch(tx, instance_id)
    if status != instances.SUSPENDED:
        raise InvalidState(
            f"Process instance {instance_id} is not suspended but {status}.", code="process-instance-not-suspended"
        )
    _set_status(tx, instance_id, revision, instances.ACTIVE, "resume-process-instance")
    tx.later(_REST_TASKS, {"instance": instance_id, "resting": 0})
    tx.later(_RESUME_WORK, {"instance": instance_id, "now": tx.millis})
    queue.unpark(tx, instance_id)
    tx.notices.add(("jobs", ""))


def _set_status(tx: Work, instance_id: str, revision: int, status: str, command: str) -> None:
    tx.later(_SET_STATUS, {"instance": instance_id, "new_status": status})
    instances.note(tx, instance_id, revision, command)


def delete(tx: Work, instance_id: str) -> None:
    """Forget a finished instance with all its variables and history. Raises `NotFound`, `InvalidState`.

    Instances that it called are instances of their own and stay.
    """
    status, _ = instances.touch(tx, instance_id)
    if status in (instances.ACTIVE, instances.SUSPENDED):
        raise InvalidState(
            f"Process instance {instance_id} is running; cancel it before you delete it.",
            code="process-instance-running",
        )
    jobs.forget_escalations(tx, instance_id)
    for statement in _DELETIONS:
        tx.later(statement, {"instance": instance_id})
