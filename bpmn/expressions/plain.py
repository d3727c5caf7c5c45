"""What plain expressions do with values: nothing is converted, nothing that is unclear has a result."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from bpmn.expressions import arithmetic
from bpmn.expressions.kinds import (
    Number,
    Operator,
    Spend,
    Unfit,
    as_index,
    bounded,
    is_number,
    joined,
    kind,
    orderable,
    same,
)
from bpmn.expressions.methods import METHODS
from bpmn.expressions.semantics import Semantics
from bpmn.values import Value

ORDERINGS: Mapping[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def unfit(left: Value, right: Value) -> Unfit:
    """The refusal of an operator to take these two kinds of values."""
    return Unfit(f"cannot take {kind(left)} and {kind(right)}")


def attribute(base: Value, name: str) -> Value:
    """The entry of a map; null where it is missing or the base is null; raises `Unfit` for anything else."""
    if isinstance(base, dict):
        return base.get(name)
    if base is None:
        return None
    raise Unfit(f"is asked of {kind(base)}, which has none")


def item(base: Value, index: Value) -> Value:
    """The item of a list (from 0) or the entry of a map; null where there is none or the base is null."""
    if base is None:
        return None
    if isinstance(base, dict):
        return base.get(index) if isinstance(index, str) else None
    if not isinstance(base, list):
        raise Unfit(f"is asked of {kind(base)}, which has no items")
    at = as_index(index)
    if at is None:
        raise Unfit(f"must be a whole number on a list, not {kind(index)}")
    return base[at] if 0 <= at < len(base) else None


def _truth(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    raise Unfit(f"needs true or false, not {kind(value)}")


def _equal(left: Value, right: Value, spend: Spend) -> bool:
    if left is None or right is None:
        return left is right
    if kind(left) != kind(right):
        raise unfit(left, right)
    return same(left, right, spend)


def ordering(compare: Callable[..., bool]) -> Operator:
    """Two numbers or two texts; raises `Unfit` for anything else."""

    def ordered(left: Value, right: Value, _spend: Spend) -> bool:
        if orderable(left, right):
            return compare(left, right)
        raise unfit(left, right)

    return ordered


def number(compute: Callable[[Number, Number], Number]) -> Operator:
    """Two numbers; raises `Unfit` for anything else."""

    def computed(left: Value, right: Value, spend: Spend) -> Number:
        if is_number(left) and is_number(right):
            return _weighed(compute(left, right), spend)  # type: ignore[arg-type]
        raise unfit(left, right)

    return computed


def plus(left: Value, right: Value, spend: Spend) -> Value:
    """The sum of two numbers, or two texts or lists one behind the other."""
    if isinstance(left, str) and isinstance(right, str):
        spend((len(left) + len(right)) >> 6)
        return joined([left, right])
    if isinstance(left, list) and isinstance(right, list):
        spend((len(left) + len(right)) >> 4)
        return bounded(left + right)
    return _ADD(left, right, spend)  # type: ignore[no-any-return]


_ADD = number(arithmetic.add)


def negate(value: Value) -> Value:
    """The number with the other sign."""
    if is_number(value):
        return arithmetic.negate(value)  # type: ignore[arg-type]
    raise Unfit(f"cannot take {kind(value)}")


def _weighed(value: Number, spend: Spend) -> Number:
    """The number; large ones take more of the budget."""
    if type(value) is int and value.bit_length() > 1_000:
        spend(value.bit_length() >> 9)
    return value


def denied(equal: Operator) -> Operator:
    """The operator that says the opposite."""
    return lambda left, right, spend: not equal(left, right, spend)


PLAIN = Semantics(
    operators={
        "==": _equal,
        "!=": denied(_equal),
        **{sign: ordering(compare) for sign, compare in ORDERINGS.items()},
        **{sign: number(compute) for sign, compute in arithmetic.COMMON.items()},
        "%": number(arithmetic.modulo),
        "+": plus,
    },
    truth=_truth,
    negate=negate,
    attribute=attribute,
    item=item,
    methods=METHODS,
)
