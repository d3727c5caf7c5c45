"""Compares what the dumped state says is alive with the rows that reflect it (law 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import BindParameter, select
from sqlalchemy import bindparam as p

from app.db import Row, Statement
from app.engine import instances
from app.engine.instances import Held
from app.engine.work import Work
from app.models import (
    external_task,
    incident,
    job,
    of_instance,
    process_instance,
    run_result,
    state_part,
    subscription,
    task_candidate,
    user_task,
    variable,
)
from bpmn.execution import LiveActivity

_INSTANCES = Statement(select(process_instance.c.id).order_by(process_instance.c.id))
_KEY: BindParameter[str] = p("id")
_TASKS = Statement(select(user_task.c.id).where(of_instance(user_task.c.id, _KEY)))
_CANDIDATES = Statement(select(task_candidate.c.task_id).distinct().where(of_instance(task_candidate.c.task_id, _KEY)))
_WORK = Statement(select(external_task.c.id).where(of_instance(external_task.c.id, _KEY)))
_TIMERS = Statement(select(job.c.activity, job.c.event).where(job.c.instance_id == _KEY, job.c.kind == "timer"))
_SCRIPTS = Statement(select(job.c.activity).where(job.c.instance_id == _KEY, job.c.kind == "script"))
_CONTINUATIONS = Statement(
    select(job.c.event).where(job.c.instance_id == _KEY, job.c.kind == "continue", job.c.event.is_not(None))
)
_SUBSCRIPTIONS = Statement(
    select(subscription.c.activity, subscription.c.event, subscription.c.kind).where(subscription.c.instance_id == _KEY)
)
_INCIDENTS = Statement(
    select(incident.c.activity).where(
        incident.c.instance_id == _KEY, incident.c.resolved_at.is_(None), incident.c.job_id.is_(None)
    )
)
_SCOPES = Statement(select(variable.c.scope).distinct().where(variable.c.instance_id == _KEY))
_PARTS = Statement(select(state_part.c.number).where(state_part.c.instance_id == _KEY))
_RESULTS = Statement(select(run_result.c.body).distinct().where(run_result.c.instance_id == _KEY))
_READ = (
    _TASKS,
    _CANDIDATES,
    _WORK,
    _TIMERS,
    _SCRIPTS,
    _CONTINUATIONS,
    _SUBSCRIPTIONS,
    _INCIDENTS,
    _PARTS,
    _RESULTS,
    _SCOPES,
)
_KINDS = (
    "user tasks",
    "candidates",
    "external tasks",
    "timers",
    "scripts",
    "continuations",
    "subscriptions",
    "incidents",
    "parts",
    "results",
)


def check_all(tx: Work) -> list[str]:
    """Differences in all instances, each said in a sentence."""
    return [found for (instance_id,) in tx.fetch(_INSTANCES) for found in check(tx, instance_id)]


def check(tx: Work, instance_id: str) -> list[str]:
    """Differences between the state and the rows of one instance; raises `NotFound`, `ModelMissing`."""
    row, read = instances.lock(tx, instance_id, *((statement, {"id": instance_id}) for statement in _READ))
    if row.ended:
        return [f"{instance_id}: {finding}" for finding in _left_behind(row, read)]
    held = instances.restore(tx, row)
    return [f"{instance_id}: {finding}" for finding in _differences(held, read)]


def _left_behind(row: instances.Locked, read: list[list[Row]]) -> Iterator[str]:
    if row.state is not None:
        yield f"the instance is over ({row.status}) and has a state"
    *kinds, scopes = read
    for name, rows in zip(_KINDS, kinds, strict=True):
        if rows:
            yield f"the instance is over ({row.status}) and has {name}: {rows}"
    if any(scope for (scope,) in scopes):
        yield f"the instance is over ({row.status}) and has variables of inner scopes"


def _differences(held: Held, read: list[list[Row]]) -> Iterator[str]:
    tasks, candidates, work, timers, scripts, continuations, subscriptions, incidents, parts, results, scopes = read
    if held.execution.ended:
        yield f"the state says that it is over, the row {held.row.status}"
    live = list(held.execution.live())
    failed = {item.activity for item in live if item.failed}
    yield from _compare("user tasks", _numbers(tasks), _waiting(live, "user-task"))
    yield from _compare("external tasks", _numbers(work), _waiting(live, "service"))
    yield from _compare("incidents", {number for (number,) in incidents} - (_numbers(work) - failed), failed)
    yield from _compare("scripts", {number for (number,) in scripts}, _waiting(live, "script"))
    borders = Counter(token.border.bpmn_id for token in held.execution.deferred)
    yield from _compare("continuations", set(Counter(name for (name,) in continuations).items()), set(borders.items()))
    waits = set(held.execution.waits())
    yield from _compare("timers", {(*row, "timer") for row in timers}, {wait for wait in waits if wait[2] == "timer"})
    yield from _compare("subscriptions", set(subscriptions), {wait for wait in waits if wait[2] != "timer"})
    yield from _compare("candidates of no task", _numbers(candidates) - _numbers(tasks), set())
    alive = {item.activity for item in live}
    yield from _compare("scopes of variables", {scope for (scope,) in scopes} - {0} - alive, set())
    # All is loaded by now.
    yield from _compare(
        "parts", {number for (number,) in parts}, {n for run in held.execution.taken.values() for n in run}
    )
    yield from _compare("results of no run", {body for (body,) in results} - held.execution.storing, set())


def _waiting(live: list[LiveActivity], kind: str) -> set[int]:
    return {item.activity for item in live if item.waits == kind}


def _numbers(rows: list[Row]) -> set[int]:
    return {int(str(name).rpartition(".")[2]) for (name, *_) in rows}


def _compare(what: str, rows: set[Any], state: set[Any]) -> Iterator[str]:
    if rows != state:
        only_rows, only_state = sorted(map(str, rows - state)), sorted(map(str, state - rows))
        yield f"{what}: only in rows {only_rows}, only in the state {only_state}"
