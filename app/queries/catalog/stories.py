"""Reading what happened from the histories of instances, with a bound on what one answer may read.

A history is one packed row per command. A question about one instance costs what that instance did. A list across
instances is read in the order of the instances, or in the order of time, only as far as its page reaches; what needs
all of it (a count, any other order) is refused beyond `MOST_COMMANDS`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, cast, func, literal, select, tuple_

from app.db import Row, Transaction
from app.engine.chronicle import Operation, operation_of, unpack
from app.errors import InvalidRequest
from app.models import history, process_definition, process_instance
from app.queries.catalog.criteria import Criterion, Where, in_parts
from app.queries.catalog.past import Past
from app.queries.catalog.process_instances import BATCH, FIRST_BATCH, INSTANCES, Instance, batches
from bpmn.facts import ActivityCanceled, ActivityEnded, ActivityPassed, ActivityStarted, ProcessStarted

MOST_COMMANDS = 50_000
"""Rows of history that one answer may read."""

Event: TypeAlias = Literal["start", "end"]
_EVENTS: dict[Event, tuple[type, ...]] = {
    "start": (ActivityStarted, ActivityPassed),
    "end": (ActivityEnded, ActivityPassed, ActivityCanceled),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in milliseconds, both ends in it; None where it is open."""

    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class UserOperation:
    """Something that was asked for by a command; `at` in milliseconds."""

    instance: Instance
    seq: int
    at: int
    actor: str | None
    command: str
    details: Operation


class Stories:
    """Histories read for one answer; every reader raises `InvalidRequest` beyond the bound."""

    def __init__(self, tx: Transaction, *, with_activities: bool = True, with_variables: bool = True) -> None:
        """What is left out need not be told."""
        self._tx = tx
        self._told_of = {"with_activities": with_activities, "with_variables": with_variables}
        self._left = MOST_COMMANDS
        self._known: dict[str, Past] = {}

    def require_few(self, where: Where) -> None:
        """Raise unless the histories of all instances that fit may be read."""
        fitting = (
            INSTANCES.chosen.with_only_columns(process_instance.c.revision)
            .where(*INSTANCES.conditions(where))
            .limit(MOST_COMMANDS + 1)
            .subquery()
        )
        if (self._tx.select(select(cast(func.sum(fitting.c.revision), BigInteger)))[0][0] or 0) > MOST_COMMANDS:
            raise _too_many()

    def all(self, where: Where) -> Iterator[Past]:
        """The stories of all instances that fit, oldest instance first: as far as the caller goes."""
        for found in batches(self._tx, INSTANCES, where):
            yield from self._told(found)

    def by_time(
        self, where: Where, event: Event, span: Span, *, descending: bool
    ) -> Iterator[tuple[int, Past, set[int]]]:
        """Moments at which activity instances started or ended, in their order: with the story and their numbers."""
        for rows in self._rows_by_time(where, span, descending, size=FIRST_BATCH):
            numbers = [(row[0], row[1], _numbers(row[2], event)) for row in rows]
            self._learn({instance_id for instance_id, _, found in numbers if found})
            for instance_id, at, found in numbers:
                if found:
                    yield at, self._known[instance_id], found

    def _rows_by_time(self, where: Where, span: Span, descending: bool, size: int) -> Iterator[list[Row]]:
        order = (history.c.at, history.c.instance_id, history.c.seq)
        chosen = (
            select(history.c.instance_id, history.c.at, history.c.body, history.c.seq)
            .join_from(history, process_instance, process_instance.c.id == history.c.instance_id)
            .join(process_definition, process_definition.c.id == process_instance.c.definition_id)
            .where(*INSTANCES.conditions(where), *_within(span))
            .order_by(*(column.desc() if descending else column.asc() for column in order))
        )
        place: tuple[Any, ...] | None = None
        while rows := self._tx.select(_behind(chosen, order, place, descending).limit(min(size, self._left + 1))):
            within = rows[: self._left]
            yield within
            self._spend(len(rows))
            place, size = (rows[-1][1], rows[-1][0], rows[-1][3]), min(size * 5, BATCH)

    def _learn(self, instance_ids: set[str]) -> None:
        unknown = sorted(instance_ids - self._known.keys())
        if unknown:
            found = INSTANCES.page(self._tx, [Criterion("id", "in", unknown)])
            self._known.update((story.instance.id, story) for story in self._told(found))

    def _told(self, instances: Sequence[Instance]) -> Iterator[Past]:
        rows = self._tx.select(
            select(history.c.instance_id, history.c.at, history.c.body)
            .where(history.c.instance_id.in_([instance.id for instance in instances]))
            .order_by(history.c.instance_id, history.c.seq)
            .limit(self._left + 1)
        )
        self._spend(len(rows))
        stories = {instance.id: Past(instance, **self._told_of) for instance in instances}
        for instance_id, at, body in rows:
            stories[instance_id].add(at, body)
        yield from stories.values()

    def operations(
        self, where: Where, commands: Collection[str], span: Span, *, actor: str | None, descending: bool | None
    ) -> Iterator[UserOperation]:
        """What was asked for by these commands, in the order of time; with None instance by instance."""
        order: tuple[Any, ...] = (history.c.instance_id, history.c.seq)
        if descending is not None:
            order = (history.c.at, *order)
        chosen = (
            INSTANCES.chosen.join(history, history.c.instance_id == process_instance.c.id)
            .add_columns(history.c.seq, history.c.at, history.c.actor, history.c.command, history.c.body)
            .where(*INSTANCES.conditions(where), *_within(span), history.c.command.in_(sorted(commands)))
            .order_by(*(column.desc() if descending else column.asc() for column in order))
        )
        if actor is not None:
            chosen = chosen.where(history.c.actor == actor)
        place: tuple[Any, ...] | None = None
        size = FIRST_BATCH
        while rows := self._tx.select(_behind(chosen, order, place, bool(descending)).limit(min(size, self._left + 1))):
            self._spend(len(rows))
            for row in rows:
                *instance, seq, at, by, command, body = row
                details = operation_of(body) or {}
                yield UserOperation(INSTANCES.build(tuple(instance)), seq, at, by, command, details)
            place = (rows[-1][0], rows[-1][-5]) if descending is None else (rows[-1][-4], rows[-1][0], rows[-1][-5])
            size = min(size * 5, BATCH)

    def _spend(self, rows: int) -> None:
        self._left -= rows
        if self._left < 0:
            raise _too_many()


def _too_many() -> InvalidRequest:
    return InvalidRequest(
        f"The histories of more than {MOST_COMMANDS} commands would have to be read for this answer. Name a process "
        "instance, or narrow the question by definition, by time, or to what is unfinished; or ask for a page "
        "(maxResults) without an order, or in the order of startTime, endTime or timestamp.",
        code="list-too-long",
    )


def _within(span: Span) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if span.since is not None:
        found.append(history.c.at >= span.since)
    if span.until is not None:
        found.append(history.c.at <= span.until)
    return found


def _behind(chosen: Any, order: tuple[Any, ...], place: tuple[Any, ...] | None, descending: bool) -> Any:
    """The rows that come after a place in the order."""
    if place is None:
        return chosen
    there = tuple_(*(literal(value, column.type) for value, column in zip(place, order, strict=True)))
    here = tuple_(*order)
    return chosen.where(here < there if descending else here > there)


def _numbers(body: bytes, event: Event) -> set[int]:
    kinds = _EVENTS[event]
    happened: list[Any] = unpack(body)[1]
    return {fact.activity for fact in happened if type(fact) in kinds}


def definitions(tx: Transaction, where: Where, most: int) -> list[str]:
    """The definitions of all instances that fit, up to one more than `most`."""
    chosen = INSTANCES.chosen.with_only_columns(process_instance.c.definition_id).distinct()
    return [row[0] for row in tx.select(chosen.where(*INSTANCES.conditions(where)).limit(most + 1))]


def beginnings(tx: Transaction, instance_ids: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
    """Who started each of these instances, and at which start event."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for part in in_parts(instance_ids):
        first = (history.c.instance_id.in_(part), history.c.seq == 1)
        for instance_id, actor, body in tx.select(
            select(history.c.instance_id, history.c.actor, history.c.body).where(*first)
        ):
            starts = (fact.element for fact in unpack(body)[1] if isinstance(fact, ProcessStarted))
            found[instance_id] = (actor, next(starts, None))
    return found


def called(tx: Transaction, activity_ids: Collection[str]) -> dict[str, str]:
    """The instances that activity instances called, by the ids of these."""
    calls = select(process_instance.c.caller_id, process_instance.c.id)
    return {
        caller_id: called_id
        for some in in_parts(activity_ids)
        for caller_id, called_id in tx.select(calls.where(process_instance.c.caller_id.in_(some)))
    }
