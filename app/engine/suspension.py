"""Letting definitions rest, with their instances, and their jobs: now, or at a time by a job of its own.

A change is named by its verb: "suspend" and "resume" (definitions), "freeze" and "thaw" (their timers and
continuations).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from sqlalchemy import bindparam as p
from sqlalchemy import delete, func, literal_column, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db import Statement
from app.engine import instances
from app.engine.work import Work
from app.errors import InvalidState, NotFound
from app.models import external_task, job, job_freeze, process_definition, process_instance, user_task
from app.queue import Done, Job
from bpmn.values import from_json, to_json

# Timers and continuations; what carries messages, signals and results on is not the diagram's.
FREEZABLE = frozenset({"timer", "timer-start", "continue"})
# The job that makes a change when its time has come.
SUSPENSION = "suspension"
Verb: TypeAlias = Literal["suspend", "resume", "freeze", "thaw"]

_of_definition = select(process_instance.c.id).where(process_instance.c.definition_id == p("definition"))
_VERSIONS = Statement(
    select(process_definition.c.id)
    .where(process_definition.c.key == p("process_key"))
    .order_by(process_definition.c.id)
)
_LOCK = Statement(select(process_definition.c.suspended).where(process_definition.c.id == p("id")).with_for_update())
_SET = Statement(
    update(process_definition).where(process_definition.c.id == p("definition")).values(suspended=p("resting"))
)
_SET_INSTANCES = Statement(
    update(process_instance)
    .where(process_instance.c.definition_id == p("definition"), process_instance.c.status == p("old_status"))
    .values(status=p("new_status"))
)
_REST_TASKS = Statement(
    update(user_task).where(user_task.c.definition_id == p("definition")).values(suspended=p("resting"))
)
_REST_WORK = Statement(
    update(external_task).where(external_task.c.definition_id == p("definition")).values(available_at=null())
)
_RESUME_WORK = Statement(
    update(external_task)
    .where(
        external_task.c.definition_id == p("definition"),
        external_task.c.retries.is_(None) | (external_task.c.retries > literal_column("0")),
    )
    .values(available_at=func.coalesce(external_task.c.lock_until, p("now")))
)
_may_go_on = (job.c.retries > literal_column("0"), job.c.suspended == literal_column("0"))
_RESUME_STARTS = Statement(
    update(job)
    .where(job.c.definition_id == p("definition"), job.c.ready_at.is_(None), *_may_go_on)
    .values(ready_at=job.c.due_at)
)
_RESUME_JOBS = Statement(
    update(job)
    .where(job.c.instance_id.in_(_of_definition), job.c.ready_at.is_(None), *_may_go_on)
    .values(ready_at=job.c.due_at)
)
_ALL = ""
_row: dict[str, Any] = {"definition_id": p("definition"), "element_id": p("element"), "since": p("now")}
_FREEZE = Statement(
    postgresql.insert(job_freeze).values(_row).on_conflict_do_nothing(),
    sqlite=sqlite.insert(job_freeze).values(_row).on_conflict_do_nothing(),
)
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


def change(
    tx: Work,
    verb: Verb,
    definition_id: str | None = None,
    *,
    key: str | None = None,
    at_millis: int | None = None,
    **how: Any,
) -> None:
    """Change one definition, or all versions of a key; where `at_millis` is still to come, by a job at that moment.

    Of the versions of a key, those that are so already stay as they are. Raises as the verbs do.
    """
    if at_millis is not None and at_millis > tx.millis:
        payload = to_json({"verb": verb, "key": key, "how": how}).decode()
        tx.add_job(SUSPENSION, definition_id=definition_id, definition_key=key, due_at=at_millis, payload=payload)
    elif definition_id is not None:
        _VERBS[verb](tx, definition_id, **how)
    else:
        for (version_id,) in tx.fetch(_VERSIONS, {"process_key": key}):
            _ensure(tx, verb, version_id, how)


def perform(tx: Work, planned: Job) -> Done:
    """The time of a change has come; what is so already, or gone, is left alone."""
    plan = from_json(planned.payload or "{}")
    versions = [(planned.definition_id,)] if plan["key"] is None else tx.fetch(_VERSIONS, {"process_key": plan["key"]})
    for (version_id,) in versions:
        _ensure(tx, plan["verb"], version_id, plan["how"])
    return Done()


def _ensure(tx: Work, verb: Verb, definition_id: str, how: dict[str, Any]) -> None:
    try:
        _VERBS[verb](tx, definition_id, **how)
    except NotFound:
        pass
    except InvalidState as already:
        if already.code not in ("already-suspended", "already-active"):
            raise


def _suspend(tx: Work, definition_id: str, *, with_instances: bool = False) -> None:
    """Let no new instances start; with `with_instances`, let the running ones rest too. Raises as `_resume`."""
    _set(tx, definition_id, suspended=1)
    if with_instances:
        asked = {"definition": definition_id, "old_status": instances.ACTIVE, "new_status": instances.SUSPENDED}
        tx.execute(_SET_INSTANCES, asked)
        tx.execute(_REST_TASKS, {"definition": definition_id, "resting": 1})
        tx.execute(_REST_WORK, {"definition": definition_id})


def _resume(tx: Work, definition_id: str, *, with_instances: bool = False) -> None:
    """Let instances start again, and timers that fell due fire now; with `with_instances`, let the resting ones go on.

    Raises `NotFound`, `InvalidState`.
    """
    _set(tx, definition_id, suspended=0)
    tx.execute(_RESUME_STARTS, {"definition": definition_id})
    if with_instances:
        asked = {"definition": definition_id, "old_status": instances.SUSPENDED, "new_status": instances.ACTIVE}
        tx.execute(_SET_INSTANCES, asked)
        tx.execute(_REST_TASKS, {"definition": definition_id, "resting": 0})
        tx.execute(_RESUME_WORK, {"definition": definition_id, "now": tx.millis})
        tx.execute(_RESUME_JOBS, {"definition": definition_id})
    tx.notices.add(("jobs", ""))


def _set(tx: Work, definition_id: str, *, suspended: int) -> None:
    found = tx.fetch_one(_LOCK, {"id": definition_id})
    if found is None:
        raise NotFound(f"There is no process definition {definition_id!r}.", code="process-definition-not-found")
    if found[0] == suspended:
        state = "suspended" if suspended else "active"
        raise InvalidState(f"Process definition {definition_id} is {state} already.", code=f"already-{state}")
    tx.execute(_SET, {"definition": definition_id, "resting": suspended})


def _freeze(tx: Work, definition_id: str, *, element_id: str | None = None, with_jobs: bool = False) -> None:
    """Keep jobs of a definition, or of one element, from being done; with `with_jobs` those too that are there."""
    asked = {"definition": definition_id, "element": element_id or _ALL, "now": tx.millis}
    tx.execute(_FREEZE, asked)
    if with_jobs:
        tx.execute(_KEEP, asked)


def _thaw(tx: Work, definition_id: str, *, element_id: str | None = None, with_jobs: bool = False) -> None:
    """Let jobs be done again; with `with_jobs` those too that were kept."""
    asked = {"definition": definition_id, "element": element_id or _ALL}
    tx.execute(_THAW, asked)
    if with_jobs:
        tx.execute(_ALLOW, asked)
        tx.execute(_WAKE, asked)
        tx.notices.add(("jobs", ""))


_VERBS: dict[Verb, Callable[..., None]] = {"suspend": _suspend, "resume": _resume, "freeze": _freeze, "thaw": _thaw}
