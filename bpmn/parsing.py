"""From files to process models, through SpiffWorkflow's parser framework.

`Parser` and `ProcessReader` use the library's documented override points (OVERRIDE_PARSER_CLASSES,
PROCESS_PARSER_CLASS); they read level by level with a work list, never from node to node by recursion, and collect
every problem instead of stopping at the first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.node_parser import DEFAULT_NSMAP
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser

from bpmn import readers
from bpmn.decisions.files import NAMESPACE, SUFFIXES, DecisionFile, is_decision_file, parse_files
from bpmn.dialects import Text, document_family, settings
from bpmn.elements import events, gateways, rules, subprocesses, tasks
from bpmn.elements.base import Flow, StepFailure
from bpmn.elements.definitions import CompensateEventDefinition, LinkEventDefinition
from bpmn.errors import UnusableModel
from bpmn.model import ProcessModel, starting_catches
from bpmn.names import Names
from bpmn.report import MOST_ENTRIES, Report, ReportEntry, ReportFull, Status
from bpmn.specs import ProcessSpec
from bpmn.texts import Compiler
from bpmn.validation import Inspection, inspect
from bpmn.xmlsource import BPMN, SourceRefused, child, is_bpmn, is_executable, is_true, line_of, local, read

DIAGRAM_SUFFIXES = (".bpmn", ".bpmn20.xml", ".xml", ".bpmn2")


class OutOfTime(Exception):
    """Reading took longer than the limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a deployment is read: `file_bytes` each, `seconds` in all."""

    file_bytes: int = 10_000_000
    seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Parsed:
    """The executable processes of a deployment, its files of decisions, and the report on everything in it."""

    report: Report
    models: list[ProcessModel] = field(default_factory=list)
    decision_files: list[DecisionFile] = field(default_factory=list)


_GLOBAL_TASKS: dict[str, tuple[Any, Any]] = {
    "globalTask": (readers.ElementReader, tasks.NoneTask),
    "globalManualTask": (readers.ElementReader, tasks.ManualTask),
    "globalUserTask": (readers.UserTaskReader, tasks.UserTask),
}


class ProcessReader(ProcessParser):
    """Reads one level: a process, or the inside of a subprocess."""

    parser: Parser
    spec: ProcessSpec

    def _index_process_nodes(self) -> None:
        """Nothing: nodes are met in the order of the file, and looked up by the specs' own table."""

    def get_spec(self) -> ProcessSpec:
        """The whole process with all its subprocesses, every text compiled."""
        if self.spec is None:
            pending = [self]
            while pending:
                pending.extend(pending.pop().read_level())
            self.parser.prepare(self.spec)
        return self.spec

    def read_level(self) -> list[ProcessReader]:
        """Read the flow nodes and flows of this level; the readers of the subprocesses met are returned."""
        self.spec = ProcessSpec(self.bpmn_id, self.get_name(), self.filename)
        inner: list[ProcessReader] = []
        for node in self.node:
            reader_class, spec_class = self.parser._get_parser_class(node.tag)
            if spec_class is None:
                continue
            self.parser.check_time()
            if is_true(node.get("triggeredByEvent", "")):
                spec_class = subprocesses.EventSubprocess
            elif is_bpmn(node, "callActivity") and node.get("calledElement") in self.parser.global_tasks:
                reader_class, spec_class = self.parser.global_tasks[node.get("calledElement")]
            element = reader_class(
                self, spec_class, node, self.nsmap, lane=self.lanes_by_node_id.get(node.get("id"))
            ).parse_node()
            if isinstance(element, subprocesses.Subprocess):
                reader = ProcessReader(self.parser, node, self.nsmap, {}, filename=self.filename)
                inner.append(reader)
                element.body_reader = reader
        self._draw_flows()
        self._attach_boundary_events()
        self._lead_links()
        return inner

    def _draw_flows(self) -> None:
        specs = self.spec.task_specs
        defaults = {node.get("default") for node in self.node if is_bpmn(node)} - {None}
        for number, node in enumerate(self.node.iterchildren("{" + BPMN + "}sequenceFlow")):
            source, target = specs.get(node.get("sourceRef")), specs.get(node.get("targetRef"))
            if source is None or target is None:
                continue
            flow_id = node.get("id") or f"{self.bpmn_id}.flow{number + 1}"
            flow = Flow(flow_id, source, target, len(target.incoming), self._condition(node), line=line_of(node))
            flow.is_default = node.get("id") is not None and node.get("id") in defaults
            source.lead_to(flow)

    def _condition(self, node: etree._Element) -> Text | None:
        condition = child(node, "conditionExpression")
        value = "".join(map(str, condition.itertext())).strip() if condition is not None else ""
        if condition is None or not value:
            return None
        return Text(value, self.parser.family, condition.get("language"), self.parser.default_language)

    def _attach_boundary_events(self) -> None:
        for node in self.node.iterchildren("{" + BPMN + "}boundaryEvent"):
            event = self.spec.task_specs.get(node.get("id"))
            activity = self.spec.task_specs.get(node.get("attachedToRef"))
            if event is not None and activity is not None:
                event.attached_to = activity
                if isinstance(event.event_definition, CompensateEventDefinition):
                    activity.compensation_handler = self._handler_of(node.get("id"))
                else:
                    activity.boundary_events.append(event)

    def _handler_of(self, event_id: str) -> Any:
        """The activity that a compensation boundary event is associated with (BPMN 10.7.1)."""
        for association in self.node.iterchildren("{" + BPMN + "}association"):
            if association.get("sourceRef") == event_id:
                return self.spec.task_specs.get(association.get("targetRef"))
        return None

    def _lead_links(self) -> None:
        """Lead every throwing link to the catching link of its name."""
        drawn = [item for item in self.spec.elements() if hasattr(item, "event_definition")]
        links = [item for item in drawn if isinstance(item.event_definition, LinkEventDefinition)]
        catching = {
            item.event_definition.name: item for item in links if isinstance(item, events.IntermediateCatchEvent)
        }
        for item in links:
            if isinstance(item, events.IntermediateThrowEvent):
                item.link_target = catching.get(item.event_definition.name)
                if item.link_target is not None:
                    item.link_target.links += (item,)


class Parser(BpmnParser):
    """SpiffWorkflow's parser with our task specs for every element that is executed."""

    PROCESS_PARSER_CLASS = ProcessReader
    PARSER_CLASSES: ClassVar[dict[str, Any]] = {}
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        full_tag(name): pair
        for name, pair in {
            "startEvent": (readers.EventReader, events.StartEvent),
            "endEvent": (readers.EventReader, events.EndEvent),
            "intermediateCatchEvent": (readers.EventReader, events.IntermediateCatchEvent),
            "intermediateThrowEvent": (readers.EventReader, events.IntermediateThrowEvent),
            "boundaryEvent": (readers.BoundaryEventReader, events.BoundaryEvent),
            "task": (readers.ElementReader, tasks.NoneTask),
            "manualTask": (readers.ElementReader, tasks.ManualTask),
            "userTask": (readers.UserTaskReader, tasks.UserTask),
            "serviceTask": (readers.ServiceTaskReader, tasks.ServiceTask),
            "receiveTask": (readers.ReceiveTaskReader, events.ReceiveTask),
            "sendTask": (readers.SendTaskReader, events.SendTask),
            "businessRuleTask": (readers.ServiceTaskReader, rules.BusinessRuleTask),
            "complexGateway": (readers.ComplexGatewayReader, gateways.ComplexGateway),
            "transaction": (readers.SubprocessReader, subprocesses.Transaction),
            "adHocSubProcess": (readers.AdHocReader, subprocesses.AdHocSubprocess),
            "exclusiveGateway": (readers.ElementReader, gateways.ExclusiveGateway),
            "parallelGateway": (readers.ElementReader, gateways.ParallelGateway),
            "inclusiveGateway": (readers.ElementReader, gateways.InclusiveGateway),
            "eventBasedGateway": (readers.EventBasedGatewayReader, gateways.EventBasedGateway),
            "subProcess": (readers.SubprocessReader, subprocesses.Subprocess),
            "callActivity": (readers.CallActivityReader, subprocesses.CallActivity),
        }.items()
    }

    def __init__(self, root: etree._Element, file: str, report: Report, check_time: Callable[[], None]) -> None:
        super().__init__(namespaces=DEFAULT_NSMAP)
        self.file = file
        self.report = report
        self.check_time = check_time
        self.family = document_family(root)
        self.default_language = root.get("expressionLanguage")
        #: Settings that stand at a message or error and belong to the events that refer to it.
        self.reference_settings = {
            node.get("id"): settings(node) for node in root if is_bpmn(node, "message") or is_bpmn(node, "error")
        }
        #: Tasks that call activities may refer to instead of a process (BPMN 10.3.7).
        self.global_tasks = {
            node.get("id"): _GLOBAL_TASKS[local(node)]
            for node in root
            if is_bpmn(node) and local(node) in _GLOBAL_TASKS
        }
        self.names = Names(root)
        self._definitions = {node.get("id"): node for node in root if local(node).endswith("EventDefinition")}
        self.refused_before = {entry.element_id for entry in report.refused if entry.file == file}
        self.add_bpmn_xml(root, file)

    def _add_processes(self, bpmn: etree._Element, filename: str | None = None) -> None:
        for process in bpmn.iterchildren("{" + BPMN + "}process"):
            if is_executable(process):
                self.create_parser(process, filename)

    def _add_diagram_indexes(self, bpmn: etree._Element) -> None:
        """Lanes by flow node; where shapes are drawn has no meaning."""
        lanes = {
            (reference.text or "").strip(): lane.get("name")
            for lane in bpmn.iter("{" + BPMN + "}lane")
            for reference in lane.iterchildren("{" + BPMN + "}flowNodeRef")
        }
        self.document_lanes[self._document_key(bpmn)] = lanes

    def _add_data_stores(self, bpmn: etree._Element) -> None:
        """Data stores are documentation; the library would ask for a class of each name."""

    def _add_correlations(self, bpmn: etree._Element) -> None:
        """Correlation properties are refused by the inspection until they are executed."""

    def root_definition(self, reference: str | None) -> etree._Element | None:
        """An event definition that stands beside the processes, by its id."""
        return self._definitions.get(reference)

    def definition_node(self, node: etree._Element) -> etree._Element | None:
        """The event definition that a child of an event is, or refers to (BPMN 10.5.5)."""
        if is_bpmn(node, "eventDefinitionRef"):
            return self._definitions.get((node.text or "").strip())
        return node if local(node).endswith("EventDefinition") else None

    def prepare(self, spec: ProcessSpec) -> None:
        """Compile every text of a process; problems become entries of the report."""
        compiler = Compiler(self._problem)
        for element in _link_bodies(spec):
            self.check_time()
            element.prepare(compiler)
        close_levels(spec)

    def check_starts(self, spec: ProcessSpec) -> bool:
        """Whether messages and signals that start the process have fixed names; there are no variables yet."""
        is_fixed = True
        for catch in starting_catches(spec):
            if catch.kind in ("message", "signal"):
                try:
                    catch.name_in({})
                except StepFailure as failure:
                    is_fixed = False
                    self._problem(catch.element, "", f"the name of a start event must be fixed: {failure.message}")
        return is_fixed

    def _problem(self, element: Any, attribute: str, message: str) -> None:
        if element.bpmn_id in self.refused_before and not attribute:
            return
        is_flow = isinstance(element, Flow)
        line, kind = (element.line, "sequenceFlow") if is_flow else (element.drawn.line, element.drawn.kind)
        name = None if is_flow else element.bpmn_name
        self.report.add(
            ReportEntry(
                self.file, line, element.bpmn_id, kind, Status.REFUSED, message, name, attribute=attribute or None
            )
        )


def _link_bodies(spec: ProcessSpec) -> list[Any]:
    """Give every subprocess its inside; all elements of all levels."""
    elements: list[Any] = []
    pending = [spec]
    while pending:
        for element in pending.pop().elements():
            elements.append(element)
            if isinstance(element, subprocesses.Subprocess):
                element.body = element.body_reader.spec
                pending.append(element.body)
    return elements


def close_levels(spec: ProcessSpec) -> None:
    """Let every level look up its event subprocesses, and tell their start events of them."""
    pending = [spec]
    while pending:
        level = pending.pop()
        level.close()
        pending.extend(item.body for item in level.elements() if isinstance(item, subprocesses.Subprocess))
        for handler in level.event_subprocesses():
            for start in handler.body.elements():
                if isinstance(start, events.StartEvent):
                    start.handler = handler
                    start.interrupting = start.interrupting or start.catches_errors


def parse(resources: Mapping[str, bytes], *, limits: Limits = Limits()) -> Parsed:
    """The executable processes and the decisions of a deployment.

    Files that are neither by their suffix are left alone. Raises `UnusableModel` with the whole report when
    anything is refused, or when there are diagrams but no executable process in any of them.
    """
    report = Report()
    models: list[ProcessModel] = []
    decision_files: list[DecisionFile] = []
    check_time = _timer(limits.seconds)
    diagrams = {name: data for name, data in resources.items() if is_diagram(name)}
    tables = {name: data for name, data in resources.items() if is_decision_file(name)}
    for name, data in resources.items():
        if name not in diagrams and name not in tables:
            _enter_other(report, name, data)
    try:
        for name, data in _of_size(diagrams, report, limits):
            models.extend(_parse_file(name, data, report, check_time))
        name = next(iter(tables), "")
        decision_files = parse_files(dict(_of_size(tables, report, limits)), report, check_time)
    except OutOfTime:
        _refuse(report, name, f"reading took longer than {limits.seconds:g} s; split the file")
    except ReportFull:
        report.entries = report.refused[:1000]
        _refuse(report, name, f"there would be more than {MOST_ENTRIES} things to report; split the file")
    _refuse_same_keys(report, models)
    if diagrams and not models and not report.refused:
        _refuse(report, next(iter(diagrams)), "no process in it is executable; set isExecutable to true")
    report.arrange(resources)
    if report.refused:
        raise UnusableModel(report)
    return Parsed(report, models, decision_files)


def load(xml: bytes, process_id: str) -> ProcessModel:
    """The model of a process that was deployed before. Raises `UnusableModel` if it is not usable any more."""
    parsed = parse({"deployed.bpmn": xml}, limits=Limits(file_bytes=len(xml), seconds=600.0))
    return next(model for model in parsed.models if model.key == process_id)


def is_diagram(name: str) -> bool:
    """Whether a resource is a BPMN diagram by its name."""
    return name.lower().endswith(DIAGRAM_SUFFIXES) and not is_decision_file(name)


def _timer(seconds: float) -> Callable[[], None]:
    deadline = time.monotonic() + seconds

    def check_time() -> None:
        if time.monotonic() > deadline:
            raise OutOfTime

    return check_time


def _of_size(files: Mapping[str, bytes], report: Report, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """The files that are not too large."""
    for name, data in files.items():
        if len(data) <= limits.file_bytes:
            yield name, data
        else:
            _refuse(report, name, f"the file has {len(data)} bytes; {limits.file_bytes} are accepted")


def _parse_file(name: str, data: bytes, report: Report, check_time: Callable[[], None]) -> list[ProcessModel]:
    try:
        root = read(data, name)
    except SourceRefused as refusal:
        report.add(refusal.entry)
        return []
    found = inspect(root, name, report, check_time)
    if not found.sound:
        return []
    return _build(root, name, report, found, check_time)


def _build(
    root: etree._Element, name: str, report: Report, found: Inspection, check_time: Callable[[], None]
) -> list[ProcessModel]:
    parser = Parser(root, name, report, check_time)
    models = []
    for process in root.iterchildren("{" + BPMN + "}process"):
        if not is_executable(process):
            continue
        spec = parser.get_spec(process.get("id"))
        tag = settings(process).get("version_tag")
        if parser.check_starts(spec):
            version_tag = tag.value if tag is not None else None
            models.append(ProcessModel(spec, file=name, name=process.get("name"), version_tag=version_tag))
    return models


def _enter_other(report: Report, file: str, data: bytes) -> None:
    """A resource that is no diagram by its name is kept; a diagram under such a name is surely a mistake."""
    if BPMN.encode() in data[:100_000]:
        _refuse(report, file, f"this is a BPMN diagram; its name must end in {' or '.join(DIAGRAM_SUFFIXES)}")
    elif NAMESPACE in data[:100_000]:
        _refuse(report, file, f"this is a DMN file; its name must end in {' or '.join(SUFFIXES)}")
    else:
        report.add(ReportEntry(file, 0, None, "file", Status.DOCUMENTATION, "kept as it is: no diagram by its name"))


def _refuse(report: Report, file: str, message: str) -> None:
    report.add(ReportEntry(file, 0, None, "file", Status.REFUSED, message))


def _refuse_same_keys(report: Report, models: list[ProcessModel]) -> None:
    seen: dict[str, ProcessModel] = {}
    for model in models:
        other = seen.setdefault(model.key, model)
        if other is not model:
            _refuse(report, model.file, f"process {model.key!r} is also in {other.file!r}; a deployment holds it once")
