"""Equality, order and membership (DMN 1.5, 10.3.2.13 and table 55); None where there is no answer."""

from __future__ import annotations

from typing import Any, TypeAlias

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time, instant
from bpmn.expressions.feel.values import Function, Range, kind
from bpmn.expressions.kinds import is_number

_Pairs: TypeAlias = list[tuple[Any, Any]]


def equal(left: Any, right: Any, runtime: Runtime | None = None) -> bool | None:
    """Whether two values are equal; None where their kinds differ. A list of one equals what it holds."""
    if left is None or right is None:
        return left is right
    if isinstance(left, list) is not isinstance(right, list):
        left, right = _single(left), _single(right)
    if left is None or right is None:
        return left is right
    if kind(left) != kind(right):
        return None
    return same(left, right, runtime)


def same(left: Any, right: Any, runtime: Runtime | None = None) -> bool:
    """Deep equality; values of different kinds are not the same. Not recursive, since data may be deep.

    What is compared within lists and contexts is charged to the evaluation.
    """
    if left is right:
        return True
    pending: _Pairs = [(left, right)]
    while pending:
        one, other = pending.pop()
        if runtime is not None and type(one) in (list, dict):
            runtime.spend(len(one) >> 3)
        if one is other:
            continue
        if kind(one) != kind(other) or not _alike(one, other, pending):
            return False
    return True


def _alike(one: Any, other: Any, pending: _Pairs) -> bool:
    """Whether two values of the same kind can be the same; leaves what they hold to be compared."""
    if isinstance(one, list):
        pending.extend(zip(one, other, strict=False))
        return len(one) == len(other)
    if isinstance(one, dict):
        if one.keys() != other.keys():
            return False
        pending.extend((one[key], other[key]) for key in one)
        return True
    if isinstance(one, Time | DateTime):
        return instant(one) == instant(other)
    if isinstance(one, Range):
        pending.extend([(one.start, other.start), (one.end, other.end)])
        return (one.start_included, one.end_included) == (other.start_included, other.end_included)
    return False if isinstance(one, Function) else bool(one == other)


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def order(left: Any, right: Any) -> int | None:
    """-1, 0 or 1 as `left` is less, equal or greater; None where these two have no order."""
    if is_number(left) and is_number(right):
        return bool(left > right) - bool(left < right)
    if type(left) is not type(right):
        return None
    one: Any
    other: Any
    if isinstance(left, str):
        one, other = left, right
    elif isinstance(left, Date):
        one, other = (left.year, left.month, left.day), (right.year, right.month, right.day)
    elif isinstance(left, Time | DateTime):
        (bound, one), (other_bound, other) = instant(left), instant(right)
        if bound is not other_bound:
            return None
    elif isinstance(left, DaysDuration):
        one, other = left.nanos, right.nanos
    elif isinstance(left, MonthsDuration):
        one, other = left.months, right.months
    else:
        return None
    return bool(one > other) - bool(one < other)


def less(left: Any, right: Any) -> bool | None:
    found = order(left, right)
    return None if found is None else found < 0


def at_most(left: Any, right: Any) -> bool | None:
    found = order(left, right)
    return None if found is None else found <= 0


def both(one: bool | None, other: bool | None) -> bool | None:
    """Three-valued `and`."""
    if one is False or other is False:
        return False
    return True if one and other else None


def between(value: Any, low: Any, high: Any) -> bool | None:
    return both(at_most(low, value), at_most(value, high))


def in_range(value: Any, range_: Range) -> bool | None:
    """Whether a value lies in a range."""
    above = below = True if range_.unbounded else None
    if range_.start is not None:
        above = (at_most if range_.start_included else less)(range_.start, value)
    if range_.end is not None:
        below = (at_most if range_.end_included else less)(value, range_.end)
    return both(above, below)


def is_in(value: Any, wanted: Any, runtime: Runtime | None = None) -> bool | None:
    """`value in wanted`, where that is a range, a list of values and ranges, or a value to be equal to."""
    if isinstance(wanted, Range):
        return same(value, wanted) if isinstance(value, Range) else in_range(value, wanted)
    if not isinstance(wanted, list):
        return equal(value, wanted, runtime)
    if runtime is not None:
        runtime.spend(len(wanted) >> 2)
    if isinstance(value, list) and same(value, wanted, runtime):
        return True
    answer: bool | None = False
    for item in wanted:
        found = in_range(value, item) if isinstance(item, Range) and not isinstance(value, Range) else None
        if found or same(value, item, runtime):
            return True
        if isinstance(item, Range) and found is None:
            answer = None
    return answer
