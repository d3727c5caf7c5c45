"""Incident rows: opened by what cannot go on, resolved when it goes on or is needed no more."""

from __future__ import annotations

from sqlalchemy import bindparam as p
from sqlalchemy import insert, select, update

from app.db import Statement
from app.engine.texts import clean
from app.engine.work import Work
from app.models import incident, job

RETRIES_EXHAUSTED = "retries-exhausted"

_COLUMNS = (
    "instance_id",
    "definition_id",
    "activity",
    "job_id",
    "element_id",
    "kind",
    "message",
    "created_at",
)
_REPORT = Statement(insert(incident).values({name: p(name) for name in _COLUMNS}))
_is_open = incident.c.resolved_at.is_(None)
_here = (incident.c.instance_id == p("instance"), incident.c.activity == p("number"), _is_open)
_RESOLVE = Statement(update(incident).where(*_here, incident.c.job_id.is_(None)).values(resolved_at=p("now")))
_RESOLVE_JOBS_OF = Statement(
    update(incident).where(*_here, incident.c.job_id.is_not(None)).values(resolved_at=p("now"))
)
_RESOLVE_ALL = Statement(
    update(incident).where(incident.c.instance_id == p("instance"), _is_open).values(resolved_at=p("now"))
)
_RESOLVE_ORPHANS = Statement(
    update(incident)
    .where(
        incident.c.instance_id == p("instance"),
        incident.c.job_id.is_not(None),
        incident.c.job_id.not_in(select(job.c.id).where(job.c.instance_id == p("instance"))),
        _is_open,
    )
    .values(resolved_at=p("now"))
)
_RESOLVE_JOB = Statement(update(incident).where(incident.c.job_id == p("job"), _is_open).values(resolved_at=p("now")))


def report(
    tx: Work,
    *,
    instance_id: str | None,
    definition_id: str | None,
    activity: int | None,
    element_id: str | None,
    kind: str,
    message: str,
    job_id: int | None = None,
) -> None:
    """Open an incident."""
    row = {
        "instance_id": instance_id,
        "definition_id": definition_id,
        "activity": activity,
        "job_id": job_id,
        "element_id": element_id,
        "kind": kind,
        "message": clean(message),
        "created_at": tx.millis,
    }
    tx.later(_REPORT, row)


def resolve(tx: Work, instance_id: str, activity: int) -> None:
    """What this activity instance was held up by is over."""
    tx.later(_RESOLVE, {"instance": instance_id, "number": activity, "now": tx.millis})


def resolve_jobs_of(tx: Work, instance_id: str, activity: int) -> None:
    """The jobs that this activity instance waited for are needed no more; what else holds it up goes on to."""
    tx.later(_RESOLVE_JOBS_OF, {"instance": instance_id, "number": activity, "now": tx.millis})


def resolve_orphans(tx: Work, instance_id: str) -> None:
    """Jobs of the instance are gone that were needed no more."""
    tx.later(_RESOLVE_ORPHANS, {"instance": instance_id, "now": tx.millis})


def resolve_all(tx: Work, instance_id: str) -> None:
    """The instance is over, and with it whatever held it up."""
    tx.later(_RESOLVE_ALL, {"instance": instance_id, "now": tx.millis})


def resolve_job(tx: Work, job_id: int) -> None:
    """The job is to be tried again."""
    tx.later(_RESOLVE_JOB, {"job": job_id, "now": tx.millis})
