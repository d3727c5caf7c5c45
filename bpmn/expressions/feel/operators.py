"""Arithmetic of numbers, texts, dates, times and durations (DMN 1.5, tables 56 to 60); `Unfit` for no result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from bpmn.expressions import arithmetic
from bpmn.expressions.feel.budget import sized
from bpmn.expressions.feel.temporal import (
    DAY,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    at_midnight,
    date_of,
    days_duration,
    instant,
    months_duration,
    plus_months,
    plus_nanos,
)
from bpmn.expressions.feel.values import described
from bpmn.expressions.kinds import Unfit
from bpmn.expressions.limits import MAX_EXPONENT

Operator: TypeAlias = Callable[[Any, Any], Any]
_Table: TypeAlias = dict[tuple[type, type], Operator]


def _texts(left: str, right: str) -> str:
    sized(len(left) + len(right), "text")
    return left + right


def _time(nanos: int, like: Time) -> Time:
    return Time(nanos % DAY, like.zone)


def _days_later(date: Date, nanos: int) -> Date:
    return date_of(date.number + nanos // DAY)


def _months_later(moment: DateTime, months: int) -> DateTime:
    return DateTime(plus_months(moment.date, months), moment.nanos, moment.zone)


def _elapsed(left: Time | DateTime, right: Time | DateTime) -> DaysDuration:
    (bound, end), (other_bound, start) = instant(left), instant(right)
    if bound is not other_bound:
        raise Unfit("cannot take a local time and one with a time zone")
    return days_duration(end - start)


def _times(size: int, factor: int | Decimal) -> int:
    """A duration many times, cut to whole units, towards zero."""
    if not isinstance(factor, int) and abs(factor.adjusted()) > 40:
        raise Unfit("makes a duration that is too long or too short")
    return int(Fraction(factor) * size)


def _divided(size: int, divisor: int | Decimal) -> int:
    if divisor == 0:
        raise Unfit("divides by zero")
    if not isinstance(divisor, int) and abs(divisor.adjusted()) > 40:
        raise Unfit("makes a duration that is too long or too short")
    return int(Fraction(size) / Fraction(divisor))


def _both_ways(table: _Table) -> _Table:
    """The same operators with operands swapped, too."""

    def swapped(operate: Operator) -> Operator:
        return lambda left, right: operate(right, left)

    return table | {(right, left): swapped(operate) for (left, right), operate in table.items() if left is not right}


def _of_numbers(compute: Callable[[Any, Any], Any]) -> _Table:
    return {(one, other): compute for one in (int, Decimal) for other in (int, Decimal)}


_ADD: _Table = _of_numbers(arithmetic.add) | _both_ways(
    {
        (str, str): _texts,
        (Date, MonthsDuration): lambda left, right: plus_months(left, right.months),
        (Date, DaysDuration): lambda left, right: _days_later(left, right.nanos),
        (DateTime, MonthsDuration): lambda left, right: _months_later(left, right.months),
        (DateTime, DaysDuration): lambda left, right: plus_nanos(left, right.nanos),
        (Time, DaysDuration): lambda left, right: _time(left.nanos + right.nanos, left),
        (DaysDuration, DaysDuration): lambda left, right: days_duration(left.nanos + right.nanos),
        (MonthsDuration, MonthsDuration): lambda left, right: months_duration(left.months + right.months),
    }
)
_SUBTRACT: _Table = _of_numbers(arithmetic.subtract) | {
    (Date, Date): lambda left, right: days_duration((left.number - right.number) * DAY),
    (DateTime, DateTime): _elapsed,
    (Date, DateTime): lambda left, right: _elapsed(at_midnight(left), right),
    (DateTime, Date): lambda left, right: _elapsed(left, at_midnight(right)),
    (Time, Time): _elapsed,
    (Date, MonthsDuration): lambda left, right: plus_months(left, -right.months),
    (Date, DaysDuration): lambda left, right: _days_later(left, -right.nanos),
    (DateTime, MonthsDuration): lambda left, right: _months_later(left, -right.months),
    (DateTime, DaysDuration): lambda left, right: plus_nanos(left, -right.nanos),
    (Time, DaysDuration): lambda left, right: _time(left.nanos - right.nanos, left),
    (DaysDuration, DaysDuration): lambda left, right: days_duration(left.nanos - right.nanos),
    (MonthsDuration, MonthsDuration): lambda left, right: months_duration(left.months - right.months),
}
_MULTIPLY: _Table = _of_numbers(arithmetic.multiply) | _both_ways(
    {
        (duration, number): operate
        for number in (int, Decimal)
        for duration, operate in (
            (DaysDuration, lambda left, right: days_duration(_times(left.nanos, right))),
            (MonthsDuration, lambda left, right: months_duration(_times(left.months, right))),
        )
    }
)
_DIVIDE: _Table = (
    _of_numbers(arithmetic.divide)
    | {
        (DaysDuration, number): lambda left, right: days_duration(_divided(left.nanos, right))
        for number in (int, Decimal)
    }
    | {
        (MonthsDuration, number): lambda left, right: months_duration(_divided(left.months, right))
        for number in (int, Decimal)
    }
    | {
        (DaysDuration, DaysDuration): lambda left, right: arithmetic.divide(left.nanos, right.nanos),
        (MonthsDuration, MonthsDuration): lambda left, right: arithmetic.divide(left.months, right.months),
    }
)
_TABLES: Mapping[str, _Table] = {
    "+": _ADD,
    "-": _SUBTRACT,
    "*": _MULTIPLY,
    "/": _DIVIDE,
    "**": _of_numbers(arithmetic.power),
}


def _operator(table: _Table) -> Operator:
    def operate(left: Any, right: Any) -> Any:
        found = table.get((type(left), type(right)))
        if found is None:
            raise Unfit(f"cannot take {described(left)} and {described(right)}")
        return found(left, right)

    return operate


OPERATORS: Mapping[str, Operator] = {sign: _operator(table) for sign, table in _TABLES.items()}


def negate(value: Any) -> Any:
    """The negative of a number or duration."""
    if isinstance(value, DaysDuration):
        return DaysDuration(-value.nanos)
    if isinstance(value, MonthsDuration):
        return MonthsDuration(-value.months)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unfit(f"cannot take {described(value)}")
    return arithmetic.negate(value)


def as_number(result: Decimal) -> int | Decimal:
    """A decimal that was computed, as an integer where it is one and short enough to be written."""
    if result.is_finite() and result == result.to_integral_value() and result.adjusted() < 34:
        return int(result)
    if not result.is_finite() or abs(result.adjusted()) > MAX_EXPONENT:
        raise Unfit("makes a number that is too large")
    return result
