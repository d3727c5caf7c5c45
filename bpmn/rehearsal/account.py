"""The account of a run: its facts as lines for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from bpmn import facts as f
from bpmn.decisions.records import DecisionRecord
from bpmn.facts import Fact
from bpmn.model import ProcessModel
from bpmn.scopes import LISTENER
from bpmn.values import to_json

_LONGEST_VALUE = 300
_INDENT = " " * 6
_ROLES = {"body": " (repeated)", "run": " (one run)", "undo": " (is undone)"}


class Account:
    """Tells the facts of one process instance; remembers which element each activity instance belongs to."""

    def __init__(self, model: ProcessModel) -> None:
        self._model = model
        self._elements: dict[int, str] = {}
        #: The names of tasks whose drawn ones hold expressions.
        self._names: dict[int, str] = {}
        self._listeners: set[int] = set()

    def lines(self, fact: Fact) -> Iterator[str]:
        """What is told of a fact; of some, nothing."""
        if isinstance(fact, f.ActivityStarted | f.ActivityPassed):
            self._elements[fact.activity] = fact.element
        if isinstance(fact, f.ActivityStarted) and fact.role == LISTENER:
            self._listeners.add(fact.activity)
        if isinstance(fact, f.UserTaskOpened) and fact.name and fact.name != self._model.element(fact.element).name:
            self._names[fact.activity] = fact.name
        if type(fact) in _SILENT:
            return
        tell = _TELLING.get(type(fact))
        yield from (tell(self, fact) if tell is not None else _INDENT + _plainly(fact)).split("\n")

    def element(self, element_id: str, activity: int | None = None) -> str:
        """Kind, name and id of an element; an activity instance of it may have a name of its own."""
        info = self._model.element(element_id)
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", info.type).lower()
        name = info.name if activity is None else self._names.get(activity, info.name)
        return f'{kind} "{_one_line(name)}" ({info.id})' if name else f"{kind} ({info.id})"

    def event(self, key: str) -> str:
        """The element of what is waited for."""
        return self.element(self.event_id(key))

    def event_id(self, key: str) -> str:
        """The id of that element."""
        return self._model.catch_of(key).element.bpmn_id

    def of(self, activity: int) -> str:
        """The element of an activity instance."""
        if activity not in self._elements:
            return "the process"
        name = self.element(self._elements[activity], activity)
        return f"a listener of {name}" if activity in self._listeners else name

    def at(self, activity: int, words: str) -> str:
        """A line about an activity instance."""
        return f"{activity:>4}  {self.of(activity)}{words}"

    def _variable(self, fact: f.VariableSet) -> str:
        where = f"   in {self.of(fact.scope)}" if fact.scope else ""
        return f"{_INDENT}{fact.name} = {shown(fact.value)}{where}"

    def _task(self, fact: f.UserTaskOpened) -> str:
        name = [f'as "{_one_line(fact.name)}"'] if fact.activity in self._names else []
        return ", ".join([f"{_INDENT}waits for a person", *name, *_people(fact)])

    def _assigned(self, fact: f.UserTaskAssigned) -> str:
        return self.at(fact.activity, " is " + ", ".join(_people(fact) or ["waiting as before"]))

    def _thrown(self, fact: f.MessageThrown | f.SignalThrown) -> str:
        what = "message" if isinstance(fact, f.MessageThrown) else "signal"
        key = getattr(fact, "correlation_key", None)
        return f"{_INDENT}throws {what} {fact.name!r}{_keyed(key)}{_with(fact.variables)}"

    def _failed(self, fact: f.StepFailed) -> str:
        return self.at(fact.activity, f" FAILS, {fact.kind}: {_one_line(fact.message)}")

    def _decided(self, fact: f.DecisionEvaluated) -> str:
        """Every decision on the way, with the rules of its table that matched."""
        return "\n".join(
            f"{_INDENT}decision {item.name!r} is {shown(item.value)}{_by(item)}" for item in fact.decisions
        )

    def _called(self, fact: f.ProcessCalled) -> str:
        return f"{_INDENT}calls process {fact.key!r}{_with(fact.variables)}"

    def _ended(self, fact: f.ProcessEnded) -> str:
        ends = ", ".join(self.element(element) for element in fact.elements)
        error = f", error {fact.error_code!r} {fact.error_message or ''}".rstrip() if fact.error_code else ""
        return f"      the process is over: {fact.outcome}{f' at {ends}' if ends else ''}{error}"


def _people(fact: f.UserTaskOpened | f.UserTaskAssigned) -> list[str]:
    return [
        *([f"assigned to {fact.assignee}"] if fact.assignee else []),
        *([f"for {', '.join(fact.candidate_users)}"] if fact.candidate_users else []),
        *([f"for group {', '.join(fact.candidate_groups)}"] if fact.candidate_groups else []),
        *([f"due {moment(fact.due)}"] if fact.due else []),
    ]


def shown(value: object) -> str:
    """A value as JSON, not longer than a line or two."""
    text = to_json(value).decode()
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}… ({len(text)} characters)"


def moment(at: Any) -> str:
    """A time to the second, or to the millisecond where that says more."""
    text: str = at.isoformat(sep=" ", timespec="milliseconds" if at.microsecond else "seconds")
    return text.removesuffix("+00:00") + " UTC"


def _by(decision: DecisionRecord) -> str:
    """The rules that matched in the decision's own table, where it has one."""
    if not decision.tables:
        return ""
    numbers = ", ".join(str(rule.number) for rule in decision.tables[-1].rules)
    return f" by rule {numbers}" if numbers else " by no rule"


def _with(variables: dict[str, Any]) -> str:
    return f" with {shown(variables)}" if variables else ""


def _keyed(key: str | None) -> str:
    return f" for {key!r}" if key is not None else ""


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _plainly(fact: Fact) -> str:
    """A fact without words of its own."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(fact).__name__).lower()
    fields = (f"{field}={shown(value)}" for field, value in msgspec.structs.asdict(fact).items())
    return f"{name}: {', '.join(fields)}"


#: What other lines say already, or nobody asks for.
_SILENT = {
    f.UserTaskClosed,
    f.ServiceTaskClosed,
    f.WaitOver,
    f.ScopeEnded,
    f.ContinuationDue,
    f.ContinuationOver,
    f.CallCanceled,
    f.ScriptOver,
}
_TELLING: dict[type[Fact], Callable[[Account, Any], str]] = {
    f.ProcessStarted: lambda a, x: f"{_INDENT}begins" + (f" at {a.element(x.element)}" if x.element else ""),
    f.ActivityStarted: lambda a, x: a.at(x.activity, _ROLES.get(x.role, "")),
    f.ActivityPassed: lambda a, x: a.at(x.activity, ""),
    f.ActivityEnded: lambda a, x: a.at(x.activity, " is done"),
    f.ActivityCanceled: lambda a, x: a.at(x.activity, " is canceled"),
    f.VariableSet: Account._variable,
    f.UserTaskOpened: Account._task,
    f.DecisionEvaluated: Account._decided,
    f.UserTaskAssigned: Account._assigned,
    f.ServiceTaskOpened: lambda a, x: f"{_INDENT}waits for a worker of topic {x.topic!r}",
    f.TimerArmed: lambda a, x: f"{_INDENT}waits until {moment(x.due)}: {a.event(x.event)}",
    f.MessageAwaited: lambda a, x: (
        f"{_INDENT}waits for message {x.name!r}{_keyed(x.correlation_key)}: {a.event(x.event)}"
    ),
    f.SignalAwaited: lambda a, x: f"{_INDENT}waits for signal {x.name!r}: {a.event(x.event)}",
    f.ScriptDue: lambda a, x: f"{_INDENT}runs a script in {x.language}: {x.key}",
    f.SignalThrown: Account._thrown,
    f.MessageThrown: Account._thrown,
    f.EscalationRaised: lambda a, x: f"{_INDENT}raises escalation {x.code!r} to its caller",
    f.ProcessCalled: Account._called,
    f.StepFailed: Account._failed,
    f.FailureCleared: lambda a, x: a.at(x.activity, " is taken up again"),
    f.ProcessEnded: Account._ended,
}
