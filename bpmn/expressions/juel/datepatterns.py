"""Dates written by a pattern of letters, as Java's and Joda's formatters have them: `yyyy-MM-dd'T'HH:mm`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from bpmn.expressions.kinds import Unfit

_LONGEST = 200
_PART = re.compile(r"'((?:[^']|'')*)'|([a-zA-Z])\2*|[^a-zA-Z']+", re.DOTALL)
_MONTHS = [
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
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _number(get: Callable[[datetime], int]) -> Callable[[datetime, int], str]:
    return lambda moment, width: str(get(moment)).zfill(width)


def _name(names: list[str], get: Callable[[datetime], int]) -> Callable[[datetime, int], str]:
    return lambda moment, width: names[get(moment) - 1][: None if width > 3 else 3]


def _year(moment: datetime, width: int) -> str:
    return f"{moment.year % 100:02}" if width == 2 else str(moment.year).zfill(width)


def _month(moment: datetime, width: int) -> str:
    return _name(_MONTHS, lambda at: at.month)(moment, width) if width > 2 else str(moment.month).zfill(width)


_LETTERS: Mapping[str, Callable[[datetime, int], str]] = {
    "y": _year,
    "Y": _year,
    "u": _year,
    "M": _month,
    "d": _number(lambda moment: moment.day),
    "D": _number(lambda moment: moment.timetuple().tm_yday),
    "E": _name(_DAYS, lambda moment: moment.isoweekday()),
    "e": _number(lambda moment: moment.isoweekday()),
    "w": _number(lambda moment: moment.isocalendar().week),
    "H": _number(lambda moment: moment.hour),
    "h": _number(lambda moment: (moment.hour + 11) % 12 + 1),
    "m": _number(lambda moment: moment.minute),
    "s": _number(lambda moment: moment.second),
    "S": lambda moment, width: f"{moment.microsecond:06}"[:width].ljust(width, "0"),
    "a": lambda moment, width: "AM" if moment.hour < 12 else "PM",
    "Z": lambda moment, width: "+00:00" if width > 1 else "+0000",
    "X": lambda moment, width: "Z",
    "z": lambda moment, width: "UTC",
}


def written(moment: datetime, pattern: str) -> str:
    """The date by the pattern; raises `Unfit` where it is none."""
    if len(pattern) > _LONGEST:
        raise Unfit(f"takes a pattern of at most {_LONGEST} characters")
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        found = _PART.match(pattern, at)
        if found is None:
            raise Unfit("takes a pattern whose quotes are closed")
        parts.append(_part(moment, found))
        at = found.end()
    return "".join(parts)


def _part(moment: datetime, found: re.Match[str]) -> str:
    quoted, letter = found.groups()
    if quoted is not None:
        return quoted.replace("''", "'") or "'"
    if letter is None:
        return found.group()
    write = _LETTERS.get(letter)
    if write is None:
        raise Unfit(f"takes a pattern without the letter {letter!r}")
    return write(moment, len(found.group()))
