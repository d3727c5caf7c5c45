"""From XML nodes to our task specs: SpiffWorkflow's TaskParser, without its recursion from node to node.

Each reader makes one task spec and takes everything the executor will need from the node; `ProcessReader` draws the
flows when all nodes of a level are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.event_parsers import (
    ERROR_EVENT_XPATH,
    MESSAGE_EVENT_XPATH,
    SIGNAL_EVENT_XPATH,
    TERMINATION_EVENT_XPATH,
    TIMER_EVENT_XPATH,
    EventDefinitionParser,
)
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition, SignalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition

from bpmn.dialects import Text, extensions, family_of, settings
from bpmn.elements.base import Drawn
from bpmn.mappings import RawCallMapping, RawMapping
from bpmn.xmlsource import BPMN, child, is_bpmn, is_true, line_of, local, namespace, text_of

if TYPE_CHECKING:
    from bpmn.elements.base import Element
    from bpmn.elements.subprocesses import CallActivity


class ElementReader(TaskParser):
    """Reads one flow node."""

    node: etree._Element
    task: Any

    @property
    def bpmn_attributes(self) -> dict[str, Any]:
        return {
            "description": local(self.node),
            "lane": self.lane,
            "bpmn_name": self.node.get("name"),
            "documentation": text_of(child(self.node, "documentation")),
        }

    def parse_node(self) -> Element:
        """The task spec of the node, not yet connected."""
        task: Element = self.create_task()
        drawn = Drawn(local(self.node), line_of(self.node), settings(self.node))
        drawn.inputs, drawn.outputs = read_mappings(self.node)
        task.drawn = drawn
        self.read_details(task)
        return task

    def read_details(self, task: Any) -> None:
        """What is particular to one kind of element."""

    def put(self, task: Element, field: str, value: str | None) -> None:
        """Keep a plain BPMN attribute like a vendor's setting."""
        if value is not None and value.strip():
            task.drawn.settings.setdefault(field, Text(value.strip()))


class UserTaskReader(ElementReader):
    """Reads a user task, with the performers of plain BPMN (BPMN 10.3.4)."""

    def read_details(self, task: Any) -> None:
        name = self.node.get("name", "")
        if "${" in name or "#{" in name:
            self.put(task, "name", name)
        self.put(task, "assignee", _performer(self.node, "humanPerformer"))
        owner = _performer(self.node, "potentialOwner")
        if owner is not None and "(" in owner:
            groups, users = _split_owners(owner)
            self.put(task, "candidate_groups", groups)
            self.put(task, "candidate_users", users)
        else:
            self.put(task, "candidate_groups", owner)


class ServiceTaskReader(ElementReader):
    """Reads a service task; a vendor's `type` decides whether a topic counts."""

    def read_details(self, task: Any) -> None:
        process = next(self.node.iterancestors("{" + BPMN + "}process"))
        if (priority := settings(process).get("task_priority")) is not None:
            task.drawn.settings.setdefault("task_priority", priority)


class CallActivityReader(ElementReader):
    """Reads a call activity and what crosses to the called process and back."""

    def create_task(self) -> CallActivity:
        spec: CallActivity = self.spec_class(
            self.spec, self.bpmn_id, subworkflow_spec=self.node.get("calledElement", ""), **self.bpmn_attributes
        )
        return spec

    def read_details(self, task: Any) -> None:
        self.put(task, "called_element", self.node.get("calledElement"))
        for item in extensions(self.node):
            if family_of(namespace(item.tag)) is None or local(item) not in ("in", "out"):
                continue
            holder = task.passed if local(item) == "in" else task.taken_back
            holder.append(_call_mapping(item))


class SubprocessReader(ElementReader):
    """Reads an embedded subprocess; its inside is a `ProcessReader`'s work of its own."""

    def create_task(self) -> Any:
        return self.spec_class(self.spec, self.bpmn_id, subworkflow_spec=self.bpmn_id, **self.bpmn_attributes)


class EventReader(ElementReader, EventDefinitionParser):
    """Reads an event and its definition with the library's event definition parsers."""

    PATHS = (
        MESSAGE_EVENT_XPATH,
        SIGNAL_EVENT_XPATH,
        TIMER_EVENT_XPATH,
        ERROR_EVENT_XPATH,
        TERMINATION_EVENT_XPATH,
    )

    def create_task(self) -> Any:
        return self.spec_class(
            self.spec,
            self.bpmn_id,
            event_definition=self.get_event_definition(list(self.PATHS)),
            **self.bpmn_attributes,
        )

    def read_details(self, task: Any) -> None:
        parser = self.process_parser.parser
        for definition in self.node:
            task.drawn.settings.update(
                {field: text for field, text in settings(definition).items() if field not in task.drawn.settings}
            )
            self._read_reference(task, parser, definition.get("messageRef") or definition.get("errorRef"))
        self._read_reference(task, parser, self.node.get("messageRef"))

    def _read_reference(self, task: Any, parser: Any, reference: str | None) -> None:
        for field, text in parser.reference_settings.get(reference, {}).items():
            task.drawn.settings.setdefault(field, text)

    def parse_message_event(self, event: etree._Element) -> Any:
        """The message's definition; one without a name is kept, to be reported with its element."""
        return MessageEventDefinition(self.process_parser.parser.messages.get(event.get("messageRef")) or "")

    def parse_signal_event(self, event: etree._Element) -> Any:
        """The signal's definition; one without a name is kept, to be reported with its element."""
        return SignalEventDefinition(self.process_parser.parser.signals.get(event.get("signalRef")) or "")

    def parse_error_event(self, error_event: etree._Element) -> Any:
        """The error's definition; a reference that leads nowhere is reported by the inspection."""
        error = self.process_parser.parser.errors.get(error_event.get("errorRef")) or {}
        return ErrorEventDefinition(error.get("name"), error.get("error_code"))

    def parse_timer_event(self, event: etree._Element) -> Any:
        """The timer's definition; one without a time is kept, to be reported with its element."""
        for name in ("timeDate", "timeDuration", "timeCycle"):
            if child(event, name) is not None:
                return super().parse_timer_event(event)
        return self.process_parser.parser.empty_timer(self.node)


class BoundaryEventReader(EventReader):
    """Reads a boundary event."""

    def create_task(self) -> Any:
        return self.spec_class(
            self.spec,
            self.bpmn_id,
            event_definition=self.get_event_definition(list(self.PATHS)),
            cancel_activity=is_true(self.node.get("cancelActivity", "true")),
            **self.bpmn_attributes,
        )


class ReceiveTaskReader(EventReader):
    """Reads a receive task."""

    def create_task(self) -> Any:
        return self.spec_class(
            self.spec, self.bpmn_id, event_definition=self.parse_message_event(self.node), **self.bpmn_attributes
        )


class EventBasedGatewayReader(ElementReader):
    """Reads an event-based gateway; its events stay with the elements behind it."""

    def create_task(self) -> Any:
        return self.spec_class(
            self.spec, self.bpmn_id, event_definition=MultipleEventDefinition(), **self.bpmn_attributes
        )


def read_mappings(node: etree._Element) -> tuple[list[RawMapping], list[RawMapping]]:
    """The input and output mappings of an element, in whatever family they are drawn."""
    inputs: list[RawMapping] = []
    outputs: list[RawMapping] = []
    for item in extensions(node):
        family = family_of(namespace(item.tag))
        if family is None:
            continue
        for parameter in item if local(item) in ("inputOutput", "ioMapping") else ():
            holder = inputs if local(parameter) in ("inputParameter", "input") else outputs
            holder.append(_raw_mapping(parameter, family.name))
    return inputs, outputs


def _raw_mapping(parameter: etree._Element, family: str) -> RawMapping:
    if family == "zeebe":
        return RawMapping(parameter.get("target", ""), Text(parameter.get("source", ""), family))
    name = parameter.get("name", "")
    nested = next((item for item in parameter if isinstance(item.tag, str)), None)
    if nested is None:
        text = text_of(parameter)
        return RawMapping(name, Text(text, family) if text is not None else None)
    parts = tuple(
        RawMapping(part.get("key", ""), Text(value, family) if (value := text_of(part)) is not None else None)
        for part in nested
    )
    return RawMapping(name, None, parts, local(nested))


def _call_mapping(item: etree._Element) -> RawCallMapping:
    family = family_of(namespace(item.tag))
    name = family.name if family is not None else ""
    if (business_key := item.get("businessKey")) is not None:
        return RawCallMapping(business_key=Text(business_key, name))
    expression = item.get("sourceExpression")
    return RawCallMapping(
        target=item.get("target"),
        source=item.get("source"),
        expression=Text(expression, name) if expression is not None else None,
        everything=item.get("variables") == "all",
    )


def _performer(node: etree._Element, name: str) -> str | None:
    performer = child(node, name)
    if performer is None:
        return None
    for item in performer.iter("{*}formalExpression", "{*}expression"):
        if is_bpmn(item):
            return text_of(item)
    return None


def _split_owners(text: str) -> tuple[str, str]:
    """`user(a), group(b), c` as (groups, users), each with commas."""
    groups, users = [], []
    for part in (item.strip() for item in text.split(",")):
        if part.startswith("user(") and part.endswith(")"):
            users.append(part[5:-1])
        elif part.startswith("group(") and part.endswith(")"):
            groups.append(part[6:-1])
        elif part:
            groups.append(part)
    return ",".join(groups), ",".join(users)
