"""Ranges from texts, and moments moved to another zone."""

from __future__ import annotations

import re
from typing import Any

from bpmn.expressions.feel import reading
from bpmn.expressions.feel.comparing import order
from bpmn.expressions.feel.temporal import SECOND, DateTime, instant, offset_of, plus_nanos
from bpmn.expressions.feel.values import Range
from bpmn.expressions.kinds import Unfit, number_of

_RANGE = re.compile(r"\s*([\[\](])([^\[\]]*?)\.\.([^\[\]]*?)([\[\])])\s*")
_CALL = re.compile(r"(date and time|date|time|duration)\s*\(\s*(\"[^\"\\]*\")\s*\)")
_READERS = {
    "date": reading.read_date,
    "time": reading.read_time,
    "date and time": reading.read_date_time,
    "duration": reading.read_duration,
}


def read_range(text: str) -> Range:
    """The range that a text such as `[1..10)` spells; its ends are literals in ascending order."""
    found = _RANGE.fullmatch(text) if len(text) < 1_000 else None
    if found is None:
        raise Unfit("reads no range from this text")
    opening, start, end, closing = found.groups()
    low, high = _end(start.strip()), _end(end.strip())
    direction = order(low, high)
    if direction is None or direction > 0:
        raise Unfit("needs two ends of one type, the lower one first")
    return Range(low, high, opening == "[", closing == "]")


def _end(text: str) -> Any:
    """A number, text, temporal literal, or call of a temporal function with a text."""
    if text[:1] == '"' and text[-1:] == '"' and len(text) > 1:
        return text[1:-1]
    if text[:2] == '@"' and text[-1:] == '"':
        return reading.read_any(text[2:-1])
    called = _CALL.fullmatch(text)
    if called is not None:
        return _READERS[called.group(1)](called.group(2)[1:-1])
    return number_of(text)


def moved(value: DateTime, zone: str) -> DateTime:
    """The same moment as the clock of that zone shows it."""
    bound, nanos = instant(value)
    if not bound:
        return DateTime(value.date, value.nanos, zone)
    shift = nanos - instant(DateTime(value.date, value.nanos, 0))[1]
    utc = plus_nanos(DateTime(value.date, value.nanos, 0), shift)
    there = offset_of(DateTime(utc.date, utc.nanos, zone)) or 0
    shown = plus_nanos(utc, there * SECOND)
    exact = offset_of(DateTime(shown.date, shown.nanos, zone)) or 0
    shown = plus_nanos(utc, exact * SECOND)
    return DateTime(shown.date, shown.nanos, zone)
