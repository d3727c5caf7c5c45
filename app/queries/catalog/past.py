"""What happened to one instance, told from its history: activity instances, tasks and variables as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.clock import maybe_millis
from app.engine.chronicle import Operation, unpack
from app.ids import activity_id
from app.queries.catalog.process_instances import Instance
from bpmn import facts
from bpmn.facts import Fact
from bpmn.scopes import RUN, UNDO
from bpmn.values import Value


@dataclass(slots=True)
class PastTask:
    """A user task as it was last known; times in milliseconds.

    `links` holds whoever ever had to do with it: pairs of "assignee", "owner", "user" or "group", and a name.
    `changed`: whether somebody assigned or changed it since it was opened.
    """

    name: str | None
    assignee: str | None
    owner: str | None
    priority: int
    due_at: int | None
    follow_up_at: int | None
    documentation: str | None
    form_key: str | None
    links: set[tuple[str, str]]
    changed: bool = False


_CHANGING = ("name", "assignee", "owner", "priority", "due_at", "follow_up_at", "documentation", "form_key")


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
    role: str = ""
    undoes: int | None = None
    """Of what undoes a completed subprocess from inside: that subprocess."""

    @property
    def id(self) -> str:
        """The name of the activity instance."""
        return activity_id(self.instance.id, self.number)


@dataclass(slots=True)
class PastVariable:
    """A variable with its last value, which it keeps when its scope ends; `removed` where it was deleted."""

    instance: Instance
    scope: int
    name: str
    value: Value
    created_at: int
    removed: bool = False


class Past:
    """The history of one instance, read from its beginning: activity instances by number, variables by scope and name.

    Without `with_activities` or `with_variables` these are left out.
    """

    __slots__ = ("_at", "_completed", "_notes", "activities", "instance", "variables")

    def __init__(self, instance: Instance, *, with_activities: bool = True, with_variables: bool = True) -> None:
        self.instance = instance
        self.activities: dict[int, PastActivity] = {}
        self.variables: dict[int, dict[str, PastVariable]] = {}
        self._notes = {**(_ACTIVITY_NOTES if with_activities else {}), **(_VARIABLE_NOTES if with_variables else {})}
        self._at = 0
        self._completed: dict[str, list[int]] = {}

    def add(self, at: int, body: bytes) -> None:
        """Take in what one command did; commands come in their order."""
        operation, happened = unpack(body)
        self._at = at
        if operation:
            self._operate(operation)
        notes = self._notes
        for fact in happened:
            note = notes.get(type(fact))
            if note is not None:
                note(self, fact)

    def _operate(self, operation: Operation) -> None:
        for scope, name in operation.get("removed", ()):
            found = self.variables.get(scope, {}).get(name)
            if found is not None:
                found.removed = True
        activity = self.activities.get(int(operation["task"].rpartition(".")[2])) if "task" in operation else None
        if activity is not None and activity.task is not None:
            _change(activity.task, operation)

    def started(self, fact: facts.ActivityStarted) -> None:
        scope = self._within(fact.scope)
        activity = PastActivity(self.instance, fact.activity, fact.element, scope, self._at, role=fact.role)
        if fact.role == UNDO:
            # What was completed last is undone first (BPMN 10.7).
            completed = self._completed.get(fact.element)
            activity.undoes = completed.pop() if completed else None
        self.activities[fact.activity] = activity

    def _within(self, scope: int) -> int:
        """What is done to undo a subprocess happens in the subprocess itself."""
        around = self.activities.get(scope)
        return scope if around is None or around.undoes is None else around.undoes

    def passed(self, fact: facts.ActivityPassed) -> None:
        self.activities[fact.activity] = PastActivity(
            self.instance, fact.activity, fact.element, self._within(fact.scope), self._at, self._at, "completed"
        )

    def ended(self, fact: facts.ActivityEnded) -> None:
        self._close(fact.activity, "completed")
        activity = self.activities[fact.activity]
        if activity.role in ("", RUN):
            self._completed.setdefault(activity.element_id, []).append(activity.number)

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
            _links(fact),
        )

    def assigned(self, fact: facts.UserTaskAssigned) -> None:
        """What was computed later counts where nobody had set anything."""
        task = self.activities[fact.activity].task
        assert task is not None
        if task.assignee is None:
            task.assignee = fact.assignee
            task.links |= _links(fact)
        else:
            task.links |= {link for link in _links(fact) if link[0] != "assignee"}
        task.due_at = task.due_at if task.due_at is not None else maybe_millis(fact.due)
        task.follow_up_at = task.follow_up_at if task.follow_up_at is not None else maybe_millis(fact.follow_up)
        if task.priority == facts.DEFAULT_PRIORITY and fact.priority is not None:
            task.priority = fact.priority

    def variable_set(self, fact: facts.VariableSet) -> None:
        scope = self.variables.setdefault(fact.scope, {})
        found = scope.get(fact.name)
        if found is None or found.removed:
            scope[fact.name] = PastVariable(self.instance, fact.scope, fact.name, fact.value, self._at)
        else:
            found.value = fact.value


def _links(fact: facts.UserTaskOpened | facts.UserTaskAssigned) -> set[tuple[str, str]]:
    links = {("user", name) for name in fact.candidate_users} | {("group", name) for name in fact.candidate_groups}
    return links if fact.assignee is None else links | {("assignee", fact.assignee)}


def _change(task: PastTask, operation: Operation) -> None:
    """What a person did to a task beside completing it."""
    changed = operation.get("changed", {})
    task.changed = task.changed or "changed" in operation or "user" in operation
    for field in _CHANGING:
        if field in changed:
            setattr(task, field, changed[field])
    if "user" in operation:
        task.assignee = operation["user"]
    if task.assignee is not None:
        task.links.add(("assignee", task.assignee))
    if task.owner is not None:
        task.links.add(("owner", task.owner))
    if "kind" in operation and "name" in operation:
        task.links.add((operation["kind"], operation["name"]))


_ACTIVITY_NOTES: dict[type[Fact], Callable[[Past, Any], None]] = {
    facts.ActivityStarted: Past.started,
    facts.ActivityPassed: Past.passed,
    facts.ActivityEnded: Past.ended,
    facts.ActivityCanceled: Past.canceled,
    facts.UserTaskOpened: Past.opened,
    facts.UserTaskAssigned: Past.assigned,
}
_VARIABLE_NOTES: dict[type[Fact], Callable[[Past, Any], None]] = {
    facts.VariableSet: Past.variable_set,
}
