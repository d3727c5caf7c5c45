"""Runtime: the tokens, scopes and open activity instances of one process instance, and the loop that moves them.

The work is done by queues, never by recursion, and a step costs what is alive, not what has happened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bpmn import facts as f
from bpmn.elements.base import Element, Flow, StepFailure
from bpmn.elements.events import BoundaryEvent, EndEvent, Trigger
from bpmn.elements.gateways import EventBasedGateway, InclusiveGateway, take_one_each
from bpmn.errors import EvaluationFailed
from bpmn.journal import Journal
from bpmn.mappings import evaluate
from bpmn.scopes import STALLED, Node, Token, Wait

if TYPE_CHECKING:
    from bpmn.model import ProcessModel
    from bpmn.specs import ProcessSpec
    from bpmn.values import Variables


@dataclass(frozen=True, slots=True)
class Context:
    """What comes in by the door: the time, the limits, and who acts.

    `max_steps` elements are entered in one advance, then `ContinuationDue` asks for another; after `step_ceiling`
    without any wait the tokens stop with the failure "step-limit".
    """

    now: datetime
    max_steps: int = 1000
    step_ceiling: int = 100_000
    actor: str | None = None
    business_key: str | None = None


class Runtime(Journal):
    """What elements see of the executor while they handle a token."""

    def __init__(self, model: ProcessModel, context: Context) -> None:
        super().__init__()
        self.model = model
        self.context = context
        self.root = Node(0, None, None)
        self.root.variables = {}
        self.nodes: dict[int, Node] = {0: self.root}
        self.queue: deque[Token] = deque()
        self.deferred: list[Token] = []
        self.finishing: deque[Node] = deque()
        self.last_number = 0
        self.steps = 0
        self.steps_since_stimulus = 0
        self.called = False
        self.ended = False
        self.ends_reached: list[str] = []

    def number(self) -> int:
        """The number of a new activity instance."""
        self.last_number += 1
        return self.last_number

    def pass_through(self, element: Element, scope: Node, *, node: Node | None = None, consumed: int = 1) -> None:
        """Let an element act and hand its token on; `node` is the parked attempt that is repeated."""
        mark = self._mark()
        try:
            flows = element.act(self, scope)
        except StepFailure as failure:
            self._undo(mark)
            if node is None:
                scope.tokens -= consumed - 1
                node = self._register(element, scope)
            self._fail(node, "enter", failure)
            return
        if scope.dead or self.ended:
            return
        if node is not None:
            self._unregister(node)
            self._facts.append(f.ActivityEnded(node.number))
        else:
            self._facts.insert(mark[0], f.ActivityPassed(self.number(), element.bpmn_id, scope.number))
        self._send(flows, scope, consumed, element.async_after)

    def open(self, element: Element, scope: Node) -> None:
        """Open an activity instance with the token that has come."""
        self._begin(self._register(element, scope))

    def finish_soon(self, node: Node) -> None:
        """The activity is done; it is left as soon as the present step is over."""
        self.finishing.append(node)

    def wait_at_join(self, element: Element, token: Token) -> list[int]:
        """Keep a token at a join; the tokens that wait there by incoming flow."""
        counts = token.scope.joins.get(element.bpmn_id)
        if counts is None:
            counts = token.scope.joins[element.bpmn_id] = [0] * len(element.incoming)
        counts[max(token.position, 0)] += 1
        return counts

    def enter_scope(self, body: ProcessSpec, node: Node) -> None:
        """Let the inside of a subprocess begin."""
        entries = body.entry_points()
        node.tokens = len(entries)
        self.queue.extend(Token(entry, -1, node) for entry in entries)
        if not entries:
            self.finish_soon(node)

    def reached_end(self, element: EndEvent, scope: Node) -> None:
        """Remember an end event of the process itself."""
        if scope.parent is None and element.bpmn_id not in self.ends_reached:
            self.ends_reached.append(element.bpmn_id)

    def terminate(self, element: EndEvent, scope: Node) -> None:
        """End everything else in a scope (BPMN 13.5.6, terminate)."""
        if scope.parent is None:
            self._facts.append(f.ActivityPassed(self.number(), element.bpmn_id, 0))
            self._end("terminated")
            return
        self._cancel_inside(scope)
        scope.tokens = 1

    def _advance(self) -> None:
        limit = self.steps + self.context.max_steps
        while not self.ended:
            if self.finishing:
                self._finish(self.finishing.popleft())
            elif self.queue:
                if self.steps >= limit:
                    break
                self._step(self.queue.popleft())
            elif not (self._fire_inclusive_join() or self._report_starved_join()):
                break
        self._undo_log.clear()
        if not self.ended and (self.queue or self.deferred):
            self._facts.append(f.ContinuationDue())

    def _step(self, token: Token) -> None:
        if token.scope.dead:
            return
        self._undo_log.clear()
        element = token.element
        if element.async_before and not token.resumed:
            token.resumed = True
            self.deferred.append(token)
            return
        self.steps += 1
        self.steps_since_stimulus += 1
        if self.steps_since_stimulus > self.context.step_ceiling and not element.is_join:
            self._fail(self._register(element, token.scope), "enter", _too_many_steps(self.context.step_ceiling))
            return
        element.arrive(self, token)

    def _stimulus(self) -> None:
        self._undo_log.clear()
        self.steps_since_stimulus = 0

    def _fire_inclusive_join(self) -> bool:
        """Fire one inclusive join that no token can reach any more; only asked when no token is on its way."""
        if self.deferred:
            return False
        for scope in self.nodes.values():
            for name in scope.joins:
                gateway = self.model.spec_of(name)
                if isinstance(gateway, InclusiveGateway) and gateway.is_activated(scope):
                    self._pass_inclusive_join(gateway, scope)
                    return True
        return False

    def _pass_inclusive_join(self, gateway: InclusiveGateway, scope: Node) -> None:
        consumed = take_one_each(scope, gateway.bpmn_id)
        self.steps += 1
        self.steps_since_stimulus += 1
        if self.steps_since_stimulus > self.context.step_ceiling:
            scope.tokens -= consumed - 1
            self._fail(self._register(gateway, scope), "enter", _too_many_steps(self.context.step_ceiling))
            return
        self.pass_through(gateway, scope, consumed=consumed)

    def _report_starved_join(self) -> bool:
        """Report a join that waits in a scope where nothing is alive any more: it would wait for ever."""
        if self.deferred:
            return False
        for scope in self.nodes.values():
            if scope.joins and not scope.children:
                name, counts = next(iter(scope.joins.items()))
                gateway = self.model.spec_of(name)
                missing = [flow.id for flow, count in zip(gateway.incoming, counts, strict=True) if not count]
                scope.tokens -= take_one_each(scope, name) - 1
                self._fail(self._register(gateway, scope), "enter", _starved(missing))
                return True
        return False

    def _begin(self, node: Node) -> None:
        """Enter an activity: map its inputs, attach its boundary events, announce what it waits for."""
        self._attempt(node, "enter", lambda: self._enter(node))

    def _enter(self, node: Node) -> None:
        element = element_of(node)
        if element.input_mappings and node.parent is not None:
            try:
                self.set_local(node, dict(evaluate(element.input_mappings, node.parent.visible)))
            except EvaluationFailed as fault:
                raise StepFailure("mapping-failed", f"input {fault}") from None
        for event in element.boundary_events:
            self.arm(node, event)
        element.begin(self, node)

    def _finish(self, node: Node) -> None:
        """Leave an activity: map its outputs, choose the ways out, close it."""
        if node.dead or node.number not in self.nodes:
            return
        if node.parent is None:
            self._end("completed")
            return
        self._attempt(node, "leave", lambda: self._leave(node))

    def _leave(self, node: Node) -> None:
        element, scope = element_of(node), node.parent
        assert scope is not None
        if element.output_mappings:
            try:
                for name, value in evaluate(element.output_mappings, node.visible):
                    self.set_local(scope.holder_of(name), {name: value})
            except EvaluationFailed as fault:
                raise StepFailure("mapping-failed", f"output {fault}") from None
        flows = element.ways_out(scope.visible)
        self._close(node, canceled=False)
        self._facts.append(f.ActivityEnded(node.number))
        self._send(flows, scope, 1, element.async_after)

    def _send(self, flows: list[Flow], scope: Node, consumed: int, behind_border: bool) -> None:
        """Send tokens over flows in place of those consumed; a scope in which nothing is alive is finished."""
        scope.tokens += len(flows) - consumed
        for flow in flows:
            token = Token(flow.target, flow.position, scope, behind_border)
            (self.deferred if behind_border else self.queue).append(token)
        if scope.tokens == 0:
            self.finishing.append(scope)

    def _fail(self, node: Node, phase: str, failure: StepFailure) -> None:
        node.phase, node.failure = phase, failure.kind
        self._facts.append(f.StepFailed(node.number, element_of(node).bpmn_id, failure.kind, failure.message))

    def _clear_failure(self, node: Node) -> str:
        phase, node.phase, node.failure = node.phase, "", ""
        self._facts.append(f.FailureCleared(node.number))
        return phase

    def _attempt(self, node: Node, phase: str, step: Callable[[], None]) -> None:
        """Take a step at an open activity; a failure undoes what it did so far."""
        mark = self._mark()
        waits = dict(node.waits)
        try:
            step()
        except StepFailure as failure:
            self._undo(mark)
            node.waits = waits
            self._fail(node, phase, failure)

    def _register(self, element: Element, scope: Node) -> Node:
        node = Node(self.number(), element, scope)
        scope.children[node.number] = node
        self.nodes[node.number] = node
        self._facts.append(f.ActivityStarted(node.number, element.bpmn_id, scope.number))
        return node

    def _unregister(self, node: Node) -> None:
        node.dead = True
        del self.nodes[node.number]
        if node.parent is not None:
            del node.parent.children[node.number]

    def _close(self, node: Node, *, canceled: bool) -> None:
        if node.phase:
            self._clear_failure(node)
        element_of(node).closed(self, node, canceled=canceled)
        for event in list(node.waits):
            self._withdraw(node, event)
        if node.variables:
            self._facts.append(f.ScopeEnded(node.number))
        self._unregister(node)

    def _cancel(self, node: Node) -> None:
        """End an open activity and everything in it, inner ones first; its token stays with the caller."""
        self._cancel_inside(node)
        self._close(node, canceled=True)
        self._facts.append(f.ActivityCanceled(node.number))

    def _cancel_inside(self, scope: Node) -> None:
        for node in reversed(scope.descendants()):
            self._close(node, canceled=True)
            self._facts.append(f.ActivityCanceled(node.number))
        scope.joins.clear()
        self.queue = deque(token for token in self.queue if token.scope is not scope and not token.scope.dead)
        self.deferred = [token for token in self.deferred if token.scope is not scope and not token.scope.dead]

    def _end(self, outcome: str, code: str | None = None, message: str | None = None) -> None:
        self._cancel_inside(self.root)
        self.queue.clear()
        self.deferred.clear()
        self.finishing.clear()
        self.ended = True
        self._facts.append(f.ProcessEnded(outcome, tuple(self.ends_reached), code, message))

    def _withdraw(self, node: Node, event: str) -> None:
        wait = node.waits.pop(event)
        if wait.kind != STALLED:
            self._facts.append(f.WaitOver(node.number, event, wait.kind))

    def arm(self, node: Node, event: Element) -> None:
        """Wait for an event at an activity instance. Raises `StepFailure`."""
        if not isinstance(event, Trigger):
            return
        kind, visible = event.trigger_kind, node.visible
        if kind == "timer":
            self._arm_timer(node, event, self.context.now, 1)
        elif kind == "message":
            name, key = event.name_in(visible), event.correlation_in(visible)
            node.waits[event.bpmn_id] = Wait(kind)
            self._facts.append(f.MessageAwaited(node.number, event.bpmn_id, name, key))
        elif kind == "signal":
            name = event.name_in(visible)
            node.waits[event.bpmn_id] = Wait(kind)
            self._facts.append(f.SignalAwaited(node.number, event.bpmn_id, name))

    def throw_from_end(self, element: EndEvent, scope: Node) -> None:
        """An error end event: the error leaves its scope (BPMN 13.5.6). Raises `StepFailure` if nobody catches it."""
        code, message = element.error_in(scope.visible)
        if not self.called and catcher(scope, code) is None:
            raise _unhandled(code)
        self.reached_end(element, scope)
        self._facts.append(f.ActivityPassed(self.number(), element.bpmn_id, scope.number))
        self._throw(None, scope, code, message)

    def _triggered(self, node: Node, event: str, variables: Variables) -> None:
        element = element_of(node)
        if event == element.bpmn_id:
            self._withdraw(node, event)
            element.accept(self, node, variables)
            self.finish_soon(node)
            return
        scope = node.parent
        assert scope is not None
        if isinstance(element, EventBasedGateway):
            self._close(node, canceled=False)
            self._facts.append(f.ActivityEnded(node.number))
            self._pass_event(event, scope, variables)
            return
        boundary = self.model.spec_of(event)
        assert isinstance(boundary, BoundaryEvent)
        self.assign(scope, variables)
        if boundary.cancel_activity:
            self._cancel(node)
        else:
            scope.tokens += 1
            self._rearm(node, boundary)
        self.queue.append(Token(boundary, -1, scope))

    def _pass_event(self, event: str, scope: Node, variables: Variables) -> None:
        """The event behind an event-based gateway has happened: its element is passed."""
        target = self.model.spec_of(event)
        node = self._register(target, scope)
        target.accept(self, node, variables)
        self.finish_soon(node)

    def _rearm(self, node: Node, boundary: BoundaryEvent) -> None:
        """A non-interrupting event may happen again: messages and signals always, timers when they repeat."""
        wait = node.waits[boundary.bpmn_id]
        if wait.kind != "timer":
            return
        self._withdraw(node, boundary.bpmn_id)
        if boundary.repeats:
            try:
                self._arm_timer(node, boundary, wait.due or self.context.now, wait.repetition + 1)
            except StepFailure as failure:
                node.waits[boundary.bpmn_id] = Wait(STALLED, wait.repetition + 1)
                if not node.phase:
                    self._fail(node, "timer", failure)

    def _rearm_stalled(self, node: Node) -> None:
        """Go on with the cycles that could not: the repetition that failed is counted from now."""
        for event, wait in list(node.waits.items()):
            if wait.kind == STALLED:
                del node.waits[event]
                self._arm_timer(node, self.model.spec_of(event), self.context.now, wait.repetition)

    def _arm_timer(self, node: Node, event: Element, since: datetime, repetition: int) -> None:
        assert isinstance(event, Trigger)
        due = event.due(node.visible, since, repetition)
        if due is not None:
            due = due.replace(microsecond=due.microsecond // 1000 * 1000)  # as exact as what is saved
            node.waits[event.bpmn_id] = Wait("timer", repetition, due)
            self._facts.append(f.TimerArmed(node.number, event.bpmn_id, due, repetition))

    def _throw(self, source: Node | None, scope: Node, code: str, message: str | None) -> None:
        """Give an error to the nearest catcher, from `scope` outwards; `source` is the open activity it comes from."""
        found = catcher(scope, code)
        if found is not None:
            node, boundary = found
            outside = node.parent
            assert outside is not None
            self._cancel(node)
            self.assign(outside, boundary.error_variables(code, message))
            self.queue.append(Token(boundary, -1, outside))
        elif self.called:
            self._end("error", code, message)
        elif source is not None:
            element_of(source).closed(self, source, canceled=False)
            self._fail(source, "open", _unhandled(code, message))


def element_of(node: Node) -> Element:
    assert node.element is not None
    return node.element


def _starved(missing: list[str]) -> StepFailure:
    return StepFailure(
        "join-starved",
        f"no token can come over {', '.join(missing)} any more; resolving goes on without it",
    )


def _too_many_steps(ceiling: int) -> StepFailure:
    return StepFailure("step-limit", f"{ceiling} steps without any wait; is this an endless loop?")


def catcher(scope: Node, code: str) -> tuple[Node, BoundaryEvent] | None:
    """The nearest enclosing activity with an error boundary event for the code; specific before catch-all."""
    node: Node | None = scope
    while node is not None and node.parent is not None:
        catching = [event for event in element_of(node).boundary_events if event.trigger_kind == "error"]
        for event in catching:
            if event.error_code == code and code:
                return node, event
        for event in catching:
            if event.error_code is None:
                return node, event
        node = node.parent
    return None


def _unhandled(code: str, message: str | None = None) -> StepFailure:
    said = f": {message}" if message else ""
    return StepFailure("bpmn-error-unhandled", f"no event catches the error {code!r}{said}")
