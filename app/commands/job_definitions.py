"""Freezing the jobs of a definition: its timers and continuations are not done until they are allowed again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam as p
from sqlalchemy import delete, literal_column, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db import Statement
from app.engine.jobs import FREEZABLE
from app.engine.work import Work
from app.models import job, job_freeze, process_instance

_ALL = ""
_row: dict[str, Any] = {"definition_id": p("definition"), "element_id": p("element"), "since": p("now")}
_FREEZE = Statement(
    postgresql.insert(job_freeze).values(_row).on_conflict_do_nothing(),
    sqlite=sqlite.insert(job_freeze).values(_row).on_conflict_do_nothing(),
)
_of_definition = select(process_instance.c.id).where(process_instance.c.definition_id == p("definition"))
_resting = select(process_instance.c.id).where(process_instance.c.status == literal_column("'suspended'"))
_theirs = (
    (job.c.definition_id == p("definition")) | job.c.instance_id.in_(_of_definition),
    or_(*(job.c.kind == literal_column(f"'{kind}'") for kind in sorted(FREEZABLE))),
    (p("element") == _ALL) | (job.c.event == p("element")),
)
_KEEP = Statement(
    update(job)
    .where(*_theirs, job.c.owner.is_(None) | (job.c.ready_at <= p("now")))
    .values(suspended=literal_column("1"), ready_at=null(), owner=null())
)
_THAW = Statement(
    delete(job_freeze).where(
        job_freeze.c.definition_id == p("definition"),
        (p("element") == _ALL) | (job_freeze.c.element_id == p("element")),
    )
)
_ALLOW = Statement(update(job).where(*_theirs).values(suspended=literal_column("0")))
_WAKE = Statement(
    update(job)
    .where(
        *_theirs,
        job.c.ready_at.is_(None),
        job.c.retries > literal_column("0"),
        job.c.instance_id.is_(None) | job.c.instance_id.not_in(_resting),
    )
    .values(ready_at=job.c.due_at)
)


def freeze(tx: Work, definition_id: str, *, element_id: str | None = None, with_jobs: bool = False) -> None:
    """Keep jobs of a definition, or of one element, from being done; with `with_jobs` those too that are there."""
    asked = {"definition": definition_id, "element": element_id or _ALL, "now": tx.millis}
    tx.execute(_FREEZE, asked)
    if with_jobs:
        tx.execute(_KEEP, asked)


def thaw(tx: Work, definition_id: str, *, element_id: str | None = None, with_jobs: bool = False) -> None:
    """Let jobs be done again; with `with_jobs` those too that were kept."""
    asked = {"definition": definition_id, "element": element_id or _ALL}
    tx.execute(_THAW, asked)
    if with_jobs:
        tx.execute(_ALLOW, asked)
        tx.execute(_WAKE, asked)
        tx.notices.add(("jobs", ""))
