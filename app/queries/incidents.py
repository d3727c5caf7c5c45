"""Incidents, open and resolved."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import select

from app.db import Row, Statement, Transaction
from app.errors import NotFound
from app.ids import activity_id
from app.models import incident
from app.queries.page import Order, Page, Paging, page


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident: where part of an instance cannot go on without help, or could not."""

    id: str
    process_instance_id: str | None
    definition_id: str | None
    activity_id: str | None
    job_id: str | None
    element_id: str | None
    kind: str
    message: str
    created_at: int
    resolved_at: int | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which incidents are wanted; what is None does not matter."""

    process_instance_id: str | None = None
    definition_id: str | None = None
    kind: str | None = None
    resolved: bool | None = None


_table = incident.c
_COLUMNS = (
    _table.id,
    _table.instance_id,
    _table.definition_id,
    _table.activity,
    _table.job_id,
    _table.element_id,
    _table.kind,
    _table.message,
    _table.created_at,
    _table.resolved_at,
)
_ONE = Statement(select(*_COLUMNS).where(_table.id == p("id")))


def list_incidents(tx: Transaction, paging: Paging, filters: Filters = Filters()) -> Page[IncidentRow]:
    """Incidents, the newest first."""
    chosen = select(*_COLUMNS)
    for column, value in (
        (_table.instance_id, filters.process_instance_id),
        (_table.definition_id, filters.definition_id),
        (_table.kind, filters.kind),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    if filters.resolved is not None:
        chosen = chosen.where(_table.resolved_at.is_not(None) if filters.resolved else _table.resolved_at.is_(None))
    return page(tx, chosen, Order((_table.id,), descending=True), paging, _row)


def get(tx: Transaction, incident_id: str) -> IncidentRow:
    """One incident; raises `NotFound`."""
    number = int(incident_id) if incident_id.isascii() and incident_id.isdigit() and len(incident_id) < 19 else 0
    found = tx.fetch_one(_ONE, {"id": number})
    if found is None:
        raise NotFound(f"There is no incident {incident_id[:80]!r}.", code="incident-not-found")
    return _row(found)


def _row(row: Row) -> IncidentRow:
    number, instance_id, definition_id, activity, job_id, *columns = row
    name = None if instance_id is None or activity is None else activity_id(instance_id, activity)
    return IncidentRow(str(number), instance_id, definition_id, name, None if job_id is None else str(job_id), *columns)
