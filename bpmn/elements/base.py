"""What all elements have in common: flows, settings, and the choice of the way out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec

from bpmn.dialects import Text
from bpmn.elements.listeners import DrawnListener, Heard, compile_listeners
from bpmn.errors import EvaluationFailed
from bpmn.expressions import Expression, Place, Script, as_condition
from bpmn.mappings import InputMapping, OutputMapping, RawMapping, compile_mappings
from bpmn.texts import evaluated

if TYPE_CHECKING:
    from bpmn.elements.data import DataFlow
    from bpmn.elements.events import BoundaryEvent
    from bpmn.elements.repetition import Repetition
    from bpmn.elements.reports import DrawnRule
    from bpmn.living import Living
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node, Token
    from bpmn.sight import Sight
    from bpmn.texts import Compiler, Getter
    from bpmn.values import Value, Variables


class StepFailure(Exception):
    """A step that cannot be taken; the executor undoes it and reports `StepFailed`."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        self.message = message
        super().__init__(message)


class BusinessError(Exception):
    """A BPMN error that a script throws."""

    def __init__(self, code: str, message: str | None) -> None:
        self.code = code
        self.message = message
        super().__init__(code)


class ScriptNeeded(StepFailure):
    """A step that cannot be taken before a script has been run; it is undone, and taken again when that is done."""

    def __init__(self, script: Script, variables: dict[str, Value]) -> None:
        self.script = script
        self.variables = variables
        super().__init__("", f"the script {script.key!r} is not run yet")


@dataclass(slots=True, eq=False)
class Flow:
    """A sequence flow; `position` is its place among the target's incoming flows."""

    id: str
    source: Element
    target: Element
    position: int
    text: Text | None = None
    is_default: bool = False
    condition: Expression | None = None
    line: int = 0
    kind: ClassVar[str] = "sequenceFlow"

    @property
    def bpmn_id(self) -> str:
        return self.id

    @property
    def spot(self) -> Place:
        """Its condition belongs to the element that it leaves."""
        return self.source.spot


@dataclass(slots=True)
class Drawn:
    """What the parser found about an element, before its texts are compiled."""

    kind: str
    line: int = 0
    settings: dict[str, Text] = field(default_factory=dict)
    inputs: list[RawMapping] = field(default_factory=list)
    outputs: list[RawMapping] = field(default_factory=list)
    #: What is injected into Java code and connectors, and what comes back of connectors.
    given_to_code: list[RawMapping] = field(default_factory=list)
    taken_from_code: list[RawMapping] = field(default_factory=list)
    #: SpiffWorkflow's scripts before and after an activity, by the names of their elements.
    scripts: dict[str, Text] = field(default_factory=dict)
    #: The errors that reports of workers may be.
    error_rules: list[DrawnRule] = field(default_factory=list)
    #: Listeners that are heard here, and those that are heard on the flows from and to here.
    listeners: list[DrawnListener] = field(default_factory=list)
    at_flows: list[DrawnListener] = field(default_factory=list)


class Element(BpmnSpecMixin):
    """A flow node: a SpiffWorkflow task spec that knows its flows and what to do with a token.

    The executor calls `arrive` with a token; an element either passes it on at once (`act` names the flows) or opens an
    activity instance (`begin`) and waits.
    """

    bpmn_id: str
    bpmn_name: str | None
    documentation: str | None
    #: Whether boundary events may be attached (BPMN 10.3: activities).
    is_activity: ClassVar[bool] = False
    #: What an open activity instance of this element is called among `Execution.live()`.
    waits_for: str = "event"

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        #: The element's position in the file, among those of its level.
        self.place = len(wf_spec.task_specs)
        self.drawn = Drawn("")
        self.incoming: list[Flow] = []
        self.outgoing: list[Flow] = []
        self.default_flow: Flow | None = None
        self.boundary_events: list[BoundaryEvent] = []
        self.input_mappings: list[InputMapping] = []
        self.output_mappings: list[OutputMapping] = []
        self.data: DataFlow | None = None
        #: Variables that an activity instance of this element holds itself: those it writes, and its data inputs.
        self.own_names: frozenset[str] = frozenset()
        self.given_names: frozenset[str] = frozenset()
        self.repetition: Repetition | None = None
        self.compensation_handler: Element | None = None
        self.is_compensation_handler = False
        self.start_quantity = 1
        self.completion_quantity = 1
        self.async_before = False
        self.async_after = False
        self.job_priority: Getter | None = None
        self.pre_script: Expression | None = None
        self.post_script: Expression | None = None
        self.heard: Heard | None = None

    @property
    def spot(self) -> Place:
        """What its expressions are told of where they stand."""
        return Place(self.bpmn_id, self.bpmn_name, is_task=self.waits_for == "user-task")

    def text(self, name: str) -> Text | None:
        """The text of a setting by its common field name."""
        return self.drawn.settings.get(name)

    def flag(self, name: str, default: bool = False) -> bool:
        """A setting that is true or false."""
        text = self.text(name)
        return default if text is None else text.value.lower() == "true"

    def lead_to(self, flow: Flow) -> None:
        """Draw a sequence flow from here, also in SpiffWorkflow's own terms."""
        TaskSpec.connect(self, flow.target)
        self.outgoing.append(flow)
        flow.target.incoming.append(flow)
        if flow.is_default:
            self.default_flow = flow

    def comes_from(self) -> tuple[Element, ...]:
        """The elements from which a token can come here other than over flows."""
        return ()

    def prepare(self, compiler: Compiler) -> None:
        """Compile the texts; called once, when the whole process is read."""
        self.async_before = self.flag("async_before")
        self.async_after = self.flag("async_after")
        self.job_priority = compiler.value(self, "job priority", self.text("job_priority"))
        self.input_mappings = compile_mappings(compiler, self, "input", self.drawn.inputs)
        self.output_mappings = compile_mappings(compiler, self, "output", self.drawn.outputs)
        scripts = {name: compiler.script(self, name, text, "by name") for name, text in self.drawn.scripts.items()}
        self.pre_script, self.post_script = scripts.get("preScript"), scripts.get("postScript")
        self.heard = compile_listeners(compiler, self, self.drawn.listeners)
        if self.repetition is not None:
            self.repetition.prepare(compiler)
        if self.data is not None:
            self.data.prepare(self, compiler)
            self.own_names |= self.data.made
            self.given_names = self.data.given - {mapping.target for mapping in self.input_mappings}
        for flow in self.outgoing:
            if flow.text is not None and self.evaluates_conditions:
                flow.condition = compiler.expression(flow, "conditionExpression", flow.text, scripts=True)

    def priority_in(self, sight: Sight) -> int:
        """How urgent its timers and continuations are; one that cannot be evaluated counts as none."""
        if self.job_priority is None:
            return 0
        try:
            return int(str(self.job_priority(sight)))
        except (EvaluationFailed, ValueError):
            return 0

    @cached_property
    def evaluates_conditions(self) -> bool:
        return True

    @cached_property
    def opens_always(self) -> bool:
        """Whether something hangs on an activity instance of this element even if it is left at once."""
        return bool(
            self.boundary_events
            or self.input_mappings
            or self.output_mappings
            or self.pre_script
            or self.post_script
            or self.heard
            or self.data
            or self.repetition
            or self.compensation_handler
            or self.is_compensation_handler
        )

    @cached_property
    def is_join(self) -> bool:
        """Whether a token may stay here for others; a loop always leads through an element that is none."""
        return False

    def arrive(self, run: Runtime, token: Token) -> None:
        """Take a token that came over a flow (BPMN 13.3)."""
        if self.opens:
            run.open(self, token.scope)
        else:
            run.pass_through(self, token.scope)

    @cached_property
    def throws_signals(self) -> bool:
        """Whether it throws a signal, which others of this instance may be about to wait for."""
        return False

    @cached_property
    def opens(self) -> bool:
        """Whether a token opens an activity instance (`begin`) instead of being handed on at once (`act`)."""
        return False

    def opens_in(self, run: Runtime) -> bool:
        """Whether a token opens an activity instance in this process instance."""
        return self.opens

    def act(self, run: Runtime, scope: Node) -> list[Flow]:
        """Do at once what the element does, and choose the ways out. Raises `StepFailure`."""
        return self.ways_out(run.sight(scope))

    def begin(self, run: Runtime, node: Node) -> None:
        """Announce what an opened activity instance waits for. Raises `StepFailure`."""
        raise NotImplementedError(type(self).__name__)

    def resume(self, run: Runtime, node: Node) -> None:
        """Announce it anew after a failure that happened while the activity was open."""
        self.begin(run, node)

    def find_out(self, run: Runtime, node: Node) -> None:
        """Evaluate again what was not known of an open user task."""
        raise NotImplementedError(type(self).__name__)

    def closed(self, run: Living, node: Node, *, canceled: bool) -> None:
        """Withdraw what `begin` announced; the activity instance is over."""

    def accept(self, run: Runtime, node: Node, variables: Variables) -> None:
        """Write what came in: to where a variable exists, else to the process.

        In Zeebe's rules results stay local where an output mapping says what leaves.
        """
        if any(mapping.family == "zeebe" for mapping in self.output_mappings):
            run.set_local(node, variables)
        else:
            self.bring(run, node, variables)

    def bring(self, run: Runtime, node: Node, variables: Variables) -> None:
        """Write what came from whoever works at an open activity: to where a variable exists, else to the process."""
        run.assign(node, variables)

    def ways_out(self, sight: Sight) -> list[Flow]:
        """The flows that get a token when the element is left: uncontrolled and conditional flow (BPMN 13.3.1).

        Raises `StepFailure` when there are flows and none may be taken.
        """
        outgoing = self.outgoing
        if self.default_flow is None and all(flow.condition is None for flow in outgoing):
            return outgoing
        taken = [flow for flow in outgoing if not flow.is_default and holds(flow, sight)]
        if self.default_flow is not None and not any(flow.condition is not None for flow in taken):
            taken.append(self.default_flow)
        return taken or no_way_out(self)


def holds(flow: Flow, sight: Sight) -> bool:
    """Whether a flow's condition is true; a flow without one is always open. Raises `StepFailure`."""
    return flow.condition is None or condition_holds(flow.condition, sight, f"condition of flow {flow.id!r}")


def condition_holds(condition: Expression, sight: Sight, what: str) -> bool:
    """Whether a condition is true. Raises `StepFailure`."""
    value = None
    try:
        value = evaluated(condition, sight)
        return as_condition(value, condition.language)
    except EvaluationFailed as fault:
        why = "" if value is not None else _why_null(condition, sight)
        raise StepFailure("condition-failed", f"{what}: {fault}{why}") from None


def _why_null(condition: Expression, sight: Sight) -> str:
    """What FEEL says of a value that is null, as a part of a message."""
    try:
        _, reasons = condition.explain(sight.variables, sight.settings)
    except EvaluationFailed:
        return ""
    return f" ({'; '.join(reasons[:3])})" if reasons else ""


def no_way_out(element: Element) -> list[Flow]:
    """The failure of an element that has flows none of which may be taken."""
    raise StepFailure(
        "no-flow-taken",
        f"no condition of a flow leaving {element.bpmn_id!r} is true and there is no default flow",
    )


class PassingElement(Element):
    """An element that hands its token on within the step, unless something hangs on an activity instance of it."""


class WaitingElement(Element):
    """An element that opens an activity instance and stays until something from outside ends it."""

    @cached_property
    def throws_signals(self) -> bool:
        """Whether it throws a signal, which others of this instance may be about to wait for."""
        return False

    @cached_property
    def opens(self) -> bool:
        return True
