"""Names of FEEL: with spaces, and where a name is known, with `. / - ' + *` and words of the language in it.

DMN 1.5, 10.3.1.4 reads a text against the names in scope: a name that is not known is a single word, or written in
backquotes, so that a forgotten operator between two words is not taken for a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

START = (
    r"A-Za-z_\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F\u2C00-\u2FEF"
    r"\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
"""The characters that begin a name (grammar rules 28 and 29), but for `?`."""
FURTHER = START + r"$0-9\u00B7\u0300-\u036F\u203F\u2040"
WORD = re.compile(f"[{START}][{FURTHER}]*")
PART = re.compile(f"[{FURTHER}]+|[./\\-'+*]")
BLANK = re.compile(r"\s*")
STOPS = frozenset({"and", "or", "between", "in", "instance", "then", "else", "return", "satisfies"})
"""Words that end a name that is not known."""
_MOST_KEPT = 1_000
"""Names of a set that is kept when it is made."""
_RESERVED = STOPS | {"if", "for", "some", "every", "function", "true", "false", "null", "not"}


def normal(name: str) -> str:
    """A name with single blanks between its parts."""
    return " ".join(name.split())


def is_odd(name: str) -> bool:
    """Whether a name must be known to be read: it is more than a word."""
    return WORD.fullmatch(name) is None or name in _RESERVED


class Known:
    """A set of odd names and those `beside` it, found at a place of a text; the longest wins."""

    def __init__(self, names: Iterable[str] = (), beside: Known | None = None) -> None:
        self._by_first: dict[str, list[tuple[list[str], str]]] = {}
        self._beside = beside
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        if not is_odd(name):
            return
        parts = PART.findall(name)
        if not parts or "".join(parts) != "".join(name.split()):
            return  # only `...` in backquotes can name it
        entries = self._by_first.setdefault(parts[0], [])
        if all(known != parts for known, _ in entries):
            entries.append((parts, name))
            entries.sort(key=lambda entry: -len(entry[0]))

    def remove(self, name: str) -> None:
        for entries in self._by_first.values():
            entries[:] = [entry for entry in entries if entry[1] != name]

    def at(self, text: str, position: int) -> tuple[str, int] | None:
        """The name that stands there and the offset of its end."""
        found = self._own(text, position) if self._by_first else None
        other = self._beside.at(text, position) if self._beside is not None else None
        return other if found is None or (other is not None and other[1] > found[1]) else found

    def _own(self, text: str, position: int) -> tuple[str, int] | None:
        first = PART.match(text, position)
        if first is None:
            return None
        for parts, name in self._by_first.get(first.group(), ()):
            end = _matched(text, first.end(), parts)
            if end is not None:
                return name, end
        return None


def known(names: frozenset[str]) -> Known:
    """The same set for the same names, not to be added to."""
    return _kept(names) if len(names) <= _MOST_KEPT else Known(names)


@lru_cache(maxsize=200)
def _kept(names: frozenset[str]) -> Known:
    return Known(names)


def _matched(text: str, position: int, parts: list[str]) -> int | None:
    for wanted in parts[1:]:
        blank = BLANK.match(text, position)
        found = PART.match(text, blank.end() if blank else position)
        if found is None or found.group() != wanted:
            return None
        position = found.end()
    return position
