"""Runs the program of a regular expression: tries ways one after the other, without recursion, with counted steps.

What was tried at a place of the text and failed is not tried there again, so that the time grows with the length of the
text times that of the program and no pattern explodes. A pattern that asks what a group captured (`\\1`) cannot be
treated so, since what was captured may differ each time; its steps cost more instead.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.regex.program import Op, Program

Captures: TypeAlias = tuple[int, ...]
"""Start and end of the match, then of each group; -1 where a group matched nothing."""

_CHARGE_EVERY = 256
_STEPS_EACH = 2
"""Instructions that cost one step of the budget, which is about a round of a loop in FEEL."""

_ASK_THEMSELVES = (Op.SPLIT, Op.MANY)
"""Where ways part: these ask whether they were tried, however they are reached."""


def search(program: Program, text: str, start: int, runtime: Runtime) -> Captures | None:
    """The first match from `start` on; raises `EvaluationFailed` where the budget is used up."""
    search_ = _Search(program, text, runtime)
    for at in range(start, len(text) + 1):
        if at % _STEPS_EACH == 0:
            runtime.spend()
        found = search_.match(at)
        if found is not None:
            return found
    return None


class _Search:
    """One search through a text; what failed for one start fails for every other too."""

    def __init__(self, program: Program, text: str, runtime: Runtime) -> None:
        self._code, self._slots, self._looks_back = program
        self._text = text
        self._runtime = runtime
        self._width = len(text) + 1
        #: Instructions at places of the text, as one number each.
        self._tried: set[int] = set()
        #: Of an instruction that takes as many as there are: the latest stretch in which it was tried everywhere.
        self._stretches: dict[int, tuple[int, int]] = {}
        self._count = 0

    def match(self, start: int) -> Captures | None:
        """The match that begins here, if there is one."""
        pending: list[tuple[int, int, int, Captures]] = [(0, start, start, (start,) + (-1,) * (self._slots - 1))]
        while pending:
            place, low, at, captures = pending.pop()
            if low < at:
                pending.append((place, low, at - 1, captures))
            if self._code[place][0] in _ASK_THEMSELVES or self._is_new(place, at):
                found = self._follow(place, at, captures, pending)
                if found is not None:
                    self._charge()
                    return found
        self._charge()
        return None

    def _follow(
        self, place: int, at: int, captures: Captures, pending: list[tuple[int, int, int, Captures]]
    ) -> Captures | None:
        """One way to its end: the match, or None where it fails; the other ways are left in `pending`."""
        code, text = self._code, self._text
        while True:
            self._count += 1
            if self._count >= _CHARGE_EVERY:
                self._charge()
            instruction = code[place]
            op = instruction[0]
            place += 1
            if op == Op.ONE:
                if at >= len(text) or not instruction[1](text[at]):
                    return None
                at += 1
            elif op == Op.MANY:
                shortest, at = at, self._end(place - 1, instruction, at)
                if at < shortest:
                    return None
                if at > shortest:
                    pending.append((place, shortest, at - 1, captures))
            elif op == Op.SPLIT:
                if not self._is_new(place - 1, at):
                    return None
                pending.append((instruction[2], at, at, captures))
                place = instruction[1]
            elif op == Op.JUMP:
                place = instruction[1]
            elif op == Op.SAVE:
                captures = (*captures[: instruction[1]], at, *captures[instruction[1] + 1 :])
            elif op == Op.MATCH:
                return (captures[0], at, *captures[2:])
            else:
                at = self._other(instruction, at, captures)
                if at < 0:
                    return None

    def _is_new(self, place: int, at: int) -> bool:
        """Whether an instruction was never tried at a place of the text."""
        if self._looks_back:
            self._count += _STEPS_EACH
            return True
        number = place * self._width + at
        if number in self._tried:
            return False
        self._tried.add(number)
        self._count += _STEPS_EACH  # it takes memory too
        return True

    def _end(self, place: int, instruction: tuple[Any, ...], at: int) -> int:
        """How far the characters of a set go that begin here, as far as that was not tried; -1 where it all was."""
        chars, most = instruction[1], instruction[2]
        if most >= 0 or self._looks_back:
            furthest = len(self._text) if most < 0 else min(len(self._text), at + most)
            return self._run(chars, at, furthest) if self._is_new(place, at) else -1
        low, high = self._stretches.get(place, (-1, -2))
        if low <= at <= high:
            return -1
        end = self._run(chars, at, low if at < low else len(self._text))
        if end == low:
            self._stretches[place] = (at, high)
            return end - 1
        self._stretches[place] = (at, end)
        return end

    def _run(self, chars: Any, at: int, limit: int) -> int:
        """The end of the characters of a set that begin here."""
        text = self._text
        while at < limit:
            start, stop = at, min(limit, at + _CHARGE_EVERY)
            while at < stop and chars(text[at]):
                at += 1
            self._count += at - start
            if at < stop:
                break
            self._charge()
        return at

    def _charge(self) -> None:
        self._runtime.spend(self._count // _STEPS_EACH)
        self._count = 0

    def _other(self, instruction: tuple[Any, ...], at: int, captures: Captures) -> int:
        """The place in the text behind a rarer instruction, or -1 where it fails."""
        op, text = instruction[0], self._text
        if op == Op.EXACTLY:
            end = self._run(instruction[1], at, min(len(text), at + instruction[2]))
            return end if end == at + instruction[2] else -1
        if op == Op.PROGRESS:
            return at if not self._looks_back or at > captures[instruction[1]] else -1
        if op == Op.START:
            holds = at == 0 or (instruction[1] and text[at - 1] == "\n" and at < len(text))
            return at if holds else -1
        if op == Op.END:
            last_line = at == len(text) and not (instruction[1] and text.endswith("\n"))
            return at if last_line or (instruction[1] and text[at : at + 1] == "\n") else -1
        return _behind(instruction, text, at, captures)


def _behind(instruction: tuple[Any, ...], text: str, at: int, captures: Captures) -> int:
    """The end of what a group captured, if that stands here once more."""
    start, end = captures[2 * instruction[1]], captures[2 * instruction[1] + 1]
    wanted = text[start:end] if start >= 0 else ""
    here = text[at : at + len(wanted)]
    same = here.lower() == wanted.lower() if instruction[2] else here == wanted
    return at + len(wanted) if same else -1
