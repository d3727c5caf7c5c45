"""From XML nodes to our task specs: SpiffWorkflow's TaskParser, without its recursion from node to node.

Each reader makes one task spec and takes everything the executor will need from the node; `ProcessReader` draws the
flows when all nodes of a level are there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.event_parsers import EventDefinitionParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
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
from bpmn.dataflow import plain_name, read_data
from bpmn.dialects import PLAIN, Text, extensions, family_of, settings
from bpmn.dialects.support import SCRIPTED
from bpmn.elements.base import Drawn
from bpmn.elements.behaviors import DrawnBehavior
from bpmn.elements.definitions import CompensateEventDefinition, DefaultSignalDefinition, LinkEventDefinition
from bpmn.elements.listeners import DrawnListener, when_heard
from bpmn.elements.payloads import DrawnPayload
from bpmn.elements.repetition import DrawnRepetition, Repetition
from bpmn.elements.reports import DrawnRule
from bpmn.mappings import RawCallMapping, RawMapping
from bpmn.spiffarena import form_file, read_operator
from bpmn.texts import is_expression
from bpmn.xmlsource import BPMN, child, is_bpmn, is_true, kind_of, line_of, local, namespace, script_text, text_of

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
            "description": kind_of(self.node),
            "lane": self.lane,
            "bpmn_name": self.node.get("name"),
            "documentation": text_of(child(self.node, "documentation")),
        }

    def parse_node(self) -> Element:
        """The task spec of the node, not yet connected."""
        task: Element = self.create_task()
        drawn = Drawn(kind_of(self.node), line_of(self.node), settings(self.node))
        drawn.inputs, drawn.outputs = read_mappings(self.node)
        read_foreign_work(self.node, drawn)
        drawn.error_rules = read_error_rules(self)
        drawn.scripts = read_scripts(self.node)
        if local(self.node) in SCRIPTED:
            drawn.listeners = read_listeners(self.node)
        else:
            drawn.at_flows = read_listeners(self.node)
        task.drawn = drawn
        self.read_details(task)
        if task.is_activity:
            task.start_quantity = whole_attribute(self.node, "startQuantity")
            task.completion_quantity = whole_attribute(self.node, "completionQuantity")
        task.data = read_data(self)
        if (priority := self.process_parser.parser.job_priority) is not None:
            task.drawn.settings.setdefault("job_priority", priority)
        task.is_compensation_handler = is_true(self.node.get("isForCompensation", ""))
        drawn_repetition = read_repetition(self)
        if drawn_repetition is not None:
            task.repetition = Repetition(task, drawn_repetition)
        return task

    def expression_text(self, node: etree._Element | None) -> Text | None:
        """The text of an expression element; without a mark of a language it is plain."""
        text: Text | None = self.process_parser.parser.expression_text(node)
        return text

    def error_at(self, node: etree._Element) -> dict[str, Any]:
        """Name and code of the error that a node refers to."""
        reference = node.get("errorRef")
        found: dict[str, Any] = self.process_parser.parser.errors.get(reference) or {"error_code": reference}
        return found

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
        self.put(task, "form_key", form_file(self.node))
        owner = _performer(self.node, "potentialOwner")
        if owner is not None and "(" in owner:
            groups, users = _split_owners(owner)
            self.put(task, "candidate_groups", groups)
            self.put(task, "candidate_users", users)
        else:
            self.put(task, "candidate_groups", owner)


#: What says what a service task does.
WORK = frozenset({"topic", "task_type", "expression", "java_class", "java_bean", "connector", "operator"})


class ServiceTaskReader(ElementReader):
    """Reads a service task; plain BPMN names the operation of a service, which is the topic of its workers."""

    def read_details(self, task: Any) -> None:
        process = next(self.node.iterancestors("{" + BPMN + "}process"), self.node)
        if (priority := settings(process).get("task_priority")) is not None:
            task.drawn.settings.setdefault("task_priority", priority)
        if local(self.node) == "serviceTask":
            read_operator(self.node, task.drawn)
        if not WORK.intersection(task.drawn.settings):
            self.put(task, "topic", self.process_parser.parser.names.operation(self.node))


class ScriptTaskReader(ElementReader):
    """Reads a script task: its script, and the format that says its language."""

    def read_details(self, task: Any) -> None:
        parser = self.process_parser.parser
        form = self.node.get("scriptFormat") or self.node.get("scriptLanguage")
        text = script_text(child(self.node, "script"))
        if text is not None:
            task.drawn_script = Text(text, parser.text_family, form)
            task.is_guess = not form and parser.text_family != parser.family


class CallActivityReader(ElementReader):
    """Reads a call activity and what crosses to the called process and back."""

    def create_task(self) -> CallActivity:
        spec: CallActivity = self.spec_class(
            self.spec, self.bpmn_id, subworkflow_spec=self.node.get("calledElement", ""), **self.bpmn_attributes
        )
        return spec

    def read_details(self, task: Any) -> None:
        self.put(task, "called_element", self.node.get("calledElement"))
        task.shares_all = self.process_parser.parser.text_family == "spiff"
        task.passed = read_passed(self.node, "in")
        task.taken_back = read_passed(self.node, "out")


class SubprocessReader(ElementReader):
    """Reads an embedded subprocess; its inside is a `ProcessReader`'s work of its own."""

    def create_task(self) -> Any:
        return self.spec_class(self.spec, self.bpmn_id, subworkflow_spec=self.bpmn_id, **self.bpmn_attributes)

    def read_details(self, task: Any) -> None:
        task.own_names = self.process_parser.parser.data_names.owned(self.node)


class EventReader(ElementReader, EventDefinitionParser):
    """Reads an event and its definitions with the library's parsers of event definitions."""

    def create_task(self) -> Any:
        return self.spec_class(self.spec, self.bpmn_id, event_definition=self.read_definition(), **self.bpmn_attributes)

    def read_definition(self) -> Any:
        """The definition of the event."""
        return self.definition_in(self.node)

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

    def read_details(self, task: Any) -> None:
        parser = self.process_parser.parser
        for child_node in self.node:
            definition = parser.definition_node(child_node) if is_bpmn(child_node) else None
            if definition is None:
                continue
            read_foreign_work(definition, task.drawn)
            for field, text in settings(definition).items():
                task.drawn.settings.setdefault(field, text)
            for attribute in ("messageRef", "signalRef", "errorRef"):
                self._read_reference(task, parser, definition.get(attribute))
        self._read_reference(task, parser, self.node.get("messageRef"))
        if local(self.node) == "startEvent":
            task.interrupting = is_true(self.node.get("isInterrupting", "true"))

    def _read_reference(self, task: Any, parser: Any, reference: str | None) -> None:
        for field, text in parser.reference_settings.get(reference, {}).items():
            task.drawn.settings.setdefault(field, text)

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
        error = self.error_at(error_event)
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
_DEFINITIONS: dict[str, Callable[[EventReader, etree._Element], Any]] = {
    "messageEventDefinition": EventReader.parse_message_event,
    "signalEventDefinition": EventReader.parse_signal_event,
    "timerEventDefinition": EventReader.parse_timer_event,
    "conditionalEventDefinition": EventReader.parse_conditional_event,
    "errorEventDefinition": EventReader.parse_error_event,
    "escalationEventDefinition": EventReader.parse_escalation_event,
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
        task.instantiates = is_true(self.node.get("instantiate", ""))


class SendTaskReader(EventReader):
    """Reads a send task: its message is an attribute; one with a topic needs none."""

    def read_definition(self) -> Any:
        return self.parse_message_event(self.node)


class ComplexGatewayReader(ElementReader):
    """Reads a complex gateway."""

    def read_details(self, task: Any) -> None:
        task.activation = self.expression_text(child(self.node, "activationCondition"))


class AdHocReader(SubprocessReader):
    """Reads an ad-hoc subprocess."""

    def read_details(self, task: Any) -> None:
        super().read_details(task)
        task.is_chosen = self.process_parser.parser.family == "zeebe"
        task.sequential = self.node.get("ordering") == "Sequential"
        task.cancel_remaining = is_true(self.node.get("cancelRemainingInstances", "true"))
        task.condition_text = self.expression_text(child(self.node, "completionCondition"))


class EventBasedGatewayReader(ElementReader):
    """Reads an event-based gateway; its events stay with the elements behind it."""

    def create_task(self) -> Any:
        return self.spec_class(
            self.spec, self.bpmn_id, event_definition=MultipleEventDefinition(), **self.bpmn_attributes
        )

    def read_details(self, task: Any) -> None:
        task.instantiates = is_true(self.node.get("instantiate", ""))
        task.takes_all = self.node.get("eventGatewayType", "").strip() == "Parallel"


def whole_attribute(node: etree._Element, name: str) -> int:
    """A positive whole number; 1 where it is missing or wrong, which the inspection reports."""
    value = node.get(name, "1").strip()
    return int(value) if value.isascii() and value.isdigit() and 0 < int(value) < 10_000 else 1


def read_repetition(reader: ElementReader) -> DrawnRepetition | None:
    """The loop characteristics of an activity, in whatever family they are drawn."""
    node = reader.node
    if (loop := child(node, "standardLoopCharacteristics")) is not None:
        maximum = loop.get("loopMaximum")
        return DrawnRepetition(
            is_loop=True,
            test_before=is_true(loop.get("testBefore", "")),
            maximum=int(maximum) if maximum is not None and maximum.strip().isdigit() else None,
            scripts_on_runs=_has_scripts_on_runs(loop),
            condition=reader.expression_text(child(loop, "loopCondition")),
        )
    several = child(node, "multiInstanceLoopCharacteristics")
    if several is None:
        return None
    given = settings(several)
    item, output = child(several, "inputDataItem"), child(several, "outputDataItem")
    return DrawnRepetition(
        is_loop=False,
        sequential=is_true(several.get("isSequential", "")),
        condition=reader.expression_text(child(several, "completionCondition")),
        cardinality=reader.expression_text(child(several, "loopCardinality")),
        collection=_collection(reader, several, given),
        input_data=_data_reference(reader, several, "loopDataInputRef"),
        item=_plain(given.get("item")) or _data_name(reader, item),
        output_collection=_plain(given.get("output_collection"))
        or _data_reference(reader, several, "loopDataOutputRef"),
        output_item=given.get("output_item") or _output_item(reader, output),
        counts_from=0 if reader.process_parser.parser.family == "camunda" else 1,
        behavior=_behavior(reader, several),
        scripts_on_runs=_has_scripts_on_runs(several),
        is_spiff=reader.process_parser.parser.text_family == "spiff",
    )


def _has_scripts_on_runs(loop: etree._Element) -> bool:
    """Whether SpiffWorkflow's scripts before and after belong to each run, and not to the activity as a whole."""
    text = settings(loop).get("scripts_on_runs")
    return text is not None and is_true(text.value)


def _behavior(reader: ElementReader, several: etree._Element) -> DrawnBehavior:
    """The events that completed runs throw (noneBehaviorEventRef, oneBehaviorEventRef, complexBehaviorDefinition)."""
    name = several.get("behavior", "All").strip()
    process = reader.process_parser
    events = EventReader(process, None, several, reader.nsmap)
    if name in ("None", "One"):
        node = process.parser.root_definition(several.get(f"{name.lower()}BehaviorEventRef"))
        default = DefaultSignalDefinition(process.parser.names.signal(None))
        return DrawnBehavior(name, ((None, default if node is None else events.definition_of(node)),))
    if name != "Complex":
        return DrawnBehavior(name)
    drawn = several.iterchildren("{" + BPMN + "}complexBehaviorDefinition")
    return DrawnBehavior(name, tuple(_complex_event(reader, events, item) for item in drawn))


def _complex_event(reader: ElementReader, events: EventReader, drawn: etree._Element) -> tuple[Text | None, Any]:
    event = child(drawn, "event")
    definition = NoneEventDefinition() if event is None else events.definition_in(event)
    return reader.expression_text(child(drawn, "condition")), definition


def _collection(reader: ElementReader, several: etree._Element, given: dict[str, Text]) -> Text | None:
    if (text := given.get("collection")) is not None:
        return text if is_expression(text.value) else Text(text.value, PLAIN)
    text = reader.expression_text(child(several, "loopDataInputRef"))
    if text is None or is_expression(text.value):
        return text
    return Text(_data_reference(reader, several, "loopDataInputRef") or text.value, PLAIN)


def _data_reference(reader: ElementReader, several: etree._Element, name: str) -> str | None:
    """The variable of the data element that is referred to; what is none is the name of a variable itself."""
    reference = text_of(child(several, name))
    return reader.process_parser.parser.data_names.variable(reference) or reference


def _plain(text: Text | None) -> str | None:
    return text.value.removeprefix("=").strip() if text is not None else None


def _data_name(reader: ElementReader, node: etree._Element | None) -> str | None:
    return (
        None if node is None else (reader.process_parser.parser.data_names.variable(node.get("id")) or plain_name(node))
    )


def _output_item(reader: ElementReader, node: etree._Element | None) -> Text | None:
    name = _data_name(reader, node)
    return Text(name, PLAIN) if name is not None else None


def read_mappings(node: etree._Element) -> tuple[list[RawMapping], list[RawMapping]]:
    """The input and output mappings of an element, in whatever family they are drawn."""
    inputs: list[RawMapping] = []
    outputs: list[RawMapping] = []
    for item in extensions(node):
        family = family_of(namespace(item.tag))
        if family is None:
            continue
        if local(item) in ("inputOutput", "ioMapping"):
            _read_parameters(item, family.name, inputs, outputs)
    return inputs, outputs


def read_scripts(node: etree._Element) -> dict[str, Text]:
    """SpiffWorkflow's scripts before and after an activity."""
    found = {}
    for item in extensions(node):
        family = family_of(namespace(item.tag))
        text = script_text(item) if family is not None and local(item) in ("preScript", "postScript") else None
        if family is not None and text is not None:
            found[local(item)] = Text(text, family.name)
    return found


def read_listeners(node: etree._Element) -> list[DrawnListener]:
    """The listeners drawn at an element, of Camunda 7 or of Camunda 8, in order."""
    found = []
    for item in extensions(node):
        family = family_of(namespace(item.tag))
        if family is None:
            continue
        if local(item) in _LISTENERS:
            found.append(_listener(node, item, family.name))
        elif local(item) in ("executionListeners", "taskListeners"):
            found += [_listener(node, inner, family.name) for inner in item if local(inner) in _LISTENERS]
    # Those of tasks that are drawn elsewhere are refused, or left out where the server ignores listeners.
    return [item for item in found if item.kind == "executionListener" or local(node) == "userTask"]


_LISTENERS = ("executionListener", "taskListener")
_SAID_BY_LISTENERS = {
    "class": "java_class",
    "delegateExpression": "java_bean",
    "expression": "expression",
    "type": "topic",
    "retries": "retries",
}


def _listener(node: etree._Element, item: etree._Element, family: str) -> DrawnListener:
    said = {field: item.get(name, "").strip() for name, field in _SAID_BY_LISTENERS.items()}
    script = next(item.iterchildren("{*}script"), None)
    event = item.get("event") or item.get("eventType") or ""
    return DrawnListener(
        local(item),
        event,
        node.get("id", ""),
        when_heard(local(item), event, on_flow=local(node) == "sequenceFlow"),
        {field: Text(value, family) for field, value in said.items() if value},
        None if script is None else Text(script_text(script) or "", family, script.get("scriptFormat")),
        next(item.iterchildren("{*}field"), None) is not None,
    )


def _read_parameters(holder: etree._Element, family: str, inputs: list[RawMapping], outputs: list[RawMapping]) -> None:
    for parameter in holder:
        mappings = inputs if local(parameter) in ("inputParameter", "input") else outputs
        mappings.append(_raw_mapping(parameter, family))


def read_foreign_work(node: etree._Element, drawn: Drawn) -> None:
    """What a diagram gives to Java code and connectors, and what it takes from them."""
    drawn.given_to_code += read_fields(node)
    for item in extensions(node):
        if local(item) == "connector" and (family := family_of(namespace(item.tag))) is not None:
            name = text_of(next(item.iterchildren("{*}connectorId"), None))
            drawn.settings.setdefault("connector", Text(name or "connector", family.name))
            for holder in item.iterchildren("{*}inputOutput"):
                _read_parameters(holder, family.name, drawn.given_to_code, drawn.taken_from_code)


def read_error_rules(reader: ElementReader) -> list[DrawnRule]:
    """Camunda's error definitions of external tasks; a reference that leads nowhere is the code, as at events."""
    known = ((item, family_of(namespace(item.tag))) for item in extensions(reader.node))
    return [
        DrawnRule(reader.error_at(item).get("error_code"), _attribute_text(item, "expression", family.name))
        for item, family in known
        if family is not None and local(item) == "errorEventDefinition"
    ]


def _attribute_text(item: etree._Element, name: str, family: str) -> Text | None:
    value = item.get(name, "").strip()
    return Text(value, family) if value else None


#: The values in mappings that are elements of their own.
_VALUES = ("script", "list", "map")


def read_fields(node: etree._Element) -> list[RawMapping]:
    """What a diagram injects into Java code: by name a fixed text, or an expression."""
    fields = []
    for item in extensions(node):
        family = family_of(namespace(item.tag))
        if family is None or local(item) != "field":
            continue
        parts = {local(part): text_of(part) for part in item.iterchildren("*")}
        expression = item.get("expression") or parts.get("expression")
        fixed = item.get("stringValue") or parts.get("string") or ""
        text = Text(expression or fixed, family.name)
        fields.append(RawMapping(item.get("name", ""), text, shape="text" if expression else "constant"))
    return fields


def _raw_mapping(parameter: etree._Element, family: str) -> RawMapping:
    if family == "zeebe":
        return RawMapping(parameter.get("target", ""), Text(parameter.get("source", ""), family))
    name = parameter.get("name", "")
    nested = next((item for item in parameter if isinstance(item.tag, str)), None)
    if nested is None:
        text = text_of(parameter)
        return RawMapping(name, Text(text, family) if text is not None else None)
    return _nested_mapping(name, nested, family)


def _nested_mapping(name: str, value: etree._Element, family: str) -> RawMapping:
    """A value that is an element of its own: a script, or a list or a map of such values."""
    if local(value) == "script":
        return _script_mapping(name, value, family)
    parts = tuple(_part_mapping(part, family) for part in value.iterchildren("*"))
    return RawMapping(name, None, parts, local(value))


def _part_mapping(part: etree._Element, family: str) -> RawMapping:
    """An item of a list or an entry of a map: a text, a script, a list or a map."""
    key = part.get("key", "")
    value = part if local(part) in _VALUES else next(part.iterchildren("*"), None)
    if value is not None:
        return _nested_mapping(key, value, family)
    text = text_of(part)
    return RawMapping(key, None if text is None else Text(text, family))


def _script_mapping(name: str, script: etree._Element, family: str) -> RawMapping:
    return RawMapping(name, Text(script_text(script) or "", family, script.get("scriptFormat")), shape="script")


def read_passed(node: etree._Element, way: str) -> list[RawCallMapping]:
    """What is passed ("in") or taken back ("out") by an element of Camunda's family."""
    known = (item for item in extensions(node) if family_of(namespace(item.tag)) is not None and local(item) == way)
    return [_call_mapping(item) for item in known]


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
        local=is_true(item.get("local", "")),
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
