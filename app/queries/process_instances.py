"""Process instances: where they are, whom they called, what holds them up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, literal, literal_column, or_, select
from sqlalchemy import bindparam as p

from app.db import Row, Statement, Transaction
from app.engine.shelf import PARTS
from app.errors import NotFound
from app.ids import activity_id
from app.models import (
    external_task,
    incident,
    job,
    of_instance,
    process_definition,
    process_instance,
    subscription,
    user_task,
)
from app.queries.page import Order, Page, Paging, page
from app.queries.search import VariableFilter, matching
from bpmn.state import alive
from bpmn.values import from_json

RUNNING = ("active", "suspended")


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """An instance. `status`: "active", "suspended", "completed", "terminated", "canceled" or "error".

    `ending` says how it ended: "elements" (end events reached), and where there are: "error_code", "error_message",
    "reason". `caller_id` is the activity instance that called it.
    """

    ending: dict[str, Any] | None
    id: str
    definition_id: str
    definition_key: str
    version: int
    business_key: str | None
    status: str
    caller_id: str | None
    root_id: str
    started_at: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which instances are wanted; what is None does not matter. `running`: active or suspended. Times: milliseconds."""

    definition_id: str | None = None
    definition_key: str | None = None
    business_key: str | None = None
    statuses: tuple[str, ...] = ()
    caller_id: str | None = None
    root_id: str | None = None
    called: bool | None = None
    started_after: int | None = None
    started_before: int | None = None
    ended_after: int | None = None
    ended_before: int | None = None
    with_incidents: bool | None = None
    variables: tuple[VariableFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class ActiveElement:
    """An activity instance that waits; `waits` lists for what: "user-task", "external-task", "timer", "message",
    "signal", "call", or "help" (an incident). A scope waits for nothing itself."""

    id: str
    element_id: str
    waits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CalledInstance:
    """An instance in the same call hierarchy; `caller_id` is the activity instance that called it."""

    id: str
    definition_key: str
    status: str
    caller_id: str | None


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """What holds an instance up."""

    id: str
    element_id: str | None
    kind: str
    message: str
    created_at: int


@dataclass(frozen=True, slots=True)
class InstanceDetails:
    """An instance with all that is alive in it; `hierarchy` holds up to 1,000 instances below the same root."""

    instance: InstanceRow
    active: tuple[ActiveElement, ...]
    hierarchy: tuple[CalledInstance, ...]
    incidents: tuple[OpenIncident, ...]


_table = process_instance.c
_COLUMNS = (
    _table.id,
    _table.definition_id,
    _table.definition_key,
    process_definition.c.version,
    _table.business_key,
    _table.status,
    _table.caller_id,
    _table.root_id,
    _table.started_at,
    _table.ended_at,
    _table.ending,
)
_from: Select[Any] = select(*_COLUMNS).join_from(
    process_instance, process_definition, process_definition.c.id == process_instance.c.definition_id
)
_ONE = Statement(_from.where(_table.id == p("id")))
_STATE = Statement(select(_table.state).where(_table.id == p("id")))
_HIERARCHY = Statement(
    select(_table.id, _table.definition_key, _table.status, _table.caller_id)
    .where(or_(_table.id == p("root"), (_table.root_id == p("root")) & _table.caller_id.is_not(None)))
    .order_by(_table.id)
    .limit(1000)
)
_INCIDENTS = Statement(
    select(incident.c.id, incident.c.element_id, incident.c.kind, incident.c.message, incident.c.created_at)
    .where(incident.c.instance_id == p("id"), incident.c.resolved_at.is_(None))
    .order_by(incident.c.id)
)
_open = incident.c.resolved_at.is_(None)
# Activity (its number, or its id) and what it waits for.
_WAITS = [
    Statement(select(user_task.c.id, literal_column("'user-task'")).where(of_instance(user_task.c.id, p("id")))),
    Statement(
        select(external_task.c.id, literal_column("'external-task'")).where(of_instance(external_task.c.id, p("id")))
    ),
    Statement(select(subscription.c.activity, subscription.c.kind).where(subscription.c.instance_id == p("id"))),
    Statement(select(job.c.activity, job.c.kind).where(job.c.instance_id == p("id"), job.c.kind == "timer")),
    Statement(
        select(_table.caller_id, literal_column("'call'")).where(
            _table.caller_id > p("id") + ".", _table.caller_id < p("id") + "/", _table.ended_at.is_(None)
        )
    ),
    Statement(
        select(incident.c.activity, literal_column("'help'")).where(
            incident.c.instance_id == p("id"), _open, incident.c.activity.is_not(None)
        )
    ),
]


_below = select(_table.id).where((_table.root_id == p("id")) & _table.caller_id.is_not(None))
_GOING_ON = Statement(
    select(job.c.id)
    .where(
        or_(job.c.instance_id == p("id"), job.c.instance_id.in_(_below)),
        job.c.kind != "timer",
        job.c.ready_at.is_not(None),
    )
    .limit(1)
)


def list_instances(tx: Transaction, paging: Paging, filters: Filters = Filters()) -> Page[InstanceRow]:
    """Instances, the newest first."""
    return page(tx, _filtered(filters), Order((_table.id,), descending=True), paging, _row)


def _filtered(filters: Filters) -> Select[Any]:
    chosen = _from
    for column, value in (
        (_table.definition_id, filters.definition_id),
        (_table.definition_key, filters.definition_key),
        (_table.business_key, filters.business_key),
        (_table.caller_id, filters.caller_id),
        (_table.root_id, filters.root_id),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    if filters.statuses:
        chosen = chosen.where(_table.status.in_(filters.statuses))
    if filters.called is not None:
        chosen = chosen.where(_table.caller_id.is_not(None) if filters.called else _table.caller_id.is_(None))
    if filters.with_incidents is not None:
        chosen = chosen.where(_has_incidents() if filters.with_incidents else ~_has_incidents())
    chosen = _between(chosen, filters)
    for wanted in filters.variables:
        chosen = chosen.where(matching(_table.id, wanted))
    return chosen


def _between(chosen: Select[Any], filters: Filters) -> Select[Any]:
    if filters.started_after is not None:
        chosen = chosen.where(_table.started_at >= filters.started_after)
    if filters.started_before is not None:
        chosen = chosen.where(_table.started_at < filters.started_before)
    if filters.ended_after is not None:
        chosen = chosen.where(_table.ended_at >= filters.ended_after)
    if filters.ended_before is not None:
        chosen = chosen.where(_table.ended_at < filters.ended_before)
    return chosen


def _has_incidents() -> Any:
    return exists(select(literal(1)).where(incident.c.instance_id == _table.id, incident.c.resolved_at.is_(None)))


def get(tx: Transaction, instance_id: str) -> InstanceRow:
    """One instance; raises `NotFound`."""
    found = tx.fetch_one(_ONE, {"id": instance_id})
    if found is None:
        raise NotFound(f"There is no process instance {instance_id!r}.", code="process-instance-not-found")
    return _row(found)


def rests(tx: Transaction, instance_id: str, *, ended: bool) -> bool:
    """Whether an instance without caller is over, or (unless `ended`) nothing in it and below it goes on by itself.

    Raises `NotFound`.
    """
    row = get(tx, instance_id)
    return row.ended_at is not None or (not ended and tx.fetch_one(_GOING_ON, {"id": instance_id}) is None)


def get_details(tx: Transaction, instance_id: str) -> InstanceDetails:
    """One instance with what is alive in it, its call hierarchy and its open incidents; raises `NotFound`."""
    row = get(tx, instance_id)
    key = {"id": instance_id}
    states, parts, hierarchy, incidents, *waits = tx.fetch_each(
        (_STATE, key),
        (PARTS, key),
        (_HIERARCHY, {"root": row.root_id}),
        (_INCIDENTS, key),
        *((wait, key) for wait in _WAITS),
    )
    return InstanceDetails(
        row,
        _active(instance_id, [*states, *parts], [wait for found in waits for wait in found]),
        tuple(CalledInstance(*columns) for columns in hierarchy),
        tuple(OpenIncident(str(number), *columns) for number, *columns in incidents),
    )


def _active(instance_id: str, states: list[Row], waits: list[Row]) -> tuple[ActiveElement, ...]:
    kinds: dict[str, list[str]] = {}
    for activity, kind in waits:
        kinds.setdefault(str(activity).rpartition(".")[2], []).append(kind)
    return tuple(
        ActiveElement(activity_id(instance_id, number), element, tuple(dict.fromkeys(kinds.get(str(number), ()))))
        for number, element, *_ in alive(*(state for (state,) in states if state))
    )


def _row(row: Row) -> InstanceRow:
    *columns, ending = row
    return InstanceRow(None if ending is None else from_json(ending), *columns)
