"""Runtime: the tokens, scopes and open activity instances of one process instance, and the loop that moves them.

The work is done by queues, never by recursion, and a step costs what is alive, not what has happened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bpmn import apart, catching, crossing, joins, listening, undoing
from bpmn import facts as f
from bpmn.asking import Asking
from bpmn.deciding import FindDecision, no_decisions
from bpmn.elements.adhoc import AdHocSubprocess
from bpmn.elements.base import Element, Flow, ScriptNeeded, StepFailure
from bpmn.elements.events import BoundaryEvent, StartEvent
from bpmn.expressions import Instance, Surroundings
from bpmn.expressions.feel.budget import no_chance
from bpmn.scopes import BODY, INTERNAL, RUN, UNDO, Node, Token

if TYPE_CHECKING:
    from bpmn.apart import Shelf, Values
    from bpmn.elements.data import DataFlow
    from bpmn.elements.events import EndEvent
    from bpmn.elements.throws import Throw
    from bpmn.model import ProcessModel
    from bpmn.sight import Sight
    from bpmn.specs import ProcessSpec
    from bpmn.values import Value, Variables


@dataclass(frozen=True, slots=True)
class Context:
    """What comes in by the door: the time, the limits, who acts, `chance`, a number from 0 up to below 1, and the
    decisions that are deployed.

    `max_steps` elements are entered in one advance, then `ContinuationDue` asks for another; after `step_ceiling`
    without any wait the tokens stop with the failure "step-limit".
    """

    now: datetime
    max_steps: int = 1000
    step_ceiling: int = 100_000
    actor: str | None = None
    business_key: str | None = None
    instance_id: str | None = None
    definition_id: str | None = None
    chance: Callable[[], float] = no_chance
    decisions: FindDecision = no_decisions


class NodeSight:
    """What is seen from a node, looked up when it is asked for: most elements have no expressions."""

    __slots__ = ("_acts", "_node", "_run")

    def __init__(self, run: Runtime, node: Node, *, acts: bool) -> None:
        self._run = run
        self._node = node
        self._acts = acts

    @property
    def variables(self) -> Variables:
        return self._node.visible

    @property
    def settings(self) -> Surroundings:
        run, node = self._run, self._node
        context = run.context
        instance = Instance(
            context.instance_id, context.business_key, context.definition_id, run.model.key, context.actor
        )
        assign = (lambda name, value: run.assign(node, {name: value})) if self._acts else None
        moment, chance = run.moment, run.chance
        return Surroundings(lambda: moment, chance, instance=instance, activity=node.number, assign=assign, replies=run)


class Runtime(Asking):
    """What elements see of the executor while they handle a token."""

    def __init__(self, model: ProcessModel, context: Context) -> None:
        super().__init__(context)
        self.model = model
        self.root = Node(0, None, None)
        self.root.variables = {}
        self.nodes: dict[int, Node] = {0: self.root}
        self.queue: deque[Token] = deque()
        #: Tokens about to throw a signal: they go last, so that concurrent branches wait before it is thrown.
        self.loud: deque[Token] = deque()
        self.deferred: list[Token] = []
        self.finishing: deque[Node] = deque()
        #: Bodies of repetitions with runs still to be opened.
        self.opening: deque[Node] = deque()
        #: Waits that came true in this advance (conditions, signals thrown here), with what comes with them.
        self.fired: deque[tuple[Node, str, dict[str, Value]]] = deque()
        #: The nodes that wait for a condition.
        self.watching: set[int] = set()
        #: The scopes with joins in which something has changed since they were last looked at.
        self.joining: set[int] = set()
        #: The scopes in which tokens wait at complex gateways, whose conditions may be about anything.
        self.choosing: set[int] = set()
        #: Where runs are that are kept apart, the bodies of such runs, and what was loaded: numbers by that of the run.
        self.shelf: Shelf | None = None
        self.crowded: set[int] = set()
        self.taken: dict[int, tuple[int, ...]] = {}
        #: The bodies whose results lay apart when the execution was restored.
        self.storing: set[int] = set()
        #: The correlation keys that messages of this instance have brought so far, by id.
        self.known_keys: dict[str, str] = {}
        self.last_number = 0
        self.steps = 0
        self.steps_since_stimulus = 0
        self.called = False
        self.ended = False
        self.ends_reached: list[str] = []

    # --- what elements use ---

    def sight(self, node: Node, *, acts: bool = False) -> Sight:
        """What an expression sees from a node; one that `acts` may set variables."""
        return NodeSight(self, node, acts=acts)

    def number(self) -> int:
        """The number of a new activity instance."""
        self.last_number += 1
        return self.last_number

    def pass_through(self, element: Element, scope: Node, *, node: Node | None = None, consumed: int = 1) -> None:
        """Let an element act and hand its token on; `node` is the parked attempt that is repeated."""
        mark, generation = self._mark(), scope.generation
        number = 0 if node is not None else self.number()
        before = self._take_again(None if node is None else node.asked)
        try:
            flows = element.act(self, scope)
        except StepFailure as failure:
            self._undo(mark)
            if node is None:
                self.last_number = number - 1  # what fails has numbered nothing
                scope.tokens -= consumed - 1
                node = self._register(element, scope)
            self._fail(node, "enter", failure)
            return
        finally:
            self._take_again(before)
        if node is None:
            self._facts.insert(mark[0], f.ActivityPassed(number, element.bpmn_id, scope.number))
        elif not node.dead:
            self._unregister(node)
            self.record(f.ActivityEnded(node.number))
        # What it threw may have ended the scope, or everything in it; then its token is gone already.
        if not scope.dead and not self.ended and scope.generation == generation:
            self._send(element, flows, scope, consumed)

    def open(self, element: Element, scope: Node) -> None:
        """Open an activity instance with the token that has come, or the body of its repetitions."""
        self._begin(self._register(element, scope, BODY if element.repetition is not None else ""))

    def keep_back(self, token: Token, failure: StepFailure) -> None:
        """A token that cannot arrive: it comes again when that is mended."""
        node = self._register(token.element, token.scope)
        node.index = token.position
        self._fail(node, "arrive", failure)

    def finish_soon(self, node: Node) -> None:
        """The activity is done; it is left as soon as the present step is over."""
        self.finishing.append(node)

    def wait_at_join(self, element: Element, token: Token) -> list[int]:
        """Keep a token at a join; the tokens that wait there by incoming flow."""
        counts = token.scope.joins.get(element.bpmn_id)
        if counts is None:
            counts = token.scope.joins[element.bpmn_id] = [0] * len(element.incoming)
        self.joining.add(token.scope.number)
        counts[max(token.position, 0)] += 1
        return counts

    def enter_scope(self, body: ProcessSpec, node: Node, start: StartEvent | None = None) -> None:
        """Let the inside of a subprocess begin, plainly or at the start event triggered. Raises `StepFailure`."""
        if node.variables is None:
            node.variables = {}
        self.enter_with(body.entries(start), body, node)

    def enter_with(self, entries: Iterable[Element], body: ProcessSpec, node: Node) -> None:
        """Let the inside begin at these elements, with its event subprocesses waiting. Raises `StepFailure`."""
        for handler in body.event_subprocesses():
            for start in handler.starts:
                self.arm(node, start)
        tokens = [Token(entry, -1, node) for entry in entries]
        node.tokens = len(tokens)
        self.queue.extend(tokens)
        if not tokens:
            self.finish_soon(node)

    def enter_next(self, entry: Element, node: Node) -> None:
        """Let one more activity of a scope begin."""
        node.tokens += 1
        self.queue.append(Token(entry, -1, node))

    def drop_tokens(self, scope: Node) -> None:
        """Let the tokens that are on their way in a scope be gone; what is open stays."""
        waiting = sum(token.scope is scope for token in (*self.queue, *self.loud, *self.deferred))
        waiting += sum(sum(counts) for counts in scope.joins.values())
        scope.tokens -= waiting
        scope.joins.clear()
        self._forget_tokens(scope)

    def jump(self, target: Element, scope: Node) -> None:
        """Put a token on an element without a flow (BPMN 10.5.5, link)."""
        scope.tokens += 1
        self.queue.append(Token(target, -1, scope))

    def open_runs(self, body: Node, number: int) -> None:
        """Open runs of a repetition, one a step."""
        body.unopened += number
        if body not in self.opening:
            self.opening.append(body)

    def open_run(self, element: Element, body: Node, index: int, local: dict[str, Value]) -> None:
        """Open one run of a repetition, with its local variables."""
        node = self._register(element, body, RUN)
        node.index = index
        self.set_local(node, local)
        self._begin(node)

    def arm(self, node: Node, event: Element) -> None:
        """Wait for an event at an activity instance or in a scope. Raises `StepFailure`."""
        catching.arm(self, node, event)

    def throw_from_end(self, element: EndEvent, throw: Throw, scope: Node, inside: Node) -> None:
        """An error end event; `inside` sees what it throws. Raises `StepFailure` if nobody catches it."""
        catching.throw_from_end(self, element, throw, scope, inside)

    def throw_signal(self, scope: Node, name: str, payload: dict[str, Value], *, everywhere: bool = True) -> None:
        """Throw a signal to all who wait for it, or to those of this instance."""
        catching.throw_signal(self, scope, name, payload, everywhere=everywhere)

    def throw_message(self, scope: Node, throw: Throw, name: str, payload: dict[str, Value], key: str | None) -> None:
        """Send a message to whoever waits for it."""
        catching.throw_message(self, scope, throw, name, payload, key)

    def throw_escalation(self, scope: Node, code: str, payload: Variables) -> None:
        """Give an escalation to the nearest catcher; the thrower goes on."""
        catching.throw_escalation(self, scope, code, payload)

    def implicit_throw(self, body: Node, throw: Throw, payload: dict[str, Value]) -> Callable[[], None]:
        """What is to be done for an event that a run of a repetition throws. Raises `StepFailure`."""
        return catching.implicit_throw(self, body, throw, payload)

    def hand_out_from(self, data: DataFlow, scope: Node) -> None:
        """Let the data outputs that an event left in a scope go where they belong. Raises `StepFailure`."""
        crossing.hand_out_from(self, data, scope)

    def throw_from(self, node: Node, code: str, message: str | None) -> None:
        """Give an error of an open activity to the nearest event that catches it."""
        catching.throw_error(self, node, node, code, message)

    def compensate(self, node: Node, throw: Throw | None) -> None:
        """Undo what the throwing event at `node` means; it is left when that is done."""
        undoing.compensate(self, node, throw)

    def cancel_transaction(self, node: Node) -> None:
        """Undo everything in the transaction around the cancel end event at `node`."""
        undoing.cancel_transaction(self, node)

    def reached_end(self, element: EndEvent, scope: Node) -> None:
        """Remember an end event of the process itself."""
        if scope.parent is None and element.bpmn_id not in self.ends_reached:
            self.ends_reached.append(element.bpmn_id)

    def terminate(self, scope: Node, spare: Node | None = None) -> None:
        """End everything else in a scope (BPMN 13.5.6, terminate)."""
        if scope.parent is None:
            self.end("terminated")
            return
        self.cancel_inside(scope, spare)
        scope.tokens = 1

    def load(self, variables: Values) -> None:
        """Take over variables that were saved."""
        for (scope, name), value in variables.items():
            holder = self.nodes[scope]
            if holder.variables is None:
                holder.variables = {}
            holder.variables[name] = value

    # --- the loop ---

    def _advance(self) -> None:
        limit = self.steps + self.context.max_steps
        while not self.ended:
            if self.changed and self.watching:
                catching.check_conditions(self)
            if self.fired:
                node, key, payload = self.fired.popleft()
                if key in node.waits and not node.dead:
                    catching.triggered(self, node, key, payload)
            elif self.finishing:
                self._finish(self.finishing.popleft())
            elif self.queue or self.opening or self.loud:
                if self.steps >= limit:
                    break
                self._move()
            elif not joins.settle(self):
                break
        self._undo_log.clear()
        if not self.ended:
            self._announce()

    def _announce(self) -> None:
        """Ask for what is to go on in other transactions: each new token at a border, and the rest of this advance."""
        for token in self.deferred:
            if not token.announced:
                token.announced = True
                border = token.border
                self.record(f.ContinuationDue(border.priority_in(self.sight(token.scope)), border.bpmn_id))
        if self.queue or self.opening or self.loud:
            self.record(f.ContinuationDue())

    def _move(self) -> None:
        if self.queue:
            token = self.queue.popleft()
            if token.element.throws_signals and (self.queue or self.opening):
                self.loud.append(token)
            else:
                self._step(token)
            return
        if not self.opening:
            self._step(self.loud.popleft())
            return
        body = self.opening[0]
        if body.dead or not body.unopened or body.phase:
            self.opening.popleft()
            return
        if self._count_step(element_of(body), body):
            body.unopened -= 1
            repetition = element_of(body).repetition
            assert repetition is not None
            self._attempt(body, "repeat", lambda: repetition.open_next(self, body))

    def _step(self, token: Token) -> None:
        if token.scope.dead:
            return
        self._undo_log.clear()
        element, scope = token.element, token.scope
        if element.async_before and not token.resumed:
            token.resumed, token.announced = True, False
            self.deferred.append(token)
            return
        if element.start_quantity > 1 and not joins.enough(self, element, token):
            return
        if not self._count_step(element, None):
            self._fail(self._register(element, scope), "enter", joins.too_many_steps(self.context.step_ceiling))
        elif element.repetition is not None:
            self.open(element, scope)
        else:
            element.arrive(self, token)

    def _count_step(self, element: Element, body: Node | None) -> bool:
        """Count a step; false when there were too many since the last stimulus."""
        self.steps += 1
        self.steps_since_stimulus += 1
        if self.steps_since_stimulus <= self.context.step_ceiling or element.is_join:
            return True
        if body is not None:
            self._fail(body, "repeat", joins.too_many_steps(self.context.step_ceiling))
        return False

    def _stimulus(self) -> None:
        self._undo_log.clear()
        self.steps_since_stimulus = 0

    def _begin(self, node: Node) -> None:
        """Enter an activity: map its inputs, attach its boundary events, announce what it waits for."""
        self._attempt(node, "enter", lambda: self._enter(node))

    def _enter(self, node: Node) -> None:
        element = element_of(node)
        if element.input_mappings or element.data is not None:
            crossing.take_in(self, node)
        if element.pre_script is not None and node.role != BODY:
            self.run_beside(node, element.pre_script)
        if node.role != RUN:
            for event in element.boundary_events:
                self.arm(node, event)
        self.begin(node)

    def begin(self, node: Node) -> None:
        """Let the runs of a repetition, or what the element does, begin; its listeners hear of it first.

        Raises `StepFailure`.
        """
        element = element_of(node)
        if node.role == BODY and element.repetition is not None:
            element.repetition.begin(self, node)
        elif element.heard is None or listening.tell(self, node, element.heard, to_end=False):
            element.begin(self, node)

    def _finish(self, node: Node) -> None:
        """Leave an activity or a scope in which nothing is alive any more."""
        if node.dead or node.number not in self.nodes:
            return
        element = node.element
        if node.phase == "leave":
            return
        if isinstance(element, AdHocSubprocess) and node.role in ("", RUN):
            self._leave_ad_hoc(node, element)
        elif node.tokens and node.role != BODY:
            return
        elif node.parent is None:
            self.end("completed")
        elif node.pending:
            undoing.undo_next(self, node)
        elif node.role == UNDO:
            self._leave_undone(node)
        elif undoing.ends_transaction(node):
            undoing.transaction_canceled(self, node)
        else:
            self._attempt(node, "leave", lambda: self._leave(node))

    def _leave_ad_hoc(self, node: Node, element: AdHocSubprocess) -> None:
        """Two steps: what the first has canceled stays so when the second fails, or waits for a script."""
        if node.opened:
            self.drop_tokens(node)
        else:
            self._attempt(node, "leave", lambda: element.activity_ended(self, node))
        if not (node.phase or node.tokens or node.pending) and element.is_over(node):
            node.opened = 1
            self._attempt(node, "leave", lambda: self._leave(node))

    def _leave(self, node: Node) -> None:
        """Map the outputs, choose the ways out, close the activity. Raises `StepFailure`."""
        element, scope = element_of(node), node.parent
        assert scope is not None
        if node.listening:
            return
        if (
            element.heard is not None
            and node.role != BODY
            and not listening.tell(self, node, element.heard, to_end=True)
        ):
            return
        if element.post_script is not None and node.role != BODY:
            self.run_beside(node, element.post_script)
        if node.role == BODY:
            apart.take_results(self, node)
        if node.role == BODY or element.output_mappings or element.data is not None:
            crossing.hand_out(self, node)
        if node.role == RUN:
            self._leave_run(node, scope)
            return
        flows = [] if element.is_compensation_handler else element.ways_out(self.sight(scope))
        undoing.remember(node)
        self._close(node, canceled=False)
        self.record(f.ActivityEnded(node.number))
        self._send(element, flows, scope, 1)

    def _leave_run(self, node: Node, body: Node) -> None:
        repetition = element_of(node).repetition
        assert repetition is not None
        stop, thrown = repetition.ended(self, body, node)
        undoing.remember(node)
        self._close(node, canceled=False)
        self.record(f.ActivityEnded(node.number))
        for throw in thrown:
            if not body.dead:
                throw()
        if body.dead:
            return
        if stop:
            self.cancel_inside(body)
            body.unopened = 0
            self.finish_soon(body)
        elif repetition.drawn.sequential:
            self.open_runs(body, 1)

    def _leave_undone(self, node: Node) -> None:
        scope = node.parent
        assert scope is not None
        self._close(node, canceled=False)
        self.record(f.ActivityEnded(node.number))
        scope.tokens -= 1
        self.finish_soon(scope)

    def _send(self, element: Element, flows: list[Flow], scope: Node, consumed: int) -> None:
        """Send tokens over flows in place of those consumed; a scope in which nothing is alive is finished."""
        if element.completion_quantity > 1:
            flows = flows * element.completion_quantity
        behind_border = element.async_after
        scope.tokens += len(flows) - consumed
        for flow in flows:
            token = Token(flow.target, flow.position, scope)
            (self.deferred if behind_border else self.queue).append(token)
        if scope.joins:
            self.joining.add(scope.number)
        if isinstance(scope.element, AdHocSubprocess) and element.is_activity:
            scope.completed += 1
            self.finishing.append(scope)
        elif scope.tokens == 0:
            self.finishing.append(scope)

    # --- steps that fail, or wait for a script ---

    def _fail(self, node: Node, phase: str, failure: StepFailure) -> None:
        node.phase, node.failure = phase, failure.kind
        if isinstance(failure, ScriptNeeded):
            self._ask(node, failure)
            return
        node.asked = None
        self._facts.append(f.StepFailed(node.number, element_of(node).bpmn_id, failure.kind, failure.message))

    def _clear_failure(self, node: Node) -> str:
        """The step that failed, or waits for a script, is to be taken again or not at all; where it was."""
        phase, has_failed = node.phase, bool(node.failure)
        node.phase, node.failure = "", ""
        self._facts.append(f.FailureCleared(node.number) if has_failed else f.ScriptOver(node.number))
        return phase

    def _attempt(self, node: Node, phase: str, step: Callable[[], None]) -> None:
        """Take a step at an open activity; a failure undoes what it did so far."""
        mark = self._mark()
        waits = dict(node.waits)
        before = self._take_again(node.asked)
        try:
            step()
        except StepFailure as failure:
            self._undo(mark)
            node.waits = waits
            self._fail(node, phase, failure)
        finally:
            self._take_again(before)
        if not node.phase:
            node.asked = None

    def open_step(self, node: Node) -> None:
        """Take what an activity does when it is open as a step of its own: it may fail, or wait for a script."""
        node.asked = None
        self._attempt(node, "open", lambda: element_of(node).resume(self, node))

    # --- the life of nodes ---

    def _register(self, element: Element, scope: Node, role: str = "") -> Node:
        node = Node(self.number(), element, scope)
        node.role = role
        scope.children[node.number] = node
        self.nodes[node.number] = node
        self.record(f.ActivityStarted(node.number, element.bpmn_id, scope.number, role))
        return node

    def _unregister(self, node: Node) -> None:
        node.dead = True
        del self.nodes[node.number]
        if node.parent is not None:
            del node.parent.children[node.number]
            if node.parent.joins:
                self.joining.add(node.parent.number)

    def _close(self, node: Node, *, canceled: bool) -> None:
        if node.phase:
            self._clear_failure(node)
        if node.listening:
            listening.withdraw(self, node)
        elif node.role in ("", RUN) and not node.done:
            element_of(node).closed(self, node, canceled=canceled)
        for key in list(node.waits):
            self._withdraw(node, key)
        if node.variables:
            self.record(f.ScopeEnded(node.number))
        self._unregister(node)

    def cancel_node(self, node: Node) -> None:
        """End an open activity and everything in it, inner ones first; its token stays with the caller."""
        self.cancel_inside(node)
        self._close(node, canceled=True)
        self.record(f.ActivityCanceled(node.number))

    def cancel_inside(self, scope: Node, spare: Node | None = None) -> None:
        """End everything in a scope, but for the open activity to be spared."""
        apart.take_all(self, scope)
        for node in reversed(scope.descendants()):
            if node is not spare:
                self._close(node, canceled=True)
                self.record(f.ActivityCanceled(node.number))
        scope.joins.clear()
        self._forget_tokens(scope)

    def _forget_tokens(self, scope: Node) -> None:
        self.queue, self.loud = deque(_outside(self.queue, scope)), deque(_outside(self.loud, scope))
        self.deferred = _outside(self.deferred, scope)

    def stop_listening(self, scope: Node) -> None:
        """Let the event subprocesses of a scope wait no more."""
        for key in list(scope.waits):
            if isinstance(self.model.catch_of(key).element, StartEvent):
                self._withdraw(scope, key)

    def stop_waiting(self, activity: Node) -> None:
        """Let the boundary events of an activity wait no more; of a repeated one all of them."""
        body = activity.parent if activity.role == RUN else activity
        assert body is not None
        for key in [key for key in body.waits if isinstance(self.model.catch_of(key).element, BoundaryEvent)]:
            self._withdraw(body, key)

    def end(self, outcome: str, code: str | None = None, message: str | None = None) -> None:
        """The instance is over."""
        self.cancel_inside(self.root)
        for key in list(self.root.waits):
            self._withdraw(self.root, key)
        for work in (self.queue, self.loud, self.deferred, self.finishing, self.opening, self.fired):
            work.clear()
        self.ended = True
        self.record(f.ProcessEnded(outcome, tuple(self.ends_reached), code, message))

    def _withdraw(self, node: Node, key: str) -> None:
        wait = node.waits.pop(key)
        if wait.kind not in INTERNAL:
            self.record(f.WaitOver(node.number, key, wait.kind))


def _outside(tokens: Iterable[Token], scope: Node) -> list[Token]:
    return [token for token in tokens if token.scope is not scope and not token.scope.dead]


def element_of(node: Node) -> Element:
    assert node.element is not None
    return node.element
