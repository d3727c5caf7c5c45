"""Facts become rows. What opens and closes within one transaction never touches a table.

Deletions name instance, activity and event, so that a row need not be found before it is deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam as p
from sqlalchemy import delete, func, insert, literal_column, select

from app import queue
from app.clock import to_millis
from app.db import Statement
from app.engine import correlation, evaluations, incidents, user_tasks, variables
from app.engine.instances import Held
from app.engine.texts import clean_key, int64
from app.engine.work import Work
from app.ids import activity_id
from app.models import external_task, job
from bpmn import facts
from bpmn.facts import Fact
from bpmn.values import Value

_WORK = (
    "id",
    *user_tasks.INSTANCE,
    "element_id",
    "topic",
    "priority",
    "available_at",
    "retries",
    "scopes",
    "created_at",
)

_OPEN_WORK = Statement(insert(external_task).values({name: p(name) for name in _WORK}))
_CLOSE_WORK = Statement(delete(external_task).where(external_task.c.id == p("task")))
_DISARM = Statement(
    delete(job).where(
        job.c.instance_id == p("instance"),
        job.c.activity == p("number"),
        job.c.event == p("element"),
        job.c.kind == "timer",
    )
)
_DROP_SCRIPT = Statement(
    delete(job).where(job.c.instance_id == p("instance"), job.c.activity == p("number"), job.c.kind == "script")
)
_goes_on = (job.c.instance_id == p("instance"), job.c.kind == literal_column("'continue'"))
#: One of the jobs of a border, which are all alike, but not the one that is being done.
_DROP_CONTINUATION = Statement(
    delete(job).where(
        job.c.id
        == select(func.max(job.c.id))
        .where(*_goes_on, job.c.event == p("border"), job.c.id != p("doing"))
        .scalar_subquery()
    )
)
_DROP_IDLE_JOBS = Statement(
    delete(job).where(
        job.c.instance_id == p("instance"),
        (job.c.retries == literal_column("0")) | (job.c.kind == literal_column("'continue'")),
    )
)


_SCRIPTS_AT_ONCE = 4


class Changes:
    """What the facts of one instance come to at the end of a transaction."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.scope_of: dict[int, int] = {}
        self.values: dict[tuple[int, str], Value] = {}
        self.ended_scopes: set[int] = set()
        self.tasks: dict[int, facts.UserTaskOpened] = {}
        self.assigned: dict[int, facts.UserTaskAssigned] = {}
        self.closed_tasks: list[int] = []
        self.work: dict[int, facts.ServiceTaskOpened] = {}
        self.closed_work: list[int] = []
        self.timers: dict[tuple[int, str], facts.TimerArmed] = {}
        self.disarmed: list[tuple[int, str]] = []
        self.awaited: dict[tuple[int, str], facts.MessageAwaited | facts.SignalAwaited] = {}
        self.over: list[tuple[int, str]] = []
        self.signals: list[facts.SignalThrown] = []
        self.messages: list[facts.MessageThrown] = []
        self.scripts: dict[int, facts.ScriptDue] = {}
        self.scripts_over: list[int] = []
        self.failures: dict[int, facts.StepFailed] = {}
        self.cleared: list[int] = []
        self.decided: list[facts.DecisionEvaluated] = []
        self.continuations: list[facts.ContinuationDue] = []
        self.continuations_over: list[str] = []
        for fact in held.facts:
            note = _NOTES.get(type(fact))
            if note is not None:
                note(self, fact)

    def started(self, fact: facts.ActivityStarted) -> None:
        self.scope_of[fact.activity] = fact.scope

    def variable_set(self, fact: facts.VariableSet) -> None:
        self.values[fact.scope, fact.name] = fact.value

    def scope_ended(self, fact: facts.ScopeEnded) -> None:
        for key in [key for key in self.values if key[0] == fact.scope]:
            del self.values[key]
        if fact.scope not in self.scope_of:
            self.ended_scopes.add(fact.scope)

    def task_opened(self, fact: facts.UserTaskOpened) -> None:
        self.tasks[fact.activity] = fact

    def task_assigned(self, fact: facts.UserTaskAssigned) -> None:
        self.assigned[fact.activity] = fact

    def task_closed(self, fact: facts.UserTaskClosed) -> None:
        self.assigned.pop(fact.activity, None)
        if self.tasks.pop(fact.activity, None) is None:
            self.closed_tasks.append(fact.activity)

    def work_opened(self, fact: facts.ServiceTaskOpened) -> None:
        self.work[fact.activity] = fact

    def work_closed(self, fact: facts.ServiceTaskClosed) -> None:
        if self.work.pop(fact.activity, None) is None:
            self.closed_work.append(fact.activity)

    def timer_armed(self, fact: facts.TimerArmed) -> None:
        self.timers[fact.activity, fact.event] = fact

    def event_awaited(self, fact: facts.MessageAwaited | facts.SignalAwaited) -> None:
        self.awaited[fact.activity, fact.event] = fact

    def wait_over(self, fact: facts.WaitOver) -> None:
        key = (fact.activity, fact.event)
        if fact.kind == "timer":
            if self.timers.pop(key, None) is None:
                self.disarmed.append(key)
        elif self.awaited.pop(key, None) is None:
            self.over.append(key)

    def signal_thrown(self, fact: facts.SignalThrown) -> None:
        self.signals.append(fact)

    def message_thrown(self, fact: facts.MessageThrown) -> None:
        self.messages.append(fact)

    def decision_evaluated(self, fact: facts.DecisionEvaluated) -> None:
        self.decided.append(fact)

    def script_due(self, fact: facts.ScriptDue) -> None:
        self.scripts[fact.activity] = fact

    def script_over(self, fact: facts.ScriptOver) -> None:
        if self.scripts.pop(fact.activity, None) is None:
            self.scripts_over.append(fact.activity)

    def step_failed(self, fact: facts.StepFailed) -> None:
        self.failures[fact.activity] = fact

    def failure_cleared(self, fact: facts.FailureCleared) -> None:
        if self.failures.pop(fact.activity, None) is None:
            self.cleared.append(fact.activity)

    def continuation_due(self, fact: facts.ContinuationDue) -> None:
        self.continuations.append(fact)

    def continuation_over(self, fact: facts.ContinuationOver) -> None:
        due = next((due for due in self.continuations if due.border == fact.border), None)
        if due is None:
            self.continuations_over.append(fact.border)
        else:
            self.continuations.remove(due)

    def scopes(self, activity: int) -> str:
        """The scopes whose variables an activity instance sees, innermost first."""
        return ",".join(map(str, self.held.execution.scopes_of(activity)))


_NOTES: dict[type[Fact], Callable[[Changes, Any], None]] = {
    facts.ActivityStarted: Changes.started,
    facts.VariableSet: Changes.variable_set,
    facts.ScopeEnded: Changes.scope_ended,
    facts.UserTaskOpened: Changes.task_opened,
    facts.UserTaskAssigned: Changes.task_assigned,
    facts.UserTaskClosed: Changes.task_closed,
    facts.ServiceTaskOpened: Changes.work_opened,
    facts.ServiceTaskClosed: Changes.work_closed,
    facts.TimerArmed: Changes.timer_armed,
    facts.MessageAwaited: Changes.event_awaited,
    facts.SignalAwaited: Changes.event_awaited,
    facts.WaitOver: Changes.wait_over,
    facts.SignalThrown: Changes.signal_thrown,
    facts.MessageThrown: Changes.message_thrown,
    facts.DecisionEvaluated: Changes.decision_evaluated,
    facts.ScriptDue: Changes.script_due,
    facts.ScriptOver: Changes.script_over,
    facts.StepFailed: Changes.step_failed,
    facts.FailureCleared: Changes.failure_cleared,
    facts.ContinuationDue: Changes.continuation_due,
    facts.ContinuationOver: Changes.continuation_over,
}


def record(tx: Work, held: Held) -> None:
    """Write what the facts of this transaction say about an instance, but for its own row and history."""
    changes = Changes(held)
    _write_waits(tx, held, changes)
    _write_variables(tx, held.row.id, changes)
    for activity in changes.closed_tasks:
        user_tasks.close(tx, held, activity)
    for opened in changes.tasks.values():
        user_tasks.open_one(tx, held, opened, changes.scopes(opened.activity))
    for assigned in changes.assigned.values():
        user_tasks.assign(tx, held, assigned)
    _write_work(tx, held, changes)
    _write_timers(tx, held, changes)
    _write_scripts(tx, held, changes)
    _write_incidents(tx, held, changes)
    for decided in changes.decided:
        evaluations.record_asked(tx, held.row.id, decided)
    _write_continuations(tx, held, changes)
    if held.ending is not None and (held.row.has_incidents or held.ending.outcome != "completed"):
        tx.later(_DROP_IDLE_JOBS, {"instance": held.row.id})
        # What rested with a suspended instance learns that there is nobody any more: a message looks for another one.
        queue.unpark(tx, held.row.id)


def _write_waits(tx: Work, held: Held, changes: Changes) -> None:
    for activity, event in changes.over:
        correlation.close(tx, held.row.id, activity, event)
    for fact in changes.signals:
        correlation.throw_signal(tx, fact.name, fact.variables, thrower=held.row.id)
    correlation.open_all(tx, held.row, held.model, list(changes.awaited.values()))
    for message in changes.messages:
        correlation.post(tx, held.row, message)


def _write_variables(tx: Work, instance_id: str, changes: Changes) -> None:
    for scope in changes.ended_scopes:
        variables.drop_scope(tx, instance_id, scope)
    for (scope, name), value in changes.values.items():
        variables.put(tx, instance_id, scope, name, value, tx.declared.get(name))


def _write_work(tx: Work, held: Held, changes: Changes) -> None:
    for activity in changes.closed_work:
        tx.later(_CLOSE_WORK, {"task": activity_id(held.row.id, activity)})
    for activity, fact in changes.work.items():
        opened = user_tasks.named(held, activity)
        opened.update(
            element_id=fact.element,
            topic=clean_key(fact.topic),
            priority=int64(fact.priority),
            available_at=tx.millis,
            retries=None if fact.retries is None else int64(fact.retries),
            scopes=changes.scopes(activity),
            created_at=tx.millis,
        )
        tx.later(_OPEN_WORK, opened)
        tx.notices.add(("topic", opened["topic"]))


def _write_timers(tx: Work, held: Held, changes: Changes) -> None:
    for activity, event in changes.disarmed:
        tx.later(_DISARM, {"instance": held.row.id, "number": activity, "element": event})
    for (activity, event), fact in changes.timers.items():
        tx.add_job(
            "timer",
            instance_id=held.row.id,
            activity=activity,
            event=event,
            due_at=to_millis(fact.due),
            repetition=fact.repetition,
            priority=int64(fact.priority),
        )


def _write_scripts(tx: Work, held: Held, changes: Changes) -> None:
    for activity in changes.scripts_over:
        gone = {"instance": held.row.id, "number": activity}
        if activity in changes.scripts:
            tx.execute(_DROP_SCRIPT, gone)  # now, and not together with the one that is left below
        else:
            tx.later(_DROP_SCRIPT, gone)
    for number, (activity, fact) in enumerate(changes.scripts.items()):
        # Its caller waits a moment for the first few, and finds what comes after them.
        add = tx.add_job_at_once if number < _SCRIPTS_AT_ONCE else tx.add_job
        add("script", instance_id=held.row.id, activity=activity, event=fact.element)


def _write_continuations(tx: Work, held: Held, changes: Changes) -> None:
    row = held.row
    if held.execution.ended:
        return
    for border in changes.continuations_over:
        tx.later(_DROP_CONTINUATION, {"instance": row.id, "border": border, "doing": tx.doing})
    if changes.continuations_over and row.has_incidents:
        incidents.resolve_orphans(tx, row.id)
    for due in changes.continuations:
        tx.add_job("continue", instance_id=row.id, event=due.border, priority=int64(due.priority))


def _write_incidents(tx: Work, held: Held, changes: Changes) -> None:
    row = held.row
    if row.has_incidents:
        for activity in sorted({*changes.cleared, *changes.closed_work}):
            incidents.resolve(tx, row.id, activity)
        for activity in sorted({*changes.scripts_over, *(activity for activity, _ in changes.disarmed)}):
            incidents.resolve_jobs_of(tx, row.id, activity)
        if held.ending is not None:
            incidents.resolve_all(tx, row.id)
    for activity, fact in changes.failures.items():
        row.has_incidents = 1
        incidents.report(
            tx,
            instance_id=row.id,
            definition_id=row.definition_id,
            activity=activity,
            element_id=fact.element,
            kind=fact.kind,
            message=fact.message,
        )
