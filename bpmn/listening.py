"""Listening: the listeners of an activity have their say when it begins and when it ends; some are workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.elements.base import StepFailure
from bpmn.elements.work import text, whole
from bpmn.errors import EvaluationFailed
from bpmn.facts import ServiceTaskClosed, ServiceTaskOpened

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
            run.record(_offered(run, node, listener))
            node.heard, node.listening = number, True
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


def _offered(run: Runtime, node: Node, listener: Listener) -> ServiceTaskOpened:
    assert listener.topic is not None
    assert node.element is not None
    sight = run.sight(node)
    try:
        topic = text("topic", listener.topic(sight))
        retries = whole("retries", listener.retries(sight)) if listener.retries else None
    except EvaluationFailed as fault:
        raise _failed(listener, fault) from None
    if not topic:
        raise StepFailure("listener-failed", f"the topic of the {listener.what} is empty")
    return ServiceTaskOpened(node.number, node.element.bpmn_id, topic, 0, retries)


def _failed(listener: Listener, fault: EvaluationFailed) -> StepFailure:
    return StepFailure("listener-failed", f"{listener.what}: {fault}")


def answered(run: Runtime, node: Node, variables: Variables) -> bool:
    """The worker of a listener is done; whether it was one of the beginning."""
    assert node.element is not None
    node.element.accept(run, node, variables)
    withdraw(run, node)
    node.heard += 1
    heard = node.element.heard
    return heard is not None and node.heard <= heard.beginning


def withdraw(run: Living, node: Node) -> None:
    """The worker of a listener is not waited for any more."""
    node.listening = False
    run.record(ServiceTaskClosed(node.number))
