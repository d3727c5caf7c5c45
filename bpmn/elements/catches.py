"""What a catching event waits for: its definitions, compiled (BPMN 10.5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.event_definitions.conditional import ConditionalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import (
    ErrorEventDefinition,
    EscalationEventDefinition,
    SignalEventDefinition,
)
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import CancelEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    CycleTimerEventDefinition,
    TimeDateEventDefinition,
    TimerEventDefinition,
)

from bpmn import timers
from bpmn.dialects import Text
from bpmn.elements.base import StepFailure
from bpmn.elements.definitions import CompensateEventDefinition
from bpmn.elements.payloads import payload_of, received
from bpmn.errors import EvaluationFailed
from bpmn.expressions import Expression, as_condition
from bpmn.sight import Seen
from bpmn.texts import evaluated, is_expression

if TYPE_CHECKING:
    from bpmn.elements.base import Element
    from bpmn.sight import Sight
    from bpmn.texts import Compiler, Getter
    from bpmn.values import Variables

_KINDS: tuple[tuple[type[Any], str], ...] = (
    (TimerEventDefinition, "timer"),
    (MessageEventDefinition, "message"),
    (SignalEventDefinition, "signal"),
    (ErrorEventDefinition, "error"),
    (EscalationEventDefinition, "escalation"),
    (ConditionalEventDefinition, "condition"),
    (CompensateEventDefinition, "compensation"),
    (CancelEventDefinition, "cancel"),
)


#: How a variable changes.
_CHANGES = frozenset({"create", "update", "delete"})


class Catch:
    """One definition of a catching event.

    `key` names it among the waits of an activity instance: the id of the event element, with `#number` behind it where
    the event has several definitions. `kind` is one of "timer", "message", "signal", "error", "escalation",
    "condition", "compensation", "cancel". `code` is an error's or escalation's; None catches all.
    """

    def __init__(self, element: Element, definition: Any, key: str) -> None:
        self.element = element
        self.definition = definition
        self.key = key
        self.kind = kind_of(definition)
        self.code: str | None = None
        self.timer: Getter | None = None
        self.reference: Getter | None = None
        self.correlation: Getter | None = None
        self.condition: Expression | None = None
        #: The variables, and the kinds of changes of them, after which a condition is looked at; empty for any.
        self.watched: frozenset[str] = frozenset()
        self.watched_changes: frozenset[str] = frozenset()
        #: The variable that takes in what comes as one value, and what correlation properties of it must be.
        self.variable = payload_of(definition).variable
        self.bound = payload_of(definition).bound

    def prepare(self, compiler: Compiler) -> None:
        """Compile the texts."""
        if self.kind == "timer":
            self._prepare_timer(compiler)
        elif self.kind in ("message", "signal"):
            self._prepare_name(compiler)
        elif self.kind in ("error", "escalation"):
            self.code = self.definition.code or None
            if self.code is not None and is_expression(self.code):
                what = f"the code of a caught {self.kind}"
                compiler.problem(self.element, "", f"{what} must be fixed, not {self.code!r}")
        elif self.kind == "condition":
            self._prepare_condition(compiler)

    def received(self, variables: Variables) -> Variables:
        """What comes with the event, as variables."""
        return received(self.variable, variables)

    @property
    def repeats(self) -> bool:
        """Whether a timer may fire again."""
        return isinstance(self.definition, CycleTimerEventDefinition)

    @property
    def is_filtered(self) -> bool:
        """Whether a condition is looked at after certain changes only."""
        return bool(self.watched or self.watched_changes)

    def name_in(self, sight: Sight) -> str:
        """The name of the message or signal that is waited for. Raises `StepFailure`."""
        return text_from(self.reference, sight, "name of the message or signal")

    def correlation_in(self, sight: Sight) -> str | None:
        """The correlation key as text, where the diagram gives one. Raises `StepFailure`."""
        return text_from(self.correlation, sight, "correlation key") if self.correlation else None

    def due(self, sight: Sight, since: datetime, repetition: int = 1, now: datetime | None = None) -> datetime | None:
        """When the timer fires for that repetition, counted from `since`; None when a cycle is over.

        Occurrences that were missed before `now` are passed over. Raises `StepFailure`.
        """
        try:
            text: Any = self.timer(sight) if self.timer else None
            if isinstance(self.definition, TimeDateEventDefinition):
                return timers.parse_date(text) if repetition == 1 else None
            if isinstance(self.definition, CycleTimerEventDefinition):
                cycle = timers.parse_cycle(text)
                late = now is not None and repetition > 1
                return cycle.due(cycle.caught_up(since, now or since) if late else since, repetition)
            return timers.after(since, text) if repetition == 1 else None
        except EvaluationFailed as fault:
            raise StepFailure("timer-invalid", str(fault)) from None

    def goes_on(self, sight: Sight, repetition: int) -> bool:
        """Whether a cycle says how often it happens, and is not over with this repetition. Raises `StepFailure`."""
        if not self.repeats:
            return False
        try:
            text: Any = self.timer(sight) if self.timer else None
            most = timers.parse_cycle(text).repetitions
        except EvaluationFailed as fault:
            raise StepFailure("timer-invalid", str(fault)) from None
        return most is not None and repetition < most

    def holds(self, sight: Sight) -> bool:
        """Whether the condition is true; one that cannot be evaluated (yet) is not."""
        if self.condition is None:
            return False
        try:
            return as_condition(evaluated(self.condition, sight), self.condition.language)
        except EvaluationFailed:
            return False

    def catches(self, kind: str, code: str) -> bool:
        """Whether a thrown error or escalation of that code is caught; an empty code matches a catch-all only."""
        return self.kind == kind and (self.code is None or self.code == code)

    def concerned_by(self, changed: Mapping[str, str]) -> bool:
        """Whether its condition is to be looked at after changes, given as "create", "update", "delete" by variable."""
        if not self.is_filtered:
            return True
        return any(
            (not self.watched or name in self.watched) and (not self.watched_changes or kind in self.watched_changes)
            for name, kind in changed.items()
        )

    def _prepare_condition(self, compiler: Compiler) -> None:
        text = self.definition.expression
        if not isinstance(text, Text):
            compiler.lack(self.element, "the conditional event has no condition")
            return
        self.condition = compiler.expression(self.element, "condition", text)
        given: Mapping[str, Text] = self.definition.settings
        self.watched = _names(given.get("watched_variables"))
        self.watched_changes = _names(given.get("watched_changes"))
        if unknown := self.watched_changes - _CHANGES:
            compiler.problem(self.element, "", f"variables change by {sorted(_CHANGES)}, not by {sorted(unknown)}")

    def _prepare_timer(self, compiler: Compiler) -> None:
        raw = (self.definition.expression or "").strip()
        if not raw:
            compiler.lack(self.element, "the timer says no time; give it a date, a duration or a cycle")
            return
        self.timer = compiler.value(self.element, "timer", Text(raw))
        if not is_expression(raw):
            try:
                self.due(Seen(), datetime(2001, 1, 1, tzinfo=UTC))
            except StepFailure as fault:
                self._prepare_computed_timer(compiler, raw, fault)

    def _prepare_computed_timer(self, compiler: Compiler, raw: str, fault: StepFailure) -> None:
        """In SpiffWorkflow's diagrams a time is an expression in Python; scopes and cycles cannot wait for a script."""
        if not getattr(self.definition, "is_python", False):
            compiler.problem(self.element, "", fault.message)
            return
        scripts = self.element.drawn.kind != "startEvent" and not self.repeats
        computed = compiler.expression(self.element, "timer", Text(raw, "spiff"), scripts=scripts)
        self.timer = None if computed is None else lambda sight: evaluated(computed, sight)

    def _prepare_name(self, compiler: Compiler) -> None:
        if not self.definition.name:
            compiler.lack(self.element, f"the event refers to no {self.kind} with a name")
            return
        self.reference = compiler.value(self.element, f"{self.kind} name", Text(self.definition.name))
        if self.kind == "signal" and getattr(self.definition, "passed", []):
            compiler.problem(self.element, "in", "variables are passed where the signal is thrown")
        if self.kind == "message":
            self.correlation = compiler.value(self.element, "correlation key", self.element.text("correlation_key"))
            for path in self.bound.values():
                path.prepare(compiler)


def _names(text: Text | None) -> frozenset[str]:
    return (
        frozenset(name.strip() for name in text.value.split(",") if name.strip()) if text is not None else frozenset()
    )


def catches_of(element: Element, definition: Any) -> list[Catch]:
    """The definitions of a catching event; none for a plain one."""
    if isinstance(definition, MultipleEventDefinition):
        parts = definition.event_definitions
        return [Catch(element, part, f"{element.bpmn_id}#{number}") for number, part in enumerate(parts)]
    return [Catch(element, definition, element.bpmn_id)] if kind_of(definition) != "none" else []


def kind_of(definition: Any) -> str:
    """The kind of an event definition, "none" for a plain event."""
    return next((kind for known, kind in _KINDS if isinstance(definition, known)), "none")


def text_from(getter: Getter | None, sight: Sight, what: str) -> str:
    """A text that is not empty; raises `StepFailure`."""
    try:
        value = getter(sight) if getter is not None else None
    except EvaluationFailed as fault:
        raise StepFailure("event-failed", f"{what}: {fault}") from None
    if value is None or isinstance(value, bool | list | dict) or value == "":
        raise StepFailure("event-failed", f"the {what} must be a text or a number, not {type(value).__name__}")
    return str(value)
