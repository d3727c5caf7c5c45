"""Listening: the listeners of an activity, or of the process, have their say when it begins and when it ends.

Some are workers: each is an activity instance of its own, inside what waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.elements.base import Element, StepFailure
from bpmn.elements.work import text, whole
from bpmn.errors import EvaluationFailed
from bpmn.facts import ServiceTaskClosed, ServiceTaskOpened
from bpmn.scopes import LISTENER, RUN, element_of

if TYPE_CHECKING:
    from bpmn.elements.listeners import Heard, Listener
    from bpmn.living import Living
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node
    from bpmn.values import Variables


def tell(run: Runtime, node: Node, listeners: Heard, *, to_end: bool) -> bool:
    """Let the listeners of the beginning, or those of the end, have their say; false where a worker is waited for.

    Raises `StepFailure`.
    """
    first, last = (listeners.beginning, len(listeners.all)) if to_end else (0, listeners.beginning)
    for number in range(max(first, node.heard), last):
        listener = listeners.all[number]
        if listener.topic is not None:
            offered = _offered(run, node, listener, run.last_number + 1)
            if to_end:
                closed(run, node, canceled=False)
                node.done = True
            node.heard = number
            run.open_listener(node)
            run.record(offered)
            return False
        if listener.script is not None:
            run.run_beside(node, listener.script)
        elif listener.expression is not None:
            _evaluate(run, node, listener)
    return True


def _evaluate(run: Runtime, node: Node, listener: Listener) -> None:
    assert listener.expression is not None
    try:
        listener.expression(run.sight(node, acts=True))
    except EvaluationFailed as fault:
        raise _failed(listener, fault) from None


def _offered(run: Runtime, node: Node, listener: Listener, number: int) -> ServiceTaskOpened:
    assert listener.topic is not None
    sight = run.sight(node)
    try:
        topic = text("topic", listener.topic(sight))
        retries = whole("retries", listener.retries(sight)) if listener.retries else None
    except EvaluationFailed as fault:
        raise _failed(listener, fault) from None
    if not topic:
        raise StepFailure("listener-failed", f"the topic of the {listener.what} is empty")
    return ServiceTaskOpened(number, element_of(node).bpmn_id, topic, 0, retries)


def _failed(listener: Listener, fault: EvaluationFailed) -> StepFailure:
    return StepFailure("listener-failed", f"{listener.what}: {fault}")


def resume(run: Runtime, node: Node) -> None:
    """Offer the work of a listener again that has failed. Raises `StepFailure`."""
    assert node.parent is not None
    heard = element_of(node).heard
    assert heard is not None
    run.record(_offered(run, node.parent, heard.all[node.parent.heard], node.number))


def answered(run: Runtime, node: Node, variables: Variables) -> bool:
    """The worker of the listener at `node` is done; whether it was one of the beginning."""
    listened = node.parent
    assert listened is not None
    element = element_of(node)
    Element.accept(element, run, listened, variables)
    run.leave_listener(node)
    listened.heard += 1
    return element.heard is not None and listened.heard <= element.heard.beginning


def closed(run: Living, node: Node, *, canceled: bool) -> None:
    """What an activity instance has announced is withdrawn: the work of a listener, or what its element does."""
    if node.role == LISTENER:
        run.record(ServiceTaskClosed(node.number))
        return
    element = element_of(node)
    is_begun = element.heard is None or node.heard >= element.heard.beginning
    if node.role in ("", RUN) and is_begun and not node.done:
        element.closed(run, node, canceled=canceled)
