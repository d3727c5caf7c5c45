"""Reference: a token game written from the text of BPMN 2.0.2, small and slow, that knows nothing of the interpreter.

Tokens lie on sequence flows or are in activities; where the standard leaves an order open (which inclusive gateway
fires first, which of two ends is reached first) every order is played, so that a stimulus has a set of outcomes.

13.4.1  parallel: one token of every incoming flow is consumed, one put on every outgoing flow
13.4.2  exclusive: passes each token to the first flow whose condition is true, else to the default
13.4.3  inclusive: see `is_activated`
13.4.4  event-based: the first event that comes is passed
10.3    an activity that no flow leads to begins with its level
13.3.1  activities: uncontrolled and conditional flow
13.3.4  subprocess: complete when no token is left in it; a terminate end removes them all
10.5.6  errors and escalations: the nearest enclosing catcher, in a level its handlers, then the border of its activity
13.5.4  event subprocesses: beside the rest of their level, or instead of it
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

Path: TypeAlias = tuple[str, ...]
#: What is open, as a tree: element, whether it waits for help, the events it waits for, and what is open in it.
Signature: TypeAlias = tuple[tuple[str, bool, tuple[str, ...], "Signature"], ...]


class TooMuch(Exception):
    """A story that takes longer than anybody wants to wait: an endless loop, or tokens without number."""


@dataclass(frozen=True)
class Flow:
    """`condition` is the name of a variable that is true or false."""

    id: str
    source: str
    target: str
    condition: str | None = None
    is_default: bool = False


@dataclass
class Node:
    """`kind` is one of start, end, terminate, error, raise, user, task, xor, and, or, event, receive, sub, handler,
    message, catch, heed.

    The last three are boundary events, of a message, an error or an escalation, at `attached_to`. A handler is an event
    subprocess; what begins it is its `trigger`: "message", "catch" (an error) or "heed" (an escalation).
    """

    id: str
    kind: str
    inside: Graph | None = None
    attached_to: str | None = None
    interrupts: bool = True
    code: str = ""
    trigger: str = ""
    local: dict[str, bool] = field(default_factory=dict)

    def __deepcopy__(self, memo: object) -> Node:
        return self


@dataclass
class Graph:
    """One level of a diagram; flows in the order of the file."""

    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    def leaving(self, node: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.source == node]

    def entering(self, node: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.target == node]

    def attached(self, node: str) -> list[Node]:
        return [item for item in self.nodes.values() if item.attached_to == node]

    def __deepcopy__(self, memo: object) -> Graph:
        return self


@dataclass(eq=False)
class Activity:
    """A token that is in a node; `stuck` where it cannot leave it."""

    node: Node
    scope: Scope
    inside: Scope | None = None
    stuck: bool = False


@dataclass(eq=False)
class Scope:
    """A running level: tokens at nodes they have come to, tokens that wait on flows, and activities."""

    graph: Graph
    variables: dict[str, bool]
    owner: Activity | None = None
    #: Whether its handlers still wait: none does where one of them interrupted.
    listens: bool = True
    arrived: list[str] = field(default_factory=list)
    waiting: Counter[str] = field(default_factory=Counter)
    activities: list[Activity] = field(default_factory=list)

    def is_empty(self) -> bool:
        return not self.arrived and not self.activities and not +self.waiting

    def value(self, name: str) -> bool:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return scope.variables[name]
            scope = scope.owner.scope if scope.owner else None
        raise KeyError(name)

    def assign(self, name: str, value: bool) -> None:
        scope = self
        while name not in scope.variables and scope.owner is not None:
            scope = scope.owner.scope
        scope.variables[name] = value

    def all_scopes(self) -> Iterator[Scope]:
        yield self
        for activity in self.activities:
            if activity.inside is not None:
                yield from activity.inside.all_scopes()


@dataclass(eq=False)
class State:
    """A running process; `outcome` is "completed" or "terminated" when it is over."""

    root: Scope
    outcome: str | None = None
    moves: int = 0

    def signature(self) -> Signature:
        return () if self.outcome else _signature(self.root)

    def awaited(self) -> tuple[str, ...]:
        """The events that handlers of the process itself wait for."""
        return () if self.outcome else _heard_in(self.root)

    def key(self) -> object:
        return self.outcome, _key(self.root)


def _signature(scope: Scope) -> Signature:
    items = [
        (item.node.id, item.stuck, _awaited(item), _signature(item.inside) if item.inside else ())
        for item in scope.activities
    ]
    return tuple(sorted(items))


def _awaited(activity: Activity) -> tuple[str, ...]:
    """The messages that an activity waits for: at its border, behind it, and for the handlers in it."""
    graph, name = activity.scope.graph, activity.node.id
    found = [event.id for event in graph.attached(name) if event.kind == "message"]
    if activity.node.kind == "event":
        found += [flow.target for flow in graph.leaving(name)]
    if activity.inside is not None:
        found += _heard_in(activity.inside)
    return tuple(sorted(found))


def _heard_in(scope: Scope) -> tuple[str, ...]:
    handlers = [node for node in scope.graph.nodes.values() if node.trigger == "message" and scope.listens]
    starts = [
        item.id for node in handlers if node.inside for item in node.inside.nodes.values() if item.kind == "start"
    ]
    return tuple(sorted(starts))


def _key(scope: Scope) -> object:
    inner = sorted(
        ((item.node.id, item.stuck, _key(item.inside) if item.inside else ()) for item in scope.activities), key=repr
    )
    waiting = tuple(sorted((+scope.waiting).items()))
    return tuple(inner), tuple(sorted(scope.arrived)), waiting, tuple(sorted(scope.variables.items())), scope.listens


def start(graph: Graph, variables: dict[str, bool]) -> list[State]:
    """The states a new instance may come to rest in."""
    state = State(Scope(graph, dict(variables)))
    _enter(state.root)
    return _settle(state)


def complete(states: Iterable[State], path: Path, variables: dict[str, bool]) -> list[State]:
    """A user task at `path` is done: the states that this may lead to, from any of `states`."""

    def act(state: State, activity: Activity) -> None:
        for name, value in variables.items():
            activity.scope.assign(name, value)
        _leave(state, activity)

    return _each(states, path, act, stuck=False)


def message(states: Iterable[State], path: Path, event: str) -> list[State]:
    """An event at the activity at `path` has got its message: of a boundary event, a gateway, a handler inside."""

    def act(state: State, activity: Activity) -> None:
        if activity.node.kind == "event":
            activity.scope.activities.remove(activity)
            _pass(state, activity.scope, activity.scope.graph.nodes[event])
        elif event in activity.scope.graph.nodes:
            _catch_at_border(activity, activity.scope.graph.nodes[event])
        elif activity.inside is not None:
            activity.stuck = False
            _handle(activity.inside, _handler_of(activity.inside, event))

    if path:
        return _each(states, path, act, stuck=None)
    return _each_root(states, lambda state: _handle(state.root, _handler_of(state.root, event)))


def _each_root(states: Iterable[State], act: Callable[[State], None]) -> list[State]:
    settled: dict[object, State] = {}
    for state in states:
        if state.root.listens:
            twin = copy.deepcopy(state)
            act(twin)
            settled.update({item.key(): item for item in _settle(twin)})
    return list(settled.values())


def _handler_of(scope: Scope, event: str) -> Node:
    """The handler of a level that a start event belongs to."""
    return next(node for node in scope.graph.nodes.values() if node.inside and event in node.inside.nodes)


def _handle(scope: Scope, handler: Node) -> None:
    if handler.interrupts:
        scope.arrived.clear()
        scope.waiting.clear()
        scope.activities.clear()
        scope.listens = False
    activity = Activity(handler, scope)
    scope.activities.append(activity)
    assert handler.inside is not None
    activity.inside = Scope(handler.inside, {}, activity)
    _enter(activity.inside)


def _catch_at_border(activity: Activity, event: Node) -> None:
    if event.interrupts:
        activity.scope.activities.remove(activity)
    activity.scope.arrived.append(event.id)


def retry(states: Iterable[State], path: Path, variables: dict[str, bool]) -> list[State]:
    """The variables are set, and what is stuck at `path` tries again."""

    def act(state: State, activity: Activity) -> None:
        state.root.variables.update(variables)
        activity.stuck = False
        if activity.node.kind in ("error", "raise"):
            activity.scope.activities.remove(activity)
            activity.scope.arrived.append(activity.node.id)
        else:
            _leave(state, activity)

    return _each(states, path, act, stuck=True)


def _each(states: Iterable[State], path: Path, act: object, *, stuck: bool | None) -> list[State]:
    settled: dict[object, State] = {}
    for state in states:
        for index, activity in enumerate(_at(state.root, path)):
            if stuck is None or activity.stuck is stuck:
                twin = copy.deepcopy(state)
                act(twin, list(_at(twin.root, path))[index])  # type: ignore[operator]
                settled.update({item.key(): item for item in _settle(twin)})
    return list(settled.values())


def _at(scope: Scope, path: Path) -> Iterator[Activity]:
    for activity in scope.activities:
        if activity.node.id == path[0]:
            if len(path) == 1:
                yield activity
            elif activity.inside is not None:
                yield from _at(activity.inside, path[1:])


def _settle(begun: State) -> list[State]:
    """All states of rest that can be reached, each once. Raises `TooMuch`."""
    settled: dict[object, State] = {}
    seen: set[object] = set()
    pending = [begun]
    while pending:
        state = pending.pop()
        _run_safe_moves(state)
        key = state.key()
        if key in seen:
            continue
        seen.add(key)
        if len(seen) > 200:
            raise TooMuch
        choices = 0 if state.outcome else sum(1 for _ in _choices(state))
        if not choices:
            settled[key] = state
        for number in range(choices):
            twin = copy.deepcopy(state)
            scope, node = list(_choices(twin))[number]
            _choose(twin, scope, node)
            pending.append(twin)
    if not settled:  # every order goes round for ever
        raise TooMuch
    for state in settled.values():
        state.moves = 0
    return list(settled.values())


def _choices(state: State) -> Iterator[tuple[Scope, Node]]:
    """What may happen next where the order matters."""
    for scope in state.root.all_scopes():
        for name in dict.fromkeys(scope.arrived):
            yield scope, scope.graph.nodes[name]
        for node in scope.graph.nodes.values():
            if node.kind == "or" and is_activated(scope, node.id):
                yield scope, node


def _choose(state: State, scope: Scope, node: Node) -> None:
    if node.kind == "or":
        for flow in scope.graph.entering(node.id):
            if scope.waiting[flow.id]:
                scope.waiting[flow.id] -= 1
        _pass(state, scope, node)
        return
    scope.arrived.remove(node.id)
    if node.kind == "error":
        _throw(scope, node)
    elif node.kind == "raise":
        _raise(state, scope, node)
    elif scope.owner is None:
        state.outcome = "terminated"
    else:
        scope.arrived.clear()
        scope.waiting.clear()
        scope.activities.clear()


def _throw(scope: Scope, node: Node) -> None:
    found = _catcher(scope, "catch", node.code)
    if found is None:
        scope.activities.append(Activity(node, scope, stuck=True))
    else:
        found()


def _raise(state: State, scope: Scope, node: Node) -> None:
    """An escalation: whoever throws it goes on, unless it is interrupted by who catches it."""
    ways = ways_out(scope, node)
    if ways is None:
        scope.activities.append(Activity(node, scope, stuck=True))
        return
    found = _catcher(scope, "heed", node.code)
    before = scope.listens
    if found is not None:
        found()
    interrupted = before and not scope.listens
    if not interrupted and scope in state.root.all_scopes():
        _send(scope, ways)


def _catcher(scope: Scope, kind: str, code: str) -> Callable[[], None] | None:
    """What happens at the nearest catcher.

    A handler does not catch what it throws itself; one that interrupted its level leaves no other handler there alive.
    """
    level: Scope | None = scope
    thrower: Node | None = None
    while level is not None:
        here = level
        handlers = [node for node in level.graph.nodes.values() if node.kind == "handler" and node.trigger == kind]
        others = (
            [] if thrower is not None and thrower.interrupts else [node for node in handlers if node is not thrower]
        )
        if (handler := _fitting(others, code)) is not None:
            return lambda: _handle(here, handler)
        owner = level.owner
        if owner is None:
            return None
        events = [event for event in owner.scope.graph.attached(owner.node.id) if event.kind == kind]
        if (event := _fitting(events, code)) is not None:
            return lambda: _catch_at_border(owner, event)
        thrower = owner.node if owner.node.kind == "handler" else None
        level = owner.scope
    return None


def _fitting(catchers: list[Node], code: str) -> Node | None:
    """The first for the very code, else the first for all codes."""
    exact = [node for node in catchers if node.code == code]
    return next(iter(exact + [node for node in catchers if not node.code]), None)


def _run_safe_moves(state: State) -> None:
    """Whatever leads to the same state in any order."""
    while state.outcome is None and any(_move(state, scope) for scope in list(state.root.all_scopes())):
        state.moves += 1
        tokens = sum(
            len(scope.arrived) + len(scope.activities) + scope.waiting.total() for scope in state.root.all_scopes()
        )
        if state.moves > 300 or tokens > 40:
            raise TooMuch


def _move(state: State, scope: Scope) -> bool:
    for index, name in enumerate(scope.arrived):
        node = scope.graph.nodes[name]
        if node.kind not in ("terminate", "error", "raise"):
            del scope.arrived[index]
            _arrive(state, scope, node)
            return True
    for node in scope.graph.nodes.values():
        flows = scope.graph.entering(node.id)
        if node.kind == "and" and len(flows) > 1 and all(scope.waiting[flow.id] for flow in flows):
            scope.waiting.subtract([flow.id for flow in flows])
            _pass(state, scope, node)
            return True
    return _ends(state, scope)


def _ends(state: State, scope: Scope) -> bool:
    if not scope.is_empty():
        return False
    if scope.owner is None:
        state.outcome = "completed"
        return True
    if scope.owner.stuck or scope.owner not in scope.owner.scope.activities:
        return False
    _leave(state, scope.owner)
    return True


def _arrive(state: State, scope: Scope, node: Node) -> None:
    if node.kind in ("user", "sub", "event"):
        activity = Activity(node, scope)
        scope.activities.append(activity)
        if node.inside is not None:
            activity.inside = Scope(node.inside, dict(node.local), activity)
            _enter(activity.inside)
    elif node.kind != "end":
        _pass(state, scope, node)


def _enter(scope: Scope) -> None:
    """The start events and the activities that no flow leads to; without a start event, all that no flow leads to."""
    nodes = list(scope.graph.nodes.values())
    starts = [node for node in nodes if node.kind == "start"]
    lone = [node for node in nodes if not scope.graph.entering(node.id) and node.kind not in ("start", "handler")]
    lone = [node for node in lone if node.attached_to is None and (not starts or node.kind in ("user", "task", "sub"))]
    scope.arrived.extend(node.id for node in (*starts, *lone))


def _pass(state: State, scope: Scope, node: Node) -> None:
    """A token that does not stay; where no way is open it is stuck."""
    ways = ways_out(scope, node)
    if ways is None:
        scope.activities.append(Activity(node, scope, stuck=True))
    else:
        _send(scope, ways)


def _leave(state: State, activity: Activity) -> None:
    ways = ways_out(activity.scope, activity.node)
    if ways is None:
        activity.stuck = True
    else:
        activity.scope.activities.remove(activity)
        _send(activity.scope, ways)


def _send(scope: Scope, flows: list[Flow]) -> None:
    for flow in flows:
        target = scope.graph.nodes[flow.target]
        if target.kind in ("and", "or") and len(scope.graph.entering(target.id)) > 1:
            scope.waiting[flow.id] += 1
        else:
            scope.arrived.append(target.id)


def ways_out(scope: Scope, node: Node) -> list[Flow] | None:
    """The flows that get a token; None where there are some and none may be taken."""
    flows = scope.graph.leaving(node.id)
    if node.kind == "and":
        return flows
    default = [flow for flow in flows if flow.is_default]
    open_flows = [
        flow for flow in flows if not flow.is_default and (flow.condition is None or scope.value(flow.condition))
    ]
    if node.kind == "xor":
        taken = open_flows[:1] or default
    else:
        taken = open_flows
        if not any(flow.condition for flow in open_flows):
            taken = open_flows + default
    return taken if taken or not flows else None


def is_activated(scope: Scope, gateway: str) -> bool:
    """Whether an inclusive gateway fires (13.4.3).

    At least one incoming flow has a token. For every directed path that starts with a flow that has a token, ends with
    an incoming flow without one, and does not visit the gateway, there is also such a path to an incoming flow that has
    one. A token in an activity may go on over its outgoing flows, and over its boundary events.
    """
    flows = scope.graph.entering(gateway)
    filled = {flow.id for flow in flows if scope.waiting[flow.id]}
    if len(flows) < 2 or not filled:
        return False
    empty = {flow.id for flow in flows} - filled
    places = [activity.node.id for activity in scope.activities if activity.node.id != gateway] + scope.arrived
    targets = {flow.id: flow.target for flow in scope.graph.flows}
    places += [targets[name] for name in +scope.waiting if targets[name] != gateway]
    for place in places:
        reached = _reached(scope.graph, place, gateway)
        if reached & empty and not reached & filled:
            return False
    return True


def _reached(graph: Graph, place: str, gateway: str) -> set[str]:
    """The incoming flows of the gateway that a token at a node can come to without visiting the gateway."""
    reached: set[str] = set()
    seen = {place}
    pending = [place]
    while pending:
        name = pending.pop()
        for flow in graph.leaving(name):
            if flow.target == gateway:
                reached.add(flow.id)
            elif flow.target not in seen:
                seen.add(flow.target)
                pending.append(flow.target)
        for event in graph.attached(name):
            if event.id not in seen:
                seen.add(event.id)
                pending.append(event.id)
    return reached
