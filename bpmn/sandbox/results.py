"""What comes out of an interpreter of Python, as variables can hold it; runs in a sandbox's process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from bpmn.values import to_json

_DEEPEST = 200


class Unwritable(Exception):
    """A value that no variable can hold; the message says which."""


class Results:
    """Turns values into variables, within `characters` of JSON in all; raises `Unwritable`."""

    def __init__(self, characters: int) -> None:
        self._most = characters
        self._left = characters

    def plain(self, value: Any, depth: int = 0) -> Any:
        """The value as JSON's kinds: decimals for binary numbers, texts for dates, lists for tuples and sets."""
        if depth > _DEEPEST:
            raise Unwritable(f"the script gives a value that is nested more deeply than {_DEEPEST} levels")
        if value is None or type(value) in (bool, int, str, float, Decimal):
            return self._scalar(value)
        if isinstance(value, list | tuple | set | frozenset):
            self._spend(1 + len(value))
            return [self.plain(item, depth + 1) for item in value]
        if isinstance(value, dict):
            self._spend(1 + len(value))
            return {self._key(name): self.plain(item, depth + 1) for name, item in value.items()}
        if isinstance(value, datetime | date | time):
            return value.isoformat()
        if isinstance(value, timedelta):
            return _duration(value)
        raise Unwritable(f"the script gives {_kind(value)}, which no variable can hold")

    def changed(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
        """The variables that are new or differ from what they were."""
        found = {}
        for name, value in after.items():
            new = self.plain(value)
            if name not in before or to_json(new) != to_json(before[name]):
                found[name] = new
        return found

    def _scalar(self, value: Any) -> Any:
        if type(value) is float:
            value = Decimal(repr(value))
        if type(value) is Decimal and not value.is_finite():
            raise Unwritable(f"the script gives {value}, which is no number")
        if type(value) is str:
            self._spend(len(value))
            if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
                raise Unwritable("the script gives a text that is not Unicode")
        elif type(value) is int:
            self._spend(value.bit_length() // 3)
        self._spend(6)
        return value

    def _key(self, name: Any) -> str:
        if type(name) is int:
            return str(name)
        if type(name) is not str:
            raise Unwritable(f"the script gives a map with {_kind(name)} as a key; keys are texts")
        self._spend(len(name))
        return name

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise Unwritable(f"the script gives more than {self._most:,} characters")


def _duration(value: timedelta) -> str:
    """A duration in ISO 8601, such as P1DT2H."""
    seconds = Decimal(value // timedelta(microseconds=1)).scaleb(-6)
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{int(number)}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number]
    if rest:
        parts.append(f"{rest.normalize():f}S")
    day = f"{int(days)}D" if days else ""
    return f"{sign}P{day}{'T' if parts else ''}{''.join(parts)}" if day or parts else "PT0S"


def _kind(value: Any) -> str:
    name = getattr(value, "name", None)
    return f"an object of class {name[:80]}" if isinstance(name, str) else f"a value of type {type(value).__name__}"
