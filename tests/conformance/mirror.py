"""Mirror: what a server would know of an instance from its facts alone, checked against what is alive.

A fact that is missing, doubled or contradicts another one fails the story it happens in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bpmn import facts as f
from bpmn.execution import Execution
from bpmn.facts import Fact
from bpmn.scopes import LISTENER
from bpmn.values import Value, from_json, to_json


@dataclass
class Mirror:
    """The rows of one instance: open activities, tasks, work, waits, failures and variables."""

    activities: dict[int, str] = field(default_factory=dict)
    scopes: dict[int, int] = field(default_factory=dict)
    listeners: set[int] = field(default_factory=set)
    tasks: dict[int, f.UserTaskOpened] = field(default_factory=dict)
    work: dict[int, f.ServiceTaskOpened] = field(default_factory=dict)
    waits: dict[tuple[int, str], str] = field(default_factory=dict)
    due: dict[tuple[int, str], datetime] = field(default_factory=dict)
    failures: dict[int, f.StepFailed] = field(default_factory=dict)
    scripts: dict[int, f.ScriptDue] = field(default_factory=dict)
    variables: dict[tuple[int, str], Value] = field(default_factory=dict)
    calls: dict[int, f.ProcessCalled] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)
    ending: f.ProcessEnded | None = None
    seen: set[int] = field(default_factory=set)

    def learn(self, fact: Fact) -> None:
        """Apply a fact."""
        assert self.ending is None, f"{fact} after the end"
        match fact:
            case f.ActivityStarted():
                assert fact.activity not in self.seen, f"{fact}: the number was used before"
                self.seen.add(fact.activity)
                self.activities[fact.activity] = fact.element
                self.scopes[fact.activity] = fact.scope
                if fact.role == LISTENER:
                    self.listeners.add(fact.activity)
                assert fact.scope == 0 or fact.scope in self.activities, f"{fact}: no such scope"
            case f.ActivityPassed():
                assert fact.activity not in self.seen, f"{fact}: the number was used before"
                self.seen.add(fact.activity)
                self.trace.append(fact.element)
            case f.ActivityEnded():
                element = self._gone(fact.activity)
                if fact.activity not in self.listeners:
                    self.trace.append(element)
            case f.ActivityCanceled():
                self._gone(fact.activity)
            case f.VariableSet():
                self.variables[fact.scope, fact.name] = from_json(to_json(fact.value))
            case f.ScopeEnded():
                mine = [key for key in self.variables if key[0] == fact.scope]
                assert mine, f"{fact}: the scope holds nothing"
                for key in mine:
                    del self.variables[key]
            case f.ProcessEnded():
                self.ending = fact
            case _:
                self._learn_of_work(fact)

    def _learn_of_work(self, fact: Fact) -> None:
        match fact:
            case f.UserTaskOpened():
                assert fact.activity not in self.tasks, f"{fact}: open already"
                self.tasks[fact.activity] = fact
            case f.UserTaskClosed():
                self.tasks.pop(fact.activity, None)
            case f.ServiceTaskOpened():
                assert fact.activity not in self.work, f"{fact}: open already"
                self.work[fact.activity] = fact
            case f.ServiceTaskClosed():
                self.work.pop(fact.activity, None)
            case f.TimerArmed() | f.MessageAwaited() | f.SignalAwaited():
                key = (fact.activity, fact.event)
                assert key not in self.waits, f"{fact}: armed already"
                self.waits[key] = _kind(fact)
                if isinstance(fact, f.TimerArmed):
                    self.due[key] = fact.due
            case f.WaitOver():
                key = (fact.activity, fact.event)
                assert self.waits.pop(key) == fact.kind
                self.due.pop(key, None)
            case f.StepFailed():
                assert fact.activity not in self.failures, f"{fact}: failed already"
                self.failures[fact.activity] = fact
            case f.FailureCleared():
                del self.failures[fact.activity]
            case f.ScriptDue():
                assert fact.activity not in self.scripts, f"{fact}: waits for a script already"
                self.scripts[fact.activity] = fact
            case f.ScriptOver():
                del self.scripts[fact.activity]
            case f.ProcessCalled():
                self.calls[fact.activity] = fact
            case f.CallCanceled():
                self.calls.pop(fact.activity, None)

    def _gone(self, activity: int) -> str:
        assert activity not in self.tasks, f"activity {activity} is over, its user task is open"
        assert activity not in self.work, f"activity {activity} is over, its work is open"
        assert activity not in self.failures, f"activity {activity} is over, its failure is open"
        assert activity not in self.scripts, f"activity {activity} is over and waits for a script"
        assert not [key for key in self.waits if key[0] == activity], f"activity {activity} is over and waits"
        assert not [key for key in self.variables if key[0] == activity], f"activity {activity} is over, with variables"
        assert activity not in self.scopes.values(), f"activity {activity} is over, with others in it"
        del self.scopes[activity]
        return self.activities.pop(activity)

    def agrees_with(self, execution: Execution) -> None:
        """Check that the facts told everything that is alive, and nothing else."""
        live = list(execution.live())
        within = [item for item in live if item.activity]
        assert {item.activity: item.element for item in within} == self.activities
        assert {item.activity: item.scope for item in within} == self.scopes
        assert {(activity, event): kind for activity, event, kind in execution.waits()} == self.waits
        failed = {item.activity for item in live if item.waits == "failed"}
        assert failed == set(self.failures)
        assert {item.activity for item in live if item.waits == "script"} == set(self.scripts)
        waiting = {kind: {item.activity for item in live if item.waits == kind} for kind in ("user-task", "service")}
        assert waiting["user-task"] <= set(self.tasks)
        assert waiting["service"] <= set(self.work)
        variables = {
            (node.number, name): value
            for node in execution.nodes.values()
            for name, value in (node.variables or {}).items()
        }
        if not execution.ended:
            assert variables == self.variables
        assert execution.ended == (self.ending is not None)


def _kind(fact: f.TimerArmed | f.MessageAwaited | f.SignalAwaited) -> str:
    if isinstance(fact, f.TimerArmed):
        return "timer"
    return "message" if isinstance(fact, f.MessageAwaited) else "signal"
