"""Names of FEEL: with spaces, and where a name is known, with `. / - ' + *` and words of the language in it.

DMN 1.5, 10.3.1.4 reads a text against the names in scope: a name that is not known is a single word, or written in
backquotes, so that a forgotten operator between two words is not taken for a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

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
_MANY = 1_000
_RESERVED = STOPS | {"if", "for", "some", "every", "function", "true", "false", "null", "not"}


def normal(name: str) -> str:
    """A name with single blanks between its parts."""
    return " ".join(name.split())


def is_odd(name: str) -> bool:
    """Whether a name must be known to be read: it is more than a word."""
    return WORD.fullmatch(name) is None or name in _RESERVED


@dataclass(frozen=True, slots=True)
class Names:
    """Names of a part of a model, and those `around` that all parts share."""

    own: frozenset[str]
    around: frozenset[str]

    def __contains__(self, name: str) -> bool:
        return name in self.own or name in self.around

    def __len__(self) -> int:
        return len(self.own) + len(self.around)


NameSet: TypeAlias = frozenset[str] | Names
_Tree: TypeAlias = dict[str, Any]
"""From a part of a name to the trees of the parts that may follow it; the name itself is under its `_END`."""
_END = ""


class Known:
    """A set of odd names and those `beside` it, found at a place of a text; the longest wins."""

    def __init__(self, names: Iterable[str] = (), beside: Known | None = None) -> None:
        self._tree: _Tree = {}
        self._beside = beside
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        if not is_odd(name):
            return
        parts = PART.findall(name)
        if not parts or "".join(parts) != "".join(name.split()):
            return  # only `...` in backquotes can name it
        tree = self._tree
        for part in parts:
            tree = tree.setdefault(part, {})
        tree.setdefault(_END, name)

    def remove(self, name: str) -> None:
        tree = self._tree
        for part in PART.findall(name):
            tree = tree.get(part, {})
        if tree.get(_END) == name:
            del tree[_END]

    def at(self, text: str, position: int) -> tuple[str, int] | None:
        """The name that stands there and the offset of its end."""
        found = self._own(text, position) if self._tree else None
        other = self._beside.at(text, position) if self._beside is not None else None
        return other if found is None or (other is not None and other[1] > found[1]) else found

    def _own(self, text: str, position: int) -> tuple[str, int] | None:
        tree, longest = self._tree, None
        part = PART.match(text, position)
        while part is not None and part.group() in tree:
            tree = tree[part.group()]
            if _END in tree:
                longest = tree[_END], part.end()
            part = PART.match(text, _behind_blanks(text, part.end()))
        return longest


def _behind_blanks(text: str, position: int) -> int:
    blanks = BLANK.match(text, position)
    return blanks.end() if blanks else position


def known(names: NameSet) -> Known:
    """The same set for the same names, not to be added to."""
    if isinstance(names, Names):
        return _kept_beside(names)
    return _kept(names) if len(names) <= _MANY else _kept_large(names)


@lru_cache(maxsize=2)
def _kept_beside(names: Names) -> Known:
    return Known(names.own, beside=known(names.around))


_kept = lru_cache(maxsize=200)(Known)
_kept_large = lru_cache(maxsize=2)(Known)
"""Sets that take much memory: those of the file that is being read."""
