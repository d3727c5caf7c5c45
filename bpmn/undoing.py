"""Compensation and transactions: undoing what was completed, in reverse order (BPMN 10.7, 13.5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.elements.events import EndEvent
from bpmn.elements.subprocesses import EventSubprocess, Subprocess, Transaction
from bpmn.facts import ActivityEnded
from bpmn.scopes import BODY, RUN, UNDO, Completed, Node, Token

if TYPE_CHECKING:
    from bpmn.elements.throws import Throw
    from bpmn.runtime import Runtime


def remember(node: Node) -> None:
    """Remember a completed activity that can be undone, in the scope it was completed in."""
    element, scope = node.element, node.parent
    assert element is not None
    assert scope is not None
    if node.role == BODY:
        return  # its runs were remembered one by one
    if node.role == RUN:
        assert scope.parent is not None
        scope = scope.parent
    if element.compensation_handler is not None:
        scope.remember(Completed(element.bpmn_id, None, dict(node.variables) if node.variables else None))
    if isinstance(element, Subprocess) and _is_undone_inside(node, element):
        scope.remember(Completed(element.bpmn_id, node.compensable, dict(node.variables or {})))


def _is_undone_inside(node: Node, element: Subprocess) -> bool:
    """Whether what was completed in a subprocess is undone there.

    A handler of the whole stands in for that (BPMN 10.7.1); where the subprocess draws its own way, it comes after.
    """
    if isinstance(element, EventSubprocess):
        return False
    if element.body.undoing_subprocess() is not None:
        return True
    return bool(node.compensable) and element.compensation_handler is None


def compensate(run: Runtime, node: Node, throw: Throw | None) -> None:
    """Let the throwing event at `node` undo: one activity, or everything completed in its scope."""
    meant = _take_meant(node, None if throw is None else throw.definition.activity)
    if throw is not None and not throw.definition.waits:
        _undo_beside(run, node, meant)
    else:
        node.pending = meant
    run.finish_soon(node)


def _undo_beside(run: Runtime, node: Node, meant: list[Completed]) -> None:
    """Undo while the throwing event goes on (waitForCompletion is false)."""
    scope, element = node.parent, node.element
    assert scope is not None
    assert element is not None
    scope.tokens += 1
    beside = run._register(element, scope, UNDO)
    beside.pending = meant
    run.finish_soon(beside)


def undo_next(run: Runtime, node: Node) -> None:
    """Undo the next of what `node` has to undo."""
    done = node.next_pending()
    element = run.model.spec_of(done.element)
    node.tokens += 1
    if done.inner is None:
        handler = element.compensation_handler
        assert handler is not None
        begun = run._register(handler, node, BODY if handler.repetition is not None else "")
        run.set_local(begun, done.variables or {})
        run._begin(begun)
        return
    assert isinstance(element, Subprocess)
    inside = run._register(element, node, UNDO)
    run.set_local(inside, done.variables or {})
    whole = element.body.undoing_subprocess()
    if whole is not None and whole.undoing_start is not None:
        inside.compensable = done.inner
        inside.tokens = 1
        begun = run._register(whole, inside)
        begun.index = whole.starts.index(whole.undoing_start)
        run._begin(begun)
    else:
        inside.pending = done.inner
        run.finish_soon(inside)


def cancel_transaction(run: Runtime, node: Node) -> None:
    """Stop everything else in the transaction, then undo what was completed in it.

    Nothing interrupts that any more: a transaction that is being canceled is not active (BPMN 13.3.2).
    """
    transaction = _transaction_of(node)
    run.cancel_inside(transaction, spare=node)
    run.stop_listening(transaction)
    run.stop_waiting(transaction)
    transaction.tokens = 1
    node.pending = transaction.compensable
    transaction.compensable = ()
    run.finish_soon(node)


def ends_transaction(node: Node) -> bool:
    """Whether the node is a cancel end event that has undone everything."""
    return isinstance(node.element, EndEvent) and node.element.cancels


def transaction_canceled(run: Runtime, node: Node) -> None:
    """Leave a canceled transaction by its cancel boundary event; without one its token is gone.

    A repeated transaction is canceled as a whole.
    """
    transaction = _transaction_of(node)
    run._close(node, canceled=False)
    run.record(ActivityEnded(node.number))
    if transaction.role == RUN and transaction.parent is not None:
        transaction = transaction.parent
    scope, element = transaction.parent, transaction.element
    assert scope is not None
    assert element is not None
    run.cancel_node(transaction)
    for event in element.boundary_events:
        if any(catch.kind == "cancel" for catch in event.catches):
            run.queue.append(Token(event, -1, scope))
            return
    run._send(element, [], scope, 1)


def _transaction_of(node: Node) -> Node:
    found = node.parent
    while found is not None and not isinstance(found.element, Transaction):
        found = found.parent
    assert found is not None, "the inspection lets cancel end events stand in transactions only"
    return found


def _take_meant(node: Node, activity: str | None) -> list[Completed]:
    """What the throwing event at `node` means of what was completed, in order; it is remembered no more.

    Without an activity all that is visible: what was completed in its level, and where that is an event subprocess
    also in the level around (BPMN 10.7.2, 13.5.5). An activity is looked for further outside, too.
    """
    scope = node.parent
    assert scope is not None
    if activity is not None:
        return _take_of(scope, activity)
    meant: list[Completed] = []
    while True:
        meant, scope.compensable = [*scope.compensable, *meant], ()
        if scope.parent is None or not isinstance(scope.element, EventSubprocess):
            return meant
        scope = scope.parent


def _take_of(scope: Node, activity: str) -> list[Completed]:
    outer: Node | None = scope
    while outer is not None:
        meant = [done for done in outer.compensable if done.element == activity]
        if meant:
            outer.compensable = [done for done in outer.compensable if done.element != activity]
            return meant
        outer = outer.parent
    return []
