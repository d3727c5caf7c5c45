"""Open external tasks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import literal, select

from app.db import Statement, Transaction
from app.errors import NotFound
from app.models import external_task, of_instance
from app.queries.page import Order, Page, Paging, page


@dataclass(frozen=True, slots=True)
class ExternalTaskRow:
    """An open external task. `worker_id` holds it until `lock_until`; without `available_at` nobody may fetch it."""

    id: str
    process_instance_id: str
    definition_id: str
    definition_key: str
    business_key: str | None
    element_id: str
    topic: str
    priority: int
    worker_id: str | None
    lock_until: int | None
    available_at: int | None
    retries: int | None
    error_message: str | None
    error_details: str | None
    created_at: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tasks are wanted; what is None does not matter."""

    topic: str | None = None
    worker_id: str | None = None
    process_instance_id: str | None = None
    definition_key: str | None = None


_table = external_task.c
_COLUMNS = (
    _table.id,
    _table.instance_id,
    _table.definition_id,
    _table.definition_key,
    _table.business_key,
    _table.element_id,
    _table.topic,
    _table.priority,
    _table.worker_id,
    _table.lock_until,
    _table.available_at,
    _table.retries,
    _table.error_message,
    _table.error_details,
    _table.created_at,
)
_ONE = Statement(select(*_COLUMNS).where(_table.id == p("id")))


def list_tasks(tx: Transaction, paging: Paging, filters: Filters = Filters()) -> Page[ExternalTaskRow]:
    """Open external tasks, the oldest first."""
    chosen = select(*_COLUMNS)
    if filters.process_instance_id is not None:
        chosen = chosen.where(of_instance(_table.id, literal(filters.process_instance_id)))
    for column, value in (
        (_table.topic, filters.topic),
        (_table.worker_id, filters.worker_id),
        (_table.definition_key, filters.definition_key),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    return page(tx, chosen, Order((_table.id,)), paging, lambda row: ExternalTaskRow(*row))


def available(tx: Transaction, topics: Collection[str], *, now: int) -> set[str]:
    """Those of the topics that have tasks to fetch now (milliseconds)."""
    chosen = select(_table.topic).where(_table.topic.in_(topics), _table.available_at <= now).distinct()
    return {topic for (topic,) in tx.select(chosen)}


def get(tx: Transaction, task_id: str) -> ExternalTaskRow:
    """One open external task; raises `NotFound`."""
    found = tx.fetch_one(_ONE, {"id": task_id})
    if found is None:
        raise NotFound(
            f"There is no open external task {task_id!r}: it was completed or canceled, or never existed.",
            code="external-task-not-found",
        )
    return ExternalTaskRow(*found)
