"""Steps that are taken again: what has failed, or has waited for a script, goes on where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn import beginning, calling, catching, listening
from bpmn import facts as f
from bpmn.scopes import BESIDE, LISTENER, TIMER, Node, Token, element_of

if TYPE_CHECKING:
    from bpmn.runtime import Runtime


def take_up(run: Runtime, node: Node) -> None:
    """Take the step again that has failed, or waits for a script."""
    phase = run._clear_failure(node)
    element = element_of(node)
    if phase == "leave":
        run.finish_soon(node)
    elif phase == "results":
        calling.take_back(run, node, dict(node.variables or {}))
    elif phase in BESIDE:
        _mend_beside(run, node)
    elif phase == "arrive":
        _come_again(run, node)
    elif phase == "repeat":
        run.open_runs(node, 1)
    elif phase == "begin":
        beginning.begin_heard(run, node)
    elif phase == "open":
        run._attempt(node, "open", lambda: _resume(run, node))
    elif node.role or element.opens_in(run):
        run._begin(node)
    else:
        assert node.parent is not None
        run.pass_through(element, node.parent, node=node)


def _come_again(run: Runtime, node: Node) -> None:
    assert node.parent is not None
    run._unregister(node)
    run.record(f.ActivityCanceled(node.number))
    run.queue.append(Token(element_of(node), node.index, node.parent))


def _resume(run: Runtime, node: Node) -> None:
    if node.role == LISTENER:
        listening.resume(run, node)
        return
    element_of(node).resume(run, node)
    catching.rearm_stalled(run, node)


def _mend_beside(run: Runtime, node: Node) -> None:
    """Find out what was not known of a task, and go on with the events that could not."""
    if node.unknown:
        element_of(node).find_out(run, node)
    if not node.phase:
        run._attempt(node, TIMER, lambda: catching.rearm_stalled(run, node))
