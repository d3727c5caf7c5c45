"""When a timer fires: ISO 8601 dates, durations and repeating intervals, and cron (BPMN 10.5.5, table 10.101)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import isodate
from cronsim import CronSim, CronSimError

from bpmn.errors import EvaluationFailed

_REPEAT = re.compile(r"^R(\d*)/(.+)$", re.DOTALL)
_LONGEST_TEXT = 200
#: A cycle without pause would never let the clock go on.
SHORTEST_CYCLE = timedelta(milliseconds=10)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A repeating timer: `repetitions` is None for without end; either an interval or a cron expression drives it."""

    repetitions: int | None
    start: datetime | None
    interval: timedelta | isodate.Duration
    cron: str | None

    def caught_up(self, previous: datetime, now: datetime) -> datetime:
        """The occurrence to count on from after `previous`: those missed before `now` are passed over."""
        if self.cron is not None:
            return max(previous, now)
        if not isinstance(self.interval, timedelta) or previous + self.interval >= now:
            return previous
        return previous + (now - previous) // self.interval * self.interval

    def due(self, previous: datetime, repetition: int) -> datetime | None:
        """When repetition number `repetition` (from 1) is due after `previous`; None when the cycle is over."""
        if self.repetitions is not None and repetition > self.repetitions:
            return None
        if self.cron is not None:
            return _next_by_cron(self.cron, previous)
        if repetition == 1 and self.start is not None:
            return self.start
        return None if self.interval is None else _add(previous, self.interval)


def parse_date(text: str) -> datetime:
    """The moment of a timeDate; a date without offset is read as UTC. Raises `EvaluationFailed`."""
    try:
        moment = datetime.fromisoformat(_checked(text))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise EvaluationFailed(f"{text!r} is no ISO 8601 date and time, such as 2030-01-31T09:00:00Z") from None


def parse_duration(text: str) -> timedelta | isodate.Duration:
    """The length of a timeDuration, not negative. Raises `EvaluationFailed`."""
    checked = _checked(text)
    try:
        if not checked.startswith("P") or checked in ("P", "PT"):
            raise ValueError
        return isodate.parse_duration(checked)
    except (ValueError, OverflowError, ArithmeticError):
        raise EvaluationFailed(f"{text!r} is no ISO 8601 duration, such as PT15M or P3D") from None


def parse_cycle(text: str) -> Cycle:
    """The cycle of a timeCycle: `R3/PT10M`, `R/2030-01-31T09:00Z/P1D` or cron. Raises `EvaluationFailed`."""
    checked = _checked(text)
    found = _REPEAT.match(checked)
    if found is None:
        return Cycle(None, None, None, _checked_cron(checked))
    repetitions = int(found[1]) if found[1] else None
    if repetitions == 0:
        raise EvaluationFailed(f"{text!r} has no repetition: it would never fire")
    first, _, second = found[2].partition("/")
    if not second:
        return Cycle(repetitions, None, _interval(first), None)
    if first.startswith("P"):
        raise EvaluationFailed(f"{text!r}: an end after the interval is not executed; give a number of repetitions")
    return Cycle(repetitions, parse_date(first), _interval(second), None)


def after(now: datetime, duration: str) -> datetime:
    """The moment a duration after `now`. Raises `EvaluationFailed`."""
    return _add(now, parse_duration(duration))


def _interval(text: str) -> timedelta | isodate.Duration:
    interval = parse_duration(text)
    epoch = datetime(2001, 1, 1, tzinfo=UTC)
    if _add(epoch, interval) - epoch < SHORTEST_CYCLE:
        raise EvaluationFailed(f"a cycle of {text!r} is too short")
    return interval


def _add(moment: datetime, duration: timedelta | isodate.Duration) -> datetime:
    try:
        result: datetime = moment + duration
    except (OverflowError, ValueError):
        raise EvaluationFailed("the timer would be due beyond the year 9999") from None
    return result


def _next_by_cron(text: str, previous: datetime) -> datetime:
    try:
        return next(CronSim(text, previous))
    except StopIteration:
        raise EvaluationFailed(f"the cron expression {text!r} has no next date") from None


def _checked_cron(text: str) -> str:
    """A cron expression in the form of the library; Quartz writes `?` for "no matter"."""
    try:
        plain = text.replace("?", "*")
        CronSim(plain, datetime(2001, 1, 1, tzinfo=UTC))
        return plain
    except (CronSimError, ValueError):
        raise EvaluationFailed(f"{text!r} is no cycle, such as R3/PT10M, and no cron expression") from None


def _checked(text: object) -> str:
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT or not text.isascii():
        raise EvaluationFailed("a timer needs a text such as PT15M, R3/PT10M or 2030-01-31T09:00:00Z")
    return text.strip()
