"""Dates, times and durations of FEEL (DMN 1.5, 10.3.2.3): any year from -999,999,999 to 999,999,999, nanoseconds.

Python's own are not used for values: their years end at 9999, their times at microseconds, and their offsets and zones
cannot be told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bpmn.expressions.feel import zones
from bpmn.expressions.kinds import Unfit

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

MAX_YEAR = 999_999_999
_MAX_DURATION = (2**63 - 1) * SECOND
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Zone: TypeAlias = int | str | None
"""An offset from UTC in seconds, the name of a time zone, or none (local time)."""


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the proleptic Gregorian calendar."""

    year: int
    month: int
    day: int

    @property
    def number(self) -> int:
        """Days since 1970-01-01."""
        year, month = (self.year, self.month) if self.month > 2 else (self.year - 1, self.month + 12)
        return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + self.day - 719_469


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day in nanoseconds since midnight."""

    nanos: int
    zone: Zone = None


@dataclass(frozen=True, slots=True)
class DateTime:
    """A day and a time of day, in local time, at an offset or in a zone."""

    date: Date
    nanos: int
    zone: Zone = None


@dataclass(frozen=True, slots=True)
class DaysDuration:
    """A days and time duration in nanoseconds."""

    nanos: int


@dataclass(frozen=True, slots=True)
class MonthsDuration:
    """A years and months duration in months."""

    months: int


def date_of(number: int) -> Date:
    """The day that many days after 1970-01-01."""
    shifted = number + 719_468
    era, of_era = divmod(shifted, 146_097)
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return _checked(Date(year_of_era + era * 400 + (month <= 2), month, day))


def days_of_month(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _MONTH_DAYS[month - 1]


def is_date(year: int, month: int, day: int) -> bool:
    return abs(year) <= MAX_YEAR and 1 <= month <= 12 and 1 <= day <= days_of_month(year, month)


def plus_months(date: Date, months: int) -> Date:
    """The same day of another month, or the last one there is."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    _checked(Date(year, month + 1, 1))
    return Date(year, month + 1, min(date.day, days_of_month(year, month + 1)))


def plus_nanos(moment: DateTime, nanos: int) -> DateTime:
    """Later by so much on the clock that shows its own zone or offset (DMN 1.5, table 58)."""
    days, rest = divmod(moment.nanos + nanos, DAY)
    return DateTime(date_of(moment.date.number + days), rest, moment.zone)


def offset_of(value: Time | DateTime) -> int | None:
    """The offset from UTC in seconds; None for local times."""
    if not isinstance(value.zone, str):
        return value.zone
    if isinstance(value, Time):
        return zones.standard_offset(value.zone)
    return zones.offset(value.zone, value.date.year, value.date.month, value.date.day, value.nanos // SECOND)


def instant(value: Time | DateTime) -> tuple[bool, int]:
    """Whether it is bound to a zone, and nanoseconds on the common scale of UTC (or of local times)."""
    day = value.date.number * DAY if isinstance(value, DateTime) else 0
    offset = offset_of(value)
    return offset is not None, day + value.nanos - (offset or 0) * SECOND


def at_midnight(date: Date, zone: Zone = 0) -> DateTime:
    """A date where a date and time is wanted: midnight UTC (DMN 1.5, 10.3.2.9.4)."""
    return DateTime(date, 0, zone)


def days_duration(nanos: int) -> DaysDuration:
    if abs(nanos) > _MAX_DURATION:
        raise Unfit("makes a duration that is too long")
    return DaysDuration(nanos)


def months_duration(months: int) -> MonthsDuration:
    if abs(months) > 12 * 2 * MAX_YEAR:
        raise Unfit("makes a duration that is too long")
    return MonthsDuration(months)


def months_between(start: Date, end: Date) -> MonthsDuration:
    """The whole months from one day to another; negative where `end` is earlier."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return MonthsDuration(months)


def _checked(date: Date) -> Date:
    if abs(date.year) > MAX_YEAR:
        raise Unfit("makes a date that is too far away")
    return date
