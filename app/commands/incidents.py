"""Resolving incidents: the failed step is taken again."""

from __future__ import annotations

from sqlalchemy import bindparam as p
from sqlalchemy import select, update

from app.commands import external_tasks, jobs
from app.db import Row, Statement
from app.engine import advance, instances
from app.engine.texts import clean
from app.engine.work import Work
from app.errors import InvalidState, NotFound
from app.ids import activity_id
from app.models import external_task, incident
from bpmn.errors import NotWaiting

_INCIDENT = Statement(
    select(incident.c.instance_id, incident.c.activity, incident.c.job_id, incident.c.resolved_at).where(
        incident.c.id == p("id")
    )
)
_ANNOTATE = Statement(update(incident).where(incident.c.id == p("incident")).values(annotation=p("said")))
_EXTERNAL = Statement(select(external_task.c.id).where(external_task.c.id == p("task")))


def resolve(tx: Work, incident_id: str) -> None:
    """Take up again what the incident stopped; where it fails again, a new incident says so.

    Raises `NotFound`, `InvalidState` (resolved already, or the instance is suspended).
    """
    number = jobs.number_of(incident_id, "incident")
    instance_id, activity, job_id, _ = _unresolved(tx.fetch_one(_INCIDENT, {"id": number}), incident_id)
    if job_id is not None:
        jobs.retry(tx, str(job_id))
        return
    row, (again,) = instances.lock(tx, instance_id, (_INCIDENT, {"id": number}))
    # Somebody else may have resolved it while this command waited.
    _unresolved(again[0] if again else None, incident_id)
    instances.require_active(row)
    task_id = activity_id(instance_id, activity)
    held = instances.restore(tx, row)
    try:
        held.execution.retry(activity)
    except NotWaiting:
        # Not the step itself has failed, but its worker.
        _retry_work(tx, task_id, incident_id)
    else:
        advance.settle(tx, held, "resolve-incident", {"incident": incident_id})


def annotate(tx: Work, incident_id: str, text: str | None) -> None:
    """Write beside an open incident, or take back what was written. Raises `NotFound`, `InvalidState`."""
    number = jobs.number_of(incident_id, "incident")
    _unresolved(tx.fetch_one(_INCIDENT, {"id": number}), incident_id)
    tx.later(_ANNOTATE, {"incident": number, "said": clean(text)})


def _retry_work(tx: Work, task_id: str, incident_id: str) -> None:
    if tx.fetch_one(_EXTERNAL, {"task": task_id}) is None:
        raise InvalidState(f"Incident {incident_id} has nothing left to retry.", code="incident-outdated")
    external_tasks.set_retries(tx, task_id, retries=1)


def _unresolved(found: Row | None, incident_id: str) -> Row:
    if found is None:
        raise NotFound(f"There is no incident {incident_id!r}.", code="incident-not-found")
    if found[3] is not None:
        raise InvalidState(f"Incident {incident_id} is resolved already.", code="incident-resolved")
    return found
