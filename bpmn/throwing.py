"""Throwing: what events and activities throw, who catches it, and who hears of it outside (BPMN 13.5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from bpmn import apart, catching, listening
from bpmn import facts as f
from bpmn.elements.base import StepFailure
from bpmn.elements.catches import Catch
from bpmn.elements.events import (
    BoundaryEvent,
    EndEvent,
    IntermediateThrowEvent,
    StartEvent,
    Thrower,
    Trigger,
    caught_variables,
)
from bpmn.elements.subprocesses import EventSubprocess, Subprocess
from bpmn.elements.throws import Throw
from bpmn.scopes import BODY, HEARING, LISTENER, RUN, UNDO, Node, Wait, element_of

if TYPE_CHECKING:
    from bpmn.runtime import Runtime
    from bpmn.specs import ProcessSpec
    from bpmn.values import Value, Variables


def throw_message(
    run: Runtime, scope: Node, throw: Throw, name: str, payload: dict[str, Value], key: str | None
) -> None:
    """Send a message to whoever waits for it when this advance is committed."""
    catching.converse(run, name, payload)
    run.record(f.MessageThrown(scope.number, throw.element.bpmn_id, name, payload, key))


def throw_signal(run: Runtime, scope: Node, name: str, payload: dict[str, Value], *, everywhere: bool) -> None:
    """A signal reaches at once who waits for it in this instance, and all others when this advance is committed."""
    if run.model.waits_for_signals:
        apart.take_all(run)
    for node in run.nodes.values():
        for key, wait in node.waits.items():
            if wait.kind == "signal" and wait.name == name:
                run.fired.append((node, key, payload))
    if everywhere:
        run.record(f.SignalThrown(scope.number, name, payload))


def implicit_throw(run: Runtime, body: Node, throw: Throw, payload: dict[str, Value]) -> Callable[[], None]:
    """What is to be done for an event that a run of a repetition throws (BPMN 10.3.8); `payload` is its attributes.

    Events at the border come first: a message that one of them waits for goes nowhere else. Raises `StepFailure`.
    """
    sight = run.sight(body)
    if throw.kind == "error":
        code, message = throw.error_in(sight)
        if not run.called and catcher(run, body, "error", code) is None:
            raise unhandled(code)
        return lambda: throw_error(run, None, body, code, message)
    if throw.kind == "message":
        name = throw.name_in(sight)
        for key, wait in body.waits.items():
            if wait.kind == "message" and run.model.catch_of(key).name_in(sight) == name:
                return partial(run.fired.append, (body, key, {}))
    if throw.is_default:
        name = throw.name_in(sight)
        return lambda: throw_signal(run, body, name, payload, everywhere=True)
    return throw.ready(run, body)


def throw_from_end(run: Runtime, element: EndEvent, throw: Throw, scope: Node, inside: Node) -> None:
    """An error end event: the error leaves its scope (BPMN 13.5.6). Raises `StepFailure` if nobody catches it."""
    code, message = throw.error_in(run.sight(inside))
    if not run.called and catcher(run, scope, "error", code) is None:
        raise unhandled(code)
    payload = throw.payload(run, inside)
    element.throw_all(run, inside)
    run.reached_end(element, scope)
    if not scope.dead:
        throw_error(run, None, scope, code, message, payload)


def throw_error(
    run: Runtime, source: Node | None, scope: Node, code: str, message: str | None, payload: Variables | None = None
) -> None:
    """Give an error to the nearest catcher, from `scope` outwards; `source` is the open activity it comes from."""
    found = catcher(run, scope, "error", code)
    if found is not None:
        node, event, catch = found
        _caught(run, node, event, catch, {**catch.received(payload or {}), **caught_variables(event, code, message)})
    elif run.called:
        run.end("error", code, message)
    elif source is not None and source.element is not None:
        listening.closed(run, source, canceled=False)
        run._fail(source, "open", unhandled(code, message))


def throw_escalation(run: Runtime, scope: Node, code: str, payload: Variables) -> None:
    """Give an escalation to the nearest catcher, or else to the caller; without one nothing happens (BPMN 10.5.6).

    An event that throws one to the caller goes on when the caller has heard it, and has not canceled the call.
    """
    found = catcher(run, scope, "escalation", code)
    if found is not None:
        node, event, catch = found
        _caught(run, node, event, catch, {**catch.received(payload), **caught_variables(event, code, None)})
    elif run.called:
        if isinstance(scope.element, IntermediateThrowEvent | EndEvent):
            wait = scope.waits.setdefault(HEARING, Wait(HEARING, 0))
            wait.repetition += 1
        run.record(f.EscalationRaised(scope.number, code))


def heard(run: Runtime, node: Node) -> None:
    """The caller has heard an escalation of the event at `node` and lets it go on; with the last one it does."""
    wait = node.waits[HEARING]
    wait.repetition -= 1
    if not wait.repetition:
        run._withdraw(node, HEARING)
        thrower = element_of(node)
        assert isinstance(thrower, Thrower)
        thrower.thrown_all(run, node)


def _caught(run: Runtime, node: Node, event: Trigger, catch: Catch, variables: Variables) -> None:
    if isinstance(event, StartEvent):
        catching.handle(run, node, event, catch, variables)
    else:
        assert isinstance(event, BoundaryEvent)
        catching.at_border(run, node, event, catch, variables)


def catcher(run: Runtime, scope: Node, kind: str, code: str) -> tuple[Node, Trigger, Catch] | None:
    """The nearest catcher, from inside to outside; in each scope a specific one before a catch-all.

    What an event subprocess throws is not caught by itself. Its siblings are handlers of the scope around it, and
    catch it where it leaves them alive; only one interrupting event subprocess happens in a scope (BPMN 13.5.4).
    """
    node: Node | None = scope
    inner: Node | None = None
    while node is not None:
        events: list[Trigger] = []
        if (body := _body(run, node)) is not None and (inner is None or inner.role != LISTENER):
            events += [start for handler in _handlers_beside(body, inner) for start in handler.starts]
        found = _best(node, events, kind, code)
        if found is None and node.element is not None and node.role not in (RUN, UNDO, LISTENER):
            found = _best(node, list(node.element.boundary_events), kind, code)
        if found is not None:
            return found
        inner, node = node, node.parent
    return None


def _handlers_beside(body: ProcessSpec, inner: Node | None) -> list[EventSubprocess]:
    """The event subprocesses of a scope that may catch what comes out of `inner`."""
    thrower = inner.element if inner is not None else None
    if inner is not None and isinstance(thrower, EventSubprocess) and thrower.starts[inner.index].interrupting:
        return []
    return [handler for handler in body.event_subprocesses() if handler is not thrower]


def _best(node: Node, events: list[Trigger], kind: str, code: str) -> tuple[Node, Trigger, Catch] | None:
    matching = [(event, catch) for event in events for catch in event.catches if catch.catches(kind, code)]
    matching.sort(key=lambda pair: pair[1].code is None)
    return (node, *matching[0]) if matching else None


def _body(run: Runtime, node: Node) -> ProcessSpec | None:
    if node.parent is None:
        return run.model.spec
    if isinstance(node.element, Subprocess) and node.role not in (BODY, UNDO, LISTENER):
        return node.element.body
    return None


def unhandled(code: str, message: str | None = None) -> StepFailure:
    """The failure of a step whose error nobody catches."""
    said = f": {message}" if message else ""
    return StepFailure("bpmn-error-unhandled", f"no event catches the error {code!r}{said}")
