"""How many instances are where, and where there is trouble: by definition, and by element of one definition."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import func, select

from app.db import Transaction
from app.models import incident, job, process_instance, state_part
from bpmn.state import alive

_AT_ONCE = 500
_parts = select(state_part.c.state).where(state_part.c.state.is_not(None))


@dataclass(slots=True)
class Numbers:
    """Running instances (of an element: its open activity instances), failed jobs, and open incidents by kind; a kind
    is a pair of its name and whether a job failed."""

    instances: int = 0
    failed_jobs: int = 0
    incidents: Counter[tuple[str, bool]] = field(default_factory=Counter)


def by_definition(tx: Transaction, *, with_called: bool = True) -> dict[str, Numbers]:
    """Numbers by definition; without `with_called`, only incidents of instances that nobody called count."""
    found: dict[str, Numbers] = {}
    running = process_instance.c.ended_at.is_(None)
    counted = select(process_instance.c.definition_id, func.count()).where(running)
    for definition_id, number in tx.select(counted.group_by(process_instance.c.definition_id)):
        found.setdefault(definition_id, Numbers()).instances = number
    failed = (
        select(process_instance.c.definition_id, func.count())
        .join_from(job, process_instance, process_instance.c.id == job.c.instance_id)
        .where(job.c.retries == 0)
        .group_by(process_instance.c.definition_id)
    )
    for definition_id, number in tx.select(failed):
        found.setdefault(definition_id, Numbers()).failed_jobs = number
    troubled = (
        select(process_instance.c.definition_id, incident.c.kind, incident.c.job_id.is_not(None), func.count())
        .join_from(incident, process_instance, process_instance.c.id == incident.c.instance_id)
        .where(incident.c.resolved_at.is_(None))
        .group_by(process_instance.c.definition_id, incident.c.kind, incident.c.job_id.is_not(None))
    )
    if not with_called:
        troubled = troubled.where(process_instance.c.caller_id.is_(None))
    for definition_id, kind, of_job, number in tx.select(troubled):
        found.setdefault(definition_id, Numbers()).incidents[kind, bool(of_job)] = number
    return found


def by_element(tx: Transaction, definition_id: str) -> dict[str, Numbers]:
    """Numbers by element. What is alive is read from the states of the running instances."""
    found: dict[str, Numbers] = {}
    for element in _alive(tx, definition_id):
        found.setdefault(element, Numbers()).instances += 1
    failed = (
        select(job.c.event, func.count())
        .join_from(job, process_instance, process_instance.c.id == job.c.instance_id)
        .where(process_instance.c.definition_id == definition_id, job.c.retries == 0, job.c.event.is_not(None))
        .group_by(job.c.event)
    )
    for element, number in tx.select(failed):
        found.setdefault(element, Numbers()).failed_jobs = number
    troubled = (
        select(incident.c.element_id, incident.c.kind, incident.c.job_id.is_not(None), func.count())
        .join_from(incident, process_instance, process_instance.c.id == incident.c.instance_id)
        .where(
            process_instance.c.definition_id == definition_id,
            incident.c.resolved_at.is_(None),
            incident.c.element_id.is_not(None),
        )
        .group_by(incident.c.element_id, incident.c.kind, incident.c.job_id.is_not(None))
    )
    for element, kind, of_job, number in tx.select(troubled):
        found.setdefault(element, Numbers()).incidents[kind, bool(of_job)] = number
    return found


def _alive(tx: Transaction, definition_id: str) -> list[str]:
    """The elements of all open activity instances; an element as often as it is open."""
    elements: list[str] = []
    last = ""
    of_definition = process_instance.c.definition_id == definition_id, process_instance.c.ended_at.is_(None)
    running = select(process_instance.c.id).where(*of_definition)
    found = select(process_instance.c.id, process_instance.c.state).where(*of_definition)
    while rows := tx.select(found.where(process_instance.c.id > last).order_by(process_instance.c.id).limit(_AT_ONCE)):
        states = [state for _, state in rows if state]
        with_parts = running.where(process_instance.c.id > last, process_instance.c.id <= rows[-1][0])
        states += [state for (state,) in tx.select(_parts.where(state_part.c.instance_id.in_(with_parts)))]
        elements += [element for _, element, _, role in alive(*states) if role not in ("body", "listener")]
        last = rows[-1][0]
    return elements
