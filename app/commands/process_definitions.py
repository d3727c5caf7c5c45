"""Suspending and resuming definitions, with their instances where that is wanted."""

from __future__ import annotations

from sqlalchemy import bindparam as p
from sqlalchemy import func, literal_column, null, select, update

from app.db import Statement
from app.engine import instances
from app.engine.work import Work
from app.errors import InvalidState, NotFound
from app.models import external_task, job, process_definition, process_instance, user_task

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
_of_definition = select(process_instance.c.id).where(process_instance.c.definition_id == p("definition"))
_RESUME_JOBS = Statement(
    update(job)
    .where(job.c.instance_id.in_(_of_definition), job.c.ready_at.is_(None), *_may_go_on)
    .values(ready_at=job.c.due_at)
)


def suspend(tx: Work, definition_id: str, *, with_instances: bool = False) -> None:
    """Let no new instances start; with `with_instances`, let the running ones rest too. Raises as `resume`."""
    _change(tx, definition_id, suspended=1)
    if with_instances:
        asked = {"definition": definition_id, "old_status": instances.ACTIVE, "new_status": instances.SUSPENDED}
        tx.execute(_SET_INSTANCES, asked)
        tx.execute(_REST_TASKS, {"definition": definition_id, "resting": 1})
        tx.execute(_REST_WORK, {"definition": definition_id})


def resume(tx: Work, definition_id: str, *, with_instances: bool = False) -> None:
    """Let instances start again, and timers that fell due fire now; with `with_instances`, let the resting ones go on.

    Raises `NotFound`, `InvalidState`.
    """
    _change(tx, definition_id, suspended=0)
    tx.execute(_RESUME_STARTS, {"definition": definition_id})
    if with_instances:
        asked = {"definition": definition_id, "old_status": instances.SUSPENDED, "new_status": instances.ACTIVE}
        tx.execute(_SET_INSTANCES, asked)
        tx.execute(_REST_TASKS, {"definition": definition_id, "resting": 0})
        tx.execute(_RESUME_WORK, {"definition": definition_id, "now": tx.millis})
        tx.execute(_RESUME_JOBS, {"definition": definition_id})
    tx.notices.add(("jobs", ""))


def _change(tx: Work, definition_id: str, *, suspended: int) -> None:
    found = tx.fetch_one(_LOCK, {"id": definition_id})
    if found is None:
        raise NotFound(f"There is no process definition {definition_id!r}.", code="process-definition-not-found")
    if found[0] == suspended:
        state = "suspended" if suspended else "active"
        raise InvalidState(f"Process definition {definition_id} is {state} already.", code=f"already-{state}")
    tx.execute(_SET, {"definition": definition_id, "resting": suspended})
