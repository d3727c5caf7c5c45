"""Functions that make a value of another type (DMN 1.5, table 74)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bpmn.expressions.feel import reading, zones
from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.builtins import rangetext
from bpmn.expressions.feel.builtins.dates import day_of
from bpmn.expressions.feel.builtins.signatures import Functions
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
    is_date,
)
from bpmn.expressions.feel.values import Range
from bpmn.expressions.feel.writing import json_text, text_of
from bpmn.expressions.kinds import Number, Unfit, number_of

FUNCTIONS = Functions()


def _read(value: Any, what: str) -> Any:
    if value is None:
        raise Unfit(f"reads no {what} from this text")
    return value


@FUNCTIONS.add("date", "from: text")
def _date_from_text(_: Runtime, text: str) -> Date:
    found: Date = _read(reading.read_date(text), "date")
    return found


@FUNCTIONS.add("date", "from: day")
def _date_from_day(_: Runtime, value: Date | DateTime) -> Date:
    return day_of(value)


@FUNCTIONS.add("date", "year: whole, month: whole, day: whole")
def _date_from_numbers(_: Runtime, year: int, month: int, day: int) -> Date:
    if not is_date(year, month, day):
        raise Unfit("has no such day")
    return Date(year, month, day)


@FUNCTIONS.add("date and time", "from: text")
def _date_time_from_text(_: Runtime, text: str) -> DateTime:
    found: DateTime = _read(reading.read_date_time(text), "date and time")
    return found


@FUNCTIONS.add("date and time", "from: day")
def _date_time_from_day(_: Runtime, value: Date | DateTime) -> DateTime:
    return value if isinstance(value, DateTime) else DateTime(value, 0)


@FUNCTIONS.add("date and time", "date: day, time: clock")
def _date_time_from_parts(_: Runtime, date: Date | DateTime, time: Time) -> DateTime:
    return DateTime(day_of(date), time.nanos, time.zone)


@FUNCTIONS.add("time", "from: text")
def _time_from_text(_: Runtime, text: str) -> Time:
    found: Time = _read(reading.read_time(text), "time")
    return found


@FUNCTIONS.add("time", "from: time")
def _time_from_time(_: Runtime, value: Time | DateTime) -> Time:
    return Time(value.nanos, value.zone)


@FUNCTIONS.add("time", "from: date")
def _time_from_date(_: Runtime, _date: Date) -> Time:
    return Time(0, 0)


@FUNCTIONS.add("time", "hour: whole, minute: whole, second: number, offset?: days or null")
def _time_from_numbers(_: Runtime, hour: int, minute: int, second: Number, offset: DaysDuration | None = None) -> Time:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        raise Unfit("has no such time")
    zone = None if offset is None else offset.nanos // SECOND
    if zone is not None and abs(zone) > 18 * 3_600:
        raise Unfit("has no such offset")
    return Time((hour * HOUR + minute * MINUTE + int(Decimal(second) * SECOND)) % DAY, zone)


@FUNCTIONS.add("duration", "from: text")
def _duration(_: Runtime, text: str) -> DaysDuration | MonthsDuration:
    found: DaysDuration | MonthsDuration = _read(reading.read_duration(text), "duration")
    return found


@FUNCTIONS.add("duration", "from: duration")
def _same_duration(_: Runtime, value: DaysDuration | MonthsDuration) -> DaysDuration | MonthsDuration:
    return value


@FUNCTIONS.add("number", "from: text")
@FUNCTIONS.add("number", "from: text, grouping separator: text or null, decimal separator?: text or null")
def _number(_: Runtime, text: str, grouping: str | None = None, point: str | None = None) -> Number:
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (grouping and grouping == point):
        raise Unfit("takes ' ', ',' or '.' as grouping separator, and another of ',' and '.' as decimal separator")
    if grouping:
        text = text.replace(grouping, "")
    if point == ",":
        if "." in text:
            raise Unfit("reads no number from this text")
        text = text.replace(",", ".")
    number: Number = _read(None if text.endswith(".") else number_of(text), "number")
    return number


@FUNCTIONS.add("number", "from: number")
def _same_number(_: Runtime, value: Number) -> Number:
    return value


@FUNCTIONS.add("string", "from: any")
def _string(runtime: Runtime, value: Any) -> str | None:
    return None if value is None else text_of(value, runtime)


@FUNCTIONS.add("range", "from: text")
def _range(_: Runtime, text: str) -> Range:
    return rangetext.read_range(text)


@FUNCTIONS.add("date and time", "date: datetime, timezone: text")
def _in_zone(_: Runtime, value: DateTime, timezone: str) -> DateTime:
    """The same moment on the clock of another zone, as in Camunda 8."""
    if not zones.known(timezone):
        raise Unfit("takes the name of a time zone")
    return rangetext.moved(value, timezone)


@FUNCTIONS.add("to json", "value: any")
def _to_json(runtime: Runtime, value: Any) -> str:
    return json_text(value, runtime)
