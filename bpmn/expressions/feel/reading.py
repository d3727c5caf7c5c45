"""From text to dates, times and durations (XML Schema's forms, DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8); None for no such."""

from __future__ import annotations

import re

from bpmn.expressions.feel import zones
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
    date_of,
    days_duration,
    is_date,
    months_duration,
)
from bpmn.expressions.kinds import Unfit

_DATE = re.compile(r"(-?)([1-9][0-9]{4,8}|[0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_TIME = re.compile(
    r"T?([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,30}))?)?"
    r"(?:(?P<utc>[zZ])|(?P<sign>[+-])(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?|@(?P<zone>.+))?",
    re.ASCII,
)
_MONTHS = re.compile(r"(-?)P(?:([0-9]{1,12})Y)?(?:([0-9]{1,12})M)?", re.ASCII)
_DAYS = re.compile(
    r"(-?)P(?:([0-9]{1,18})D)?(T(?=[0-9.])(?:([0-9]{1,18})H)?(?:([0-9]{1,18})M)?"
    r"(?:(?=[0-9]|\.[0-9])([0-9]{0,18})(?:\.([0-9]{0,30}))?S)?)?",
    re.ASCII,
)
_MAX_OFFSET = 18 * 3_600


def read_date(text: str) -> Date | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    sign, year, month, day = found.groups()
    number = -int(year) if sign else int(year)
    return Date(number, int(month), int(day)) if is_date(number, int(month), int(day)) else None


def read_time(text: str) -> Time | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second, fraction = found.group(1, 2, 3, 4)
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        return None
    zone = _zone(found)
    if zone is False:
        return None
    nanos = int(hour) * HOUR + int(minute) * MINUTE + int(second or 0) * SECOND + _nanos(fraction)
    return Time(nanos, zone)


def read_date_time(text: str) -> DateTime | None:
    """A date alone is its midnight in local time; 24:00:00 is midnight of the next day."""
    day, mark, clock = text.partition("T")
    date = read_date(day)
    if date is None:
        return None
    if not mark:
        return DateTime(date, 0)
    if clock.startswith("24:00:00"):
        clock, date = "00" + clock[2:], date_of(date.number + 1)
        midnight = read_time(clock)
        return DateTime(date, 0, midnight.zone) if midnight is not None and midnight.nanos == 0 else None
    time = read_time(clock) if clock[:1] != "T" else None
    return DateTime(date, time.nanos, time.zone) if time is not None else None


def read_duration(text: str) -> DaysDuration | MonthsDuration | None:
    if text[-1:] in ("P", "T") or not text:
        return None
    try:
        return _months(text) or _days(text)
    except Unfit:
        return None


def read_any(text: str) -> Date | Time | DateTime | DaysDuration | MonthsDuration | None:
    """What stands in an `@"..."` literal."""
    return (
        read_date(text) or (read_date_time(text) if "T" in text[1:] else None) or read_time(text) or read_duration(text)
    )


def _zone(found: re.Match[str]) -> Zone | bool:
    """The zone of a time, or False where it is wrong."""
    if found["utc"]:
        return 0
    if found["zone"]:
        return found["zone"] if zones.known(found["zone"]) else False
    if not found["sign"]:
        return None
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    offset = hour * 3_600 + minute * 60 + second
    if minute > 59 or second > 59 or offset > _MAX_OFFSET:
        return False
    return -offset if found["sign"] == "-" else offset


def _nanos(fraction: str | None) -> int:
    return int(((fraction or "") + "000000000")[:9])


def _months(text: str) -> MonthsDuration | None:
    found = _MONTHS.fullmatch(text)
    if found is None:
        return None
    sign, years, months = found.groups()
    total = int(years or 0) * 12 + int(months or 0)
    return months_duration(-total if sign else total)


def _days(text: str) -> DaysDuration | None:
    found = _DAYS.fullmatch(text)
    if found is None:
        return None
    sign, days, _, hours, minutes, seconds, fraction = found.groups()
    total = int(days or 0) * DAY + int(hours or 0) * HOUR + int(minutes or 0) * MINUTE
    total += int(seconds or 0) * SECOND + _nanos(fraction)
    return days_duration(-total if sign else total)
