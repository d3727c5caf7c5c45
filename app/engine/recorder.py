"""Facts become rows. What opens and closes within one transaction never touches a table.

Deletions name instance, activity and event, so that a row need not be found before it is deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam as p
from sqlalchemy import case, delete, func, insert, literal_column, update
from sqlalchemy.dialects import postgresql, sqlite

from app import queue
from app.clock import maybe_millis, to_millis
from app.db import Statement
from app.engine import correlation, evaluations, incidents, variables
from app.engine.instances import Held
from app.engine.texts import clean, clean_key, int64
from app.engine.work import Work
from app.ids import activity_id
from app.models import external_task, job, task_candidate, user_task
from bpmn import facts
from bpmn.facts import Fact
from bpmn.values import Value

_INSTANCE = ("instance_id", "definition_id", "definition_key", "business_key")
_TASK = (
    "id",
    *_INSTANCE,
    "element_id",
    "name",
    "assignee",
    "priority",
    "due_at",
    "follow_up_at",
    "form_key",
    "documentation",
    "scopes",
    "version",
    "created_at",
)
_WORK = (
    "id",
    *_INSTANCE,
    "element_id",
    "topic",
    "priority",
    "available_at",
    "retries",
    "scopes",
    "created_at",
)

_OPEN_TASK = Statement(insert(user_task).values({name: p(name) for name in _TASK}))
_CLOSE_TASK = Statement(delete(user_task).where(user_task.c.id == p("task")))
_named: dict[str, Any] = {name: p(name) for name in ("task_id", "kind", "name")}
#: Let a person, or the people of a group, take a task; who may take it already goes on to.
NAME_CANDIDATE = Statement(
    postgresql.insert(task_candidate).values(_named).on_conflict_do_nothing(),
    sqlite=sqlite.insert(task_candidate).values(_named).on_conflict_do_nothing(),
)
_ASSIGN_TASK = Statement(
    update(user_task)
    .where(user_task.c.id == p("task"))
    .values(
        assignee=func.coalesce(user_task.c.assignee, p("new_assignee")),
        due_at=func.coalesce(user_task.c.due_at, p("new_due_at")),
        follow_up_at=func.coalesce(user_task.c.follow_up_at, p("new_follow_up_at")),
        priority=case(
            (user_task.c.priority == facts.DEFAULT_PRIORITY, func.coalesce(p("new_priority"), user_task.c.priority)),
            else_=user_task.c.priority,
        ),
        version=user_task.c.version + literal_column("1"),
        updated_at=p("now"),
    )
)
_FORGET_CANDIDATES = Statement(delete(task_candidate).where(task_candidate.c.task_id == p("task")))
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
_DROP_FAILED_JOBS = Statement(
    delete(job).where(job.c.instance_id == p("instance"), job.c.retries == literal_column("0"))
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
}


def record(tx: Work, held: Held) -> None:
    """Write what the facts of this transaction say about an instance, but for its own row and history."""
    changes = Changes(held)
    _write_waits(tx, held, changes)
    _write_variables(tx, held.row.id, changes)
    _write_tasks(tx, held, changes)
    _write_work(tx, held, changes)
    _write_timers(tx, held, changes)
    _write_scripts(tx, held, changes)
    _write_incidents(tx, held, changes)
    for decided in changes.decided:
        evaluations.record_asked(tx, held.row.id, decided)
    if not held.execution.ended:
        for due in changes.continuations:
            tx.add_job("continue", instance_id=held.row.id, event=due.border, priority=int64(due.priority))
    if held.ending is not None and (held.row.has_incidents or held.ending.outcome != "completed"):
        tx.later(_DROP_FAILED_JOBS, {"instance": held.row.id})
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


def _of(held: Held, activity: int) -> dict[str, Any]:
    row = held.row
    return {
        "id": activity_id(row.id, activity),
        "instance_id": row.id,
        "definition_id": row.definition_id,
        "definition_key": row.definition_key,
        "business_key": row.business_key,
    }


def _write_tasks(tx: Work, held: Held, changes: Changes) -> None:
    row = held.row
    for activity in changes.closed_tasks:
        task_id = activity_id(row.id, activity)
        tx.later(_CLOSE_TASK, {"task": task_id})
        if row.has_candidates:
            tx.later(_FORGET_CANDIDATES, {"task": task_id})
    for activity, fact in changes.tasks.items():
        opened = _of(held, activity)
        opened.update(
            element_id=fact.element,
            name=clean(fact.name),
            assignee=clean_key(fact.assignee),
            priority=int64(fact.priority),
            due_at=maybe_millis(fact.due),
            follow_up_at=maybe_millis(fact.follow_up),
            form_key=clean(fact.form_key),
            documentation=clean(fact.documentation),
            scopes=changes.scopes(activity),
            version=1,
            created_at=tx.millis,
        )
        tx.later(_OPEN_TASK, opened)
        _name_candidates(tx, held, opened["id"], fact)
    for activity, found in changes.assigned.items():
        _assign(tx, held, activity_id(row.id, activity), found)


def _assign(tx: Work, held: Held, task_id: str, fact: facts.UserTaskAssigned) -> None:
    """Write what is known of an open task now, but not over what somebody has set."""
    known = {
        "new_assignee": clean_key(fact.assignee),
        "new_due_at": maybe_millis(fact.due),
        "new_follow_up_at": maybe_millis(fact.follow_up),
        "new_priority": None if fact.priority is None else int64(fact.priority),
    }
    tx.later(_ASSIGN_TASK, {"task": task_id, "now": tx.millis, **known})
    _name_candidates(tx, held, task_id, fact)


def _name_candidates(tx: Work, held: Held, task_id: str, fact: facts.UserTaskOpened | facts.UserTaskAssigned) -> None:
    named = [("user", name) for name in fact.candidate_users] + [("group", name) for name in fact.candidate_groups]
    for kind, name in dict.fromkeys((kind, clean_key(name)) for kind, name in named):
        held.row.has_candidates = 1
        tx.later(NAME_CANDIDATE, {"task_id": task_id, "kind": kind, "name": name})


def _write_work(tx: Work, held: Held, changes: Changes) -> None:
    for activity in changes.closed_work:
        tx.later(_CLOSE_WORK, {"task": activity_id(held.row.id, activity)})
    for activity, fact in changes.work.items():
        opened = _of(held, activity)
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
