"""Time comes in by this door: zone-aware UTC, in whole milliseconds, as it is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, UTC, in whole milliseconds."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present moment, UTC, in whole milliseconds."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class SettableClock:
    """A clock that goes only where it is put: for tests and simulations."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The moment last set."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Go to `moment` (zone-aware)."""
        self._now = moment

    def advance(self, by: timedelta) -> None:
        """Go on by this much."""
        self._now += by


def to_millis(moment: datetime) -> int:
    """Milliseconds since the epoch of a zone-aware moment, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def from_millis(millis: int) -> datetime:
    """The UTC moment of milliseconds since the epoch."""
    return _EPOCH + timedelta(milliseconds=millis)


def maybe_millis(moment: datetime | None) -> int | None:
    """Like `to_millis`, for a moment that may be missing."""
    return None if moment is None else to_millis(moment)


def maybe_moment(millis: int | None) -> datetime | None:
    """Like `from_millis`, for a moment that may be missing."""
    return None if millis is None else from_millis(millis)
