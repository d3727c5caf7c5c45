"""Lists that are made in memory: which part is asked for, in which order; and texts like a pattern."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from app.api.engine_rest.given import Given
from app.errors import InvalidRequest

MOST = 2**31 - 1
MOST_ORDERS = 20
T = TypeVar("T")
Key = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list is asked for: `order` by keys, each with whether it descends; without `most`, all."""

    first: int
    most: int | None
    order: tuple[tuple[str, bool], ...]

    def of(self, items: Iterable[T], sorts: Mapping[str, Key]) -> list[T]:
        """The part, in its order; entries without a value come last."""
        found: Iterable[T] = items
        if self.order:
            found = list(items)
            for name, descending in reversed(self.order):
                _sort(found, sorts[name], descending)
        return list(islice(found, self.first, None if self.most is None else self.first + self.most))


def part(given: Given, paging: Given, sorts: Collection[str]) -> Part:
    """The part that a client asks for; raises `InvalidRequest`."""
    first, most = paging.whole("firstResult") or 0, paging.whole("maxResults")
    if not 0 <= first <= MOST or not 0 <= (most or 0) <= MOST:
        raise InvalidRequest(f"firstResult and maxResults must not be negative, nor more than {MOST}.")
    asked = given.objects("sorting") or ([given] if given.has("sortBy") or given.has("sortOrder") else [])
    if len(asked) > MOST_ORDERS:
        raise InvalidRequest(f"A list is sorted by {MOST_ORDERS} keys at most.")
    return Part(first, most, tuple(_order(one, sorts) for one in asked))


def _order(given: Given, sorts: Collection[str]) -> tuple[str, bool]:
    by, order = given.text("sortBy"), given.text("sortOrder")
    if not by or not order:
        raise InvalidRequest("Only a single sorting parameter specified. sortBy and sortOrder required")
    if by not in sorts:
        known = ", ".join(sorted(sorts))
        raise InvalidRequest(f"Cannot set query parameter 'sortBy' to value '{by[:60]}'; it may be one of {known}.")
    if order not in ("asc", "desc"):
        raise InvalidRequest(f"Cannot set query parameter 'sortOrder' to value '{order[:60]}'")
    return by, order == "desc"


def _sort(found: list[T], key: Key, descending: bool) -> None:
    found.sort(key=lambda item: _place(key(item)), reverse=descending)
    found.sort(key=lambda item: key(item) is None)


def _place(value: Any) -> Any:
    return "" if value is None else value if isinstance(value, str) else f"{value:030d}"


def like(pattern: str, text: str | None) -> bool:
    """Whether a text fits a pattern with % and _, as SQL's LIKE with a backslash for escape."""
    if text is None:
        return False
    return _fits(pattern, text)


def _fits(pattern: str, text: str) -> bool:
    """Two pointers and the last %: no pattern takes more than the product of the lengths."""
    parts = _parts(pattern)
    at = place = 0
    star, retry = -1, 0
    while place < len(text):
        if at < len(parts) and parts[at] in ("_", "=" + text[place]):
            at, place = at + 1, place + 1
        elif at < len(parts) and parts[at] == "%":
            star, retry, at = at, place, at + 1
        elif star >= 0:
            retry += 1
            at, place = star + 1, retry
        else:
            return False
    return all(part == "%" for part in parts[at:])


def _parts(pattern: str) -> list[str]:
    """Each a wildcard, or an equals sign and a character that is meant itself."""
    parts: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            parts.append("=" + next(characters, "\\"))
        else:
            parts.append(character if character in "%_" else "=" + character)
    return parts
