"""From the text of a regular expression to its tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from bpmn.expressions.feel.regex import classes
from bpmn.expressions.feel.regex.classes import Chars
from bpmn.expressions.kinds import Unfit
from bpmn.expressions.limits import MAX_DEPTH

_QUANTITY = re.compile(r"\{([0-9]{1,4})(,([0-9]{1,4})?)?\}")
_CATEGORY = re.compile(r"\\([pP])\{([A-Za-z0-9-]+)\}")


@dataclass(frozen=True, slots=True)
class One:
    """One character of a set."""

    chars: Chars


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """What is captured under a number from 1."""

    number: int
    inner: Tree


@dataclass(frozen=True, slots=True)
class Repeat:
    """`most` is None for any number of times."""

    inner: Tree
    least: int
    most: int | None
    greedy: bool


@dataclass(frozen=True, slots=True)
class Assert:
    """`^` or `$`, at lines' ends too where `lines`."""

    mark: str
    lines: bool


@dataclass(frozen=True, slots=True)
class Back:
    """What a group captured, once more."""

    number: int
    ignoring_case: bool


Tree: TypeAlias = One | Sequence | Choice | Group | Repeat | Assert | Back


def literal(text: str, *, ignoring_case: bool) -> Tree:
    """A text that stands for itself (flag q)."""
    return Sequence(tuple(One(classes.one(character, ignoring_case=ignoring_case)) for character in text))


class Reader:
    """Reads a regular expression; raises `Unfit` where it is none."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.groups = 0
        self._text = _without_blanks(pattern) if "x" in flags else pattern
        self._at = 0
        self._depth = 0
        self._closed: set[int] = set()
        self._ignoring_case = "i" in flags
        self._lines = "m" in flags
        self._dot = classes.any_at_all if "s" in flags else classes.any_but_newline

    def whole(self) -> Tree:
        tree = self._choice()
        if self._at < len(self._text):
            raise self._fault()
        return tree

    def _choice(self) -> Tree:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unfit("has a pattern that is nested too deeply")
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        self._depth -= 1
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Tree:
        items: list[Tree] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            items.append(self._piece())
        return Sequence(tuple(items))

    def _piece(self) -> Tree:
        atom = self._atom()
        least: int
        most: int | None
        if self._take("?"):
            least, most = 0, 1
        elif self._take("*"):
            least, most = 0, None
        elif self._take("+"):
            least, most = 1, None
        elif self._peek() == "{":
            least, most = self._quantity()
        else:
            return atom
        return Repeat(atom, least, most, greedy=not self._take("?"))

    def _quantity(self) -> tuple[int, int | None]:
        found = _QUANTITY.match(self._text, self._at)
        if found is None:
            raise self._fault()
        self._at = found.end()
        least = int(found.group(1))
        most = least if not found.group(2) else int(found.group(3)) if found.group(3) else None
        if most is not None and most < least:
            raise self._fault()
        return least, most

    def _atom(self) -> Tree:
        character = self._text[self._at]
        if character == "(":
            return self._group()
        if character == "[":
            return One(self._set())
        if character == "\\":
            return self._escape()
        if character in "?*+{}]":
            raise self._fault()
        self._at += 1
        if character in "^$":
            return Assert(character, self._lines)
        return One(self._dot if character == "." else self._one(character))

    def _group(self) -> Tree:
        self._at += 1
        number = 0
        if self._take("?:"):
            pass
        elif self._peek() == "?":
            raise self._fault()
        else:
            self.groups += 1
            number = self.groups
        inner = self._choice()
        if not self._take(")"):
            raise Unfit("has a pattern with an open '('")
        self._closed.add(number)
        return Group(number, inner) if number else inner

    def _escape(self) -> Tree:
        mark = self._text[self._at + 1 : self._at + 2]
        if mark.isascii() and mark.isdigit() and mark != "0":
            return self._back()
        found = self._class_escape()
        if found is not None:
            return One(found)
        return One(self._one(self._single_escape()))

    def _back(self) -> Tree:
        """A reference takes as many digits as make a group that is closed, but one at least."""
        self._at += 1
        end = self._at + 1
        while (
            end < len(self._text)
            and self._text[end] in "0123456789"
            and int(self._text[self._at : end + 1]) <= self.groups
        ):
            end += 1
        number = int(self._text[self._at : end])
        if number not in self._closed:
            raise Unfit("has a pattern that refers to a group which is not closed before")
        self._at = end
        return Back(number, self._ignoring_case)

    def _class_escape(self) -> Chars | None:
        """`\\d`, `\\P{L}` and their like."""
        found = _CATEGORY.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
            chars = classes.category(found.group(2))
            return chars if found.group(1) == "p" else classes.negated(chars)
        mark = self._text[self._at + 1 : self._at + 2]
        known = classes.ESCAPES.get(mark.lower())
        if known is None:
            return None
        self._at += 2
        return known if mark.islower() else classes.negated(known)

    def _single_escape(self) -> str:
        mark = self._text[self._at + 1 : self._at + 2]
        if mark not in classes.SINGLE:
            raise self._fault()
        self._at += 2
        return classes.SINGLE[mark]

    def _set(self) -> Chars:
        """`[...]`, perhaps with `-[...]` that takes characters away again."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unfit("has a pattern that is nested too deeply")
        self._at += 1
        inverse = self._take("^")
        sets: list[Chars] = []
        without: Chars | None = None
        while self._peek() != "]" or not sets:
            if sets and self._text.startswith("-[", self._at):
                self._at += 1
                without = self._set()
                break
            sets.append(self._member())
        if not self._take("]"):
            raise Unfit("has a pattern with an open '['")
        self._depth -= 1
        chars = classes.negated(classes.any_of(sets)) if inverse else classes.any_of(sets)
        return chars if without is None else _less(chars, without)

    def _member(self) -> Chars:
        if self._peek() in ("", "[", "]"):
            raise self._fault()
        if self._peek() == "\\":
            found = self._class_escape()
            if found is not None:
                return found
        low = self._character()
        if self._peek() != "-" or self._text[self._at + 1 : self._at + 2] in ("]", "[", ""):
            return self._one(low)
        self._at += 1
        return classes.between(low, self._character(), ignoring_case=self._ignoring_case)

    def _character(self) -> str:
        if self._peek() == "\\":
            return self._single_escape()
        if self._peek() in ("", "[", "]"):
            raise self._fault()
        self._at += 1
        return self._text[self._at - 1]

    def _one(self, character: str) -> Chars:
        return classes.one(character, ignoring_case=self._ignoring_case)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, mark: str) -> bool:
        if not self._text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        return True

    def _fault(self) -> Unfit:
        return Unfit(f"has a pattern with a fault at character {self._at + 1}")


def _less(chars: Chars, without: Chars) -> Chars:
    return lambda character: chars(character) and not without(character)


def _without_blanks(pattern: str) -> str:
    """Flag x: blanks mean nothing, but in `[...]`."""
    kept: list[str] = []
    within, at = 0, 0
    while at < len(pattern):
        character = pattern[at]
        step = 2 if character == "\\" else 1
        within += (character == "[") - (character == "]")
        if within > 0 or character not in " \t\n\r":
            kept.append(pattern[at : at + step])
        at += step
    return "".join(kept)
