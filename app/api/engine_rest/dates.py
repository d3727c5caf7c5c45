"""Moments as the dialect writes them: `2013-01-23T13:42:42.000+0000`; read with any offset, or with a Z."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from app.clock import from_millis, to_millis
from app.errors import InvalidRequest

_OFFSET = re.compile(r"([+-]\d\d)(\d\d)$")
_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([+-]\d\d:?\d\d|Z)?")


def moment(millis: int) -> str:
    """Milliseconds since the epoch in the dialect's words."""
    return from_millis(millis).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def maybe_moment(millis: int | None) -> str | None:
    """Like `moment`, where there may be none."""
    return None if millis is None else moment(millis)


def parse_moment(text: str, what: str) -> int:
    """Milliseconds since the epoch of what a client wrote; without an offset, UTC. Raises `InvalidRequest`."""
    if _SHAPE.fullmatch(text):
        try:
            found = datetime.fromisoformat(_OFFSET.sub(r"\1:\2", text.replace(",", ".")))
            millis = to_millis(found if found.tzinfo is not None else found.replace(tzinfo=UTC))
            # Near the ends of time, a moment with an offset may be none in UTC.
            from_millis(millis)
            return millis
        except (ValueError, OverflowError):
            pass
    raise InvalidRequest(
        f"Cannot set {what} to value '{text[:60]}': it is no date such as 2013-01-23T13:42:42.000+0200."
    )
