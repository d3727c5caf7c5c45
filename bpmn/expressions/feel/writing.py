"""FEEL values as text (`string(...)`, DMN 1.5, 10.3.4.1) and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bpmn.expressions.feel.budget import Runtime, sized
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
    Zone,
    offset_of,
)
from bpmn.expressions.feel.values import Function, Range
from bpmn.expressions.kinds import Unfit, as_text, held
from bpmn.expressions.limits import MAX_LENGTH, MAX_NESTING

_PLAIN_KEY = re.compile(r"[^\W\d]\w*(?: \w+)*")
_NESTED_TOO_DEEPLY = Unfit("is nested too deeply to be written as text")


def text_of(value: Any, runtime: Runtime) -> str:
    """The text of any value but null; raises `Unfit` for what has none, `EvaluationFailed` for what is too large."""
    return value if isinstance(value, str) else _literal(value, runtime, 0)


def _literal(value: Any, runtime: Runtime, depth: int) -> str:
    """A value as it could stand within a list or context."""
    if depth > MAX_NESTING:
        raise _NESTED_TOO_DEEPLY
    if value is None:
        return "null"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool | int | Decimal):
        return as_text(value)
    if isinstance(value, list):
        runtime.spend(len(value) >> 2)
        return _joined("[", [_literal(item, runtime, depth + 1) for item in value], "]")
    if isinstance(value, dict):
        runtime.spend(len(value) >> 2)
        return _joined("{", [f"{_key(key)}: {_literal(item, runtime, depth + 1)}" for key, item in value.items()], "}")
    if isinstance(value, Range):
        return _range(value, lambda end: _literal(end, runtime, depth + 1))
    return temporal_text(value)


def _joined(opening: str, parts: list[str], closing: str) -> str:
    sized(sum(map(len, parts)), "text")
    return opening + ", ".join(parts) + closing


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else quoted(key)


def quoted(text: str) -> str:
    """A text as it is written in an expression."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _range(value: Range, literal: Callable[[Any], str]) -> str:
    if value.unbounded and value.end is None:
        return f"({'>=' if value.start_included else '>'} {literal(value.start)})"
    if value.unbounded:
        return f"({'<=' if value.end_included else '<'} {literal(value.end)})"
    opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opening}{literal(value.start)}..{literal(value.end)}{closing}"


def temporal_text(value: Any) -> str:
    """The ISO form of a date, time or duration."""
    if isinstance(value, Date):
        return f"{'-' if value.year < 0 else ''}{abs(value.year):04}-{value.month:02}-{value.day:02}"
    if isinstance(value, Time):
        return _clock(value.nanos) + zone_text(value.zone)
    if isinstance(value, DateTime):
        return f"{temporal_text(value.date)}T{_clock(value.nanos)}{zone_text(value.zone)}"
    if isinstance(value, MonthsDuration):
        return _months(value.months)
    if isinstance(value, DaysDuration):
        return _days(value.nanos)
    if isinstance(value, Function):
        return "<function>"
    raise Unfit("cannot write this as text")


def zone_text(zone: Zone) -> str:
    if zone is None:
        return ""
    if isinstance(zone, str):
        return f"@{zone}"
    if zone == 0:
        return "Z"
    minutes, seconds = divmod(abs(zone), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if zone < 0 else '+'}{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")


def _clock(nanos: int) -> str:
    hours, minutes = nanos // HOUR, nanos % HOUR // MINUTE
    return f"{hours:02}:{minutes:02}:{nanos % MINUTE // SECOND:02}{_fraction(nanos)}"


def _fraction(nanos: int) -> str:
    rest = nanos % SECOND
    return "." + f"{rest:09}".rstrip("0") if rest else ""


def _months(months: int) -> str:
    years, rest = divmod(abs(months), 12)
    text = (f"{years}Y" if years else "") + (f"{rest}M" if rest or not years else "")
    return ("-P" if months < 0 else "P") + text


def _days(nanos: int) -> str:
    size = abs(nanos)
    days, hours, minutes = size // DAY, size % DAY // HOUR, size % HOUR // MINUTE
    seconds = f"{size % MINUTE // SECOND}{_fraction(size)}"
    clock = (
        (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{seconds}S" if seconds != "0" else "")
    )
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return ("-P" if nanos < 0 else "P") + (text or "T0S")


_PLAIN = frozenset({type(None), bool, int, Decimal, str, list, dict})


def as_json(value: Any, runtime: Runtime) -> Any:
    """The same value made of JSON's kinds: temporal values and ranges are their texts, functions are null.

    What is made of these kinds already is returned as it is. Raises `Unfit` where it holds or nests too much, and
    `EvaluationFailed` beyond the budget.
    """
    if isinstance(value, list | dict):
        try:
            runtime.spend(held([value]) >> 3)
        except Unfit:
            runtime.spend(MAX_LENGTH >> 3)
            raise
    return value if _is_plain(value) else _plain(value, runtime, 0)


def _is_plain(value: Any) -> bool:
    """Whether a value of bounded size is made of JSON's kinds; level by level, since it is asked of every result."""
    level: list[Any] = [value]
    while level:
        kinds = set(map(type, level))
        if not kinds <= _PLAIN:
            return False
        level = [inner for one in level if type(one) is list for inner in one] + [
            inner for one in level if type(one) is dict for inner in one.values()
        ]
    return True


def _plain(value: Any, runtime: Runtime, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | str | Decimal):
        return value
    if depth > MAX_NESTING:
        raise Unfit("is nested too deeply")
    if isinstance(value, list):
        return [_plain(item, runtime, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item, runtime, depth + 1) for key, item in value.items()}
    return None if isinstance(value, Function) else text_of(value, runtime)


def json_text(value: Any, runtime: Runtime, depth: int = 0) -> str:
    """The JSON text of a value, with exact numbers; zones are written as Java and Camunda 8 do."""
    if depth > MAX_NESTING:
        raise _NESTED_TOO_DEEPLY
    if isinstance(value, list | dict):
        runtime.spend(len(value) >> 2)
    if isinstance(value, list):
        return "[" + ",".join(json_text(item, runtime, depth + 1) for item in value) + "]"
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}:{json_text(item, runtime, depth + 1)}"
            for key, item in value.items()
        ]
        return "{" + ",".join(parts) + "}"
    if value is None or isinstance(value, Function):
        return "null"
    if isinstance(value, bool | int | Decimal):
        return as_text(value)
    if isinstance(value, DateTime) and isinstance(value.zone, str):
        text = temporal_text(DateTime(value.date, value.nanos, offset_of(value))) + f"[{value.zone}]"
        return json.dumps(text, ensure_ascii=False)
    return json.dumps(text_of(value, runtime), ensure_ascii=False)
