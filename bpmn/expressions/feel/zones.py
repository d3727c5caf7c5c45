"""Time zones by their IANA names."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,3}")
_YEAR_OF_STANDARD_TIME = 2024


@lru_cache(maxsize=1_000)
def known(name: str) -> bool:
    """Whether there is a zone of that name; it comes from hostile texts."""
    if len(name) > 60 or not _NAME.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def offset(name: str, year: int, month: int, day: int, second: int) -> int:
    """Seconds that the zone's clock is ahead of UTC when it shows this time."""
    # The calendar repeats every 400 years; a zone's rules know the years from 1 to 9999 at most.
    year = year if 1 < year < 9_999 else 2_000 + year % 400
    shown = datetime(year, month, day, tzinfo=ZoneInfo(name)) + timedelta(seconds=second)
    ahead = shown.utcoffset()
    return round(ahead.total_seconds()) if ahead is not None else 0


@lru_cache(maxsize=1_000)
def standard_offset(name: str) -> int:
    """Seconds ahead of UTC of a time without a date: outside of daylight saving time."""
    return min(offset(name, _YEAR_OF_STANDARD_TIME, month, 1, 0) for month in (1, 7))
