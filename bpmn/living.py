"""Living: the tokens, scopes and open activity instances of one process instance, their lives, and what fails of them.

A step that fails is undone as a whole; what waits for it is kept where it is taken up again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from bpmn import apart, listening
from bpmn import facts as f
from bpmn.asking import Asking
from bpmn.elements.base import Element, ScriptNeeded, StepFailure
from bpmn.elements.events import BoundaryEvent, StartEvent
from bpmn.expressions import Instance, Surroundings
from bpmn.scopes import INTERNAL, LISTENER, RUN, Beginning, Node, Token, element_of

if TYPE_CHECKING:
    from bpmn.apart import Shelf, Values
    from bpmn.context import Context
    from bpmn.model import ProcessModel
    from bpmn.sight import Sight
    from bpmn.values import Value, Variables


class NodeSight:
    """What is seen from a node, looked up when it is asked for: most elements have no expressions."""

    __slots__ = ("_acts", "_node", "_run")

    def __init__(self, run: Living, node: Node, *, acts: bool) -> None:
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


class Living(Asking):
    """What is alive, and how it begins and ends to be."""

    def __init__(self, model: ProcessModel, context: Context) -> None:
        super().__init__(context)
        self.model = model
        self.root = Node(0, model.spec.whole, None)
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
        #: How the process begins, until its listeners have heard of it; how it ends when nothing is alive any more.
        self.beginning: Beginning | None = None
        self.outcome = "completed"
        self.ended = False
        self.ends_reached: list[str] = []

    def sight(self, node: Node, *, acts: bool = False) -> Sight:
        """What an expression sees from a node; one that `acts` may set variables."""
        return NodeSight(self, node, acts=acts)

    def number(self) -> int:
        """The number of a new activity instance."""
        self.last_number += 1
        return self.last_number

    def load(self, variables: Values) -> None:
        """Take over variables that were saved."""
        for (scope, name), value in variables.items():
            holder = self.nodes[scope]
            if holder.variables is None:
                holder.variables = {}
            holder.variables[name] = value

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

    # --- the life of nodes ---

    def _register(self, element: Element, scope: Node, role: str = "") -> Node:
        node = Node(self.number(), element, scope)
        node.role = role
        scope.children[node.number] = node
        self.nodes[node.number] = node
        self.record(f.ActivityStarted(node.number, element.bpmn_id, scope.number, role))
        return node

    def open_listener(self, node: Node) -> None:
        """Open the activity instance of a listener inside the one that waits for it."""
        self._register(element_of(node), node, LISTENER)
        node.tokens += 1

    def leave_listener(self, node: Node) -> None:
        """The listener is done."""
        assert node.parent is not None
        node.parent.tokens -= 1
        self._close(node, canceled=False)
        self.record(f.ActivityEnded(node.number))

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
        listening.closed(self, node, canceled=canceled)
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
        if self.root.phase:
            self._clear_failure(self.root)
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
