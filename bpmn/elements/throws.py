"""What a throwing event throws: its definitions, compiled (BPMN 10.5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition

from bpmn.dialects import Text
from bpmn.elements.base import StepFailure
from bpmn.elements.catches import kind_of, text_from
from bpmn.elements.definitions import LinkEventDefinition
from bpmn.facts import MessageThrown

if TYPE_CHECKING:
    from bpmn.elements.base import Element
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node
    from bpmn.texts import Compiler, Getter
    from bpmn.values import Value


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
        self.code: str = getattr(definition, "code", None) or ""
        message = element.text("error_message")
        self.message = message.value if message is not None else None

    def prepare(self, compiler: Compiler) -> None:
        """Compile the texts."""
        if self.kind not in ("message", "signal"):
            return
        if not self.definition.name:
            compiler.problem(self.element, "", f"the event refers to no {self.kind} with a name")
            return
        self.reference = compiler.value(self.element, f"{self.kind} name", Text(self.definition.name))
        self.correlation = compiler.value(self.element, "correlation key", self.element.text("correlation_key"))

    def passing(self, run: Runtime, scope: Node) -> None:
        """Throw, where that does not end the path. Raises `StepFailure`."""
        if self.kind == "signal":
            name = text_from(self.reference, scope.visible, "name of the signal")
            run.throw_signal(scope, name, self._payload(scope))
        elif self.kind == "message":
            visible = scope.visible
            name = text_from(self.reference, visible, "name of the message")
            key = text_from(self.correlation, visible, "correlation key") if self.correlation else None
            run.record(MessageThrown(scope.number, self.element.bpmn_id, name, self._payload(scope), key))
        elif self.kind == "escalation":
            run.throw_escalation(scope, self.code)

    def _payload(self, scope: Node) -> dict[str, Value]:
        """What goes with a message or signal: what the event's input mappings gave, where it has any."""
        names = [mapping.target for mapping in self.element.input_mappings]
        local = scope.variables or {}
        return {name: local[name] for name in names if name in local}


def throws_of(element: Element, definition: Any) -> list[Throw]:
    """The definitions of a throwing event; none for a plain one."""
    parts = definition.event_definitions if isinstance(definition, MultipleEventDefinition) else [definition]
    return [Throw(element, part) for part in parts if _kind(part) != "none"]


def _kind(definition: Any) -> str:
    if isinstance(definition, TerminateEventDefinition):
        return "terminate"
    return "link" if isinstance(definition, LinkEventDefinition) else kind_of(definition)
