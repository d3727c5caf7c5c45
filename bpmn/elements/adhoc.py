"""Ad-hoc subprocesses: activities without an order (BPMN 10.3.5.4, 13.3.5)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from bpmn.dialects import Text
from bpmn.elements.base import StepFailure, condition_holds
from bpmn.elements.subprocesses import Subprocess
from bpmn.errors import EvaluationFailed
from bpmn.scopes import Completed

if TYPE_CHECKING:
    from bpmn.elements.base import Element
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node
    from bpmn.texts import Compiler


class AdHocSubprocess(Subprocess):
    """Activities without an order, all at once or in turn.

    The standard leaves to the performers which are done and how often: they begin any of `choices` while it is open.
    By itself each is begun once, or in diagrams of Camunda 8 those that are named. The completion condition is looked
    at whenever an activity is over; without one it is left when nothing is open any more.

    Of its activity instances, `completed` counts activities that are over, and `opened` is 1 when no more are begun.
    """

    sequential = False
    cancel_remaining = True
    condition_text: Text | None = None
    #: Whether nothing begins by itself but what the diagram names.
    is_chosen = False

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        self.condition = compiler.expression(self, "completion condition", self.condition_text, scripts=True)
        self.named = compiler.value(self, "active elements", self.text("active_elements"))

    @cached_property
    def choices(self) -> list[Element]:
        """What may be begun at any time: the nodes that no flow leads to."""
        return self.body.entries()

    def begin(self, run: Runtime, node: Node) -> None:
        if node.variables is None:
            node.variables = {}
        entries = self._first(run, node)
        if self.sequential:
            node.pending = [Completed(entry.bpmn_id) for entry in reversed(entries[1:])]
            entries = entries[:1]
        run.enter_with(entries, self.body, node)

    def _first(self, run: Runtime, node: Node) -> list[Element]:
        """What begins by itself. Raises `StepFailure`."""
        if not self.is_chosen:
            return self.choices
        try:
            names = self.named(run.sight(node)) if self.named else []
        except EvaluationFailed as fault:
            raise StepFailure("ad-hoc-invalid", f"active elements: {fault}") from None
        known = {choice.bpmn_id: choice for choice in self.choices}
        if not isinstance(names, list) or any(name not in known for name in names):
            raise StepFailure("ad-hoc-invalid", f"the active elements must be a list of {sorted(known)}, not {names!r}")
        return [known[name] for name in names]

    def activity_ended(self, run: Runtime, node: Node) -> None:
        """Look at what follows from an activity that is over. Raises `StepFailure`."""
        if self._is_complete(run, node):
            node.pending, node.opened = (), 1
            if self.cancel_remaining:
                run.cancel_inside(node)
                node.tokens = 0
            else:
                run.drop_tokens(node)
        elif node.pending and node.tokens == 0:
            run.enter_next(self.body.task_specs[node.next_pending().element], node)

    def _is_complete(self, run: Runtime, node: Node) -> bool:
        if self.condition is None or not node.completed:
            return False
        return condition_holds(self.condition, run.sight(node), "completion condition")

    def is_over(self, node: Node) -> bool:
        """Whether nothing more can be begun."""
        if node.opened or not self.choices:
            return True
        return self.condition is None and (node.completed > 0 or not self.is_chosen)

    def can_begin(self, node: Node) -> list[Element]:
        """What a performer may begin now."""
        if node.opened or node.phase or node.listening or (self.sequential and node.tokens):
            return []
        return self.choices
