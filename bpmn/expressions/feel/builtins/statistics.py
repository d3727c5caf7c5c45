"""Functions that make one value of many (DMN 1.5, table 77)."""

from __future__ import annotations

from functools import reduce
from typing import Any

from bpmn.expressions import arithmetic
from bpmn.expressions.arithmetic import CONTEXT
from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.builtins.numbers import decimal_of
from bpmn.expressions.feel.builtins.signatures import Functions
from bpmn.expressions.feel.comparing import order
from bpmn.expressions.feel.operators import OPERATORS, as_number
from bpmn.expressions.feel.values import described
from bpmn.expressions.kinds import Number, Unfit, is_number

FUNCTIONS = Functions()


def _numbers(runtime: Runtime, items: list[Any], *, needed: int = 1) -> list[Number]:
    """Items that are all numbers; raises `Unfit` otherwise, or where there are fewer than needed."""
    runtime.spend(len(items))
    strange = next((item for item in items if not is_number(item)), 0)
    if strange is None or not is_number(strange):
        raise Unfit(f"takes numbers, not {described(strange)}")
    if len(items) < needed:
        raise Unfit(f"needs {needed} number(s) or more")
    return items


def _extreme(runtime: Runtime, items: list[Any], wanted: int) -> Any:
    runtime.spend(len(items))
    if not items:
        raise Unfit("needs a value")
    best = items[0]
    for item in items:
        found = order(item, best)
        if found is None:
            raise Unfit(f"cannot compare {described(item)} and {described(best)}")
        best = item if found == wanted else best
    return best


FUNCTIONS.add("min", "*list: list")(lambda runtime, items: _extreme(runtime, items, -1))
FUNCTIONS.add("max", "*list: list")(lambda runtime, items: _extreme(runtime, items, 1))


@FUNCTIONS.add("sum", "*list: list")
def _sum(runtime: Runtime, items: list[Any]) -> Any:
    """The sum of numbers, or of durations of one kind."""
    if items and not is_number(items[0]):
        if len({type(item) for item in items}) > 1 or not described(items[0]).endswith("duration"):
            raise Unfit("takes numbers, or durations of one kind")
        runtime.spend(len(items))
        return reduce(OPERATORS["+"], items)
    return reduce(arithmetic.add, _numbers(runtime, items))


@FUNCTIONS.add("product", "*list: list")
def _product(runtime: Runtime, items: list[Any]) -> Number:
    return reduce(arithmetic.multiply, _numbers(runtime, items))


@FUNCTIONS.add("mean", "*list: list")
def _mean(runtime: Runtime, items: list[Any]) -> Any:
    return OPERATORS["/"](_sum(runtime, items), len(items))


@FUNCTIONS.add("median", "*list: list")
def _median(runtime: Runtime, items: list[Any]) -> Number:
    ordered = sorted(_numbers(runtime, items))
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return arithmetic.divide(arithmetic.add(ordered[middle - 1], ordered[middle]), 2)


@FUNCTIONS.add("stddev", "*list: list")
def _stddev(runtime: Runtime, items: list[Any]) -> Number:
    """The standard deviation of a sample."""
    numbers = _numbers(runtime, items, needed=2)
    mean = arithmetic.divide(reduce(arithmetic.add, numbers), len(numbers))
    squares = [arithmetic.power(arithmetic.subtract(number, mean), 2) for number in numbers]
    variance = arithmetic.divide(reduce(arithmetic.add, squares), len(numbers) - 1)
    return as_number(CONTEXT.sqrt(decimal_of(variance)))


@FUNCTIONS.add("mode", "*list: list")
def _mode(runtime: Runtime, items: list[Any]) -> list[Number]:
    """The numbers that occur most often, upwards."""
    counts: dict[Number, int] = {}
    for number in _numbers(runtime, items, needed=0):
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, count in counts.items() if count == most)
