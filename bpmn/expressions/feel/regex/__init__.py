"""Regular expressions of XPath and XQuery functions 3.1 (5.6), which FEEL's are (DMN 1.5, table 76).

A matcher of our own with counted steps, since Python's `re` has another syntax and can take for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from bpmn.expressions.feel.budget import Runtime, sized
from bpmn.expressions.feel.regex.machine import Captures, search
from bpmn.expressions.feel.regex.program import Program, assemble
from bpmn.expressions.feel.regex.syntax import Reader, literal
from bpmn.expressions.kinds import Unfit

__all__ = ["Pattern", "compile"]

_FLAGS = frozenset("smixq")


class Pattern:
    """A regular expression that is ready to be used."""

    def __init__(self, program: Program, groups: int, *, literal: bool) -> None:
        self._program = program
        self._groups = groups
        self._literal = literal

    def matches(self, runtime: Runtime, text: str) -> bool:
        """Whether it matches anywhere."""
        return search(self._program, text, 0, runtime) is not None

    def find_all(self, runtime: Runtime, text: str) -> list[str]:
        """What it matches, one after the other."""
        return [text[found[0] : found[1]] for found in self._finds(runtime, text)]

    def split(self, runtime: Runtime, text: str) -> list[str]:
        """The text between matches; raises `Unfit` where it matches nothing at all."""
        self._needs_characters(runtime)
        parts: list[str] = []
        at = 0
        for found in self._finds(runtime, text):
            parts.append(text[at : found[0]])
            at = found[1]
        return [*parts, text[at:]]

    def replace(self, runtime: Runtime, text: str, replacement: str) -> str:
        """The text with matches replaced; `$1` is what the first group matched, `$0` the match."""
        self._needs_characters(runtime)
        write = _constant(replacement) if self._literal else _template(replacement, self._groups)
        parts: list[str] = []
        at = size = 0
        for found in self._finds(runtime, text):
            parts += [text[at : found[0]], write(text, found)]
            size += len(parts[-1]) + len(parts[-2])
            sized(size, "text")
            at = found[1]
        return "".join([*parts, text[at:]])

    def _finds(self, runtime: Runtime, text: str) -> Iterator[Captures]:
        at = 0
        while at <= len(text):
            runtime.spend()
            found = search(self._program, text, at, runtime)
            if found is None:
                return
            yield found
            at = found[1] + (found[0] == found[1])

    def _needs_characters(self, runtime: Runtime) -> None:
        if search(self._program, "", 0, runtime) is not None:
            raise Unfit("cannot use a pattern that matches the empty text")


@lru_cache(maxsize=500)
def _compiled(pattern: str, flags: str) -> Pattern | str:
    try:
        if not set(flags) <= _FLAGS:
            raise Unfit("takes the flags s, m, i, x and q")
        if "q" in flags:
            return Pattern(assemble(literal(pattern, ignoring_case="i" in flags), 0), 0, literal=True)
        reader = Reader(pattern, flags)
        tree = reader.whole()
        return Pattern(assemble(tree, reader.groups), reader.groups, literal=False)
    except Unfit as unfit:
        return str(unfit)


def compile(pattern: str, flags: str) -> Pattern:
    """The pattern made ready; raises `Unfit` where it is none."""
    if len(pattern) > 10_000 or len(flags) > 20:
        raise Unfit("cannot use a pattern that long")
    found = _compiled(pattern, flags)
    if isinstance(found, str):
        raise Unfit(found)
    return found


def _constant(replacement: str) -> Callable[[str, Captures], str]:
    return lambda _text, _found: replacement


def _template(replacement: str, groups: int) -> Callable[[str, Captures], str]:
    """A replacement with `$n` for groups, and `\\\\$` and `\\\\\\\\` for these characters."""
    parts: list[str | int] = []
    at = 0
    while at < len(replacement):
        character = replacement[at]
        if character == "\\":
            if replacement[at + 1 : at + 2] not in ("\\", "$"):
                raise Unfit("takes a replacement with '\\\\' and '\\$' only behind a backslash")
            parts.append(replacement[at + 1])
            at += 2
        elif character == "$":
            group, at = _group(replacement, at + 1, groups)
            parts.append(group)
        else:
            parts.append(character)
            at += 1

    def write(text: str, found: Captures) -> str:
        return "".join(part if isinstance(part, str) else _captured(text, found, part) for part in parts)

    return write


def _group(replacement: str, at: int, groups: int) -> tuple[int, int]:
    """The number behind `$`: as many digits as make a group that there is, but one at least."""
    end = at
    while (
        end < len(replacement)
        and replacement[end] in "0123456789"
        and (end == at or int(replacement[at : end + 1]) <= groups)
    ):
        end += 1
    if end == at:
        raise Unfit("takes a replacement with '$' before the number of a group only")
    return int(replacement[at:end]), end


def _captured(text: str, found: Captures, group: int) -> str:
    if 2 * group + 1 >= len(found) or found[2 * group] < 0:
        return ""
    return text[found[2 * group] : found[2 * group + 1]]
