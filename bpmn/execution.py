"""Execution: one process instance, advanced by tokens over the specs of its model.

Each stimulus from outside advances to the next wait states before it returns. The work is done by a queue, never by
recursion, and a step costs what is alive, not what has happened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bpmn import facts as f
from bpmn import state
from bpmn.elements.base import Element, Flow, PassingElement, StepFailure
from bpmn.elements.events import BoundaryEvent, EndEvent, Trigger
from bpmn.elements.gateways import EventBasedGateway, InclusiveGateway, take_one_each
from bpmn.elements.subprocesses import CallActivity
from bpmn.errors import EvaluationFailed, NotWaiting
from bpmn.mappings import apply
from bpmn.scopes import Node, Token, Wait

if TYPE_CHECKING:
    from bpmn.facts import Fact
    from bpmn.model import ProcessModel
    from bpmn.specs import ProcessSpec
    from bpmn.values import Value, Variables


@dataclass(frozen=True, slots=True)
class Context:
    """What comes in by the door: the time, the limits, and who acts.

    `max_steps` elements are entered in one advance, then `ContinuationDue` asks for another; after `step_ceiling` without
    any wait the tokens stop with the failure "step-limit".
    """

    now: datetime
    max_steps: int = 1000
    step_ceiling: int = 100_000
    actor: str | None = None
    business_key: str | None = None


@dataclass(frozen=True, slots=True)
class LiveActivity:
    """An open activity instance; `waits` is what it waits for: "user-task", "service", "event", "call", "scope", "failed"."""

    activity: int
    element: str
    scope: int
    waits: str
    events: tuple[tuple[str, str], ...] = ()
    """The (event element, kind) pairs of armed timers and open subscriptions."""


class Execution:
    """A live process instance. Use `start` or `restore`."""

    def __init__(self, model: ProcessModel, context: Context) -> None:
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
        self._facts: list[Fact] = []
        self._undo_log: list[tuple[Node, str, bool, Value]] = []

    # --- the door ------------------------------------------------------------------------------------------------

    @classmethod
    def start(
        cls,
        model: ProcessModel,
        context: Context,
        *,
        variables: Variables | None = None,
        start_event: str | None = None,
        called: bool = False,
    ) -> Execution:
        """A new instance, advanced to its first wait states.

        `start_event` names the event that was triggered; without it the process is entered plainly. `called` says that a
        caller will take errors that nobody here catches. Raises `NotWaiting` where it cannot be started so.
        """
        run = cls(model, context)
        run.called = called
        entries = run._entries(start_event)
        run.record(f.ProcessStarted(entries[0].bpmn_id if start_event or len(entries) == 1 else None))
        run.set_local(run.root, variables or {})
        run.root.tokens = len(entries)
        run.queue.extend(Token(entry, -1, run.root) for entry in entries)
        run._advance()
        return run

    @classmethod
    def restore(
        cls, model: ProcessModel, context: Context, dumped: bytes, variables: Mapping[tuple[int, str], Value]
    ) -> Execution:
        """The instance whose state was dumped, with its variables by (scope, name). Raises `StateUnreadable`."""
        run = cls(model, context)
        state.restore(run, dumped)
        for (scope, name), value in variables.items():
            holder = run.nodes[scope]
            if holder.variables is None:
                holder.variables = {}
            holder.variables[name] = value
        return run

    def dump(self) -> bytes:
        """The state between two advances: versioned, without variables and without history."""
        return state.dump(self)

    def take_facts(self) -> list[Fact]:
        """What has happened since the last call, in order."""
        taken, self._facts = self._facts, []
        return taken

    def complete(self, activity: int, variables: Variables | None = None) -> None:
        """A user task or service task is done. Raises `NotWaiting`."""
        node = self._open_node(activity, ("user-task", "service"))
        self._stimulus()
        _element(node).accept(self, node, variables or {})
        self.finish_soon(node)
        self._advance()

    def throw_error(
        self, activity: int, code: str, message: str | None = None, variables: Variables | None = None
    ) -> None:
        """A modelled business exception at an open activity: the nearest catching event gets it. Raises `NotWaiting`."""
        node = self._open_node(activity, ("user-task", "service", "call"))
        self._stimulus()
        self.assign(node, variables or {})
        self._throw(node, node, code, message)
        self._advance()

    def trigger(self, activity: int, event: str, variables: Variables | None = None) -> None:
        """What `event` waited for at this activity instance has come. Raises `NotWaiting`."""
        node = self.nodes.get(activity)
        if node is None or event not in node.waits:
            raise NotWaiting(f"activity instance {activity} does not wait for {event!r}")
        self._stimulus()
        self._triggered(node, event, variables or {})
        self._advance()

    def call_ended(
        self,
        activity: int,
        *,
        variables: Variables,
        outcome: str = "completed",
        error_code: str | None = None,
        error_message: str | None = None,
    ) -> None:
        """The child instance of a call activity is over (BPMN 10.3.6). Raises `NotWaiting`."""
        node = self._open_node(activity, ("call",))
        self._stimulus()
        if outcome == "error":
            self._throw(node, node, error_code or "", error_message)
        elif outcome == "canceled":
            self._fail(node, "open", StepFailure("called-process-canceled", "the called process was canceled"))
        else:
            self._take_back(node, variables)
        self._advance()

    def fail(self, activity: int, kind: str, message: str) -> None:
        """Outside help failed for good: the activity stays open with an incident. Raises `NotWaiting`."""
        node = self._open_node(activity, ("user-task", "service", "call", "event"))
        self._fail(node, "open", StepFailure(kind, message))

    def retry(self, activity: int) -> None:
        """Take up the failed step again. Raises `NotWaiting` where nothing has failed."""
        node = self.nodes.get(activity)
        if node is None or not node.phase:
            raise NotWaiting(f"nothing has failed at activity instance {activity}")
        self._stimulus()
        phase = self._clear_failure(node)
        element = _element(node)
        if phase == "leave":
            self.finish_soon(node)
        elif phase == "results":
            self._take_back(node, dict(node.variables or {}))
        elif phase == "timer":
            self._attempt(node, "timer", lambda: self._rearm_all(node))
        elif phase == "open":
            self._attempt(node, "open", lambda: element.resume(self, node))
        elif _opens(element):
            self._begin(node)
        else:
            assert node.parent is not None
            self.pass_through(element, node.parent, node=node)
        self._advance()

    def set_variables(self, scope: int, variables: Variables) -> None:
        """Set variables in a scope by hand. Raises `NotWaiting` where the scope is gone."""
        node = self.nodes.get(scope)
        if node is None:
            raise NotWaiting(f"there is no scope {scope}")
        self.set_local(node, variables)

    def cancel(self) -> None:
        """End the instance from outside. Raises `NotWaiting` where it is over."""
        if self.ended:
            raise NotWaiting("the process instance is over")
        self._end("canceled")

    def proceed(self) -> None:
        """Go on after `ContinuationDue`."""
        self.queue.extend(self.deferred)
        self.deferred.clear()
        self._advance()

    def live(self) -> Iterator[LiveActivity]:
        """The open activity instances."""
        for node in self.nodes.values():
            if node.parent is not None:
                waits = "failed" if node.phase else _element(node).waits_for
                events = tuple((event, wait.kind) for event, wait in node.waits.items())
                yield LiveActivity(node.number, _element(node).bpmn_id, node.parent.number, waits, events)

    # --- what elements use ---------------------------------------------------------------------------------------

    def record(self, fact: Fact) -> None:
        """Report what has happened."""
        self._facts.append(fact)

    def number(self) -> int:
        """The number of a new activity instance."""
        self.last_number += 1
        return self.last_number

    def set_local(self, node: Node, variables: Variables) -> None:
        """Set variables in this very scope; what does not change leaves no trace."""
        if node.variables is None:
            node.variables = {}
        holder = node.variables
        for name, value in variables.items():
            known = name in holder
            old = holder.get(name)
            if known and type(old) is type(value) and old == value:
                continue
            self._undo_log.append((node, name, known, old))
            holder[name] = value
            self._facts.append(f.VariableSet(node.number, name, value))

    def assign(self, node: Node, variables: Variables) -> None:
        """Set each variable in the nearest scope that has it, else in the process."""
        if node.parent is None:
            self.set_local(node, variables)
            return
        for name, value in variables.items():
            self.set_local(node.holder_of(name), {name: value})

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

    def throw_from_end(self, element: EndEvent, scope: Node) -> None:
        """An error end event: the error leaves its scope (BPMN 13.5.6). Raises `StepFailure` where nobody catches it."""
        code = element.error_code or ""
        if not self.called and self._catcher(scope, code) is None:
            raise _unhandled(code)
        self.reached_end(element, scope)
        self._facts.append(f.ActivityPassed(self.number(), element.bpmn_id, scope.number))
        self._throw(None, scope, code, element.error_message)

    # --- the loop ------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        limit = self.steps + self.context.max_steps
        while not self.ended:
            if self.finishing:
                self._finish(self.finishing.popleft())
            elif self.queue:
                if self.steps >= limit:
                    break
                self._step(self.queue.popleft())
            elif not self._fire_inclusive_join():
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
        if self.steps_since_stimulus > self.context.step_ceiling:
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
                    consumed = take_one_each(scope, name)
                    self.steps += 1
                    self.steps_since_stimulus += 1
                    self.pass_through(gateway, scope, consumed=consumed)
                    return True
        return False

    def _begin(self, node: Node) -> None:
        """Enter an activity: map its inputs, attach its boundary events, announce what it waits for."""
        self._attempt(node, "enter", lambda: self._enter(node))

    def _enter(self, node: Node) -> None:
        element = _element(node)
        if element.input_mappings and node.parent is not None:
            try:
                self.set_local(node, apply(element.input_mappings, node.parent.visible))
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
        element, scope = _element(node), node.parent
        assert scope is not None
        if element.output_mappings:
            try:
                results = apply(element.output_mappings, node.visible)
            except EvaluationFailed as fault:
                raise StepFailure("mapping-failed", f"output {fault}") from None
            for name, value in results.items():
                self.set_local(scope.holder_of(name), {name: value})
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

    # --- events --------------------------------------------------------------------------------------------------

    def _triggered(self, node: Node, event: str, variables: Variables) -> None:
        element = _element(node)
        if event == element.bpmn_id:
            self._withdraw(node, event)
            element.accept(self, node, variables)
            self.finish_soon(node)
            return
        scope = node.parent
        assert scope is not None
        if isinstance(element, EventBasedGateway):
            self.assign(scope, variables)
            self._close(node, canceled=False)
            self._facts.append(f.ActivityEnded(node.number))
            self._pass_event(event, scope)
            return
        boundary = self.model.spec_of(event)
        assert isinstance(boundary, BoundaryEvent)
        self.assign(scope, variables)
        if boundary.cancel_activity:
            self._cancel(node)
        else:
            scope.tokens += 1
            self._rearm(node, boundary)
        self.pass_through(boundary, scope)

    def _pass_event(self, event: str, scope: Node) -> None:
        """The event behind an event-based gateway has happened: its element is passed."""
        target = self.model.spec_of(event)
        node = self._register(target, scope)
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
                self._fail(node, "timer", failure)

    def _rearm_all(self, node: Node) -> None:
        for event in _element(node).boundary_events:
            if event.repeats and event.bpmn_id not in node.waits:
                self._arm_timer(node, event, self.context.now, 1)

    def _arm_timer(self, node: Node, event: Trigger, since: datetime, repetition: int) -> None:
        due = event.due(node.visible, since, repetition)
        if due is not None:
            node.waits[event.bpmn_id] = Wait("timer", repetition, due)
            self._facts.append(f.TimerArmed(node.number, event.bpmn_id, due, repetition))

    def _withdraw(self, node: Node, event: str) -> None:
        wait = node.waits.pop(event)
        self._facts.append(f.WaitOver(node.number, event, wait.kind))

    # --- errors --------------------------------------------------------------------------------------------------

    def _throw(self, source: Node | None, scope: Node, code: str, message: str | None) -> None:
        """Give an error to the nearest catcher, from `scope` outwards; `source` is the open activity it comes from."""
        found = self._catcher(scope, code)
        if found is not None:
            node, boundary = found
            outside = node.parent
            assert outside is not None
            self._cancel(node)
            self.assign(outside, boundary.error_variables(code, message))
            self.pass_through(boundary, outside)
        elif self.called:
            self._end("error", code, message)
        elif source is not None:
            _element(source).closed(self, source, canceled=False)
            self._fail(source, "open", _unhandled(code, message))

    def _catcher(self, scope: Node, code: str) -> tuple[Node, BoundaryEvent] | None:
        """The nearest enclosing activity with an error boundary event for the code; specific before catch-all."""
        node: Node | None = scope
        while node is not None and node.parent is not None:
            catching = [event for event in _element(node).boundary_events if event.trigger_kind == "error"]
            for event in catching:
                if event.error_code == code and code:
                    return node, event
            for event in catching:
                if event.error_code is None:
                    return node, event
            node = node.parent
        return None

    def _take_back(self, node: Node, variables: Variables) -> None:
        """A called process has ended well: take its results and leave the call activity."""
        call = _element(node)
        assert isinstance(call, CallActivity)
        try:
            results = call.results(dict(variables))
        except StepFailure as failure:
            self.set_local(node, variables)
            self._fail(node, "results", failure)
            return
        call.accept(self, node, results)
        self.finish_soon(node)

    def _fail(self, node: Node, phase: str, failure: StepFailure) -> None:
        node.phase, node.failure = phase, failure.kind
        self._facts.append(f.StepFailed(node.number, _element(node).bpmn_id, failure.kind, failure.message))

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

    def _mark(self) -> tuple[int, int]:
        return len(self._facts), len(self._undo_log)

    def _undo(self, mark: tuple[int, int]) -> None:
        del self._facts[mark[0] :]
        while len(self._undo_log) > mark[1]:
            node, name, known, old = self._undo_log.pop()
            assert node.variables is not None
            if known:
                node.variables[name] = old
            else:
                del node.variables[name]

    # --- the life of nodes ---------------------------------------------------------------------------------------

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
        _element(node).closed(self, node, canceled=canceled)
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

    # --- small helpers -------------------------------------------------------------------------------------------

    def _open_node(self, activity: int, waiting_for: tuple[str, ...]) -> Node:
        node = self.nodes.get(activity)
        if node is None or node.parent is None or _element(node).waits_for not in waiting_for:
            raise NotWaiting(f"activity instance {activity} is not open for this")
        if node.phase not in ("", "timer"):
            raise NotWaiting(f"activity instance {activity} has failed ({node.failure}); resolve its incident first")
        return node

    def _entries(self, start_event: str | None) -> list[Element]:
        spec = self.model.spec
        if start_event is not None:
            known = {start.element for start in self.model.starts}
            if start_event not in known:
                raise NotWaiting(f"{start_event!r} is no start event of {self.model.key!r}; there are {sorted(known)}")
            return [self.model.spec_of(start_event)]
        entries = spec.entry_points()
        if not entries:
            raise NotWaiting(
                f"{self.model.key!r} is started by its events only: {[s.element for s in self.model.starts]}"
            )
        if self.model.starts and len(entries) > 1:
            raise NotWaiting(f"{self.model.key!r} has several start events; name one of {[e.bpmn_id for e in entries]}")
        return entries


def _element(node: Node) -> Element:
    assert node.element is not None
    return node.element


def _opens(element: Element) -> bool:
    """Whether entering the element opens an activity instance that begins (and not a passing act)."""
    return not isinstance(element, PassingElement) or type(element).begin is not Element.begin


def _unhandled(code: str, message: str | None = None) -> StepFailure:
    said = f": {message}" if message else ""
    return StepFailure("bpmn-error-unhandled", f"no event catches the error {code!r}{said}")


def _too_many_steps(ceiling: int) -> StepFailure:
    return StepFailure("step-limit", f"{ceiling} steps without any wait; is this an endless loop?")
