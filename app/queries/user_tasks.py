"""Open user tasks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, exists, func, literal, literal_column, or_, select
from sqlalchemy import bindparam as p

from app.db import Row, Statement, Transaction
from app.engine.variables import sight, visible
from app.errors import NotFound
from app.ids import split_activity_id
from app.models import of_instance, task_candidate, user_task
from app.queries.page import Order, Page, Paging, page
from app.queries.search import VariableFilter, matching
from bpmn.values import Value

Sorting = Literal["created", "-created", "due", "-priority"]


@dataclass(frozen=True, slots=True)
class TaskRow:
    """An open task. Its id is that of its activity instance; `version` is what a command may expect."""

    suspended: bool
    id: str
    process_instance_id: str
    definition_id: str
    definition_key: str
    business_key: str | None
    element_id: str
    name: str | None
    assignee: str | None
    priority: int
    due_at: int | None
    follow_up_at: int | None
    form_key: str | None
    documentation: str | None
    version: int
    created_at: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who may take a task, in the order of their names."""

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tasks are wanted; what is None does not matter. Times in milliseconds.

    `candidate_user` with `candidate_groups`: tasks that this person, or one of these groups, may take.
    `name`: a part of the task's name.
    """

    assignee: str | None = None
    assigned: bool | None = None
    candidate_user: str | None = None
    candidate_groups: tuple[str, ...] = ()
    process_instance_id: str | None = None
    definition_id: str | None = None
    definition_key: str | None = None
    business_key: str | None = None
    element_id: str | None = None
    name: str | None = None
    due_before: int | None = None
    due_after: int | None = None
    created_before: int | None = None
    created_after: int | None = None
    min_priority: int | None = None
    suspended: bool | None = None
    variables: tuple[VariableFilter, ...] = ()


_table = user_task.c
_COLUMNS = (
    _table.id,
    _table.instance_id,
    _table.definition_id,
    _table.definition_key,
    _table.business_key,
    _table.element_id,
    _table.name,
    _table.assignee,
    _table.priority,
    _table.due_at,
    _table.follow_up_at,
    _table.form_key,
    _table.documentation,
    _table.version,
    _table.created_at,
    _table.suspended,
)
_NO_DUE = literal_column(str(2**63 - 1), _table.due_at.type)
_ORDERS: dict[str, Order] = {
    "created": Order((_table.id,)),
    "-created": Order((_table.id,), descending=True),
    "due": Order((func.coalesce(_table.due_at, _NO_DUE), _table.id)),
    "-priority": Order((-_table.priority, _table.id)),
}
_ONE = Statement(select(*_COLUMNS).where(_table.id == p("id")))
_SCOPES = Statement(select(_table.scopes).where(_table.id == p("id")))


def list_tasks(
    tx: Transaction, paging: Paging, filters: Filters = Filters(), *, sorting: Sorting = "created"
) -> Page[TaskRow]:
    """Open tasks in the order asked for; tasks without due date come last by "due"."""
    return page(tx, _filtered(filters), _ORDERS[sorting], paging, _row)


def _filtered(filters: Filters) -> Select[Any]:
    chosen = select(*_COLUMNS)
    if filters.process_instance_id is not None:
        chosen = chosen.where(of_instance(_table.id, literal(filters.process_instance_id)))
    for column, value in (
        (_table.assignee, filters.assignee),
        (_table.definition_id, filters.definition_id),
        (_table.definition_key, filters.definition_key),
        (_table.business_key, filters.business_key),
        (_table.element_id, filters.element_id),
        (_table.suspended, None if filters.suspended is None else int(filters.suspended)),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    if filters.assigned is not None:
        chosen = chosen.where(_table.assignee.is_not(None) if filters.assigned else _table.assignee.is_(None))
    if filters.candidate_user is not None or filters.candidate_groups:
        chosen = chosen.where(_offered(filters.candidate_user, filters.candidate_groups))
    if filters.name is not None:
        chosen = chosen.where(_table.name.contains(filters.name, autoescape=True))
    for wanted in filters.variables:
        chosen = chosen.where(matching(_table.instance_id, wanted))
    return chosen.where(*_ranges(filters))


def _offered(user: str | None, groups: tuple[str, ...]) -> ColumnElement[bool]:
    candidate = task_candidate.c
    named: list[ColumnElement[bool]] = []
    if user is not None:
        named.append((candidate.kind == "user") & (candidate.name == user))
    if groups:
        named.append((candidate.kind == "group") & candidate.name.in_(groups))
    return exists(select(literal(1)).where(candidate.task_id == _table.id, or_(*named)))


def _ranges(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.due_before is not None:
        conditions.append(_table.due_at < filters.due_before)
    if filters.due_after is not None:
        conditions.append(_table.due_at >= filters.due_after)
    if filters.created_before is not None:
        conditions.append(_table.created_at < filters.created_before)
    if filters.created_after is not None:
        conditions.append(_table.created_at >= filters.created_after)
    if filters.min_priority is not None:
        conditions.append(_table.priority >= filters.min_priority)
    return conditions


def get(tx: Transaction, task_id: str) -> TaskRow:
    """One open task; raises `NotFound`."""
    found = tx.fetch_one(_ONE, {"id": task_id})
    if found is None:
        raise _missing(task_id)
    return _row(found)


def candidates(tx: Transaction, task_ids: Collection[str]) -> dict[str, Candidates]:
    """Who may take the tasks, by their ids; nobody in particular where one is not open."""
    named: dict[str, dict[str, list[str]]] = {task_id: {"user": [], "group": []} for task_id in task_ids}
    rows = select(task_candidate.c.task_id, task_candidate.c.kind, task_candidate.c.name).where(
        task_candidate.c.task_id.in_(sorted(named))
    )
    for task_id, kind, name in tx.select(rows) if named else ():
        named[task_id][kind].append(name)
    return {
        task_id: Candidates(tuple(sorted(kinds["user"])), tuple(sorted(kinds["group"])))
        for task_id, kinds in named.items()
    }


def variables(tx: Transaction, task_id: str) -> dict[str, Value]:
    """The variables that an open task sees, inner scopes before outer ones; raises `NotFound`."""
    found = tx.fetch_one(_SCOPES, {"id": task_id})
    if found is None:
        raise _missing(task_id)
    scopes = [int(scope) for scope in found[0].split(",")]
    return visible(tx.fetch(*sight(split_activity_id(task_id)[0], scopes)), found[0])


def _row(row: Row) -> TaskRow:
    *columns, suspended = row
    return TaskRow(bool(suspended), *columns)


def _missing(task_id: str) -> NotFound:
    return NotFound(
        f"There is no open user task {task_id!r}: it was completed or canceled, or never existed.",
        code="user-task-not-found",
    )
