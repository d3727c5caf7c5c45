"""Runs the program of a regular expression: tries ways one after the other, without recursion, with counted steps."""

from __future__ import annotations

from typing import Any, TypeAlias

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.regex.program import Op, Program

Captures: TypeAlias = tuple[int, ...]
"""Start and end of the match, then of each group; -1 where a group matched nothing."""

_CHARGE_EVERY = 256
_STEPS_EACH = 8
"""Instructions that cost one step of the budget, which is about a round of a loop in FEEL."""


def search(program: Program, text: str, start: int, runtime: Runtime) -> Captures | None:
    """The first match from `start` on; raises `EvaluationFailed` where the budget is used up."""
    for at in range(start, len(text) + 1):
        if at % _STEPS_EACH == 0:
            runtime.spend()
        found = _match(program, text, at, runtime)
        if found is not None:
            return found
    return None


def _match(program: Program, text: str, start: int, runtime: Runtime) -> Captures | None:
    code, slots = program
    pending: list[tuple[int, int, int, Captures]] = [(0, start, start, (start,) + (-1,) * (slots - 1))]
    count = 0
    while pending:
        place, low, at, captures = pending.pop()
        if low < at:
            pending.append((place, low, at - 1, captures))
        while place >= 0:
            count += 1
            if count >= _CHARGE_EVERY:
                runtime.spend(count // _STEPS_EACH)
                count = 0
            instruction = code[place]
            op = instruction[0]
            if op == Op.ONE:
                if at >= len(text) or not instruction[1](text[at]):
                    break
                at += 1
                place += 1
            elif op == Op.MANY:
                end = _run(instruction, text, at)
                count += end - at
                if end - at < instruction[2]:
                    break
                if end > at + instruction[2]:
                    pending.append((place + 1, at + instruction[2], end - 1, captures))
                at = end
                place += 1
            elif op == Op.SPLIT:
                pending.append((instruction[2], at, at, captures))
                place = instruction[1]
            elif op == Op.JUMP:
                place = instruction[1]
            elif op == Op.SAVE:
                captures = (*captures[: instruction[1]], at, *captures[instruction[1] + 1 :])
                place += 1
            elif op == Op.MATCH:
                runtime.spend(count // _STEPS_EACH)
                return (captures[0], at, *captures[2:])
            else:
                at = _other(instruction, text, at, captures)
                if at < 0:
                    break
                place += 1
    runtime.spend(count // _STEPS_EACH)
    return None


def _run(instruction: tuple[Any, ...], text: str, at: int) -> int:
    """The end of the characters of a set that begin here."""
    chars, most = instruction[1], instruction[3]
    limit = len(text) if most < 0 else min(len(text), at + most)
    while at < limit and chars(text[at]):
        at += 1
    return at


def _other(instruction: tuple[Any, ...], text: str, at: int, captures: Captures) -> int:
    """The place in the text behind a rarer instruction, or -1 where it fails."""
    op = instruction[0]
    if op == Op.PROGRESS:
        return at if at > captures[instruction[1]] else -1
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
