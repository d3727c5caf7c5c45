"""What plain expressions do with values: nothing is converted, nothing that is unclear has a result."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from bpmn.expressions import arithmetic
from bpmn.expressions.kinds import Number, Operator, Unfit, as_index, bounded, is_number, joined, kind, orderable, same
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


def _equal(left: Value, right: Value) -> bool:
    if left is None or right is None:
        return left is right
    if kind(left) != kind(right):
        raise unfit(left, right)
    return same(left, right)


def _ordering(compare: Callable[..., bool]) -> Operator:
    def ordered(left: Value, right: Value) -> Value:
        if orderable(left, right):
            return compare(left, right)
        raise unfit(left, right)

    return ordered


def _number(compute: Callable[[Number, Number], Number]) -> Operator:
    def computed(left: Value, right: Value) -> Value:
        if is_number(left) and is_number(right):
            return compute(left, right)  # type: ignore[arg-type]
        raise unfit(left, right)

    return computed


def _plus(left: Value, right: Value) -> Value:
    if isinstance(left, str) and isinstance(right, str):
        return joined([left, right])
    if isinstance(left, list) and isinstance(right, list):
        return bounded(left + right)
    return _ADD(left, right)


_ADD = _number(arithmetic.add)


def _negate(value: Value) -> Value:
    if is_number(value):
        return arithmetic.negate(value)  # type: ignore[arg-type]
    raise Unfit(f"cannot take {kind(value)}")


PLAIN = Semantics(
    operators={
        "==": _equal,
        "!=": lambda left, right: not _equal(left, right),
        **{sign: _ordering(compare) for sign, compare in ORDERINGS.items()},
        **{sign: _number(compute) for sign, compute in arithmetic.COMMON.items()},
        "%": _number(arithmetic.modulo),
        "+": _plus,
    },
    truth=_truth,
    negate=_negate,
    attribute=attribute,
    item=item,
    calls=METHODS,
)
