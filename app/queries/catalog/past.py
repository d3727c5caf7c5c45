"""What happened, drawn from the histories of instances: activity instances, tasks and variables as they were.

A history is one packed row per command; it is read instance by instance, so that a question about one instance costs
what that instance did. A question across instances reads the histories of all that fit, up to `MOST_INSTANCES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy import bindparam as p
from sqlalchemy import select

from app.clock import maybe_millis
from app.db import Statement, Transaction
from app.engine.chronicle import Operation, unpack
from app.errors import InvalidRequest
from app.ids import activity_id, split_activity_id
from app.models import history, process_instance
from app.queries.catalog.criteria import Where, Window
from app.queries.catalog.process_instances import INSTANCES, Instance
from bpmn import facts
from bpmn.facts import Fact
from bpmn.values import Value

MOST_INSTANCES = 10_000


@dataclass(slots=True)
class PastTask:
    """A user task as it was last known; times in milliseconds."""

    name: str | None
    assignee: str | None
    owner: str | None
    priority: int
    due_at: int | None
    follow_up_at: int | None
    documentation: str | None
    form_key: str | None
    completed: bool = False


_TASK_FIELDS = frozenset(item.name for item in fields(PastTask))


@dataclass(slots=True)
class PastActivity:
    """One visit of an element. `state`: "active", "completed" or "canceled"; times in milliseconds."""

    instance: Instance
    number: int
    element_id: str
    scope: int
    started_at: int
    ended_at: int | None = None
    state: str = "active"
    task: PastTask | None = None
    called_id: str | None = None
    role: str = ""

    @property
    def id(self) -> str:
        """The name of the activity instance."""
        return activity_id(self.instance.id, self.number)


@dataclass(slots=True)
class PastVariable:
    """A variable with its last value; `removed` where it was deleted or its scope has ended."""

    instance: Instance
    scope: int
    name: str
    value: Value
    created_at: int
    removed: bool = False


@dataclass(slots=True)
class UserOperation:
    """Something that was asked for by a command."""

    instance: Instance
    seq: int
    at: int
    actor: str | None
    command: str
    details: Operation


@dataclass(slots=True)
class Past:
    """The history of one instance, read from its beginning."""

    instance: Instance
    activities: dict[int, PastActivity] = field(default_factory=dict)
    variables: dict[tuple[int, str], PastVariable] = field(default_factory=dict)
    operations: list[UserOperation] = field(default_factory=list)
    start_element: str | None = None
    started_by: str | None = None
    _at: int = 0

    def add(self, seq: int, at: int, actor: str | None, command: str, body: bytes) -> None:
        """Take in what one command did."""
        operation, happened = unpack(body)
        self._at = at
        if not self.operations and self.started_by is None:
            self.started_by = actor
        self.operations.append(UserOperation(self.instance, seq, at, actor, command, operation or {}))
        self._operate(command, operation or {})
        for fact in happened:
            note = _NOTES.get(type(fact))
            if note is not None:
                note(self, fact)

    def _operate(self, command: str, operation: Operation) -> None:
        for scope, name in operation.get("removed", ()):
            if (scope, name) in self.variables:
                self.variables[scope, name].removed = True
        if "task" not in operation:
            return
        activity = self.activities.get(split_activity_id(operation["task"])[1])
        if activity is None or activity.task is None:
            return
        if "user" in operation:
            activity.task.assignee = operation["user"]
        changed = {name: value for name, value in operation.get("changed", {}).items() if name in _TASK_FIELDS}
        activity.task = replace(activity.task, **changed)
        activity.task.completed = activity.task.completed or command == "complete-user-task"

    def began(self, fact: facts.ProcessStarted) -> None:
        self.start_element = fact.element

    def started(self, fact: facts.ActivityStarted) -> None:
        activity = PastActivity(self.instance, fact.activity, fact.element, fact.scope, self._at, role=fact.role)
        self.activities[fact.activity] = activity

    def passed(self, fact: facts.ActivityPassed) -> None:
        self.activities[fact.activity] = PastActivity(
            self.instance, fact.activity, fact.element, fact.scope, self._at, self._at, "completed"
        )

    def ended(self, fact: facts.ActivityEnded) -> None:
        self._close(fact.activity, "completed")

    def canceled(self, fact: facts.ActivityCanceled) -> None:
        self._close(fact.activity, "canceled")

    def _close(self, number: int, state: str) -> None:
        activity = self.activities[number]
        activity.state, activity.ended_at = state, self._at

    def opened(self, fact: facts.UserTaskOpened) -> None:
        self.activities[fact.activity].task = PastTask(
            fact.name,
            fact.assignee,
            None,
            fact.priority,
            maybe_millis(fact.due),
            maybe_millis(fact.follow_up),
            fact.documentation,
            fact.form_key,
        )

    def variable_set(self, fact: facts.VariableSet) -> None:
        found = self.variables.get((fact.scope, fact.name))
        if found is None or found.removed:
            self.variables[fact.scope, fact.name] = PastVariable(
                self.instance, fact.scope, fact.name, fact.value, self._at
            )
        else:
            found.value = fact.value

    def scope_ended(self, fact: facts.ScopeEnded) -> None:
        for (scope, _), found in self.variables.items():
            if scope == fact.scope:
                found.removed = True


_NOTES: dict[type[Fact], Callable[[Past, Any], None]] = {
    facts.ProcessStarted: Past.began,
    facts.ActivityStarted: Past.started,
    facts.ActivityPassed: Past.passed,
    facts.ActivityEnded: Past.ended,
    facts.ActivityCanceled: Past.canceled,
    facts.UserTaskOpened: Past.opened,
    facts.VariableSet: Past.variable_set,
    facts.ScopeEnded: Past.scope_ended,
}

_HISTORY = Statement(
    select(history.c.seq, history.c.at, history.c.actor, history.c.command, history.c.body)
    .where(history.c.instance_id == p("id"))
    .order_by(history.c.seq)
)
_CALLED = Statement(
    select(process_instance.c.id, process_instance.c.caller_id).where(
        process_instance.c.caller_id > p("id") + ".", process_instance.c.caller_id < p("id") + "/"
    )
)


def read(tx: Transaction, where: Where) -> Iterator[Past]:
    """The histories of the instances that fit; raises `InvalidRequest` where there are too many."""
    found = INSTANCES.page(tx, where, Window(most=MOST_INSTANCES + 1))
    if len(found) > MOST_INSTANCES:
        raise InvalidRequest(
            f"More than {MOST_INSTANCES} process instances would have to be read; name one, or narrow the question.",
            code="list-too-long",
        )
    for instance in found:
        yield of(tx, instance)


def of(tx: Transaction, instance: Instance) -> Past:
    """The history of one instance."""
    past = Past(instance)
    key = {"id": instance.id}
    rows, called = tx.fetch_each((_HISTORY, key), (_CALLED, key))
    for seq, at, actor, command, body in rows:
        past.add(seq, at, actor, command, body)
    for called_id, caller_id in called:
        activity = past.activities.get(split_activity_id(caller_id)[1])
        if activity is not None:
            activity.called_id = called_id
    return past
