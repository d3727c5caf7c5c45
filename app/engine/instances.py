"""Process instances under a command: locked, restored, saved.

The row is the lock. A command locks it first and reads everything else after it, in the same exchange with the
database: PostgreSQL shows a transaction that waited the row as it is now, and the statements after it see all that was
committed until then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam as p
from sqlalchemy import insert, literal_column, select, update

from app.db import Parameters, Row, Statement
from app.engine import chronicle, shelf, variables
from app.engine.chronicle import Operation
from app.engine.shelf import RowShelf
from app.engine.work import Work
from app.errors import InvalidState, NotFound
from app.models import process_instance as instance
from bpmn.errors import StateUnreadable
from bpmn.execution import Execution
from bpmn.facts import Fact, ProcessEnded, VariableSet
from bpmn.model import ProcessModel
from bpmn.values import Value, to_json

ACTIVE = "active"
SUSPENDED = "suspended"
#: Who cancels an instance.
OUTSIDE, CALLER = "outside", "caller"

_COLUMNS = (
    instance.c.id,
    instance.c.definition_id,
    instance.c.definition_key,
    instance.c.business_key,
    instance.c.status,
    instance.c.caller_id,
    instance.c.root_id,
    instance.c.depth,
    instance.c.revision,
    instance.c.has_candidates,
    instance.c.has_incidents,
    instance.c.started_at,
    instance.c.state,
)
_CHANGING = ("revision", "state", "status", "ended_at", "ending", "has_candidates", "has_incidents")
_FIXED = (
    "id",
    "definition_id",
    "definition_key",
    "business_key",
    "caller_id",
    "root_id",
    "depth",
    "started_at",
)

_LOCK = Statement(select(*_COLUMNS).where(instance.c.id == p("id")).with_for_update())
_INSERT = Statement(insert(instance).values({name: p(name) for name in (*_FIXED, *_CHANGING)}))
_UPDATE = Statement(
    update(instance).where(instance.c.id == p("instance")).values({name: p(name) for name in _CHANGING})
)
_COUNT = Statement(
    update(instance)
    .where(instance.c.id == p("instance"))
    .values(revision=p("revision"), has_incidents=p("has_incidents"))
)
_TOUCH = Statement(
    update(instance)
    .where(instance.c.id == p("instance"))
    .values(revision=instance.c.revision + literal_column("1"))
    .returning(instance.c.status, instance.c.revision)
)


@dataclass(slots=True)
class Locked:
    """The row of an instance that this transaction holds."""

    id: str
    definition_id: str
    definition_key: str
    business_key: str | None
    status: str
    caller_id: str | None
    root_id: str
    depth: int
    revision: int
    has_candidates: int
    has_incidents: int
    started_at: int
    state: bytes | None
    variables: list[Row] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether the instance is over."""
        return self.status not in (ACTIVE, SUSPENDED)


@dataclass(slots=True)
class Held:
    """An instance that is held and restored: `facts` is what happened to it in this transaction."""

    row: Locked
    model: ProcessModel
    execution: Execution
    variables: dict[tuple[int, str], Value]
    is_new: bool = False
    #: Who cancels it, where somebody does: OUTSIDE, or CALLER where its call was interrupted.
    canceled_by: str | None = None
    facts: list[Fact] = field(default_factory=list)

    @property
    def ending(self) -> ProcessEnded | None:
        """How the instance ended in this transaction, if it did."""
        if not self.execution.ended:
            return None
        return next((fact for fact in reversed(self.facts) if isinstance(fact, ProcessEnded)), None)

    def results(self) -> dict[str, Value]:
        """The variables of the process as they are after the facts so far."""
        found = {name: value for (scope, name), value in self.variables.items() if scope == 0}
        found.update((fact.name, fact.value) for fact in self.facts if isinstance(fact, VariableSet) and not fact.scope)
        return found


def lock(tx: Work, instance_id: str, *also: tuple[Statement, Parameters]) -> tuple[Locked, list[list[Row]]]:
    """Hold an instance and read its variables, and what `also` asks for, under the lock.

    Raises `NotFound`.
    """
    key = {"id": instance_id}
    (found, values, *others) = tx.fetch_each((_LOCK, key), (variables.LOAD, key), *also)
    if not found:
        raise NotFound(f"There is no process instance {instance_id!r}.", code="process-instance-not-found")
    row = Locked(*found[0])
    row.variables = values
    return row, others


def require_active(row: Locked) -> None:
    """Raise `InvalidState` unless the instance can go on."""
    require_active_status(row.id, row.status)


def require_active_status(instance_id: str, status: str) -> None:
    """Raise `InvalidState` unless an instance of this status can go on."""
    if status == SUSPENDED:
        raise InvalidState(
            f"Process instance {instance_id} is suspended; resume it first.", code="process-instance-suspended"
        )
    if status != ACTIVE:
        raise InvalidState(
            f"Process instance {instance_id} is over: {status}.",
            code="process-instance-ended",
            details={"status": status},
        )


def restore(tx: Work, row: Locked) -> Held:
    """Bring a locked instance to life; raises `ModelMissing`, `InvalidState` (a state of a later release)."""
    model = tx.definitions.model(row.definition_id)
    values = variables.values(row.variables)
    try:
        context = tx.context(row.id, row.definition_id, row.business_key)
        execution = Execution.restore(model, context, row.state or b"", values, RowShelf(tx, row.id, values))
    except StateUnreadable as problem:
        raise InvalidState(f"Process instance {row.id} cannot go on: {problem}.", code="state-unreadable") from None
    return Held(row, model, execution, values)


def touch(tx: Work, instance_id: str) -> tuple[str, int]:
    """Hold an instance for a user operation that does not advance it; its status and its new revision."""
    found = tx.fetch_one(_TOUCH, {"instance": instance_id})
    if found is None:
        raise NotFound(f"There is no process instance {instance_id!r}.", code="process-instance-not-found")
    return found[0], found[1]


def note(tx: Work, instance_id: str, revision: int, command: str, operation: Operation | None = None) -> None:
    """Add a user operation that does not advance the instance to its history."""
    chronicle.append(
        tx, instance_id, revision, at=tx.millis, actor=tx.actor, command=command, operation=operation, facts=()
    )


def note_locked(
    tx: Work, row: Locked, command: str, operation: Operation | None = None, facts: Sequence[Fact] = ()
) -> None:
    """Add to the history of a locked instance what happened to its rows and not to its execution."""
    row.revision += 1
    changed = {"instance": row.id, "revision": row.revision, "has_incidents": row.has_incidents}
    tx.later(_COUNT, changed)
    chronicle.append(
        tx, row.id, row.revision, at=tx.millis, actor=tx.actor, command=command, operation=operation, facts=facts
    )


def save(tx: Work, held: Held, command: str, operation: Operation | None) -> None:
    """Write the row and the history of an instance as they are after this transaction's facts."""
    row = held.row
    row.revision += 1
    saved = held.execution.save()
    shelf.keep(tx, row.id, saved)
    changed: dict[str, Any] = {
        "revision": row.revision,
        "state": None if held.execution.ended else saved.state,
        "status": row.status,
        "ended_at": None,
        "ending": None,
        "has_candidates": row.has_candidates,
        "has_incidents": row.has_incidents,
    }
    if held.ending is not None:
        changed.update(_ended(tx, held, held.ending, operation))
        tx.notices.add(("instance", row.id))
    if held.is_new:
        tx.later(_INSERT, {**changed, **{name: getattr(row, name) for name in _FIXED}})
    else:
        tx.later(_UPDATE, {**changed, "instance": row.id})
    chronicle.append(
        tx,
        row.id,
        row.revision,
        at=tx.millis,
        actor=tx.actor,
        command=command,
        operation=operation,
        facts=held.facts,
    )


def _ended(tx: Work, held: Held, ending: ProcessEnded, operation: Operation | None) -> Mapping[str, Any]:
    account: dict[str, Any] = {"elements": ending.elements}
    if ending.error_code is not None or ending.error_message is not None:
        account.update(error_code=ending.error_code, error_message=ending.error_message)
    if ending.outcome == "canceled" and operation is not None and operation.get("reason"):
        account["reason"] = operation["reason"]
    if held.canceled_by == CALLER:
        account["by"] = CALLER
    return {"status": ending.outcome, "ended_at": tx.millis, "ending": to_json(account).decode()}
