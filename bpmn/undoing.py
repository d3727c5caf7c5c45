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
        scope.remember(Completed(element.bpmn_id))
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
    activity = None if throw is None else throw.definition.activity
    scope = _scope_of(node, activity)
    meant = [done for done in scope.compensable if activity is None or done.element == activity]
    scope.compensable = [done for done in scope.compensable if activity is not None and done.element != activity]
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
    if done.variables is None:
        assert element.compensation_handler is not None
        run.open(element.compensation_handler, node)
        return
    assert isinstance(element, Subprocess)
    inside = run._register(element, node, UNDO)
    run.set_local(inside, done.variables or {})
    handler = element.body.undoing_subprocess()
    if handler is not None:
        inside.compensable = done.inner
        inside.tokens = 1
        begun = run._register(handler, inside)
        assert handler.undoing_start is not None
        begun.index = handler.starts.index(handler.undoing_start)
        run._begin(begun)
    else:
        inside.pending = done.inner
        run.finish_soon(inside)


def cancel_transaction(run: Runtime, node: Node) -> None:
    """Stop everything else in the transaction, then undo what was completed in it."""
    transaction = _transaction_of(node)
    run.cancel_inside(transaction, spare=node)
    run.stop_listening(transaction)
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


def _scope_of(node: Node, activity: str | None) -> Node:
    """The scope whose completed activities are meant: the nearest that is no event subprocess (BPMN 10.7.2)."""
    scope = node.parent
    assert scope is not None
    while scope.parent is not None and isinstance(scope.element, EventSubprocess):
        scope = scope.parent
    outer: Node | None = scope
    while activity is not None and outer is not None:
        if any(done.element == activity for done in outer.compensable):
            return outer
        outer = outer.parent
    return scope
