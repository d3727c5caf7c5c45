"""What happened to an instance: one timeline of everything, and the activity instances drawn from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import bindparam as p
from sqlalchemy import select

from app.db import Statement, Transaction
from app.engine.chronicle import unpack
from app.errors import NotFound
from app.ids import activity_id
from app.models import history, process_instance
from app.queries.page import Page, Paging, decode, encode
from bpmn import facts
from bpmn.facts import Fact


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `kind` is a participle such as "activity-started", or a command for a user operation.

    `details` holds what the kind says more, by name.
    """

    seq: int
    at: int
    actor: str | None
    kind: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ActivityInstance:
    """One visit of an element. `state`: "active", "completed" or "canceled"; times in milliseconds."""

    id: str
    element_id: str
    scope: int
    state: str
    started_at: int
    ended_at: int | None
    role: str = ""
    """"body" of a repetition, "run" in it, "undo" of a completed subprocess, "listener"; else empty."""


# What the timeline calls a fact; what is not named here is the server's own affair.
KINDS: dict[type[Fact], str] = {
    facts.ProcessStarted: "process-started",
    facts.ActivityStarted: "activity-started",
    facts.ActivityEnded: "activity-completed",
    facts.ActivityPassed: "activity-passed",
    facts.ActivityCanceled: "activity-canceled",
    facts.UserTaskOpened: "user-task-opened",
    facts.UserTaskAssigned: "user-task-assigned",
    facts.ServiceTaskOpened: "external-task-opened",
    facts.TimerArmed: "timer-armed",
    facts.MessageAwaited: "message-awaited",
    facts.SignalAwaited: "signal-awaited",
    facts.WaitOver: "wait-over",
    facts.SignalThrown: "signal-thrown",
    facts.MessageThrown: "message-thrown",
    facts.EscalationRaised: "escalation-raised",
    facts.ProcessCalled: "process-called",
    facts.CallCanceled: "call-canceled",
    facts.DecisionEvaluated: "decision-evaluated",
    facts.VariableSet: "variable-set",
    facts.ScriptDue: "script-due",
    facts.ScriptOver: "script-over",
    facts.StepFailed: "incident-opened",
    facts.FailureCleared: "incident-resolved",
    facts.ProcessEnded: "process-ended",
}

_EXISTS = Statement(select(process_instance.c.id).where(process_instance.c.id == p("id")))
_columns = select(history.c.seq, history.c.at, history.c.actor, history.c.command, history.c.body)
_PAGE = Statement(
    _columns.where(history.c.instance_id == p("id"), history.c.seq >= p("first"))
    .order_by(history.c.seq)
    .limit(p("limit"))
)
_TIMELINE = "timeline"
_ALL = Statement(_columns.where(history.c.instance_id == p("id")).order_by(history.c.seq))


def timeline(tx: Transaction, instance_id: str, paging: Paging, *, kinds: frozenset[str] = frozenset()) -> Page[Entry]:
    """Entries in the order in which they happened, all or those of some kinds; raises `NotFound`."""
    seq, skipped = _place(paging.cursor)
    entries: list[Entry] = []
    _require(tx, instance_id)
    while rows := tx.fetch(_PAGE, {"id": instance_id, "first": seq, "limit": 100}):
        for row in rows:
            for number, entry in enumerate(_entries(instance_id, *row)):
                if (row[0] == seq and number < skipped) or (kinds and entry.kind not in kinds):
                    continue
                if len(entries) == paging.limit:
                    return Page(entries, encode(_TIMELINE, [row[0], number]))
                entries.append(entry)
        seq, skipped = rows[-1][0] + 1, 0
    return Page(entries, None)


def _place(cursor: str | None) -> tuple[int, int]:
    if cursor is None:
        return 0, 0
    seq, number = decode(_TIMELINE, cursor, 2)
    return (seq, number) if isinstance(seq, int) and isinstance(number, int) else (0, 0)


def _entries(instance_id: str, seq: int, at: int, actor: str | None, command: str, body: bytes) -> Iterator[Entry]:
    operation, happened = unpack(body)
    yield Entry(seq, at, actor, command, operation or {})
    for fact in happened:
        kind = KINDS.get(type(fact))
        if kind is not None:
            yield Entry(seq, at, actor, kind, _details(instance_id, fact))


def _details(instance_id: str, fact: Fact) -> dict[str, Any]:
    fields = msgspec.structs.asdict(fact).items()
    details = {name: value for name, value in fields if name == "value" or value not in (None, (), {})}
    if "element" in details:
        details["element_id"] = details.pop("element")
    if "activity" in details:
        details["activity_id"] = activity_id(instance_id, details.pop("activity"))
    return details


def activities(tx: Transaction, instance_id: str) -> list[ActivityInstance]:
    """All visits of elements in the order in which they began; raises `NotFound`."""
    _require(tx, instance_id)
    found: dict[int, ActivityInstance] = {}
    for _, at, _, _, body in tx.fetch(_ALL, {"id": instance_id}):
        for fact in unpack(body)[1]:
            note = _NOTES.get(type(fact))
            if note is not None:
                note(found, instance_id, at, fact)
    return list(found.values())


def _started(found: dict[int, ActivityInstance], instance_id: str, at: int, fact: facts.ActivityStarted) -> None:
    name = activity_id(instance_id, fact.activity)
    found[fact.activity] = ActivityInstance(name, fact.element, fact.scope, "active", at, None, fact.role)


def _passed(found: dict[int, ActivityInstance], instance_id: str, at: int, fact: facts.ActivityPassed) -> None:
    name = activity_id(instance_id, fact.activity)
    found[fact.activity] = ActivityInstance(name, fact.element, fact.scope, "completed", at, at)


def _ended(found: dict[int, ActivityInstance], _: str, at: int, fact: facts.ActivityEnded) -> None:
    found[fact.activity] = replace(found[fact.activity], state="completed", ended_at=at)


def _canceled(found: dict[int, ActivityInstance], _: str, at: int, fact: facts.ActivityCanceled) -> None:
    found[fact.activity] = replace(found[fact.activity], state="canceled", ended_at=at)


_NOTES: dict[type[Fact], Callable[[dict[int, ActivityInstance], str, int, Any], None]] = {
    facts.ActivityStarted: _started,
    facts.ActivityPassed: _passed,
    facts.ActivityEnded: _ended,
    facts.ActivityCanceled: _canceled,
}


def _require(tx: Transaction, instance_id: str) -> None:
    if tx.fetch_one(_EXISTS, {"id": instance_id}) is None:
        raise NotFound(f"There is no process instance {instance_id!r}.", code="process-instance-not-found")
