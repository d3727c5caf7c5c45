"""From XML nodes to our task specs: SpiffWorkflow's TaskParser, without its recursion from node to node.

Each reader makes one task spec and takes everything the executor will need from the node; `ProcessReader` draws the
flows when all nodes of a level are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition

from bpmn.dataflow import read_data
from bpmn.dialects import Text, settings
from bpmn.dialects.support import SCRIPTED
from bpmn.elements.base import Drawn
from bpmn.elements.repetition import Repetition
from bpmn.readers.extensions import (
    read_error_rules,
    read_foreign_work,
    read_listeners,
    read_mappings,
    read_passed,
    read_scripts,
)
from bpmn.readers.repetitions import read_repetition
from bpmn.spiffarena import form_file, read_operator
from bpmn.xmlsource import BPMN, child, is_bpmn, is_true, kind_of, line_of, local, script_text, text_of

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
        drawn.error_rules = read_error_rules(self.process_parser.parser, self.node)
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
