"""Jobs of the diagrams, timers and continuations; planned suspensions; and whatever else has failed."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select

from app.engine.suspension import FREEZABLE, SUSPENSION
from app.models import job, job_freeze, process_definition, process_instance
from app.queries.catalog.criteria import Catalog, either, nothing

TIMERS = ("timer", "timer-start")
DATED = (*TIMERS, SUSPENSION)
"""Kinds that wait for a moment that somebody has named."""


class Job(NamedTuple):
    """A job; times in milliseconds. It `rests` where it, its definition's jobs or its instance are suspended.

    `version` is that of its definition.
    """

    id: int
    kind: str
    due_at: int
    retries: int
    instance_id: str | None
    activity: int | None
    element_id: str | None
    definition_id: str | None
    definition_key: str | None
    error: str | None
    priority: int
    rests: int
    created_at: int
    version: int | None


_table = job.c
_definition_id = func.coalesce(process_instance.c.definition_id, _table.definition_id)
_frozen = (
    select(literal_column("1"))
    .where(
        job_freeze.c.definition_id == _definition_id,
        (job_freeze.c.element_id == "") | (job_freeze.c.element_id == _table.event),
        job_freeze.c.since <= _table.created_at,
    )
    .correlate(job, process_instance)
    .exists()
)
_rests = or_(_table.suspended == 1, process_instance.c.status == "suspended", _frozen)
_from: Select[Any] = (
    select(
        _table.id,
        _table.kind,
        _table.due_at,
        _table.retries,
        _table.instance_id,
        _table.activity,
        _table.event,
        _definition_id,
        process_definition.c.key,
        _table.error,
        _table.priority,
        _rests,
        _table.created_at,
        process_definition.c.version,
    )
    .join_from(job, process_instance, process_instance.c.id == _table.instance_id, isouter=True)
    .join(process_definition, process_definition.c.id == _definition_id, isouter=True)
    .where(_table.kind.in_(sorted({*FREEZABLE, SUSPENSION})) | _table.error.is_not(None))
)


def _executable(_: str, now: int) -> ColumnElement[bool]:
    """Due, with attempts left, and not kept from being done; the value is the present moment."""
    return (_table.due_at <= now) & (_table.retries > 0) & ~func.coalesce(_rests, literal_column("1 = 0"))


def _acquired(_: str, value: Any) -> ColumnElement[bool]:
    """A worker is at it; the value is whether, and the present moment."""
    wanted, now = value
    held = _table.owner.is_not(None) & (_table.ready_at > now)
    return held if wanted else ~func.coalesce(held, literal_column("1 = 0"))


JOBS: Catalog[Job] = Catalog(
    _from,
    lambda row: Job(*row),
    _table.id,
    {
        "id": _table.id,
        "kind": _table.kind,
        "instance": _table.instance_id,
        "activity": _table.activity,
        "element": _table.event,
        "definition": _definition_id,
        "definition-key": process_definition.c.key,
        "retries-left": either(_table.retries > 0),
        "executable": _executable,
        "acquired": _acquired,
        "due": _table.due_at,
        "created": _table.created_at,
        "failed": either(_table.error.is_not(None)),
        "error": _table.error,
        "rests": either(func.coalesce(_rests, literal_column("1 = 0"))),
        "priority": _table.priority,
        "nothing": nothing,
    },
    {
        "id": _table.id,
        "activity": _table.activity,
        "instance": _table.instance_id,
        "definition": _definition_id,
        "definition-key": process_definition.c.key,
        "priority": _table.priority,
        "retries": _table.retries,
        "due": _table.due_at,
    },
)


class Freeze(NamedTuple):
    """Jobs that are kept from being done: of a definition, or (unless the id is empty) of one element of it."""

    definition_id: str
    element_id: str


FREEZES: Catalog[Freeze] = Catalog(
    select(job_freeze.c.definition_id, job_freeze.c.element_id),
    lambda row: Freeze(*row),
    job_freeze.c.element_id,
    {"definition": job_freeze.c.definition_id},
)
