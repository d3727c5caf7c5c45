"""What each kind of job does. A handler holds the job's instance in one transaction, and bears running twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import bindparam as p
from sqlalchemy import literal_column, select

from app import queue
from app.clock import from_millis, to_millis
from app.db import Statement
from app.engine import advance, correlation, definitions, incidents, instances, suspension, variables
from app.engine.instances import Held, Locked
from app.engine.publishing import publish
from app.engine.suspension import FREEZABLE, SUSPENSION
from app.engine.texts import int64
from app.engine.work import Work
from app.errors import InvalidState, NotFound
from app.ids import activity_id
from app.models import job as job_table
from app.models import job_freeze
from app.models import process_instance as instance
from app.queue import Claimed, Done, GiveUp, Job, Kept, Later, Outcome, Parked
from bpmn.errors import NotWaiting
from bpmn.facts import ProcessEnded, StepFailed
from bpmn.model import StartTrigger
from bpmn.values import Variables, from_json

_CHILD = Statement(
    select(instance.c.status, instance.c.ending).where(instance.c.id == p("id"), instance.c.caller_id == p("caller"))
)


_CALLED_NOW = Statement(
    select(instance.c.id).where(instance.c.caller_id == p("caller"), instance.c.id != p("id")).limit(1)
)
_ESCALATIONS = Statement(
    select(job_table.c.payload).where(
        job_table.c.instance_id == p("instance"), job_table.c.kind == literal_column("'escalate'")
    )
)
_FREEZE = Statement(
    select(job_freeze.c.since).where(
        job_freeze.c.definition_id == p("definition"),
        job_table.c.id == p("id"),
        (job_freeze.c.element_id == literal_column("''")) | (job_freeze.c.element_id == job_table.c.event),
        job_freeze.c.since <= job_table.c.created_at,
    )
)


def perform(tx: Work, claimed: Claimed) -> None:
    """Do a claimed job and leave its outcome in the transaction; nothing where it is gone or was taken over."""
    job, row = hold(tx, claimed)
    if job is not None:
        definition_id = job.definition_id if row is None else row.definition_id
        frozen = not claimed.by_hand and is_frozen(tx, job.id, job.kind, definition_id)
        leave(tx, job, row, Kept() if frozen else _outcome(tx, job, row))


def hold(tx: Work, claimed: Claimed) -> tuple[Job | None, Locked | None]:
    """The job as it is now, under the lock of its instance, if both are there still."""
    tx.doing = claimed.id
    mine = (queue.MINE, {"id": claimed.id, "owner": claimed.owner})
    if claimed.instance_id is not None:
        try:
            row, (found,) = instances.lock(tx, claimed.instance_id, mine)
        except NotFound:
            return queue.mine(tx.fetch(*mine)), None
        return queue.mine(found), row
    return queue.mine(tx.fetch(*mine)), None


def _outcome(tx: Work, job: Job, row: Locked | None) -> Outcome:
    if job.instance_id is None:
        return _STARTS[job.kind](tx, job)
    if row is None or (row.ended and job.kind != "message"):
        if job.kind == "escalate" and job.payload:
            let_all_go_on(tx, [job.payload])
        return Done()
    if row.status == instances.SUSPENDED and job.kind not in _DESPITE_SUSPENSION:
        return Parked()
    return _ADVANCES[job.kind](tx, job, row)


def is_frozen(tx: Work, job_id: int, kind: str, definition_id: str | None) -> bool:
    """Whether no worker may do a job because its definition's jobs are frozen."""
    if kind not in FREEZABLE:
        return False
    return tx.fetch_one(_FREEZE, {"id": job_id, "definition": definition_id}) is not None


def leave(tx: Work, job: Job, row: Locked | None, outcome: Outcome) -> None:
    """Leave the outcome of a job that is held in the transaction."""
    if isinstance(outcome, Done):
        queue.finish(tx, job.id)
    elif isinstance(outcome, Parked):
        queue.park(tx, job.id)
    elif isinstance(outcome, Kept):
        queue.keep(tx, job.id)
    elif isinstance(outcome, Later):
        queue.put_off(tx, job, at=outcome.at, retries=job.retries, error=None)
    else:
        _give_up(tx, job, row, outcome.reason)


def failed(tx: Work, claimed: Claimed, error: str) -> None:
    """An attempt broke off: another one after a pause, or an incident when there are no more."""
    job, row = hold(tx, claimed)
    if job is None:
        return
    if job.retries <= 1:
        _give_up(tx, job, row, error)
        return
    pause = tx.settings.job_backoff_seconds * 2 ** min(job.attempt - 1, 10)
    queue.put_off(tx, job, at=tx.millis + int(pause * 1000), retries=job.retries - 1, error=error)


def _give_up(tx: Work, job: Job, row: Locked | None, reason: str) -> None:
    """Leave the job until somebody helps, and say so by an incident."""
    queue.put_off(tx, job, at=None, retries=0, error=reason)
    element_id = None if job.kind == "return" else job.event
    message = f"The job {job.kind!r} failed for good: {reason}"
    incidents.report(
        tx,
        instance_id=job.instance_id,
        definition_id=job.definition_id if row is None else row.definition_id,
        activity=job.activity,
        element_id=element_id,
        kind=incidents.RETRIES_EXHAUSTED,
        message=message,
        job_id=job.id,
    )
    if row is not None:
        row.has_incidents = 1
        told = StepFailed(job.activity or 0, element_id or "", incidents.RETRIES_EXHAUSTED, message)
        instances.note_locked(tx, row, "give-up-job", {"job": str(job.id), "kind": job.kind}, [told])


def _fire(tx: Work, job: Job, row: Locked) -> Outcome:
    """A timer is due, or a signal has come."""
    held = instances.restore(tx, row)
    try:
        held.execution.trigger(job.activity or 0, job.event or "", _brought(tx, job))
    except NotWaiting:
        return Done()
    advance.settle(tx, held, f"fire-{job.kind}")
    return Done()


def _deliver(tx: Work, job: Job, row: Locked) -> Outcome:
    """A message has come for an event; where that waits no more, the message looks for somebody else."""
    message = correlation.sent(job.payload)
    if not row.ended:
        held = instances.restore(tx, row)
        try:
            held.execution.trigger(job.activity or 0, job.event or "", message.variables)
        except NotWaiting:
            pass
        else:
            advance.settle(tx, held, "receive-message")
            return Done()
    if message.expires_at > tx.millis:
        publish(tx, message)
    return Done()


def _proceed(tx: Work, job: Job, row: Locked) -> Outcome:
    held = instances.restore(tx, row)
    # A job of no border goes on where the step budget was used up; what waits at borders has jobs of its own.
    held.execution.proceed(job.event or "")
    advance.settle(tx, held, "continue")
    return Done()


def _return(tx: Work, job: Job, row: Locked) -> Outcome:
    """A called process is over; `event` holds its id. What it raised in its last advance comes first."""
    activity = job.activity or 0
    key = {"id": job.event}
    asked = (_CHILD, {**key, "caller": activity_id(row.id, activity)})
    (found, values) = tx.fetch_each(asked, (variables.LOAD_SCOPE, {**key, "number": 0}))
    if not found and tx.fetch_one(_CALLED_NOW, asked[1]) is not None:
        return Done()  # the call was made again
    # What was deleted gives nothing back: as if it had been canceled.
    status, ending = found[0] if found else ("canceled", None)
    account = from_json(ending or "{}")
    results = {name: value for (scope, name), value in variables.values(values).items() if scope == 0}
    held = instances.restore(tx, row)
    how = ProcessEnded(status, (), account.get("error_code"), account.get("error_message"))
    told = _raise(held, activity, _payload(job).get("escalations", []), results)
    if advance.give_result(held, activity, results, how) or _was_heard(told):
        advance.settle(tx, held, "return-to-caller", hearing=_handed_on(activity, told))
    return Done()


def _escalate(tx: Work, job: Job, row: Locked) -> Outcome:
    """A called process has raised escalations: it goes on when they are heard, unless its call is canceled then."""
    held, payload, activity = instances.restore(tx, row), _payload(job), job.activity or 0
    told = _raise(held, activity, payload["escalations"], payload["variables"])
    if _was_heard(told):
        advance.settle(tx, held, "escalate-to-caller", hearing=_handed_on(activity, told))
    if held.execution.is_open(activity):
        let_go_on(tx, [waiter for how, waiter in told if how is not advance.HANDED_ON])
    return Done()


def let_go_on(tx: Work, waiting: Iterable[advance.Waiter]) -> None:
    """Events need not wait for an escalation any more: it was heard, or there is nobody left to hear it.

    An event that waits for several is named for each.
    """
    for instance_id, activity in waiting:
        tx.add_job_at_once("heard", instance_id=instance_id, activity=activity)


def forget_escalations(tx: Work, instance_id: str) -> None:
    """The jobs of an instance are about to be deleted: who waits for it to hear escalations goes on."""
    let_all_go_on(tx, [payload for (payload,) in tx.fetch(_ESCALATIONS, {"instance": instance_id})])


def let_all_go_on(tx: Work, payloads: Iterable[str]) -> None:
    """Whoever waits for the escalations of such jobs goes on: they are not going to be done."""
    for payload in payloads:
        let_go_on(tx, [waiter for _, waiter in from_json(payload)["escalations"]])


def _heard(tx: Work, job: Job, row: Locked) -> Outcome:
    """The caller has heard an escalation of this instance."""
    held = instances.restore(tx, row)
    if held.execution.escalation_heard(job.activity or 0):
        advance.settle(tx, held, "go-on-after-escalation")
    return Done()


def _raise(
    held: Held, activity: int, raised: list[tuple[str, advance.Waiter]], variables: Variables
) -> list[tuple[advance.Told | None, advance.Waiter]]:
    """Tell an instance of escalations; what came of each, and who waits for it."""
    return [
        (advance.give_escalation(held, activity, code, variables), (instance_id, number))
        for code, (instance_id, number) in raised
    ]


def _was_heard(told: list[tuple[advance.Told | None, advance.Waiter]]) -> bool:
    return any(how is not None for how, _ in told)


def _handed_on(
    activity: int, told: list[tuple[advance.Told | None, advance.Waiter]]
) -> list[tuple[int, advance.Waiter]]:
    return [(activity, waiter) for how, waiter in told if how is advance.HANDED_ON]


def _cancel(tx: Work, job: Job, row: Locked) -> Outcome:
    held = instances.restore(tx, row)
    held.canceled_by = _payload(job).get("by")
    held.execution.cancel()
    advance.settle(tx, held, "cancel-process-instance", {"reason": "the calling activity was canceled"})
    return Done()


def _send(tx: Work, job: Job) -> Outcome:
    """An instance has sent a message: one receiver gets it, or one process starts by it, or it waits for a while."""
    try:
        publish(tx, correlation.sent(job.payload))
    except InvalidState as ambiguous:
        return GiveUp(ambiguous.message)
    return Done()


def _start(tx: Work, job: Job) -> Outcome:
    """A message or a signal starts an instance."""
    definition = definitions.by_id(tx, job.definition_id or "")
    if definition is None:
        return Done()
    if definition.suspended:
        return Parked()
    held = advance.begin(
        tx,
        definition,
        variables=_brought(tx, job),
        business_key=_payload(job).get("business_key"),
        start_event=job.event,
    )
    advance.settle(tx, held, "start-process-instance")
    return Done()


def _start_by_timer(tx: Work, job: Job) -> Outcome:
    """A timer start is due: an instance now, and the next repetition in its time."""
    definition = definitions.by_id(tx, job.definition_id or "")
    if definition is None:
        return Done()
    if definition.suspended:
        return Parked()
    held = advance.begin(tx, definition, variables={}, business_key=None, start_event=job.event)
    advance.settle(tx, held, "start-process-instance")
    trigger = next(trigger for trigger in held.model.starts if trigger.element == job.event)
    # Where an operator moved this one alone, the others stay where they would have been.
    due_at = _payload(job).get("anchor", job.due_at)
    due = held.model.next_due(trigger, from_millis(due_at), job.repetition + 1, tx.now)
    if due is not None:
        add_timer_start(tx, definition.id, definition.key, trigger, to_millis(due), job.repetition + 1)
    return Done()


def add_timer_start(
    tx: Work, definition_id: str, key: str, trigger: StartTrigger, due_at: int, repetition: int = 1
) -> None:
    """Leave the job that starts an instance at `due_at` (milliseconds)."""
    tx.add_job(
        "timer-start",
        definition_id=definition_id,
        definition_key=key,
        event=trigger.element,
        due_at=due_at,
        repetition=repetition,
        priority=int64(trigger.priority),
    )


def _brought(tx: Work, job: Job) -> dict[str, Any]:
    """The variables that a job brings, with the types that were declared for them."""
    values, declared = variables.arrived(_payload(job))
    tx.declared.update(declared)
    return values


def _payload(job: Job) -> dict[str, Any]:
    return dict(from_json(job.payload)) if job.payload else {}


_STARTS: dict[str, Callable[[Work, Job], Outcome]] = {
    "timer-start": _start_by_timer,
    "signal-start": _start,
    "message-start": _start,
    "send-message": _send,
    SUSPENSION: suspension.perform,
}
_ADVANCES: dict[str, Callable[[Work, Job, Locked], Outcome]] = {
    "timer": _fire,
    "signal": _fire,
    "message": _deliver,
    "continue": _proceed,
    "return": _return,
    "escalate": _escalate,
    "heard": _heard,
    "cancel-child": _cancel,
}
# Ending something is possible while it rests.
_DESPITE_SUSPENSION = frozenset({"cancel-child"})
KINDS = frozenset({*_STARTS, *_ADVANCES, "script"})
