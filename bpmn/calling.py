"""What comes back from called processes (BPMN 10.3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.elements.base import StepFailure
from bpmn.elements.subprocesses import CallActivity
from bpmn.scopes import Node, element_of

if TYPE_CHECKING:
    from bpmn.runtime import Runtime
    from bpmn.values import Variables


def take_on_error(run: Runtime, node: Node, variables: Variables) -> None:
    """Camunda's outputs are taken from a process that ended with an error, too, as far as they can be computed."""
    call = element_of(node)
    assert isinstance(call, CallActivity)
    if not call.is_zeebe:
        take_what_is_there(run, call, node, variables)


def take_what_is_there(run: Runtime, call: CallActivity, node: Node, variables: Variables) -> None:
    """Take the outputs of a called process that is not over, or ended with an error."""
    assert node.parent is not None
    try:
        run.assign(node.parent, call.results(run, node, dict(variables)))
    except StepFailure:
        # What is made last is missing yet: the error or the escalation is what counts.
        return


def take_back(run: Runtime, node: Node, variables: Variables) -> None:
    """A called process has ended well: take its results and leave the call activity."""
    call = element_of(node)
    assert isinstance(call, CallActivity)
    try:
        results = call.results(run, node, dict(variables))
        own = call.own_results(run, node, dict(variables))
    except StepFailure as failure:
        run.set_local(node, variables)
        run._fail(node, "results", failure)
        return
    call.accept(run, node, results)
    if own:
        run.set_local(node, own)
    run.finish_soon(node)
