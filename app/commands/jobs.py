"""What operators do with jobs."""

from __future__ import annotations

from sqlalchemy import bindparam as p
from sqlalchemy import literal_column, null, select, update

from app.db import Statement
from app.engine import incidents, instances
from app.engine.instances import Locked
from app.engine.work import Work
from app.errors import InvalidState, NotFound
from app.models import job

_FIND = Statement(select(job.c.instance_id).where(job.c.id == p("id")))
_JOB = Statement(select(job.c.retries, job.c.owner, job.c.ready_at).where(job.c.id == p("id")).with_for_update())
_RETRY = Statement(
    update(job)
    .where(job.c.id == p("job_id"))
    .values(retries=p("left"), ready_at=p("ready"), owner=null(), attempt=literal_column("1"))
)
_SET_DUE = Statement(
    update(job).where(job.c.id == p("job_id")).values(due_at=p("due"), ready_at=p("ready"), owner=null())
)
LAST_NUMBER = 2**63 - 1


def number_of(job_id: str, kind: str = "job") -> int:
    """The number that the id of a job or an incident stands for; raises `NotFound` where it is none."""
    if not (job_id.isascii() and job_id.isdigit()) or len(job_id) > 19 or int(job_id) > LAST_NUMBER:
        raise NotFound(f"There is no {kind} {job_id[:80]!r}.", code=f"{kind}-not-found")
    return int(job_id)


def retry(tx: Work, job_id: str, *, retries: int = 1) -> None:
    """Give a job so many attempts from now on, and take back its incident. Raises `NotFound`, `InvalidState`."""
    number, row, was_failed = _hold(tx, job_id)
    resting = row is not None and row.status == instances.SUSPENDED
    tx.later(_RETRY, {"job_id": number, "left": retries, "ready": None if resting else tx.millis})
    if was_failed:
        incidents.resolve_job(tx, number)
    if row is not None:
        instances.note_locked(tx, row, "retry-job", {"job": job_id, "retries": retries})
    tx.notices.add(("jobs", ""))


def set_due(tx: Work, job_id: str, *, due_millis: int) -> None:
    """Move a job, such as a timer, to another time. Raises `NotFound`, `InvalidState`."""
    number, row, was_failed = _hold(tx, job_id)
    if was_failed:
        raise InvalidState(f"Job {job_id} has no retries left; retry it instead.", code="job-failed")
    resting = row is not None and row.status == instances.SUSPENDED
    tx.later(_SET_DUE, {"job_id": number, "due": due_millis, "ready": None if resting else due_millis})
    if row is not None:
        instances.note_locked(tx, row, "set-job-due", {"job": job_id, "due_at": due_millis})
    tx.notices.add(("jobs", ""))


def _hold(tx: Work, job_id: str) -> tuple[int, Locked | None, bool]:
    """The number of an existing job that nobody works on, its locked instance, and whether its retries are used up."""
    number = number_of(job_id)
    missing = NotFound(f"There is no job {job_id!r}: it was done, or never existed.", code="job-not-found")
    found = tx.fetch_one(_FIND, {"id": number})
    if found is None:
        raise missing
    row = None if found[0] is None else instances.lock(tx, found[0])[0]
    current = tx.fetch_one(_JOB, {"id": number})
    if current is None:
        raise missing
    retries, owner, ready_at = current
    if owner is not None and ready_at is not None and ready_at > tx.millis:
        raise InvalidState(f"Job {job_id} is being worked on; try again later.", code="job-running")
    return number, row, retries == 0
