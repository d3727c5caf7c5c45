"""The definitions of events, read from their XML nodes (BPMN 10.5.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.event_parsers import EventDefinitionParser
from SpiffWorkflow.bpmn.specs.event_definitions.conditional import ConditionalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import (
    ErrorEventDefinition,
    EscalationEventDefinition,
    SignalEventDefinition,
)
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import (
    CancelEventDefinition,
    NoneEventDefinition,
    TerminateEventDefinition,
)
from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    CycleTimerEventDefinition,
    DurationTimerEventDefinition,
    TimeDateEventDefinition,
)

from bpmn.conversations import bound_properties
from bpmn.dialects import PLAIN, Text, settings
from bpmn.elements.definitions import CompensateEventDefinition, LinkEventDefinition
from bpmn.elements.payloads import DrawnPayload
from bpmn.readers.extensions import error_at, read_passed
from bpmn.xmlsource import child, is_bpmn, is_true, local, text_of


class DefinitionReader(EventDefinitionParser):
    """Reads what is drawn inside an event with the library's hooks for each kind of definition."""

    def definition_in(self, event: etree._Element) -> Any:
        """The one definition of an event, all of them together, or that of a plain event (BPMN 10.5.5)."""
        parser = self.process_parser.parser
        nodes = [parser.definition_node(child) for child in event if is_bpmn(child)]
        parts = [part for node in nodes if node is not None and (part := self.definition_of(node)) is not None]
        if len(parts) > 1:
            return MultipleEventDefinition(parts, is_true(event.get("parallelMultiple", "")))
        return parts[0] if parts else NoneEventDefinition()

    def definition_of(self, node: etree._Element) -> Any:
        """The definition that an XML node stands for; None for other nodes."""
        read = _DEFINITIONS.get(local(node))
        return None if read is None else read(self, node)

    def parse_message_event(self, event: etree._Element) -> Any:
        """The message's definition; one without a name is kept, to be reported with its element."""
        named = settings(event).get("message_expression")
        name = named.value if named is not None else self.process_parser.parser.names.message(self.node, event)
        definition = MessageEventDefinition(name)
        definition.payload = self._payload(event, event.get("messageRef"))
        return definition

    def parse_signal_event(self, event: etree._Element) -> Any:
        """The signal's definition; one without a name is kept, to be reported with its element."""
        named = settings(event).get("signal_expression")
        name = named.value if named is not None else self.process_parser.parser.names.signal(event.get("signalRef"))
        definition = SignalEventDefinition(name)
        definition.passed = read_passed(event, "in")
        definition.payload = self._payload(event, event.get("signalRef"))
        return definition

    def parse_error_event(self, error_event: etree._Element) -> Any:
        """The error's definition; a reference that leads nowhere is the code itself, or refused by the inspection."""
        error = error_at(self.process_parser.parser, error_event)
        definition = ErrorEventDefinition(error.get("name"), error.get("error_code"))
        definition.payload = self._payload(error_event, error_event.get("errorRef"))
        return definition

    def parse_escalation_event(self, escalation_event: etree._Element) -> Any:
        """The escalation's definition; a reference that leads nowhere is taken as an error's is."""
        reference = escalation_event.get("escalationRef")
        escalation = self.process_parser.parser.escalations.get(reference) or {"escalation_code": reference}
        definition = EscalationEventDefinition(escalation.get("name"), escalation.get("escalation_code"))
        definition.payload = self._payload(escalation_event, reference)
        return definition

    def _payload(self, event: etree._Element, reference: str | None) -> DrawnPayload:
        """What SpiffWorkflow draws at an event's definition, or at what that refers to."""
        parser = self.process_parser.parser
        given = {**parser.reference_settings.get(reference, {}), **settings(event)}
        variable = given.get("payload_variable")
        bound = bound_properties(event)
        return DrawnPayload(given.get("payload"), None if variable is None else variable.value, bound)

    def parse_timer_event(self, event: etree._Element) -> Any:
        """The timer's definition; one without a time is kept, to be reported with its element."""
        for name, kind in _TIMERS:
            if (time := child(event, name)) is not None:
                definition = kind(self.node.get("name"), self._time(text_of(time) or ""))
                definition.is_python = self.process_parser.parser.text_family == "spiff"
                return definition
        return DurationTimerEventDefinition(self.node.get("name"), "")

    def _time(self, text: str) -> str:
        """The text of a timer; SpiffArena writes it as Python, where what stands in quotes is the text."""
        quoted = len(text) > 1 and text[0] in "'\"" and text[0] == text[-1]
        return text[1:-1] if quoted and self.process_parser.parser.text_family in ("spiff", PLAIN) else text

    def parse_conditional_event(self, event: etree._Element) -> Any:
        """The condition, as a text whose language is known."""
        parser = self.process_parser.parser
        condition = child(event, "condition")
        value = text_of(condition)
        text = None
        if condition is not None and value is not None:
            text = Text(value, parser.text_family, condition.get("language"), parser.default_language)
        definition = ConditionalEventDefinition(text)
        definition.settings = settings(event)
        return definition


#: How each kind of definition is read.
_DEFINITIONS: dict[str, Callable[[DefinitionReader, etree._Element], Any]] = {
    "messageEventDefinition": DefinitionReader.parse_message_event,
    "signalEventDefinition": DefinitionReader.parse_signal_event,
    "timerEventDefinition": DefinitionReader.parse_timer_event,
    "conditionalEventDefinition": DefinitionReader.parse_conditional_event,
    "errorEventDefinition": DefinitionReader.parse_error_event,
    "escalationEventDefinition": DefinitionReader.parse_escalation_event,
    "terminateEventDefinition": lambda reader, node: TerminateEventDefinition(),
    "cancelEventDefinition": lambda reader, node: CancelEventDefinition(),
    "compensateEventDefinition": lambda reader, node: CompensateEventDefinition(
        node.get("activityRef"), waits=is_true(node.get("waitForCompletion", "true"))
    ),
    "linkEventDefinition": lambda reader, node: LinkEventDefinition(node.get("name")),
}
_TIMERS = (
    ("timeDate", TimeDateEventDefinition),
    ("timeDuration", DurationTimerEventDefinition),
    ("timeCycle", CycleTimerEventDefinition),
)
