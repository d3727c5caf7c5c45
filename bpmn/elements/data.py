"""What data an activity or event takes in and hands out: data associations, compiled (BPMN 10.4.2, 13.3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from bpmn.dialects import Text
from bpmn.mappings import put
from bpmn.sight import over
from bpmn.texts import evaluated

if TYPE_CHECKING:
    from bpmn.elements.base import Element
    from bpmn.expressions import Expression
    from bpmn.sight import Sight
    from bpmn.texts import Compiler
    from bpmn.values import Value, Variables


class Absent(Enum):
    """Where there is no value, not even null."""

    ABSENT = 0


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class IoSet:
    """An input or output set: the data that must be there, and all that it holds."""

    required: frozenset[str]
    members: frozenset[str]


@dataclass(slots=True)
class Association:
    """Copies a variable to another, or puts the value of a transformation or of assignments there."""

    sources: tuple[str, ...]
    target: str
    transformation: Text | None = None
    assignments: tuple[tuple[tuple[str, ...] | None, Text | None], ...] = ()
    _transform: Expression | None = field(default=None, init=False)
    _assign: list[tuple[tuple[str, ...], Expression]] = field(default_factory=list, init=False)

    def prepare(self, element: Element, compiler: Compiler) -> None:
        """Compile the texts; problems are the element's."""
        self._transform = compiler.expression(element, "transformation", self.transformation)
        if len(self.sources) > 1 and self.transformation is None and not self.assignments:
            compiler.problem(element, "", "a data association with several sources needs a transformation")
        for path, text in self.assignments:
            value = compiler.expression(element, "assignment", text)
            if path is None or text is None:
                compiler.problem(element, "", "an assignment needs a `from`, and a `to` such as order.total")
            elif value is not None:
                self._assign.append((path, value))

    def value(self, sight: Sight) -> Value | Absent:
        """What the target gets. Raises `EvaluationFailed`."""
        if self._assign:
            return self._assigned(sight)
        if self._transform is not None:
            return evaluated(self._transform, sight)
        (source,) = self.sources
        return sight.variables.get(source, ABSENT)

    def _assigned(self, sight: Sight) -> Value:
        value = sight.variables.get(self.target) if self._transform is None else evaluated(self._transform, sight)
        for path, expression in self._assign:
            value = put(value, path, evaluated(expression, sight))
        return value


@dataclass(slots=True)
class DataFlow:
    """The associations of an element.

    `given` are the variables that its inputs fill, local to it and never written by its results; `made` are its data
    outputs that an association takes from it, local to it as well; `loop_input` and `loop_output` are those of a
    multi-instance activity as a whole.
    """

    inputs: tuple[Association, ...]
    outputs: tuple[Association, ...]
    given: frozenset[str]
    made: frozenset[str]
    input_sets: tuple[IoSet, ...] = ()
    output_sets: tuple[IoSet, ...] = ()
    loop_input: str | None = None
    loop_output: str | None = None

    def prepare(self, element: Element, compiler: Compiler) -> None:
        """Compile the texts; problems are the element's."""
        if element.repetition is not None:
            self.loop_input = element.repetition.drawn.input_data
            self.loop_output = element.repetition.drawn.output_collection
        for association in (*self.inputs, *self.outputs):
            association.prepare(element, compiler)

    def take_in(self, sight: Sight) -> dict[str, Value]:
        """What the data inputs get, by name. Raises `EvaluationFailed`."""
        found = _values([item for item in self.inputs if item.target != self.loop_input], sight)
        left_out = _left_out(found.keys(), self.input_sets)
        return {name: value for name, value in found.items() if name not in left_out}

    def hand_out(self, sight: Sight, local: Variables) -> dict[str, Value]:
        """What goes to variables outside; `local` is what the element itself holds of those in sight.

        What was not made does not go anywhere. Raises `EvaluationFailed`.
        """
        made = {name for name in self.made if name in local}
        left_out = (self.made - made) | _left_out(made, self.output_sets)
        if self.loop_output is not None:
            left_out |= {self.loop_output}
        return _values([item for item in self.outputs if not left_out.intersection(item.sources)], sight)

    def take_in_for_all(self, sight: Sight) -> dict[str, Value]:
        """The collection of a multi-instance activity. Raises `EvaluationFailed`."""
        return _values([item for item in self.inputs if item.target == self.loop_input], sight)

    def hand_out_of_all(self, sight: Sight) -> dict[str, Value]:
        """Where the results of all runs go. Raises `EvaluationFailed`."""
        return _values([item for item in self.outputs if self.loop_output in item.sources], sight)

    def received(self, payload: Variables) -> dict[str, Value]:
        """What of the payload of an event each data output gets.

        By its name; a single one gets the payload's only value else, or the whole.
        """
        found: dict[str, Value] = {name: payload[name] for name in self.made if name in payload}
        if not found and len(self.made) == 1 and payload:
            (name,) = self.made
            (*values,) = payload.values()
            found[name] = values[0] if len(values) == 1 else dict(payload)
        return found


def _left_out(there: Set[str], sets: tuple[IoSet, ...]) -> frozenset[str]:
    """What belongs to other sets than the first whose data is all there; nothing where there is no choice."""
    chosen = next((item for item in sets if item.required <= there), None)
    if chosen is None:
        return frozenset()
    return frozenset().union(*(item.members for item in sets)) - chosen.members


def _values(associations: Iterable[Association], sight: Sight) -> dict[str, Value]:
    """What the targets of these associations get, each seeing what the ones before it gave."""
    found: dict[str, Value] = {}
    for association in associations:
        value = association.value(over(found, sight) if found else sight)
        if value is not ABSENT:
            found[association.target] = value
    return found
