"""From the XML nodes of events, and of tasks that wait or throw, to our task specs."""

from __future__ import annotations

from typing import Any

from bpmn.dialects import settings
from bpmn.readers.definitions import DefinitionReader
from bpmn.readers.elements import ElementReader
from bpmn.readers.extensions import read_foreign_work
from bpmn.xmlsource import is_bpmn, is_true, local


class EventReader(ElementReader, DefinitionReader):
    """Reads an event and its definitions with the library's parsers of event definitions."""

    def create_task(self) -> Any:
        return self.spec_class(self.spec, self.bpmn_id, event_definition=self.read_definition(), **self.bpmn_attributes)

    def read_definition(self) -> Any:
        """The definition of the event."""
        return self.definition_in(self.node)

    def read_details(self, task: Any) -> None:
        parser = self.process_parser.parser
        for child_node in self.node:
            definition = parser.definition_node(child_node) if is_bpmn(child_node) else None
            if definition is None:
                continue
            read_foreign_work(definition, task.drawn)
            if local(definition) == "messageEventDefinition":
                self._check_message(task, definition)
            for field, text in settings(definition).items():
                task.drawn.settings.setdefault(field, text)
            for attribute in ("messageRef", "signalRef", "errorRef"):
                self._read_reference(task, parser, definition.get(attribute))
        self._read_reference(task, parser, self.node.get("messageRef"))
        if local(self.node) == "startEvent":
            task.interrupting = is_true(self.node.get("isInterrupting", "true"))

    def _check_message(self, task: Any, definition: Any) -> None:
        """Warn of a receiver that says of no message that it waits for it."""
        parser = self.process_parser.parser
        if "message_expression" not in settings(definition) and parser.names.is_own(self.node, definition):
            parser.warn(task, "", f"no message is drawn: it waits for one that is named like its id, {self.bpmn_id!r}")

    def _read_reference(self, task: Any, parser: Any, reference: str | None) -> None:
        for field, text in parser.reference_settings.get(reference, {}).items():
            task.drawn.settings.setdefault(field, text)


class BoundaryEventReader(EventReader):
    """Reads a boundary event."""

    def create_task(self) -> Any:
        return self.spec_class(
            self.spec,
            self.bpmn_id,
            event_definition=self.read_definition(),
            cancel_activity=is_true(self.node.get("cancelActivity", "true")),
            **self.bpmn_attributes,
        )


class ReceiveTaskReader(EventReader):
    """Reads a receive task: its message is an attribute."""

    def read_definition(self) -> Any:
        return self.parse_message_event(self.node)

    def read_details(self, task: Any) -> None:
        super().read_details(task)
        self._check_message(task, self.node)
        task.instantiates = is_true(self.node.get("instantiate", ""))


class SendTaskReader(EventReader):
    """Reads a send task: its message is an attribute; one with a topic needs none."""

    def read_definition(self) -> Any:
        return self.parse_message_event(self.node)
