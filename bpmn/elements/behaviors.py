"""What completing runs of a multi-instance activity throw, for events at its border to catch (BPMN 10.3.8, 13.3.7).

"None" throws its event for every run, "One" for the first, "All" none, "Complex" the events whose condition holds.
Where "None" and "One" name no event, a signal without a name carries the attributes of the activity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bpmn.dialects import Text
from bpmn.elements.base import condition_holds
from bpmn.elements.throws import Throw, throws_of

if TYPE_CHECKING:
    from bpmn.elements.base import Element
    from bpmn.expressions import Expression
    from bpmn.sight import Sight
    from bpmn.texts import Compiler

#: What an implicit throw event may throw.
THROWN = ("signal", "message", "escalation", "error")


@dataclass(slots=True)
class DrawnBehavior:
    """The behavior as drawn: its name, the definitions of its events, and the condition of each."""

    name: str = "All"
    events: tuple[tuple[Text | None, Any], ...] = ()


class Behavior:
    """A compiled behavior."""

    def __init__(self, element: Element, drawn: DrawnBehavior) -> None:
        self.element = element
        self.drawn = drawn
        self.events: list[tuple[Expression | None, list[Throw]]] = []

    def prepare(self, compiler: Compiler) -> None:
        """Compile the texts; problems are the element's."""
        for text, definition in self.drawn.events:
            throws = throws_of(self.element, definition)
            for throw in throws:
                if throw.kind not in THROWN:
                    compiler.problem(self.element, "behavior", f"runs cannot throw an event of kind {throw.kind}")
                throw.prepare(compiler)
            self.events.append((compiler.expression(self.element, "condition of a complex behavior", text), throws))

    def thrown(self, sight: Sight, completed: int) -> Iterator[Throw]:
        """What is thrown as one more run is completed, `completed` with it. Raises `StepFailure`."""
        if self.drawn.name == "One" and completed > 1:
            return
        for condition, throws in self.events:
            if condition is None or condition_holds(condition, sight, "condition of a complex behavior"):
                yield from throws
