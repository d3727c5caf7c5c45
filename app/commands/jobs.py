"""What operators do with jobs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import literal_column, null, select, update

from app.clock import from_millis
from app.db import Statement
from app.engine import advance, incidents, instances, jobs
from app.engine.chronicle import Operation
from app.engine.instances import Locked
from app.engine.work import Work
from app.errors import InvalidState, NotFound
from app.ids import new_id
from app.models import job
from app.queue import Claimed
from bpmn.errors import NotWaiting
from bpmn.values import from_json, to_json

_FIND = Statement(select(job.c.instance_id, job.c.kind, job.c.activity, job.c.event).where(job.c.id == p("id")))
_JOB = Statement(
    select(job.c.retries, job.c.owner, job.c.ready_at, job.c.suspended, job.c.due_at, job.c.payload)
    .where(job.c.id == p("id"))
    .with_for_update()
)
_RETRY = Statement(
    update(job)
    .where(job.c.id == p("job_id"))
    .values(retries=p("left"), ready_at=p("ready"), owner=null(), attempt=literal_column("1"))
)
_SET_DUE = Statement(
    update(job).where(job.c.id == p("job_id")).values(due_at=p("due"), ready_at=p("ready"), owner=null())
)
_SET_ANCHOR = Statement(update(job).where(job.c.id == p("job_id")).values(payload=p("anchor")))
_SET_PRIORITY = Statement(update(job).where(job.c.id == p("job_id")).values(priority=p("new_priority")))
_SUSPEND = Statement(
    update(job).where(job.c.id == p("job_id")).values(suspended=p("resting"), ready_at=p("ready"), owner=null())
)
_CLAIM = Statement(update(job).where(job.c.id == p("job_id")).values(owner=p("worker"), ready_at=p("lease_end")))
LAST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Held:
    """A job that nobody works on, under the lock of its instance; it `rests` with it, or by an operator's will.

    `anchor` is when a timer start was due before it was moved: what its repetitions are counted from.
    """

    number: int
    kind: str
    activity: int
    event: str
    row: Locked | None
    retries: int
    due_at: int
    anchor: int
    rests: bool


def number_of(job_id: str, kind: str = "job") -> int:
    """The number that the id of a job or an incident stands for; raises `NotFound` where it is none."""
    if not (job_id.isascii() and job_id.isdigit()) or len(job_id) > 19 or int(job_id) > LAST_NUMBER:
        raise NotFound(f"There is no {kind} {job_id[:80]!r}.", code=f"{kind}-not-found")
    return int(job_id)


def retry(tx: Work, job_id: str, *, retries: int = 1, due_millis: int | None = None) -> None:
    """Give a job so many attempts from now on, and take back its incident; `due_millis` moves it as well.

    Raises `NotFound`, `InvalidState`.
    """
    held = _hold(tx, job_id)
    # Attempts that are left say nothing of when: a timer that is not due yet stays where it is.
    ready = None if held.rests or retries == 0 else tx.millis if held.retries == 0 else max(held.due_at, tx.millis)
    tx.later(_RETRY, {"job_id": held.number, "left": retries, "ready": ready})
    if due_millis is not None:
        moved = None if ready is None else due_millis
        tx.later(_SET_DUE, {"job_id": held.number, "due": due_millis, "ready": moved})
    if held.retries == 0 and retries > 0:
        incidents.resolve_job(tx, held.number)
    _note(tx, held, "retry-job", job_id, {"retries": retries})


def set_due(tx: Work, job_id: str, *, due_millis: int, cascade: bool = False) -> None:
    """Move a job, such as a timer, to another time; with `cascade`, its repetitions too. Raises `NotFound`,
    `InvalidState`."""
    held = _hold(tx, job_id)
    if held.retries == 0:
        raise InvalidState(f"Job {job_id} has no retries left; retry it instead.", code="job-failed")
    tx.later(_SET_DUE, {"job_id": held.number, "due": due_millis, "ready": None if held.rests else due_millis})
    if held.kind == "timer-start":
        anchor = None if cascade else to_json({"anchor": held.anchor}).decode()
        tx.later(_SET_ANCHOR, {"job_id": held.number, "anchor": anchor})
    if not (cascade and held.kind == "timer" and _move_repetitions(tx, held, job_id, due_millis)):
        _note(tx, held, "set-job-due", job_id, {"due_at": due_millis})


def _move_repetitions(tx: Work, held: _Held, job_id: str, due_millis: int) -> bool:
    """Let what repeats in an instance be counted from the new time; false where the instance waits for it no more."""
    assert held.row is not None
    live = instances.restore(tx, held.row)
    try:
        live.execution.move_timer(held.activity, held.event, from_millis(due_millis))
    except NotWaiting:
        return False
    advance.settle(tx, live, "set-job-due", {"job": job_id, "due_at": due_millis})
    tx.notices.add(("jobs", ""))
    return True


def set_priority(tx: Work, job_id: str, *, priority: int) -> None:
    """Note how urgent a job is; jobs are done when they are due all the same. Raises `NotFound`, `InvalidState`."""
    held = _hold(tx, job_id)
    tx.later(_SET_PRIORITY, {"job_id": held.number, "new_priority": priority})
    _note(tx, held, "set-job-priority", job_id, {"priority": priority})


def suspend(tx: Work, job_id: str) -> None:
    """Keep a job from being done until it is resumed. Raises `NotFound`, `InvalidState`."""
    held = _hold(tx, job_id)
    tx.later(_SUSPEND, {"job_id": held.number, "resting": 1, "ready": None})
    _note(tx, held, "suspend-job", job_id, {})


def resume(tx: Work, job_id: str) -> None:
    """Let a job be done again when it is due. Raises `NotFound`, `InvalidState`."""
    held = _hold(tx, job_id)
    with_instance = held.row is not None and held.row.status == instances.SUSPENDED
    ready = None if with_instance or held.retries == 0 else held.due_at
    tx.later(_SUSPEND, {"job_id": held.number, "resting": 0, "ready": ready})
    _note(tx, held, "resume-job", job_id, {})


def claim(tx: Work, job_id: str) -> Claimed:
    """Take a job to do it at once, whether or not it is due, failed, or kept from being done.

    A frozen job that a worker has claimed is ours: it would find when it holds the instance that it may not do it.
    Raises `NotFound`, `InvalidState` (somebody works on it).
    """
    held = _hold(tx, job_id, takes_over=True)
    owner = new_id()
    lease_end = tx.millis + int(tx.settings.job_lease_seconds * 1000)
    tx.later(_CLAIM, {"job_id": held.number, "worker": owner, "lease_end": lease_end})
    return Claimed(held.number, held.kind, None if held.row is None else held.row.id, owner, by_hand=True)


def _note(tx: Work, held: _Held, command: str, job_id: str, operation: Operation) -> None:
    if held.row is not None:
        instances.note_locked(tx, held.row, command, {"job": job_id, **operation})
    tx.notices.add(("jobs", ""))


def _hold(tx: Work, job_id: str, *, takes_over: bool = False) -> _Held:
    number = number_of(job_id)
    missing = NotFound(f"There is no job {job_id!r}: it was done, or never existed.", code="job-not-found")
    found = tx.fetch_one(_FIND, {"id": number})
    if found is None:
        raise missing
    row = None if found[0] is None else instances.lock(tx, found[0])[0]
    current = tx.fetch_one(_JOB, {"id": number})
    if current is None:
        raise missing
    retries, owner, ready_at, suspended, due_at, payload = current
    is_leased = owner is not None and ready_at is not None and ready_at > tx.millis
    is_ours = takes_over and row is not None and jobs.is_frozen(tx, number, found[1], row.definition_id)
    if is_leased and not is_ours:
        raise InvalidState(f"Job {job_id} is being worked on; try again later.", code="job-running")
    rests = bool(suspended) or (row is not None and row.status == instances.SUSPENDED)
    return _Held(number, found[1], found[2] or 0, found[3] or "", row, retries, due_at, _anchor(payload, due_at), rests)


def _anchor(payload: str | None, due_at: int) -> int:
    found: int = (from_json(payload) if payload else {}).get("anchor", due_at)
    return found
