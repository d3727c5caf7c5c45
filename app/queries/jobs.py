"""Jobs that wait, rest or failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy import bindparam as p

from app.db import Row, Statement, Transaction
from app.errors import NotFound
from app.models import job, process_instance
from app.queries.page import Order, Page, Paging, page


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job. Without `ready_at` it rests: its retries are used up, or its instance is suspended.

    `definition_id` is that of its instance, where it has one.
    """

    id: str
    kind: str
    due_at: int
    ready_at: int | None
    retries: int
    process_instance_id: str | None
    activity: int | None
    element_id: str | None
    definition_id: str | None
    error: str | None
    created_at: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which jobs are wanted; what is None does not matter. `failed`: without retries left."""

    kind: str | None = None
    process_instance_id: str | None = None
    definition_id: str | None = None
    failed: bool | None = None
    due_before: int | None = None


_table = job.c
_COLUMNS = (
    _table.id,
    _table.kind,
    _table.due_at,
    _table.ready_at,
    _table.retries,
    _table.instance_id,
    _table.activity,
    _table.event,
    func.coalesce(_table.definition_id, process_instance.c.definition_id),
    _table.error,
    _table.created_at,
)
_from: Select[Any] = select(*_COLUMNS).join_from(
    job, process_instance, process_instance.c.id == _table.instance_id, isouter=True
)
_ONE = Statement(_from.where(_table.id == p("id")))


def list_jobs(tx: Transaction, paging: Paging, filters: Filters = Filters()) -> Page[JobRow]:
    """Jobs, the oldest first."""
    chosen = _from
    for column, value in ((_table.kind, filters.kind), (_table.instance_id, filters.process_instance_id)):
        if value is not None:
            chosen = chosen.where(column == value)
    if filters.definition_id is not None:
        chosen = chosen.where(
            (_table.definition_id == filters.definition_id)
            | (process_instance.c.definition_id == filters.definition_id)
        )
    if filters.failed is not None:
        chosen = chosen.where(_table.retries == 0 if filters.failed else _table.retries > 0)
    if filters.due_before is not None:
        chosen = chosen.where(_table.due_at < filters.due_before)
    return page(tx, chosen, Order((_table.id,)), paging, _row)


def get(tx: Transaction, job_id: str) -> JobRow:
    """One job; raises `NotFound`."""
    number = int(job_id) if job_id.isascii() and job_id.isdigit() and len(job_id) < 19 else 0
    found = tx.fetch_one(_ONE, {"id": number})
    if found is None:
        raise NotFound(f"There is no job {job_id[:80]!r}: it was done, or never existed.", code="job-not-found")
    return _row(found)


def _row(row: Row) -> JobRow:
    number, kind, *columns = row
    # A job that carries a child's result keeps the child's id where others keep the element.
    if kind == "return":
        columns[5] = None
    return JobRow(str(number), kind, *columns)
