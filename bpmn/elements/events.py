"""Events: starts, ends, catching, throwing and boundary events (BPMN 10.5, 13.5)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent as StockBoundaryEvent
from SpiffWorkflow.bpmn.specs.defaults import EndEvent as StockEndEvent
from SpiffWorkflow.bpmn.specs.defaults import IntermediateCatchEvent as StockCatchEvent
from SpiffWorkflow.bpmn.specs.defaults import IntermediateThrowEvent as StockThrowEvent
from SpiffWorkflow.bpmn.specs.defaults import ReceiveTask as StockReceiveTask
from SpiffWorkflow.bpmn.specs.defaults import SendTask as StockSendTask
from SpiffWorkflow.bpmn.specs.defaults import StartEvent as StockStartEvent

from bpmn.elements.base import Element, Flow, PassingElement, WaitingElement
from bpmn.elements.catches import Catch, catches_of
from bpmn.elements.throws import Throw, throw_all, throws_of
from bpmn.elements.work import EvaluatedWork
from bpmn.scopes import HEARING

if TYPE_CHECKING:
    from bpmn.elements.subprocesses import EventSubprocess
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node, Token
    from bpmn.texts import Compiler
    from bpmn.values import Value, Variables


class Trigger(Element):
    """An event that something outside sets off; with several definitions any of them, or all in parallel."""

    catches: list[Catch]
    all_needed = False

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        self.catches = catches_of(self, self.event_definition)
        if any(self.text(work) is not None for work in ("topic", "java_class", "java_bean")):
            compiler.problem(self, "topic", "an event that waits has no topic; a worker fetches what is thrown")
        self.all_needed = bool(getattr(self.event_definition, "parallel", False))
        for catch in self.catches:
            catch.prepare(compiler)

    @cached_property
    def has_data_outputs(self) -> bool:
        """Whether associations take what comes with the event from its data outputs; else it sets variables."""
        return self.data is not None and bool(self.data.made)

    def accept(self, run: Runtime, node: Node, variables: Variables) -> None:
        if self.data is not None and self.has_data_outputs:
            run.set_local(node, self.data.received(variables))
        else:
            super().accept(run, node, variables)


class StartEvent(Trigger, PassingElement, StockStartEvent):
    """Where a process or subprocess begins (BPMN 10.5.2)."""

    #: The event subprocess that this event starts, and whether it interrupts the scope around.
    handler: EventSubprocess | None = None
    interrupting = True

    @cached_property
    def catches_errors(self) -> bool:
        """Whether it catches errors, which always interrupt."""
        return any(catch.kind == "error" for catch in self.catches)

    @cached_property
    def opens(self) -> bool:
        return bool(self.output_mappings)

    def act(self, run: Runtime, scope: Node) -> list[Flow]:
        self._begin_so(run, scope)
        return self.ways_out(run.sight(scope))

    def begin(self, run: Runtime, node: Node) -> None:
        assert node.parent is not None
        self._begin_so(run, node.parent)
        run.finish_soon(node)

    def _begin_so(self, run: Runtime, scope: Node) -> None:
        if self.data is not None:
            run.hand_out_from(self.data, scope)

    def name_initiator(self, run: Runtime) -> None:
        """Keep who starts the process, where the diagram wants to know."""
        initiator = self.text("initiator")
        if initiator is not None:
            run.set_local(run.root, {initiator.value: run.context.actor})


class IntermediateCatchEvent(Trigger, WaitingElement, StockCatchEvent):
    """Waits for its event; a catching link is passed at once (BPMN 10.5.4)."""

    #: The throwing links that lead here.
    links: tuple[Element, ...] = ()

    def comes_from(self) -> tuple[Element, ...]:
        return self.links

    @cached_property
    def opens(self) -> bool:
        return bool(self.catches)

    def begin(self, run: Runtime, node: Node) -> None:
        run.arm(node, self)


class ReceiveTask(Trigger, WaitingElement, StockReceiveTask):
    """An activity that waits for a message (BPMN 10.3.3.5)."""

    is_activity = True
    #: Whether its message starts an instance of the process.
    instantiates = False

    def begin(self, run: Runtime, node: Node) -> None:
        run.arm(node, self)


class Thrower(EvaluatedWork, PassingElement):
    """An event that throws and goes on; with several definitions all of them, in order.

    In Camunda's diagrams an expression may stand in for the message that is sent.
    """

    throws: list[Throw]

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        is_done_otherwise = self.topic is not None or self.foreign is not None or self.expression is not None
        self.throws = [] if is_done_otherwise else throws_of(self, self.event_definition)
        for throw in self.throws:
            throw.prepare(compiler)

    @cached_property
    def throws_signals(self) -> bool:
        return any(throw.kind == "signal" for throw in self.throws)

    def throw_all(self, run: Runtime, scope: Node) -> None:
        """Throw what does not end the path: messages, signals, escalations. Raises `StepFailure`."""
        self.evaluate(run, scope)
        throw_all(run, scope, self.throws)

    def throw_open(self, run: Runtime, node: Node) -> None:
        """Throw it from an open activity instance, and go on unless the caller is to hear of it first."""
        self.throw_all(run, node)
        if not node.dead and HEARING not in node.waits:
            self.thrown_all(run, node)

    def thrown_all(self, run: Runtime, node: Node) -> None:
        """Everything was thrown, and `node` is still there."""
        run.finish_soon(node)

    @cached_property
    def compensation(self) -> Throw | None:
        return self.thrown("compensation")

    def thrown(self, kind: str) -> Throw | None:
        """The first definition of a kind."""
        return next((throw for throw in self.throws if throw.kind == kind), None)

    @cached_property
    def opens(self) -> bool:
        mapped = self.input_mappings or self.output_mappings or self.data
        return bool(self.topic is not None or self.compensation or mapped)

    def arrive(self, run: Runtime, token: Token) -> None:
        if self.opens_in(run):
            run.open(self, token.scope)
        else:
            run.pass_through(self, token.scope)

    def opens_in(self, run: Runtime) -> bool:
        """Also where a caller may have to hear of an escalation first."""
        return self.opens or (run.called and self.thrown("escalation") is not None)


class IntermediateThrowEvent(Thrower, StockThrowEvent):
    """Throws on its way: a message, a signal, an escalation, compensation, a link, or nothing (BPMN 10.5.4)."""

    #: Where a throwing link leads.
    link_target: Element | None = None

    def act(self, run: Runtime, scope: Node) -> list[Flow]:
        ways = self.ways_out(run.sight(scope))
        self.throw_all(run, scope)
        if self.link_target is not None and not scope.dead:
            run.jump(self.link_target, scope)
        return ways

    def begin(self, run: Runtime, node: Node) -> None:
        if self.topic is not None:
            self.offer(run, node)
            return
        self.throw_open(run, node)

    def thrown_all(self, run: Runtime, node: Node) -> None:
        if self.compensation is not None:
            run.compensate(node, self.compensation)
        else:
            run.finish_soon(node)


class SendTask(Thrower, StockSendTask):
    """An activity that sends a message and goes on (BPMN 10.3.3.4)."""

    is_activity = True

    @cached_property
    def opens(self) -> bool:
        return True

    def begin(self, run: Runtime, node: Node) -> None:
        if self.topic is not None:
            self.offer(run, node)
            return
        self.throw_open(run, node)


class EndEvent(Thrower, StockEndEvent):
    """Ends a path, plainly or with what it throws (BPMN 10.5.3)."""

    @cached_property
    def opens(self) -> bool:
        return super().opens or self.cancels

    @cached_property
    def terminates_all(self) -> bool:
        """Whether a terminate event ends the whole instance, and not only the scope around it."""
        return self.flag("terminate_all")

    @cached_property
    def cancels(self) -> bool:
        """Whether it cancels the transaction around."""
        return self.thrown("cancel") is not None

    def act(self, run: Runtime, scope: Node) -> list[Flow]:
        if (error := self.thrown("error")) is not None:
            run.throw_from_end(self, error, scope, scope)
            return []
        run.reached_end(self, scope)
        self.throw_all(run, scope)
        if self.thrown("terminate") is not None and not scope.dead:
            run.terminate(run.root if self.terminates_all else scope)
        return []

    def begin(self, run: Runtime, node: Node) -> None:
        assert node.parent is not None
        if (error := self.thrown("error")) is not None:
            run.throw_from_end(self, error, node.parent, node)
            return
        run.reached_end(self, node.parent)
        if self.topic is not None:
            self.offer(run, node)
            return
        self.throw_open(run, node)

    def thrown_all(self, run: Runtime, node: Node) -> None:
        assert node.parent is not None
        if self.thrown("terminate") is not None:
            run.terminate(run.root if self.terminates_all else node.parent, node)
            if node.dead:
                return
        if self.cancels:
            run.cancel_transaction(node)
        elif self.compensation is not None:
            run.compensate(node, self.compensation)
        else:
            run.finish_soon(node)

    def ways_out(self, variables: Any) -> list[Flow]:
        return []


class BoundaryEvent(Trigger, PassingElement, StockBoundaryEvent):
    """Catches what happens while an activity is open (BPMN 10.5.4, 13.5.3)."""

    attached_to: Element | None = None

    def comes_from(self) -> tuple[Element, ...]:
        return () if self.attached_to is None else (self.attached_to,)

    @cached_property
    def opens(self) -> bool:
        return bool(self.output_mappings)

    def begin(self, run: Runtime, node: Node) -> None:
        run.finish_soon(node)

    def error_variables(self, code: str, message: str | None) -> dict[str, Value]:
        """What the diagram wants to know of a caught error or escalation, by variable."""
        return caught_variables(self, code, message)


def caught_variables(event: Element, code: str, message: str | None) -> dict[str, Value]:
    """The variables that an event names for the code and the message of what it caught."""
    named: dict[str, Value] = {}
    for field, value in (
        ("error_code_variable", code),
        ("error_message_variable", message),
        ("escalation_code_variable", code),
    ):
        text = event.text(field)
        if text is not None:
            named[text.value] = value
    return named
