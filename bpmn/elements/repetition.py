"""Activities that run more than once: standard loops and multi-instance (BPMN 10.3.8, 13.3.6, 13.3.7).

The activity instance that the token opened is the body: it keeps the boundary events and counts; each run is an
activity instance of its own inside it, with `loopCounter` and the item as local variables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bpmn.dialects import Text
from bpmn.elements.base import StepFailure, condition_holds
from bpmn.elements.behaviors import Behavior, DrawnBehavior
from bpmn.errors import EvaluationFailed
from bpmn.expressions import Expression
from bpmn.sight import over
from bpmn.texts import evaluated

if TYPE_CHECKING:
    from bpmn.elements.base import Element
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node
    from bpmn.sight import Sight
    from bpmn.texts import Compiler
    from bpmn.values import Value

#: More runs than this at once are refused: they would exhaust the server.
MOST_RUNS = 100_000
#: The attributes of a multi-instance activity at a run (BPMN table 10.29).
ATTRIBUTES = (
    "loopCounter",
    "numberOfInstances",
    "numberOfActiveInstances",
    "numberOfCompletedInstances",
    "numberOfTerminatedInstances",
)


@dataclass(slots=True)
class DrawnRepetition:
    """The loop characteristics as drawn."""

    is_loop: bool
    sequential: bool = True
    test_before: bool = False
    maximum: int | None = None
    condition: Text | None = None
    cardinality: Text | None = None
    collection: Text | None = None
    #: The variable of the collection where it is a data input.
    input_data: str | None = None
    item: str | None = None
    #: Flowable's variable for the place of a run, from 0.
    index: str | None = None
    output_collection: str | None = None
    output_item: Text | None = None
    #: The number of the first run: 0 in diagrams of Camunda 7, else 1 (BPMN table 10.28).
    counts_from: int = 1
    behavior: DrawnBehavior = field(default_factory=DrawnBehavior)
    scripts_on_runs: bool = False
    #: Whether SpiffWorkflow's rules hold: without a collection the item of a run is its number from 0, and the results
    #: of runs for the entries of a map are a map.
    is_spiff: bool = False


class Repetition:
    """Compiled loop characteristics of an element."""

    def __init__(self, element: Element, drawn: DrawnRepetition) -> None:
        self.element = element
        self.drawn = drawn
        self.bpmn_id = element.bpmn_id
        self.behavior = Behavior(element, drawn.behavior)

    def prepare(self, compiler: Compiler) -> None:
        """Compile the texts; problems are the element's."""
        drawn, element = self.drawn, self.element
        self.condition = compiler.expression(element, "completion condition", drawn.condition, scripts=True)
        self.cardinality = compiler.expression(element, "loop cardinality", drawn.cardinality, scripts=True)
        self.collection = compiler.expression(element, "collection", drawn.collection, scripts=True)
        self.output_item = compiler.expression(element, "output element", drawn.output_item, scripts=True)
        #: The variable that each run brings its result in, local to the run, where the diagram names one.
        self.result = _variable(drawn.output_item)
        self.behavior.prepare(compiler)
        if not drawn.is_loop and self.cardinality is None and self.collection is None:
            compiler.lack(element, "a multi-instance activity needs a cardinality or a collection")
        if drawn.is_loop and drawn.condition is None and drawn.maximum is None:
            compiler.lack(element, "a loop needs a condition or a maximum; it would never end")

    @property
    def run_names(self) -> set[str]:
        """The variables that each run has of its own."""
        named = (self.result, self.drawn.item, self.drawn.index)
        return {"loopCounter"} | {name for name in named if name is not None}

    # --- the life of a body ---

    def begin(self, run: Runtime, body: Node) -> None:
        """Open the first runs, or finish where there is none. Raises `StepFailure`."""
        drawn = self.drawn
        if drawn.is_loop:
            body.total = drawn.maximum if drawn.maximum is not None else -1
            if drawn.test_before and not self._goes_on(run.sight(body)):
                run.finish_soon(body)
                return
        else:
            body.total = self._count(run.sight(body))
            if drawn.output_collection is not None:
                body.results = {}
        if body.total == 0:
            run.finish_soon(body)
        else:
            run.open_runs(body, 1 if drawn.sequential else body.total)

    def open_next(self, run: Runtime, body: Node) -> None:
        """Open one more run. Raises `StepFailure`."""
        index = body.opened
        local: dict[str, Value] = {} if self.result is None else {self.result: None}
        local["loopCounter"] = index + self.drawn.counts_from
        if self.drawn.index is not None:
            local[self.drawn.index] = index
        if self.drawn.item is not None and self.collection is not None:
            items = self._items(run.sight(body))
            local[self.drawn.item] = items[index] if index < len(items) else None
        elif self.drawn.item is not None and self.drawn.is_spiff:
            local[self.drawn.item] = index
        body.opened = index + 1
        run.open_run(self.element, body, index, local)

    def ended(self, run: Runtime, body: Node, inner: Node) -> tuple[bool, list[Callable[[], None]]]:
        """Keep the result of a run that is over; whether the whole is to stop now, and what is to be thrown.

        Raises `StepFailure`.
        """
        sight = run.sight(inner)
        result = None
        if self.output_item is not None:
            result = _evaluated(self.output_item, sight, "output element")
        counted = self._counted(body)
        seen = over(counted, sight)
        stop = self._stops(body, seen)
        thrown = self.behavior.thrown(seen, body.completed + 1)
        attributes = {
            name: seen.variables.get(name) for name in ATTRIBUTES
        }  # a local one may have been removed by hand
        acts = [run.implicit_throw(body, throw, attributes) for throw in thrown]
        body.completed += 1
        if body.results is not None:
            body.results[inner.index] = result
        return stop, acts

    def outcome(self, body: Node, sight: Sight) -> dict[str, Value]:
        """What the body gives to the scope around it. Raises `StepFailure`."""
        name = self.drawn.output_collection
        if name is None or body.results is None:
            return {}
        results = [body.results.get(place) for place in range(body.total)]
        entries = self._collected(sight) if self.drawn.is_spiff and self.collection is not None else None
        if isinstance(entries, dict) and len(entries) == len(results):
            return {name: dict(zip(entries, results, strict=True))}
        return {name: results}

    def counters(self, body: Node) -> dict[str, Value]:
        """The attributes of the body that expressions may read (BPMN table 10.30)."""
        active = self._active(body)
        return {
            "nrOfInstances": max(body.total, body.opened),
            "nrOfActiveInstances": active,
            "nrOfCompletedInstances": body.completed,
            "numberOfInstances": max(body.total, body.opened),
            "numberOfActiveInstances": active,
            "numberOfCompletedInstances": body.completed,
            "numberOfTerminatedInstances": 0,
        }

    def _counted(self, body: Node) -> dict[str, Value]:
        """The counters as they are when one more run is over."""
        seen = dict(self.counters(body))
        seen["nrOfCompletedInstances"] = seen["numberOfCompletedInstances"] = body.completed + 1
        seen["nrOfActiveInstances"] = seen["numberOfActiveInstances"] = self._active(body) - 1
        return seen

    def _active(self, body: Node) -> int:
        """How many runs are active: in parallel those too that are still to be opened in this advance."""
        waiting = 0 if self.drawn.sequential or self.drawn.is_loop else body.total - body.opened
        return len(body.children) + body.apart + waiting

    def _stops(self, body: Node, sight: Sight) -> bool:
        done = body.completed + 1
        if self.drawn.is_loop:
            reached = body.total >= 0 and done >= body.total
            return reached or not self._goes_on(sight)
        if done >= body.total:
            return True
        return self.condition is not None and condition_holds(self.condition, sight, "completion condition")

    def _goes_on(self, sight: Sight) -> bool:
        """A standard loop goes on while its condition holds; without one, until its maximum."""
        return self.condition is None or condition_holds(self.condition, sight, "loop condition")

    def _count(self, sight: Sight) -> int:
        if self.collection is not None:
            count = len(self._items(sight))
        else:
            assert self.cardinality is not None
            count = _whole(_evaluated(self.cardinality, sight, "loop cardinality"))
        if not 0 <= count <= MOST_RUNS:
            raise StepFailure("loop-invalid", f"{count} runs were asked for; 0 to {MOST_RUNS} are possible")
        return count

    def _collected(self, sight: Sight) -> Value:
        assert self.collection is not None
        items = _evaluated(self.collection, sight, "collection")
        return sight.variables[items] if isinstance(items, str) and items in sight.variables else items

    def _items(self, sight: Sight) -> list[Any]:
        items = self._collected(sight)
        if isinstance(items, dict):
            return list(items.values())
        if not isinstance(items, list):
            raise StepFailure("loop-invalid", f"the collection is {type(items).__name__} and not a list")
        return items


def _variable(text: Text | None) -> str | None:
    name = "" if text is None else text.value.removeprefix("=").strip()
    return name if name.isidentifier() else None


def _evaluated(expression: Expression, sight: Sight, what: str) -> Value:
    try:
        return evaluated(expression, sight)
    except EvaluationFailed as fault:
        raise StepFailure("loop-invalid", f"{what}: {fault}") from None


def _whole(value: Value) -> int:
    try:
        if isinstance(value, bool | list | dict) or value is None:
            raise ValueError
        number = Decimal(str(value))
        if number != number.to_integral_value():
            raise ValueError
        return int(number)
    except (ValueError, ArithmeticError):
        raise StepFailure("loop-invalid", f"the loop cardinality must be a whole number, not {value!r}") from None
