"""Job rows: add, claim, finish, put off, park, release.

`ready_at` says when a job may be claimed. A claim pushes it to the end of the lease, so that the job of a worker that
died is simply ready again; parking a job and using up its retries take it away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, literal_column, select, update
from sqlalchemy import bindparam as p

from app.db import Row, Statement, Transaction
from app.models import job

_COLUMNS = (
    job.c.id,
    job.c.kind,
    job.c.due_at,
    job.c.retries,
    job.c.attempt,
    job.c.instance_id,
    job.c.activity,
    job.c.event,
    job.c.definition_id,
    job.c.repetition,
    job.c.payload,
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that `owner` may work on; `instance_id` is the instance to hold.

    `by_hand` says that an operator wants it done though it is kept from being done.
    """

    id: int
    kind: str
    instance_id: str | None
    owner: str
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is while its worker works on it. Times are milliseconds since the epoch."""

    id: int
    kind: str
    due_at: int
    retries: int
    attempt: int
    instance_id: str | None
    activity: int | None
    event: str | None
    definition_id: str | None
    repetition: int
    payload: str | None


@dataclass(frozen=True, slots=True)
class Done:
    """The job is finished, or no longer wanted."""


@dataclass(frozen=True, slots=True)
class Later:
    """The job is to be done again at this moment (milliseconds)."""

    at: int


@dataclass(frozen=True, slots=True)
class Parked:
    """The job rests until its instance is resumed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The job rests until an operator allows it."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The job cannot succeed without help: an incident."""

    reason: str


Outcome = Done | Later | Parked | Kept | GiveUp

_GIVEN: dict[str, Any] = {
    name: p(name)
    for name in (
        "kind",
        "due_at",
        "ready_at",
        "owner",
        "retries",
        "instance_id",
        "activity",
        "event",
        "definition_id",
        "definition_key",
        "repetition",
        "payload",
        "priority",
        "created_at",
    )
}
_ADD = Statement(insert(job).values(_GIVEN))
_ADD_NOW = Statement(insert(job).values(_GIVEN).returning(job.c.id))

_TAKEN = (job.c.id, job.c.kind, job.c.instance_id, job.c.owner, job.c.due_at)
_claimed: dict[str, Any] = {"ready_at": p("lease_end"), "owner": p("owner")}


class Lane(Enum):
    """Which jobs a worker takes: scripts, which may compute for seconds, have workers of their own."""

    ALL = "all"
    SCRIPTS = "scripts"
    OTHERS = "others"


_OF_LANE: dict[Lane, tuple[ColumnElement[bool], ...]] = {
    Lane.ALL: (),
    Lane.SCRIPTS: (job.c.kind == literal_column("'script'"),),
    Lane.OTHERS: (job.c.kind != literal_column("'script'"),),
}


def _claim_of(lane: Lane) -> Statement:
    due = select(job.c.id).where(job.c.ready_at <= p("now"), *_OF_LANE[lane])
    due = due.order_by(job.c.ready_at, job.c.id).limit(p("limit"))
    # A common table expression: PostgreSQL may run a plain subquery once for every row, and lock others each time.
    chosen = due.with_for_update(skip_locked=True).cte("chosen")
    return Statement(
        update(job).where(job.c.id.in_(select(chosen.c.id))).values(_claimed).returning(*_TAKEN),
        sqlite=update(job).where(job.c.id.in_(due)).values(_claimed).returning(*_TAKEN),
    )


_CLAIM = {lane: _claim_of(lane) for lane in Lane}
_NEXT = {
    lane: Statement(select(func.min(job.c.ready_at)).where(job.c.ready_at.is_not(None), *of_lane))
    for lane, of_lane in _OF_LANE.items()
}
MINE = Statement(select(*_COLUMNS).where(job.c.id == p("id"), job.c.owner == p("owner")).with_for_update())
_DELETE = Statement(delete(job).where(job.c.id == p("job_id")))
_PUT_OFF = Statement(
    update(job)
    .where(job.c.id == p("job_id"))
    .values(ready_at=p("at"), owner=None, retries=p("retries"), attempt=p("attempt"), error=p("error"))
)
_RELEASE = Statement(
    update(job).where(job.c.id == p("job_id"), job.c.owner == p("mine")).values(ready_at=p("now"), owner=None)
)
_PARK = Statement(update(job).where(job.c.id == p("job_id")).values(ready_at=None, owner=None))
_KEEP = Statement(
    update(job).where(job.c.id == p("job_id")).values(ready_at=None, owner=None, suspended=literal_column("1"))
)
_UNPARK = Statement(
    update(job)
    .where(
        job.c.instance_id == p("instance"),
        job.c.ready_at.is_(None),
        job.c.retries > literal_column("0"),
        job.c.suspended == literal_column("0"),
    )
    .values(ready_at=job.c.due_at, owner=None)
)


def _row(fields: dict[str, Any], now: int, retries: int) -> dict[str, Any]:
    due = fields.get("due_at", now)
    return {
        "kind": fields["kind"],
        "due_at": due,
        "ready_at": fields.get("ready_at", due),
        "owner": fields.get("owner"),
        "retries": retries,
        "instance_id": fields.get("instance_id"),
        "activity": fields.get("activity"),
        "event": fields.get("event"),
        "definition_id": fields.get("definition_id"),
        "definition_key": fields.get("definition_key"),
        "repetition": fields.get("repetition", 1),
        "payload": fields.get("payload"),
        "priority": fields.get("priority", 0),
        "created_at": now,
    }


def add(tx: Transaction, *, now: int, retries: int, **fields: Any) -> None:
    """Leave a job; `kind` is required, `due_at` is now where it is not given."""
    tx.later(_ADD, _row(fields, now, retries))


def add_claimed(tx: Transaction, *, now: int, retries: int, owner: str, lease_end: int, **fields: Any) -> Claimed:
    """Leave a job that is claimed by `owner` already."""
    row = _row({**fields, "owner": owner, "ready_at": lease_end}, now, retries)
    return Claimed(int(tx.fetch(_ADD_NOW, row)[0][0]), row["kind"], row["instance_id"], owner)


def notice(kind: str) -> tuple[str, str]:
    """What listeners are told of a new job of this kind."""
    return ("scripts" if kind == "script" else "jobs", "")


def claim(tx: Transaction, *, now: int, lease_end: int, owner: str, limit: int, lane: Lane = Lane.ALL) -> list[Claimed]:
    """Take due jobs, oldest first, until `lease_end` (milliseconds); never one that another worker holds."""
    rows = tx.fetch(_CLAIM[lane], {"now": now, "lease_end": lease_end, "owner": owner, "limit": limit})
    return [Claimed(*row[:4]) for row in sorted(rows, key=lambda row: (row[4], row[0]))]


def next_ready(tx: Transaction, lane: Lane = Lane.ALL) -> int | None:
    """When the next job may be claimed (milliseconds), if there is any."""
    found: int | None = tx.fetch(_NEXT[lane])[0][0]
    return found


def release(tx: Transaction, jobs: Iterable[Claimed], *, now: int) -> None:
    """Let others claim jobs that were claimed and not begun."""
    for claimed in jobs:
        tx.later(_RELEASE, {"job_id": claimed.id, "mine": claimed.owner, "now": now})


def mine(rows: list[Row]) -> Job | None:
    """The job that `MINE` found, unless it is gone or was taken over."""
    return Job(*rows[0]) if rows else None


def finish(tx: Transaction, job_id: int) -> None:
    """The job is done."""
    tx.later(_DELETE, {"job_id": job_id})


def put_off(tx: Transaction, job: Job, *, at: int | None, retries: int, error: str | None) -> None:
    """Let the job be tried again at `at` (milliseconds; None: not without help) with so many attempts left."""
    row = {"job_id": job.id, "at": at, "retries": retries, "attempt": job.attempt + 1, "error": error}
    tx.later(_PUT_OFF, row)


def park(tx: Transaction, job_id: int) -> None:
    """Let the job rest until its instance is resumed."""
    tx.later(_PARK, {"job_id": job_id})


def keep(tx: Transaction, job_id: int) -> None:
    """Let the job rest until an operator allows it."""
    tx.later(_KEEP, {"job_id": job_id})


def unpark(tx: Transaction, instance_id: str) -> None:
    """Make the parked jobs of an instance ready again."""
    tx.later(_UNPARK, {"instance": instance_id})
