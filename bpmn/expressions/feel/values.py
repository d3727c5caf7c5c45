"""FEEL's other values, ranges and functions, and what all values have: a kind and properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.temporal import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    offset_of,
)
from bpmn.expressions.kinds import Unfit


@dataclass(frozen=True, slots=True)
class Range:
    """Values between two ends; an end that is None and `unbounded` has no end there (`> 5`), else it is null."""

    start: Any
    end: Any
    start_included: bool
    end_included: bool
    unbounded: bool = field(default=False, compare=False)


class Function:
    """Something that can be called: of the expression, built in, or a decision's.

    `invoke(runtime, arguments)` gets one argument for each of `parameters`, or any number where these are None.
    """

    __slots__ = ("invoke", "invoke_named", "parameters", "type")

    def __init__(
        self,
        parameters: tuple[str, ...] | None,
        invoke: Callable[[Runtime, list[Any]], Any],
        invoke_named: Callable[[Runtime, dict[str, Any]], Any] | None = None,
        type: Any = None,
    ) -> None:
        self.parameters = parameters
        self.invoke = invoke
        self.invoke_named = invoke_named
        self.type = type

    def call(self, runtime: Runtime, arguments: list[Any]) -> Any:
        """Its result; raises `Unfit` for a wrong number of arguments."""
        if self.parameters is not None and len(arguments) != len(self.parameters):
            raise Unfit(f"takes {len(self.parameters)} argument(s), not {len(arguments)}")
        return self.invoke(runtime, arguments)

    def call_named(self, runtime: Runtime, arguments: dict[str, Any]) -> Any:
        """Its result; an argument that is left out is null; raises `Unfit` for a name that it does not know."""
        if self.invoke_named is not None:
            return self.invoke_named(runtime, arguments)
        names = self.parameters or ()
        unknown = [name for name in arguments if name not in names]
        if unknown:
            raise Unfit(f"has no parameter '{unknown[0][:40]}'")
        return self.invoke(runtime, [arguments.get(name) for name in names])


KINDS: Mapping[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    str: "string",
    list: "list",
    dict: "context",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DaysDuration: "days and time duration",
    MonthsDuration: "years and months duration",
    Range: "range",
    Function: "function",
}


def kind(value: object) -> str:
    """The name of a value's type in FEEL."""
    return KINDS.get(type(value), "value of an unknown kind")


def described(value: object) -> str:
    """A value's kind for a message."""
    return "null" if value is None else f"a {kind(value)}"


def _truncated(nanos: int, unit: int, within: int) -> int:
    whole = abs(nanos) // unit % within
    return -whole if nanos < 0 else whole


def _months(months: int, unit: int) -> int:
    whole = abs(months) // 12 if unit == 12 else abs(months) % 12
    return -whole if months < 0 else whole


def _seconds(nanos: int, within: int) -> int | Decimal:
    rest = nanos % within
    return rest // SECOND if rest % SECOND == 0 else Decimal(rest) / SECOND


def _duration_seconds(nanos: int) -> int | Decimal:
    seconds = _seconds(abs(nanos), MINUTE)
    return -seconds if nanos < 0 else seconds


def _offset(value: Time | DateTime) -> DaysDuration | None:
    offset = offset_of(value)
    return None if offset is None else DaysDuration(offset * SECOND)


def _zone_name(value: Time | DateTime) -> str | None:
    return value.zone if isinstance(value.zone, str) else None


_TIME_PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "hour": lambda value: value.nanos // HOUR,
    "minute": lambda value: value.nanos % HOUR // MINUTE,
    "second": lambda value: _seconds(value.nanos, MINUTE),
    "time offset": _offset,
    "timezone": _zone_name,
}

PROPERTIES: Mapping[type, Mapping[str, Callable[[Any], Any]]] = {
    Date: {
        "year": lambda value: value.year,
        "month": lambda value: value.month,
        "day": lambda value: value.day,
        "weekday": lambda value: (value.number + 3) % 7 + 1,
    },
    Time: _TIME_PROPERTIES,
    DateTime: {
        "year": lambda value: value.date.year,
        "month": lambda value: value.date.month,
        "day": lambda value: value.date.day,
        "weekday": lambda value: (value.date.number + 3) % 7 + 1,
        **_TIME_PROPERTIES,
    },
    DaysDuration: {
        "days": lambda value: _truncated(value.nanos, DAY, 10**18),
        "hours": lambda value: _truncated(value.nanos, HOUR, 24),
        "minutes": lambda value: _truncated(value.nanos, MINUTE, 60),
        "seconds": lambda value: _duration_seconds(value.nanos),
    },
    MonthsDuration: {
        "years": lambda value: _months(value.months, 12),
        "months": lambda value: _months(value.months, 1),
    },
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}
"""The properties of DMN 1.5, tables 65 to 68."""
