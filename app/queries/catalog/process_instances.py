"""Process instances, running and over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Select, exists, func, literal, select

from app.db import Row, Transaction
from app.models import history, incident, job, process_definition, process_instance, subscription, user_task
from app.queries.catalog.criteria import Catalog, Criterion, Meaning, Where, Window, compared, either, nothing
from app.queries.catalog.variables import having
from bpmn.values import from_json


class Instance(NamedTuple):
    """An instance; `ending` says how it ended, `caller_id` is the activity instance that called it."""

    id: str
    definition_id: str
    definition_key: str
    version: int
    definition_name: str | None
    business_key: str | None
    status: str
    caller_id: str | None
    root_id: str
    started_at: int
    ended_at: int | None
    ending: dict[str, Any] | None


_table = process_instance.c
_definition = process_definition.c
RUNNING = ("active", "suspended")
_from: Select[Any] = select(
    _table.id,
    _table.definition_id,
    _table.definition_key,
    _definition.version,
    _definition.name,
    _table.business_key,
    _table.status,
    _table.caller_id,
    _table.root_id,
    _table.started_at,
    _table.ended_at,
    _table.ending,
).join_from(process_instance, process_definition, _definition.id == _table.definition_id)


def _row(row: Row) -> Instance:
    values = list(row)
    values[-1] = None if values[-1] is None else from_json(values[-1])
    return Instance(*values)


def _with_incident(column: Column[Any], *, open_only: bool = False) -> Meaning:
    def condition(operator: str, value: Any) -> ColumnElement[bool]:
        fits = [incident.c.instance_id == _table.id, compared(column, operator, value)]
        if open_only:
            fits.append(incident.c.resolved_at.is_(None))
        return exists(select(literal(1)).where(*fits))

    return condition


def _called_by(_: str, instance_id: str) -> ColumnElement[bool]:
    """The instance that called it."""
    return (_table.caller_id > instance_id + ".") & (_table.caller_id < instance_id + "/")


def _calls(_: str, instance_id: str) -> ColumnElement[bool]:
    """An instance that it called."""
    called = process_instance.alias()
    return exists(
        select(literal(1)).where(
            called.c.id == instance_id, called.c.caller_id > _table.id + ".", called.c.caller_id < _table.id + "/"
        )
    )


def _started_by(operator: str, value: Any) -> ColumnElement[bool]:
    """The person whose command was the first."""
    first = (history.c.instance_id == _table.id, history.c.seq == 1)
    return exists(select(literal(1)).where(*first, compared(history.c.actor, operator, value)))


def _is_leaf() -> ColumnElement[bool]:
    called = process_instance.alias()
    return ~exists(
        select(literal(1)).where(
            called.c.caller_id > _table.id + ".", called.c.caller_id < _table.id + "/", called.c.ended_at.is_(None)
        )
    )


def _waits_at(_: str, elements: tuple[str, ...]) -> ColumnElement[bool]:
    """It waits at one of these elements: for a person, a program, an event or a called process."""
    tasks = select(literal(1)).where(user_task.c.instance_id == _table.id, user_task.c.element_id.in_(elements))
    events = select(literal(1)).where(subscription.c.instance_id == _table.id, subscription.c.event.in_(elements))
    timers = select(literal(1)).where(job.c.instance_id == _table.id, job.c.event.in_(elements), job.c.kind == "timer")
    return exists(tasks) | exists(events) | exists(timers)


_jobs_retried = exists(
    select(literal(1)).where(job.c.instance_id == _table.id, job.c.error.is_not(None), job.c.retries > 0)
)
_open_incident = exists(select(literal(1)).where(incident.c.instance_id == _table.id, incident.c.resolved_at.is_(None)))
# How it ended is known by a text; within a text of JSON quotes are escaped.
_by_caller = func.coalesce(_table.ending, "").contains('"by":"caller"', autoescape=True)
_any_incident = exists(select(literal(1)).where(incident.c.instance_id == _table.id))

FIRST_BATCH, BATCH = 20, 500


def batches(tx: Transaction, catalog: Catalog[Instance], where: Where) -> Iterator[list[Instance]]:
    """The instances that fit, oldest first, so many at once as are worth an exchange with the database."""
    last, size = "", FIRST_BATCH
    while found := catalog.page(tx, [*where, Criterion("id", "gt", last)], Window(most=size)):
        yield found
        last, size = found[-1].id, min(size * 5, BATCH)


INSTANCES: Catalog[Instance] = Catalog(
    _from,
    _row,
    _table.id,
    {
        "id": _table.id,
        "definition": _table.definition_id,
        "definition-key": _table.definition_key,
        "definition-name": _definition.name,
        "deployment": _definition.deployment_id,
        "business-key": _table.business_key,
        "status": _table.status,
        "ended-from-outside": either((_table.status == "canceled") & ~_by_caller),
        "ended-from-inside": either((_table.status == "error") | ((_table.status == "canceled") & _by_caller)),
        "running": either(_table.ended_at.is_(None)),
        "root": _table.root_id,
        "is-root": either(_table.caller_id.is_(None)),
        "is-leaf": lambda _, value: _is_leaf() if value else ~_is_leaf(),
        "caller-instance": _called_by,
        "called-instance": _calls,
        "started": _table.started_at,
        "ended": _table.ended_at,
        # The value is a moment: it was running then or later.
        "alive-after": lambda _, value: _table.ended_at.is_(None) | (_table.ended_at >= value),
        "started-by": _started_by,
        "open-incidents": either(_open_incident),
        "incidents": either(_any_incident),
        "resolved-incidents": either(_any_incident & ~_open_incident),
        "incident": _with_incident(incident.c.id),
        "incident-kind": _with_incident(incident.c.kind),
        "incident-message": _with_incident(incident.c.message),
        "open-incident-message": _with_incident(incident.c.message, open_only=True),
        "jobs-retried": either(_jobs_retried),
        "waits-at": _waits_at,
        "variable": having(_table.id),
        "nothing": nothing,
    },
    {
        "id": _table.id,
        "definition": _table.definition_id,
        "definition-key": _table.definition_key,
        "definition-name": _definition.name,
        "version": _definition.version,
        "business-key": _table.business_key,
        "started": _table.started_at,
        "ended": _table.ended_at,
        "duration": func.coalesce(_table.ended_at, 0) - _table.started_at,
    },
)
