"""Catching: what activity instances and scopes wait for, and what happens when it comes (BPMN 13.5)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bpmn import apart
from bpmn import facts as f
from bpmn.elements.adhoc import AdHocSubprocess
from bpmn.elements.base import Element, ScriptNeeded, StepFailure
from bpmn.elements.catches import Catch
from bpmn.elements.events import BoundaryEvent, StartEvent, Trigger
from bpmn.elements.gateways import EventBasedGateway
from bpmn.scopes import STALLED, TIMER, Node, Token, Wait

if TYPE_CHECKING:
    from bpmn.runtime import Runtime
    from bpmn.values import Variables


#: Instead of a repetition: the condition was not looked at yet.
_NEVER = -1


def arm(run: Runtime, node: Node, event: Element, but: str | None = None) -> None:
    """Wait for an event, `but` for a definition of it that has come already. Raises `StepFailure`.

    Errors, escalations and the like are not waited for: they are looked up when thrown.
    """
    if isinstance(event, Trigger):
        for catch in event.catches:
            if catch.key == but:
                continue
            try:
                _arm_one(run, node, catch)
            except ScriptNeeded:
                raise
            except StepFailure as failure:
                if event is node.element:
                    raise
                raise StepFailure(failure.kind, f"event {event.bpmn_id!r}: {failure.message}") from None


def _arm_one(run: Runtime, node: Node, catch: Catch) -> None:
    if catch.kind == "timer":
        _arm_timer(run, node, catch, run.context.now, 1)
    elif catch.kind == "message":
        _arm_message(run, node, catch)
    elif catch.kind == "signal":
        name = catch.name_in(run.sight(node))
        node.waits[catch.key] = Wait(catch.kind, name=name)
        run.record(f.SignalAwaited(node.number, catch.key, name))
    elif catch.kind == "condition":
        # `repetition` keeps whether the condition was true when it was last looked at: it fires when it becomes true,
        # or with a filter after every change of that kind after which it holds.
        node.waits[catch.key] = Wait(catch.kind, _NEVER)
        run.watching.add(node.number)
        run.changed.setdefault("", "")


def _arm_message(run: Runtime, node: Node, catch: Catch) -> None:
    sight = run.sight(node)
    name, key = catch.name_in(sight), catch.correlation_in(sight)
    keyed = key is None and bool(run.model.conversations.of(name))
    if keyed:
        key = run.model.conversations.expected(name, run.known_keys, sight, catch.bound)
    node.waits[catch.key] = Wait(catch.kind)
    run.record(f.MessageAwaited(node.number, catch.key, name, key, keyed))


def converse(run: Runtime, message: str, payload: Variables) -> None:
    """Learn the correlation keys that a message brings or takes along: later ones must carry the same (BPMN 8.4.2)."""
    news = run.model.conversations.carried(message, payload)
    learned = {key: text for key, text in news.items() if key not in run.known_keys}
    if not learned:
        return
    run.known_keys.update(learned)
    apart.take_all(run)
    for node in list(run.nodes.values()):
        for name in [name for name, wait in node.waits.items() if wait.kind == "message"]:
            catch = run.model.catch_of(name)
            keys = run.model.conversations.of(catch.definition.name)
            if any(key.id in learned for key in keys) and not (catch.bound or any(key.by_data for key in keys)):
                run._withdraw(node, name)
                _arm_message(run, node, catch)


def _arm_timer(run: Runtime, node: Node, catch: Catch, since: datetime, repetition: int) -> None:
    due = catch.due(run.sight(node), since, repetition, run.context.now)
    if due is not None:
        due = due.replace(microsecond=due.microsecond // 1000 * 1000)  # as exact as what is saved
        node.waits[catch.key] = Wait("timer", repetition, due)
        priority = catch.element.priority_in(run.sight(node))
        run.record(f.TimerArmed(node.number, catch.key, due, repetition, priority))


def check_conditions(run: Runtime) -> None:
    """Look at all conditions that are waited for, after variables have changed."""
    changed, run.changed = run.changed, {}
    for number in sorted(run.watching):
        node = run.nodes.get(number)
        waits = {} if node is None else {key: wait for key, wait in node.waits.items() if wait.kind == "condition"}
        if node is None or not waits:
            run.watching.discard(number)
            continue
        for key, wait in waits.items():
            catch = run.model.catch_of(key)
            if wait.repetition != _NEVER and not catch.concerned_by(changed):
                continue
            holds = catch.holds(run.sight(node))
            if holds and (wait.repetition != 1 or catch.is_filtered):
                run.fired.append((node, key, {}))
            wait.repetition = int(holds)


def triggered(run: Runtime, node: Node, key: str, variables: Variables) -> None:
    """What a definition waited for has come to `node`."""
    catch = run.model.catch_of(key)
    event = catch.element
    assert isinstance(event, Trigger)
    if catch.kind == "message":
        converse(run, catch.definition.name, variables)
    variables = catch.received(variables)
    if event.all_needed and _others_missing(run, node, event, key):
        run.assign(node, variables)
    elif event is node.element:
        if catch.kind == "timer" and len(event.catches) == 1:
            _repeat(run, node, event, catch)
        run._withdraw(node, key) if key in node.waits else None
        event.accept(run, node, variables)
        run.finish_soon(node)
    elif isinstance(event, BoundaryEvent):
        at_border(run, node, event, catch, variables)
    elif isinstance(event, StartEvent) and event.handler is None:
        _start_again(run, node, event, variables)
    elif isinstance(event, StartEvent):
        handle(run, node, event, catch, variables)
    else:
        _behind_gateway(run, node, event, variables)


def _repeat(run: Runtime, node: Node, event: Trigger, catch: Catch) -> None:
    """A cycle in normal flow that says how often it happens: another token waits for its next repetition."""
    wait, scope = node.waits[catch.key], node.parent
    assert scope is not None
    failure = None
    try:
        if not catch.goes_on(run.sight(node), wait.repetition):
            return
    except StepFailure as fault:
        failure = fault
    scope.tokens += 1
    twin = run._register(event, scope)
    run.set_local(twin, dict(node.variables or {}))
    if failure is not None:
        _stall(run, twin, event, catch, wait.repetition + 1, failure)
    else:
        _arm_next(run, twin, event, catch, wait)


def _start_again(run: Runtime, root: Node, event: StartEvent, variables: Variables) -> None:
    """Another start event of the conversation that started the process: its message comes to the same instance."""
    _withdraw_all(run, root, event)
    root.tokens += 1
    begun = run._register(event, root)
    event.accept(run, begun, variables)
    run.finish_soon(begun)


def wait_for_other_starts(run: Runtime, came: Catch) -> None:
    """Wait for the other messages that start the process and belong to the same conversation (BPMN 13.2)."""
    conversations = run.model.conversations
    mine = {key.id for key in conversations.of(came.definition.name)} & run.known_keys.keys()
    for start in run.model.spec.elements() if mine else ():
        if not isinstance(start, StartEvent) or start is came.element or start.all_needed:
            continue
        for catch in start.catches:
            if catch.kind == "message" and mine & {key.id for key in conversations.of(catch.definition.name)}:
                _arm_message(run, run.root, catch)


def _others_missing(run: Runtime, node: Node, event: Trigger, key: str) -> bool:
    run._withdraw(node, key)
    return any(other.key in node.waits for other in event.catches)


def at_border(run: Runtime, node: Node, event: BoundaryEvent, catch: Catch, variables: Variables) -> None:
    scope = node.parent
    assert scope is not None
    # What came is the event's own where that says what leaves it; a transaction border before it forgets that.
    is_own = event.data is not None or (bool(event.output_mappings) and not event.async_before)
    if not is_own:
        run.assign(scope, variables)
    if event.cancel_activity:
        run.cancel_node(node)
    else:
        scope.tokens += 1
        _rearm(run, node, event, catch)
    if is_own:
        passed = run._register(event, scope)
        event.accept(run, passed, variables)
        run.finish_soon(passed)
    else:
        run.queue.append(Token(event, -1, scope))


def _behind_gateway(run: Runtime, node: Node, event: Trigger, variables: Variables) -> None:
    """One of the events behind an event-based gateway: it is over, and the gateway too unless others must come."""
    scope, gateway = node.parent, node.element
    assert scope is not None
    assert isinstance(gateway, EventBasedGateway)
    _withdraw_all(run, node, event)
    scope.tokens += 1
    if not (gateway.takes_all and node.waits):
        _leave_gateway(run, node, scope)
    passed = run._register(event, scope)
    event.accept(run, passed, variables)
    run.finish_soon(passed)


def wait_for_others(run: Runtime, node: Node, came: Trigger) -> None:
    """Wait at a parallel event-based gateway for all events but the one that started the process (BPMN 10.6.6).

    Raises `StepFailure`.
    """
    scope, gateway = node.parent, node.element
    assert scope is not None
    assert isinstance(gateway, EventBasedGateway)
    scope.tokens += 1
    gateway.begin(run, node)
    _withdraw_all(run, node, came)
    if not node.waits:
        _leave_gateway(run, node, scope)


def _leave_gateway(run: Runtime, node: Node, scope: Node) -> None:
    run._close(node, canceled=False)
    run.record(f.ActivityEnded(node.number))
    scope.tokens -= 1


def _withdraw_all(run: Runtime, node: Node, event: Trigger) -> None:
    for catch in event.catches:
        if catch.key in node.waits:
            run._withdraw(node, catch.key)


def handle(run: Runtime, scope: Node, start: StartEvent, catch: Catch | None, variables: Variables) -> None:
    """An event subprocess begins in its scope; an interrupting one ends everything else there (BPMN 13.5.4)."""
    handler = start.handler
    assert handler is not None
    if not start.has_data_outputs:
        run.assign(scope, variables)
    if start.interrupting:
        run.cancel_inside(scope)
        scope.generation += 1
        scope.tokens = 0
        scope.pending = ()
        if isinstance(scope.element, AdHocSubprocess):
            scope.opened = 1
        for key in list(scope.waits):
            if isinstance(run.model.catch_of(key).element, StartEvent):
                run._withdraw(scope, key)
    elif catch is not None:
        _rearm(run, scope, start, catch)
    if scope.phase == "leave":
        run._clear_failure(scope)
    scope.tokens += 1
    begun = run._register(handler, scope)
    begun.index = handler.starts.index(start)
    if start.has_data_outputs:
        start.accept(run, begun, variables)
    run._begin(begun)


def _rearm(run: Runtime, node: Node, event: Trigger, catch: Catch) -> None:
    """A non-interrupting event may happen again: messages and signals always, timers when they repeat."""
    if event.all_needed:
        try:
            _arm_all(run, node, event)
        except StepFailure as failure:
            _stall(run, node, event, catch, 1, failure)
        return
    wait = node.waits.get(catch.key)
    if wait is None or wait.kind != "timer":
        return
    run._withdraw(node, catch.key)
    if catch.repeats:
        _arm_next(run, node, event, catch, wait)


def _arm_next(run: Runtime, node: Node, event: Trigger, catch: Catch, wait: Wait) -> None:
    """Wait for the repetition of a cycle behind the one that has come."""
    try:
        _arm_timer(run, node, catch, wait.due or run.context.now, wait.repetition + 1)
    except StepFailure as failure:
        _stall(run, node, event, catch, wait.repetition + 1, failure)


def _arm_all(run: Runtime, node: Node, event: Trigger) -> None:
    """Wait for all definitions of an event, or for none where one cannot be waited for. Raises `StepFailure`."""
    try:
        arm(run, node, event)
    except StepFailure:
        _withdraw_all(run, node, event)
        raise


def _stall(run: Runtime, node: Node, event: Trigger, catch: Catch, repetition: int, failure: StepFailure) -> None:
    """An event cannot go on: the activity says so, or for a scope an instance of the event subprocess of its own."""
    if isinstance(event, StartEvent) and event.handler is not None:
        node.tokens += 1
        node = run._register(event.handler, node)
    node.waits[catch.key] = Wait(STALLED, repetition)
    if not node.phase:
        run._fail(node, TIMER, failure)


def rearm_stalled(run: Runtime, node: Node) -> None:
    """Go on with the events that could not: a repetition that failed is counted from now. Raises `StepFailure`."""
    for key, wait in list(node.waits.items()):
        if wait.kind == STALLED:
            del node.waits[key]
            catch = run.model.catch_of(key)
            event = catch.element
            holder = node.parent if isinstance(event, StartEvent) else node
            assert holder is not None
            if isinstance(event, Trigger) and event.all_needed:
                _arm_all(run, holder, event)
            else:
                _arm_timer(run, holder, catch, run.context.now, wait.repetition)
            if holder is not node or (event is node.element and not node.waits):  # mended, or the cycle is over by now
                _take_away(run, node)


def _take_away(run: Runtime, node: Node) -> None:
    assert node.parent is not None
    run.cancel_node(node)
    node.parent.tokens -= 1
    run.finish_soon(node.parent)
