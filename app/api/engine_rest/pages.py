"""Lists that are drawn from histories in memory: filtered, sorted and cut as the dialect asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from app.api.engine_rest.given import Given
from app.errors import InvalidRequest

T = TypeVar("T")
Key = Callable[[Any], Any]


def page(items: Iterable[T], given: Given, paging: Given, sorts: Mapping[str, Key]) -> list[T]:
    """The part that is asked for, in the order that is asked for; entries without a value come last."""
    found = list(items)
    asked = given.objects("sorting") or ([given] if given.has("sortBy") or given.has("sortOrder") else [])
    for one in reversed(asked):
        by, order = one.text("sortBy"), one.text("sortOrder")
        if not by or not order:
            raise InvalidRequest("Only a single sorting parameter specified. sortBy and sortOrder required")
        if by not in sorts:
            raise InvalidRequest(f"Cannot set query parameter 'sortBy' to value '{by[:60]}'")
        if order not in ("asc", "desc"):
            raise InvalidRequest(f"Cannot set query parameter 'sortOrder' to value '{order[:60]}'")
        _sort(found, sorts[by], order == "desc")
    first, most = paging.whole("firstResult") or 0, paging.whole("maxResults")
    if first < 0 or (most or 0) < 0:
        raise InvalidRequest("firstResult and maxResults must not be negative.")
    return found[first:] if most is None else found[first : first + most]


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
