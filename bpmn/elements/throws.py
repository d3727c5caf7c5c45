"""What a throwing event throws: its definitions, compiled (BPMN 10.5.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition

from bpmn.dialects import Text
from bpmn.elements.base import StepFailure
from bpmn.elements.catches import kind_of, text_from
from bpmn.elements.definitions import DefaultSignalDefinition, LinkEventDefinition
from bpmn.elements.payloads import payload_of, sent
from bpmn.errors import EvaluationFailed
from bpmn.mappings import Crossing, RawCallMapping, compile_crossing
from bpmn.texts import evaluated

if TYPE_CHECKING:
    from bpmn.elements.base import Element
    from bpmn.expressions import Expression
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node
    from bpmn.sight import Sight
    from bpmn.texts import Compiler, Getter
    from bpmn.values import Value


#: How far a signal reaches.
_SCOPES = ("global", "processInstance")


class Throw:
    """One definition of a throwing event.

    `kind` is one of "message", "signal", "error", "escalation", "compensation", "cancel", "terminate", "link".
    """

    def __init__(self, element: Element, definition: Any) -> None:
        self.element = element
        self.definition = definition
        self.kind = _kind(definition)
        self.reference: Getter | None = None
        self.correlation: Getter | None = None
        self.code: Getter | None = None
        self.message: Getter | None = None
        #: Whether it is the signal of a behavior that names no event.
        self.is_default = isinstance(definition, DefaultSignalDefinition)
        #: What goes with a signal, and whether it reaches its own instance only.
        self.passed: Crossing | None = None
        self.stays = False
        #: What is sent as one value.
        self.sent: Expression | None = None

    def prepare(self, compiler: Compiler) -> None:
        """Compile the texts."""
        self.sent = compiler.expression(self.element, "payload", payload_of(self.definition).sent, scripts=True)
        if self.kind in ("error", "escalation"):
            code = self.definition.code
            self.code = compiler.value(self.element, f"{self.kind} code", Text(code)) if code else None
            self.message = compiler.value(self.element, "error message", self.element.text("error_message"))
            return
        if self.kind not in ("message", "signal"):
            return
        if not self.definition.name:
            compiler.lack(self.element, f"the event refers to no {self.kind} with a name")
            return
        self.reference = compiler.value(self.element, f"{self.kind} name", Text(self.definition.name))
        self.correlation = compiler.value(self.element, "correlation key", self.element.text("correlation_key"))
        if self.kind == "signal":
            self._prepare_signal(compiler)

    def _prepare_signal(self, compiler: Compiler) -> None:
        passed: list[RawCallMapping] = getattr(self.definition, "passed", [])
        if passed:
            self.passed = compile_crossing(compiler, self.element, "in", passed)
        if any(raw.business_key is not None for raw in passed):
            compiler.problem(self.element, "in", "a signal has no business key; pass it as a variable")
        if any(raw.local for raw in passed):
            compiler.problem(self.element, "in", "a signal has no variables of its own; leave out local")
        scope = self.element.text("signal_scope")
        self.stays = scope is not None and scope.value == "processInstance"
        if scope is not None and scope.value not in _SCOPES:
            compiler.problem(self.element, "scope", f"the scope must be one of {', '.join(_SCOPES)}")

    def ready(self, run: Runtime, scope: Node) -> Callable[[], None]:
        """What is to be done to throw it, where that does not end the path. Raises `StepFailure`."""
        sight = run.sight(scope)
        if self.kind == "signal":
            name, payload = self.name_in(sight), self.payload(run, scope)
            return lambda: run.throw_signal(scope, name, payload, everywhere=not self.stays)
        if self.kind == "message":
            name, payload = self.name_in(sight), self.payload(run, scope)
            key = text_from(self.correlation, sight, "correlation key") if self.correlation else None
            return lambda: run.throw_message(scope, self, name, payload, key)
        if self.kind == "escalation":
            code, payload = self.error_in(sight)[0], self.payload(run, scope)
            return lambda: run.throw_escalation(scope, code, payload)
        return _nothing

    def name_in(self, sight: Sight) -> str:
        """The name of the message or signal that is thrown. Raises `StepFailure`."""
        return text_from(self.reference, sight, f"name of the {self.kind}")

    def error_in(self, sight: Sight) -> tuple[str, str | None]:
        """Code and message of the error or escalation that is thrown; an empty code where the diagram names none.

        Raises `StepFailure`.
        """
        code = text_from(self.code, sight, f"{self.kind} code") if self.code else None
        message = text_from(self.message, sight, "error message") if self.message else None
        return code or "", message

    def payload(self, run: Runtime, scope: Node) -> dict[str, Value]:
        """What goes with it: what is drawn for it, else what the event's data inputs and input mappings gave."""
        if self.sent is not None:
            try:
                return sent(evaluated(self.sent, run.sight(scope)))
            except EvaluationFailed as fault:
                raise StepFailure("mapping-failed", f"payload: {fault}") from None
        if self.passed is not None:
            try:
                return self.passed(run.sight(scope))
            except EvaluationFailed as fault:
                raise StepFailure("mapping-failed", str(fault)) from None
        names = [*sorted(self.element.given_names), *(mapping.target for mapping in self.element.input_mappings)]
        local = scope.variables or {}
        return {name: local[name] for name in names if name in local}


def throws_of(element: Element, definition: Any) -> list[Throw]:
    """The definitions of a throwing event; none for a plain one."""
    parts = definition.event_definitions if isinstance(definition, MultipleEventDefinition) else [definition]
    return [Throw(element, part) for part in parts if _kind(part) != "none"]


def throw_all(run: Runtime, scope: Node, throws: Iterable[Throw]) -> None:
    """Throw what does not end the path: all of it, or nothing where one of them fails. Raises `StepFailure`."""
    for act in [throw.ready(run, scope) for throw in throws]:
        act()


def _nothing() -> None:
    """What ends the path is the affair of its element."""


def _kind(definition: Any) -> str:
    if isinstance(definition, TerminateEventDefinition):
        return "terminate"
    return "link" if isinstance(definition, LinkEventDefinition) else kind_of(definition)
