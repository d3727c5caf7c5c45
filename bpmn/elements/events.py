"""Events: starts, ends, catching, throwing and boundary events (BPMN 10.5, 13.5)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent as StockBoundaryEvent
from SpiffWorkflow.bpmn.specs.defaults import EndEvent as StockEndEvent
from SpiffWorkflow.bpmn.specs.defaults import IntermediateCatchEvent as StockCatchEvent
from SpiffWorkflow.bpmn.specs.defaults import IntermediateThrowEvent as StockThrowEvent
from SpiffWorkflow.bpmn.specs.defaults import ReceiveTask as StockReceiveTask
from SpiffWorkflow.bpmn.specs.defaults import StartEvent as StockStartEvent
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition, SignalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    CycleTimerEventDefinition,
    TimeDateEventDefinition,
    TimerEventDefinition,
)

from bpmn import timers
from bpmn.dialects import Text
from bpmn.elements.base import Element, Flow, PassingElement, StepFailure, WaitingElement
from bpmn.errors import EvaluationFailed
from bpmn.facts import SignalThrown
from bpmn.texts import is_expression

if TYPE_CHECKING:
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node
    from bpmn.texts import Compiler, Getter
    from bpmn.values import Value, Variables


class Trigger(Element):
    """An event that something outside sets off: its definition, compiled."""

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        definition = self.event_definition
        self.timer: Getter | None = None
        self.reference: Getter | None = None
        self.correlation: Getter | None = None
        if isinstance(definition, TimerEventDefinition):
            self._prepare_timer(compiler, definition)
        elif isinstance(definition, MessageEventDefinition):
            self.reference = self._named(compiler, "message", definition.name)
            self.correlation = compiler.value(self, "correlation key", self.text("correlation_key"))
        elif isinstance(definition, SignalEventDefinition):
            self.reference = self._named(compiler, "signal", definition.name)

    @property
    def trigger_kind(self) -> str:
        """One of "timer", "message", "signal", "error", "none"."""
        definition = self.event_definition
        if isinstance(definition, TimerEventDefinition):
            return "timer"
        if isinstance(definition, MessageEventDefinition):
            return "message"
        if isinstance(definition, SignalEventDefinition):
            return "signal"
        return "error" if isinstance(definition, ErrorEventDefinition) else "none"

    def name_in(self, variables: Variables) -> str:
        """The name of the message or signal that is waited for. Raises `StepFailure`."""
        return _text_from(self.reference, variables, "name of the message or signal") or ""

    def correlation_in(self, variables: Variables) -> str | None:
        """The correlation key as text, where the diagram gives one. Raises `StepFailure`."""
        return _text_from(self.correlation, variables, "correlation key") if self.correlation else None

    def due(self, variables: Variables, now: datetime, repetition: int = 1) -> datetime | None:
        """When the timer fires for that repetition, counted from `now`; None when a cycle is over.

        Raises `StepFailure`.
        """
        try:
            text: Any = self.timer(variables) if self.timer else None
            if isinstance(self.event_definition, TimeDateEventDefinition):
                return timers.parse_date(text) if repetition == 1 else None
            if isinstance(self.event_definition, CycleTimerEventDefinition):
                return timers.parse_cycle(text).due(now, repetition)
            return timers.after(now, text) if repetition == 1 else None
        except EvaluationFailed as fault:
            raise StepFailure("timer-invalid", str(fault)) from None

    @property
    def repeats(self) -> bool:
        return isinstance(self.event_definition, CycleTimerEventDefinition)

    def _prepare_timer(self, compiler: Compiler, definition: Any) -> None:
        raw = (definition.expression or "").strip()
        if not raw:
            compiler.problem(self, "", "the timer says no time; give it a date, a duration or a cycle")
            return
        self.timer = compiler.value(self, "timer", Text(raw))
        if not is_expression(raw):
            try:
                self.due({}, datetime(2001, 1, 1, tzinfo=UTC))
            except StepFailure as fault:
                compiler.problem(self, "", fault.message)

    def _named(self, compiler: Compiler, what: str, name: str | None) -> Getter | None:
        if not name:
            compiler.problem(self, "", f"the event refers to no {what} with a name")
            return None
        return compiler.value(self, f"{what} name", Text(name))


class StartEvent(Trigger, PassingElement, StockStartEvent):
    """Where a process or subprocess begins (BPMN 10.5.2)."""

    def act(self, run: Runtime, scope: Node) -> list[Flow]:
        initiator = self.text("initiator")
        if initiator is not None and scope.parent is None:
            run.assign(scope, {initiator.value: run.context.actor})
        return self.ways_out(scope.visible)


class IntermediateCatchEvent(Trigger, WaitingElement, StockCatchEvent):
    """Waits for a timer, a message or a signal (BPMN 10.5.4)."""

    def begin(self, run: Runtime, node: Node) -> None:
        run.arm(node, self)


class ReceiveTask(Trigger, WaitingElement, StockReceiveTask):
    """An activity that waits for a message (BPMN 10.3.3.5)."""

    is_activity = True

    def begin(self, run: Runtime, node: Node) -> None:
        run.arm(node, self)


class IntermediateThrowEvent(PassingElement, StockThrowEvent):
    """Throws a signal on its way, or nothing (BPMN 10.5.4)."""

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        self.signal = _signal(compiler, self)

    def act(self, run: Runtime, scope: Node) -> list[Flow]:
        ways = self.ways_out(scope.visible)
        _throw_signal(run, scope, self.signal)
        return ways


class EndEvent(PassingElement, StockEndEvent):
    """Ends a path: plainly, with a signal, or as a termination or an error of its scope (BPMN 10.5.3)."""

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        self.signal = _signal(compiler, self)
        self.is_terminate = isinstance(self.event_definition, TerminateEventDefinition)
        self.is_error = isinstance(self.event_definition, ErrorEventDefinition)
        code = self.event_definition.code if self.is_error else None
        self.error_code = compiler.value(self, "error code", Text(code)) if code else None
        self.error_message = compiler.value(self, "error message", self.text("error_message"))

    def error_in(self, variables: Variables) -> tuple[str, str | None]:
        """Code and message of the error that is thrown; an empty code where the diagram names none.

        Raises `StepFailure`.
        """
        code = _text_from(self.error_code, variables, "error code") if self.error_code else None
        message = _text_from(self.error_message, variables, "error message") if self.error_message else None
        return code or "", message

    def act(self, run: Runtime, scope: Node) -> list[Flow]:
        if self.is_error:
            run.throw_from_end(self, scope)
            return []
        run.reached_end(self, scope)
        _throw_signal(run, scope, self.signal)
        if self.is_terminate:
            run.terminate(self, scope)
        return []


class BoundaryEvent(Trigger, PassingElement, StockBoundaryEvent):
    """Catches what happens while an activity is open (BPMN 10.5.4, 13.5.3)."""

    attached_to: Element | None = None

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        self.error_code: str | None = None
        if self.trigger_kind == "error":
            self.error_code = self.event_definition.code or None
            if self.error_code is not None and is_expression(self.error_code):
                compiler.problem(self, "", f"the code of a caught error must be fixed, not {self.error_code!r}")

    def error_variables(self, code: str, message: str | None) -> dict[str, Value]:
        """What the diagram wants to know of a caught error, by variable."""
        named: dict[str, Value] = {}
        for field, value in (("error_code_variable", code), ("error_message_variable", message)):
            text = self.text(field)
            if text is not None:
                named[text.value] = value
        return named


def _signal(compiler: Compiler, element: Any) -> Getter | None:
    definition = element.event_definition
    if not isinstance(definition, SignalEventDefinition):
        return None
    if not definition.name:
        compiler.problem(element, "", "the event refers to no signal with a name")
        return None
    return compiler.value(element, "signal name", Text(definition.name))


def _throw_signal(run: Runtime, scope: Node, signal: Getter | None) -> None:
    if signal is not None:
        run.record(SignalThrown(scope.number, _text_from(signal, scope.visible, "name of the signal") or ""))


def _text_from(getter: Getter | None, variables: Variables, what: str) -> str | None:
    try:
        value = getter(variables) if getter is not None else None
    except EvaluationFailed as fault:
        raise StepFailure("event-failed", f"{what}: {fault}") from None
    if value is None or isinstance(value, bool | list | dict) or value == "":
        raise StepFailure("event-failed", f"the {what} must be a text or a number, not {type(value).__name__}")
    return str(value)
