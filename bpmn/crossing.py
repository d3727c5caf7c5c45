"""What variables cross the border of an activity when it is entered and left: data associations and mappings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.elements.base import StepFailure
from bpmn.errors import EvaluationFailed
from bpmn.mappings import evaluate
from bpmn.scopes import BODY, RUN, element_of
from bpmn.sight import over

if TYPE_CHECKING:
    from bpmn.elements.data import DataFlow
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node
    from bpmn.values import Value


def take_in_data(run: Runtime, node: Node) -> None:
    """Fill the data inputs of an activity that is entered. Raises `StepFailure`."""
    data = element_of(node).data
    if data is None:
        return
    sight = run.sight(node)
    try:
        run.set_local(node, data.take_in_for_all(sight) if node.role == BODY else data.take_in(sight))
    except EvaluationFailed as fault:
        raise StepFailure("mapping-failed", f"input {fault}") from None


def take_in(run: Runtime, node: Node) -> None:
    """Fill what the input mappings of an activity that is entered give. Raises `StepFailure`."""
    element = element_of(node)
    if node.role == BODY:
        return
    try:
        run.set_local(node, dict(evaluate(element.input_mappings, run.sight(node))))
    except EvaluationFailed as fault:
        raise StepFailure("mapping-failed", f"input {fault}") from None


def hand_out(run: Runtime, node: Node) -> None:
    """Write what leaves an activity that is done. Raises `StepFailure`."""
    element = node.element
    assert element is not None
    try:
        if node.role == BODY:
            _hand_out_results(run, node)
            return
        for name, value in evaluate(element.output_mappings, run.sight(node)) if element.output_mappings else ():
            _write(run, node, name, value)
        if element.data is not None:
            for name, value in element.data.hand_out(run.sight(node), node.variables or {}).items():
                _write(run, node, name, value)
    except EvaluationFailed as fault:
        raise StepFailure("mapping-failed", f"output {fault}") from None


def hand_out_from(run: Runtime, data: DataFlow, scope: Node) -> None:
    """Let the data outputs that an event left in a scope go where they belong. Raises `StepFailure`."""
    try:
        found = data.hand_out(run.sight(scope), scope.variables or {})
    except EvaluationFailed as fault:
        raise StepFailure("mapping-failed", f"output {fault}") from None
    run.assign(scope, found)


def _write(run: Runtime, node: Node, name: str, value: Value) -> None:
    """Write a variable outside; the result of a run stays there until all are done."""
    element, scope = node.element, node.parent
    assert element is not None
    assert scope is not None
    is_result = node.role == RUN and element.repetition is not None and element.repetition.result == name
    run.set_local(node if is_result else scope.holder_of(name), {name: value})


def _hand_out_results(run: Runtime, body: Node) -> None:
    """Write the results of all runs: into a data output that an association takes from there, or outside."""
    element, scope = body.element, body.parent
    assert element is not None
    assert element.repetition is not None
    assert scope is not None
    results = element.repetition.outcome(body, run.sight(body))
    if element.data is not None and (found := element.data.hand_out_of_all(over(results, run.sight(body)))):
        results = found
    for name, value in results.items():
        run.set_local(scope.holder_of(name), {name: value})
