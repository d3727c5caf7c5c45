"""Functions of dates and times (DMN 1.5, tables 80 and 82)."""

from __future__ import annotations

from datetime import date as python_date
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.builtins.signatures import Functions
from bpmn.expressions.feel.temporal import (
    HOUR,
    MINUTE,
    SECOND,
    Date,
    DateTime,
    MonthsDuration,
    Zone,
    days_of_month,
    months_between,
)

FUNCTIONS = Functions()

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day_of(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@FUNCTIONS.add("now", "")
def _now(runtime: Runtime) -> DateTime:
    now = runtime.settings.now()
    nanos = now.hour * HOUR + now.minute * MINUTE + now.second * SECOND + now.microsecond * 1_000
    return DateTime(Date(now.year, now.month, now.day), nanos, _zone(now))


def _zone(now: datetime) -> Zone:
    if isinstance(now.tzinfo, ZoneInfo) and now.tzinfo.key not in ("UTC", "Etc/UTC"):
        return now.tzinfo.key
    offset = now.utcoffset()
    return None if offset is None else round(offset.total_seconds())


@FUNCTIONS.add("today", "")
def _today(runtime: Runtime) -> Date:
    now = runtime.settings.now()
    return Date(now.year, now.month, now.day)


@FUNCTIONS.add("day of year", "date: day")
def _day_of_year(_: Runtime, date: Date | DateTime) -> int:
    return day_of(date).number - Date(day_of(date).year, 1, 1).number + 1


@FUNCTIONS.add("day of week", "date: day")
def _day_of_week(_: Runtime, date: Date | DateTime) -> str:
    return _DAYS[(day_of(date).number + 3) % 7]


@FUNCTIONS.add("month of year", "date: day")
def _month_of_year(_: Runtime, date: Date | DateTime) -> str:
    return _MONTHS[day_of(date).month - 1]


@FUNCTIONS.add("week of year", "date: day")
def _week_of_year(_: Runtime, date: Date | DateTime) -> int:
    """The week by ISO 8601."""
    day = day_of(date)
    # The calendar, weekdays included, repeats every 400 years.
    return python_date(2_000 + day.year % 400, day.month, day.day).isocalendar().week


@FUNCTIONS.add("last day of month", "date: day")
def _last_day_of_month(_: Runtime, date: Date | DateTime) -> Date:
    day = day_of(date)
    return Date(day.year, day.month, days_of_month(day.year, day.month))


@FUNCTIONS.add("years and months duration", "from: day, to: day")
def _years_and_months(_: Runtime, start: Any, end: Any) -> MonthsDuration:
    return months_between(day_of(start), day_of(end))
