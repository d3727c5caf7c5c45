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
from bpmn.callables import callables, global_tasks
from bpmn.conversations import Conversations, read_conversations
from bpmn.dataflow import DataNames
from bpmn.decisions.files import NAMESPACE, SUFFIXES, DecisionFile, is_decision_file, parse_files
from bpmn.dialects import PLAIN, Text, document_family, settings, text_family
from bpmn.elements import adhoc, events, gateways, rules, scripts, stops, subprocesses, tasks
from bpmn.elements.base import Drawn, Element, Flow, StepFailure
from bpmn.elements.definitions import CompensateEventDefinition, LinkEventDefinition
from bpmn.elements.whole import Whole
from bpmn.errors import UnusableModel
from bpmn.executable import is_executable, is_undecided
from bpmn.model import ProcessModel, all_elements, fixed_names, starting_catches
from bpmn.names import Names
from bpmn.policy import BY_DEFAULT, Policy
from bpmn.report import MOST_ENTRIES, Report, ReportEntry, ReportFull, Status
from bpmn.specs import ProcessSpec
from bpmn.texts import Compiler, is_expression
from bpmn.validation import inspect
from bpmn.xmlsource import BPMN, SourceRefused, child, is_bpmn, is_true, kind_of, line_of, local, read, text_of

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


class ProcessReader(ProcessParser):
    """Reads one level: a process, or the inside of a subprocess."""

    parser: Parser
    spec: ProcessSpec

    def _index_process_nodes(self) -> None:
        """Nothing: nodes are met in the order of the file, and looked up by the specs' own table."""

    def get_spec(self) -> ProcessSpec:
        """The whole process with all its subprocesses, every text compiled."""
        if self.spec is None:
            self.parser.job_priority = settings(self.node).get("job_priority")
            pending = [self]
            while pending:
                pending.extend(pending.pop().read_level())
            if is_bpmn(self.node, "process"):
                self._read_whole()
            self.parser.prepare(self.spec)
        return self.spec

    def _read_whole(self) -> None:
        """The process itself, where anybody listens to it."""
        heard = readers.read_listeners(self.node)
        if heard:
            beside = ProcessSpec(self.bpmn_id, self.get_name(), self.filename)
            self.spec.whole = Whole(beside, self.bpmn_id, bpmn_name=self.node.get("name"))
            self.spec.whole.drawn = Drawn("process", line_of(self.node), listeners=heard)

    def read_level(self) -> list[ProcessReader]:
        """Read the flow nodes and flows of this level; the readers of the subprocesses met are returned."""
        self.spec = ProcessSpec(self.bpmn_id, self.get_name(), self.filename)
        inner: list[ProcessReader] = []
        for node in self.node:
            reader_class, spec_class = self.parser._get_parser_class(node.tag)
            if spec_class is None:
                continue
            self.parser.check_time()
            if spec_class is subprocesses.Subprocess and is_true(node.get("triggeredByEvent", "")):
                spec_class = subprocesses.EventSubprocess
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
        for node in self.node.iterchildren("{" + BPMN + "}sequenceFlow"):
            source, target = specs.get(node.get("sourceRef")), specs.get(node.get("targetRef"))
            if source is None or target is None:
                continue
            flow_id = node.get("id", "")
            flow = Flow(flow_id, source, target, len(target.incoming), self._condition(node), line=line_of(node))
            flow.is_default = flow_id in defaults
            stops.lead(flow, self._stop(node, flow))
        for element in self.spec.elements():
            element.drawn.listeners += stops.unheard(element)

    def _stop(self, node: etree._Element, flow: Flow) -> stops.Stop | None:
        """Where listeners are heard on a flow."""
        own = readers.read_listeners(node)
        flow.source.drawn.listeners += stops.unheard_on(own, flow.source)
        heard = stops.heard_on(own, flow.source, flow.target)
        if not heard:
            return None
        stop = stops.Stop(self.spec, flow.id, bpmn_name=node.get("name"))
        stop.drawn = Drawn("sequenceFlow", flow.line, listeners=heard)
        return stop

    def _condition(self, node: etree._Element) -> Text | None:
        condition = child(node, "conditionExpression")
        value = "".join(map(str, condition.itertext())).strip() if condition is not None else ""
        if condition is None or not value:
            return None
        return Text(value, self.parser.text_family, condition.get("language"), self.parser.default_language)

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
            handler = self.spec.task_specs.get(association.get("targetRef"))
            if association.get("sourceRef") == event_id and handler is not None and handler.is_activity:
                return handler
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


class GlobalTaskReader(ProcessReader):
    """Reads a global task as a process of just this task (BPMN 10.3.7)."""

    def read_level(self) -> list[ProcessReader]:
        self.spec = ProcessSpec(self.bpmn_id, self.get_name(), self.filename)
        reader_class, spec_class = self.parser._get_parser_class(full_tag(kind_of(self.node)))
        if spec_class is not None:  # else the inspection has refused it
            reader_class(self, spec_class, self.node, self.nsmap).parse_node()
        return []


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
            "scriptTask": (readers.ScriptTaskReader, scripts.ScriptTask),
            "receiveTask": (readers.ReceiveTaskReader, events.ReceiveTask),
            "sendTask": (readers.SendTaskReader, events.SendTask),
            "businessRuleTask": (readers.ServiceTaskReader, rules.BusinessRuleTask),
            "complexGateway": (readers.ComplexGatewayReader, gateways.ComplexGateway),
            "transaction": (readers.SubprocessReader, subprocesses.Transaction),
            "adHocSubProcess": (readers.AdHocReader, adhoc.AdHocSubprocess),
            "exclusiveGateway": (readers.ElementReader, gateways.ExclusiveGateway),
            "parallelGateway": (readers.ElementReader, gateways.ParallelGateway),
            "inclusiveGateway": (readers.ElementReader, gateways.InclusiveGateway),
            "eventBasedGateway": (readers.EventBasedGatewayReader, gateways.EventBasedGateway),
            "subProcess": (readers.SubprocessReader, subprocesses.Subprocess),
            "callActivity": (readers.CallActivityReader, subprocesses.CallActivity),
        }.items()
    }

    def __init__(
        self, root: etree._Element, file: str, report: Report, check_time: Callable[[], None], policy: Policy
    ) -> None:
        super().__init__(namespaces=DEFAULT_NSMAP)
        self.policy = policy
        self.file = file
        self.report = report
        self.check_time = check_time
        self.family = document_family(root)
        #: The family whose language texts are in that do not say theirs.
        self.text_family = text_family(root, self.family)
        self.default_language = root.get("expressionLanguage")
        #: Settings that stand at a message or error and belong to the events that refer to it.
        self.reference_settings = {
            node.get("id"): settings(node)
            for node in root
            if local(node) in ("message", "signal", "error", "escalation")
        }
        self.names = Names(root)
        self.data_names = DataNames(root, by_id=self.text_family == "spiff")
        self._definitions = {node.get("id"): node for node in root if local(node).endswith("EventDefinition")}
        #: How urgent the jobs of the process that is being read are.
        self.job_priority: Text | None = None
        #: The process that is being prepared, where it does not say whether it is executable.
        self.undecided: str | None = None
        self.refused_before = {entry.element_id for entry in report.refused if entry.file == file}
        self.add_bpmn_xml(root, file)

    def _get_parser_class(self, tag: str) -> Any:
        """What reads an element and what it becomes; SpiffWorkflow waits for whoever does a manual task."""
        waits = self.text_family == "spiff" and tag == full_tag("manualTask")
        return super()._get_parser_class(full_tag("userTask") if waits else tag)

    def _add_processes(self, bpmn: etree._Element, filename: str | None = None) -> None:
        for process in bpmn.iterchildren("{" + BPMN + "}process"):
            if is_executable(process):
                self.create_parser(process, filename)
        for task in global_tasks(bpmn):
            self.process_parsers[task.get("id")] = GlobalTaskReader(self, task, self.namespaces, {}, filename=filename)

    def _add_diagram_indexes(self, bpmn: etree._Element) -> None:
        """Lanes by flow node; where shapes are drawn has no meaning."""
        lanes = {
            (reference.text or "").strip(): lane.get("name")
            for lane in bpmn.iter("{" + BPMN + "}lane")
            for reference in lane.iterchildren("{" + BPMN + "}flowNodeRef")
        }
        self.document_lanes[self._document_key(bpmn)] = lanes

    def _add_data_stores(self, bpmn: etree._Element) -> None:
        """Data stores are variables like all data; the library would ask for a class of each name."""

    def _add_correlations(self, bpmn: etree._Element) -> None:
        """Nothing: `read_conversations` reads them for each process."""

    def expression_text(self, node: etree._Element | None) -> Text | None:
        """The text of an expression element; without a mark of a language it is plain."""
        value = text_of(node)
        if node is None or value is None:
            return None
        is_plain = self.text_family != "spiff" and not is_expression(value)
        return Text(value, PLAIN if is_plain else self.text_family, node.get("language"), self.default_language)

    def conversations(self, root: etree._Element, process: etree._Element) -> Conversations:
        """The correlation keys of a process, every text compiled."""
        found = read_conversations(root, process, self)
        found.prepare(Compiler(self, self.policy))
        return found

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
        compiler = Compiler(self, self.policy)
        for element in _link_bodies(spec):
            self.check_time()
            element.prepare(compiler)
        if spec.whole is not None:
            spec.whole.prepare(compiler)
            if spec.whole.heard is None:  # nothing that is drawn is heard
                spec.whole = None
        close_levels(spec)

    def check_starts(self, spec: ProcessSpec) -> bool:
        """Whether messages and signals that start the process have fixed names; there are no variables yet."""
        is_fixed = True
        for catch in starting_catches(spec):
            if catch.kind in ("message", "signal"):
                try:
                    catch.name_in(fixed_names(spec))
                except StepFailure as failure:
                    is_fixed = False
                    self.problem(catch.element, "", f"the name of a start event must be fixed: {failure.message}")
        return is_fixed

    def check_bound(self, spec: ProcessSpec, conversations: Conversations) -> None:
        """Refuse what events say of correlation properties where it would not count."""
        for element in all_elements(spec):
            for catch in element.catches if isinstance(element, events.Trigger) else ():
                for fault in conversations.faults(catch.definition.name, catch.bound) if catch.bound else ():
                    self.problem(element, "", fault)

    def problem(self, element: Any, attribute: str, message: str) -> None:
        """Refuse an element, unless the inspection has done so."""
        if element.bpmn_id not in self.refused_before or attribute:
            self.report.add(self._entry(element, attribute, message, Status.REFUSED))

    def lack(self, element: Any, message: str) -> None:
        """Refuse an element for want of what only execution needs."""
        if element.bpmn_id not in self.refused_before:
            self.report.add_missing(self._entry(element, "", message, Status.REFUSED), self.undecided)

    def warn(self, element: Any, attribute: str, message: str) -> None:
        """Tell that an element is executed otherwise than it may be meant."""
        self.report.add(self._entry(element, attribute, message, Status.WARNING))

    def _entry(self, element: Any, attribute: str, message: str, status: Status) -> ReportEntry:
        drawn = element.drawn if isinstance(element, Element) else element
        name = getattr(element, "bpmn_name", None)
        at = (self.file, drawn.line, element.bpmn_id, drawn.kind)
        return ReportEntry(*at, status, message, name, attribute=attribute or None)


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


def parse(resources: Mapping[str, bytes], *, limits: Limits = Limits(), policy: Policy = BY_DEFAULT) -> Parsed:
    """The executable processes and the decisions of a deployment.

    Files that are neither by their suffix are left alone. A process that does not say whether it is executable,
    and lacks what only execution needs, is set aside where others can be executed. Raises `UnusableModel` with the
    whole report when anything is refused.
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
            models.extend(_parse_file(name, data, report, policy, check_time))
        name = next(iter(tables), "")
        decision_files = parse_files(dict(_of_size(tables, report, limits)), report, check_time)
    except OutOfTime:
        _refuse(report, name, f"reading took longer than {limits.seconds:g} s; split the file")
    except ReportFull:
        report.entries = report.refused[:1000]
        _refuse(report, name, f"there would be more than {MOST_ENTRIES} things to report; split the file")
    sound = [model for model in models if not report.is_incomplete(model.file, model.key)]
    if sound:
        models = sound
        report.set_aside()
    _refuse_same_keys(report, models)
    if diagrams and not models and not report.refused:
        message = "no process in it is executable, and nothing can be started; set isExecutable to true"
        report.add(ReportEntry(next(iter(diagrams)), 0, None, "file", Status.WARNING, message))
    report.arrange(resources)
    if report.refused:
        raise UnusableModel(report)
    return Parsed(report, models, decision_files)


def load(xml: bytes, process_id: str, policy: Policy = BY_DEFAULT) -> ProcessModel:
    """The model of a process that was deployed before. Raises `UnusableModel` if it is not usable any more."""
    limits = Limits(file_bytes=len(xml), seconds=600.0)
    parsed = parse({"deployed.bpmn": xml}, limits=limits, policy=policy.of_deployed())
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


def _parse_file(
    name: str, data: bytes, report: Report, policy: Policy, check_time: Callable[[], None]
) -> list[ProcessModel]:
    try:
        root = read(data, name)
    except SourceRefused as refusal:
        report.add(refusal.entry)
        return []
    found = inspect(root, name, report, check_time, policy)
    if not found.sound:
        return []
    parser = Parser(root, name, report, check_time, policy)
    return _build(root, name, parser)


def _build(root: etree._Element, name: str, parser: Parser) -> list[ProcessModel]:
    models = []
    for process in callables(root):
        parser.undecided = process.get("id") if is_bpmn(process, "process") and is_undecided(process) else None
        spec = parser.get_spec(process.get("id"))
        tag = settings(process).get("version_tag")
        conversations = parser.conversations(root, process)
        parser.check_bound(spec, conversations)
        if parser.check_starts(spec):
            version_tag = tag.value if tag is not None else None
            title = process.get("name")
            models.append(ProcessModel(spec, conversations, file=name, name=title, version_tag=version_tag))
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
