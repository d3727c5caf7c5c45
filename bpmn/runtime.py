"""Runtime: the tokens, scopes and open activity instances of one process instance, and the loop that moves them.

The work is done by queues, never by recursion, and a step costs what is alive, not what has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from bpmn import apart, catching, crossing, joins, listening, throwing, undoing
from bpmn import facts as f
from bpmn.elements.adhoc import AdHocSubprocess
from bpmn.elements.base import Element, Flow, StepFailure
from bpmn.living import Living
from bpmn.scopes import BEHIND, BODY, RUN, UNDO, Node, Token, element_of

if TYPE_CHECKING:
    from bpmn.elements.data import DataFlow
    from bpmn.elements.events import EndEvent, StartEvent
    from bpmn.elements.throws import Throw
    from bpmn.specs import ProcessSpec
    from bpmn.values import Value, Variables


class Runtime(Living):
    """What elements see of the executor while they handle a token, and the loop that moves tokens."""

    # --- what elements use ---

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

    def open_step(self, node: Node) -> None:
        """Take what an activity does when it is open as a step of its own: it may fail, or wait for a script."""
        node.asked = None
        self._attempt(node, "open", lambda: element_of(node).resume(self, node))

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
        throwing.throw_from_end(self, element, throw, scope, inside)

    def throw_signal(self, scope: Node, name: str, payload: dict[str, Value], *, everywhere: bool = True) -> None:
        """Throw a signal to all who wait for it, or to those of this instance."""
        throwing.throw_signal(self, scope, name, payload, everywhere=everywhere)

    def throw_message(self, scope: Node, throw: Throw, name: str, payload: dict[str, Value], key: str | None) -> None:
        """Send a message to whoever waits for it."""
        throwing.throw_message(self, scope, throw, name, payload, key)

    def throw_escalation(self, scope: Node, code: str, payload: Variables) -> None:
        """Give an escalation to the nearest catcher; the thrower goes on."""
        throwing.throw_escalation(self, scope, code, payload)

    def implicit_throw(self, body: Node, throw: Throw, payload: dict[str, Value]) -> Callable[[], None]:
        """What is to be done for an event that a run of a repetition throws. Raises `StepFailure`."""
        return throwing.implicit_throw(self, body, throw, payload)

    def hand_out_from(self, data: DataFlow, scope: Node) -> None:
        """Let the data outputs that an event left in a scope go where they belong. Raises `StepFailure`."""
        crossing.hand_out_from(self, data, scope)

    def throw_from(self, node: Node, code: str, message: str | None) -> None:
        """Give an error of an open activity to the nearest event that catches it."""
        throwing.throw_error(self, node, node, code, message)

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
            self._terminate_all()
            return
        self.cancel_inside(scope, spare)
        scope.tokens = 1

    def _terminate_all(self) -> None:
        """Nothing begins any more; who listens to the process hears of its end."""
        root = self.root
        if root.element is None:
            self.end("terminated")
            return
        self.outcome = "terminated"
        self.cancel_inside(root)
        for key in list(root.waits):
            self._withdraw(root, key)
        root.generation += 1
        root.tokens = 0
        self.finish_soon(root)

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
        if token.position == BEHIND:
            self._hand_on(element, [], scope, 1)
            return
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
        if element.data is not None:
            crossing.take_in_data(self, node)
        if element.pre_script is not None and _has_scripts(node):  # before the parameters of an operator
            self.run_beside(node, element.pre_script)
        if element.input_mappings:
            crossing.take_in(self, node)
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
        elif element.heard is None:
            element.begin(self, node)
        elif listening.tell(self, node, element.heard, to_end=False):
            element.begin(self, node)
            node.heard = max(node.heard, element.heard.beginning)

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
            self._finish_process()
        elif node.pending:
            undoing.undo_next(self, node)
        elif node.role == UNDO:
            self._leave_undone(node)
        elif undoing.ends_transaction(node):
            undoing.transaction_canceled(self, node)
        else:
            self._attempt(node, "leave", lambda: self._leave(node))

    def _finish_process(self) -> None:
        """Nothing is alive in the process any more."""
        if self.root.element is None:
            self.end(self.outcome)
        else:
            self._attempt(self.root, "leave", self._leave_process)

    def _leave_process(self) -> None:
        """The process is over, behind the listeners of its end. Raises `StepFailure`."""
        heard = element_of(self.root).heard
        assert heard is not None
        if listening.tell(self, self.root, heard, to_end=True):
            self.end(self.outcome)

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
        if (
            element.heard is not None
            and node.role != BODY
            and not listening.tell(self, node, element.heard, to_end=True)
        ):
            return
        after = element.post_script if _has_scripts(node) else None
        if after is not None and node.role != BODY:
            self.run_beside(node, after)
        if node.role == BODY:
            apart.take_results(self, node)
        if node.role == BODY or element.output_mappings or element.data is not None:
            crossing.hand_out(self, node)
        if after is not None and node.role == BODY:  # it sees the results of all runs
            self.run_beside(node, after)
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
        """Send tokens over flows in place of those consumed; where none goes on, a border may still keep one."""
        if element.async_after and not flows:
            scope.tokens += 1 - consumed
            self.deferred.append(Token(element, BEHIND, scope, resumed=True))
        else:
            self._hand_on(element, flows, scope, consumed)

    def _hand_on(self, element: Element, flows: list[Flow], scope: Node, consumed: int) -> None:
        """Send the tokens; a scope in which nothing is alive is finished."""
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


def _has_scripts(node: Node) -> bool:
    """Whether the scripts before and after an activity are run here: at a repeated one once, or at each run."""
    repetition = element_of(node).repetition
    on_runs = repetition is not None and repetition.drawn.scripts_on_runs
    return node.role != (BODY if on_runs else RUN)
