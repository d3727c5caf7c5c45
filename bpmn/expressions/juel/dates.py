"""Dates of JUEL: what `now()` and `dateTime()` give, with the methods of java.util.Date, Joda's DateTime, java.time.

A date is a moment in UTC; leaving an expression it is written in ISO 8601, as `2026-03-02T09:00:00Z`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.juel.datepatterns import written
from bpmn.expressions.kinds import Unfit, as_text, kind
from bpmn.expressions.methods import Method, index_of, method, text_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LENGTHS: Mapping[str, timedelta] = {
    "Weeks": timedelta(weeks=1),
    "Days": timedelta(days=1),
    "Hours": timedelta(hours=1),
    "Minutes": timedelta(minutes=1),
    "Seconds": timedelta(seconds=1),
    "Millis": _MILLISECOND,
}


def moment_of(value: Any) -> datetime:
    """A date, or the text of one in ISO 8601; raises `Unfit`."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise Unfit(f"cannot take {kind(value)}")
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Unfit("cannot take text that is no date") from None


def property_of(value: Any, name: str) -> Any:
    """What the getter of this name answers, on a date or the text of one; raises `Unfit`."""
    getter = _GETTERS.get(name[:1].upper() + name[1:])
    if getter is None:
        raise Unfit(f"is asked of {kind(value)}, which has none")
    return getter(moment_of(value))


def of_millis(millis: int) -> datetime:
    """The moment of milliseconds since the epoch; raises `Unfit`."""
    return _moved(EPOCH, lambda: EPOCH + millis * _MILLISECOND)


def _moved(moment: datetime, move: Callable[[], datetime]) -> datetime:
    try:
        return move()
    except (OverflowError, ValueError):
        raise Unfit("goes beyond the years 1 to 9999") from None


def _months(moment: datetime, months: int) -> datetime:
    """So many months later; the day is that of the month's end where it would not exist."""
    if abs(months) > 200_000:
        raise Unfit("goes beyond the years 1 to 9999")
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise Unfit("goes beyond the years 1 to 9999")
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def _shift(unit: str, sign: int) -> Callable[[Runtime, datetime, Any], datetime]:
    if unit in ("Years", "Months"):
        months = 12 if unit == "Years" else 1
        return lambda runtime, moment, number: _months(moment, sign * months * index_of(number))
    length = _LENGTHS[unit]
    return lambda runtime, moment, number: _moved(moment, lambda: moment + sign * index_of(number) * length)


def _set(part: str) -> Callable[[Runtime, datetime, Any], datetime]:
    return lambda runtime, moment, number: _moved(moment, lambda: moment.replace(**{part: index_of(number)}))  # type: ignore[arg-type]


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _to_string(runtime: Runtime, moment: datetime, pattern: Any = None) -> str:
    return as_text(moment) if pattern is None else written(moment, text_of(pattern))


def _compared(moment: datetime, other: Any) -> int:
    against = moment_of(other)
    return (moment > against) - (moment < against)


_GETTERS: Mapping[str, Callable[[datetime], Any]] = {
    "Time": lambda moment: (moment - EPOCH) // _MILLISECOND,
    "Millis": lambda moment: (moment - EPOCH) // _MILLISECOND,
    "Year": lambda moment: moment.year,
    "MonthOfYear": lambda moment: moment.month,
    "MonthValue": lambda moment: moment.month,
    "DayOfMonth": lambda moment: moment.day,
    "DayOfYear": lambda moment: moment.timetuple().tm_yday,
    "DayOfWeek": lambda moment: moment.isoweekday(),
    "WeekOfWeekyear": lambda moment: moment.isocalendar().week,
    "HourOfDay": lambda moment: moment.hour,
    "Hour": lambda moment: moment.hour,
    "MinuteOfHour": lambda moment: moment.minute,
    "Minute": lambda moment: moment.minute,
    "SecondOfMinute": lambda moment: moment.second,
    "Second": lambda moment: moment.second,
    "MillisOfSecond": lambda moment: moment.microsecond // 1000,
}
_SETTERS: Mapping[str, str] = {
    "withYear": "year",
    "withMonthOfYear": "month",
    "withMonth": "month",
    "withDayOfMonth": "day",
    "withHourOfDay": "hour",
    "withHour": "hour",
    "withMinuteOfHour": "minute",
    "withMinute": "minute",
    "withSecondOfMinute": "second",
    "withSecond": "second",
}


def _on_dates(arguments: int, run: Callable[..., Any]) -> Method:
    """A method of dates, and of texts that are dates: a variable holds a date as text."""
    return method(arguments, date=run, text=lambda runtime, text, *given: run(runtime, moment_of(text), *given))


def _getter(get: Callable[[datetime], Any]) -> Method:
    return _on_dates(0, lambda runtime, moment: get(moment))


METHODS: Mapping[str, Method] = {
    **{f"get{name}": _getter(get) for name, get in _GETTERS.items()},
    **{name: _on_dates(1, _set(part)) for name, part in _SETTERS.items()},
    **{f"plus{unit}": _on_dates(1, _shift(unit, 1)) for unit in ("Years", "Months", *_LENGTHS)},
    **{f"minus{unit}": _on_dates(1, _shift(unit, -1)) for unit in ("Years", "Months", *_LENGTHS)},
    "withTimeAtStartOfDay": _getter(_midnight),
    "toDate": _getter(lambda moment: moment),
    "toInstant": _getter(lambda moment: moment),
    "toDateTime": _getter(lambda moment: moment),
    **dict.fromkeys(("isBefore", "before"), _on_dates(1, lambda runtime, moment, other: moment < moment_of(other))),
    **dict.fromkeys(("isAfter", "after"), _on_dates(1, lambda runtime, moment, other: moment > moment_of(other))),
    "isEqual": _on_dates(1, lambda runtime, moment, other: moment == moment_of(other)),
}
TO_STRING: Callable[..., str] = _to_string
COMPARED: Callable[[datetime, Any], int] = _compared
