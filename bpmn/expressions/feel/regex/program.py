"""From the tree of a regular expression to instructions for the machine."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple, TypeAlias

from bpmn.expressions.feel.regex import syntax
from bpmn.expressions.feel.regex.syntax import Tree
from bpmn.expressions.kinds import Unfit
from bpmn.expressions.limits import MAX_PATTERN


class Op(IntEnum):
    """What an instruction does; its operands are named in brackets."""

    ONE = 0  # a character [set]
    MANY = 1  # as many characters as there are, or fewer [set, most or -1]
    SPLIT = 2  # try the first way, then the second [place, place]
    JUMP = 3  # [place]
    SAVE = 4  # remember the place in the text [slot]
    PROGRESS = 5  # go on only if the text went on since [slot]
    START = 6  # ^ [at lines]
    END = 7  # $ [at lines]
    BACK = 8  # [group, ignoring case]
    MATCH = 9
    EXACTLY = 10  # so many characters [set, number]


Instruction: TypeAlias = tuple[Any, ...]


class Program(NamedTuple):
    """The instructions, how many slots they remember places in, and whether one asks what a group captured."""

    code: tuple[Instruction, ...]
    slots: int
    looks_back: bool


def assemble(tree: Tree, groups: int) -> Program:
    """The program of a tree; raises `Unfit` where it becomes too long."""
    assembler = _Assembler(2 * (groups + 1))
    assembler.emit(tree)
    assembler.code.append((Op.MATCH,))
    looks_back = any(instruction[0] == Op.BACK for instruction in assembler.code)
    return Program(tuple(assembler.code), assembler.slots, looks_back)


class _Assembler:
    def __init__(self, slots: int) -> None:
        self.code: list[Instruction] = []
        self.slots = slots
        self._visits = 0

    def emit(self, tree: Tree) -> None:
        self._visits += 1  # a repetition of nothing adds no instruction
        if max(len(self.code), self._visits // 2) > MAX_PATTERN:
            raise Unfit(f"has a pattern of more than {MAX_PATTERN:,} instructions")
        if isinstance(tree, syntax.One):
            self.code.append((Op.ONE, tree.chars))
        elif isinstance(tree, syntax.Sequence):
            for item in tree.items:
                self.emit(item)
        elif isinstance(tree, syntax.Choice):
            self._choice(tree)
        elif isinstance(tree, syntax.Group):
            self.code.append((Op.SAVE, 2 * tree.number))
            self.emit(tree.inner)
            self.code.append((Op.SAVE, 2 * tree.number + 1))
        elif isinstance(tree, syntax.Repeat):
            self._repeat(tree)
        elif isinstance(tree, syntax.Assert):
            self.code.append((Op.START if tree.mark == "^" else Op.END, tree.lines))
        else:
            self.code.append((Op.BACK, tree.number, tree.ignoring_case))

    def _choice(self, tree: syntax.Choice) -> None:
        jumps: list[int] = []
        for option in tree.options[:-1]:
            split = self._reserve()
            self.emit(option)
            jumps.append(self._reserve())
            self.code[split] = (Op.SPLIT, split + 1, len(self.code))
        self.emit(tree.options[-1])
        for jump in jumps:
            self.code[jump] = (Op.JUMP, len(self.code))

    def _repeat(self, tree: syntax.Repeat) -> None:
        if isinstance(tree.inner, syntax.One) and tree.greedy:
            self._run(tree.inner.chars, tree.least, tree.most)
            return
        for _ in range(tree.least):
            self.emit(tree.inner)
        if tree.most is None:
            self._loop(tree)
            return
        splits: list[int] = []
        for _ in range(tree.most - tree.least):
            splits.append(self._reserve())
            self.emit(tree.inner)
        for split in splits:
            self.code[split] = self._split(tree, split + 1, len(self.code))

    def _run(self, chars: Any, least: int, most: int | None) -> None:
        if least:
            self.code.append((Op.EXACTLY, chars, least))
        if most is None or most > least:
            self.code.append((Op.MANY, chars, -1 if most is None else most - least))

    def _loop(self, tree: syntax.Repeat) -> None:
        """Any number of times, but never in place."""
        slot, self.slots = self.slots, self.slots + 1
        split = self._reserve()
        self.code.append((Op.SAVE, slot))
        self.emit(tree.inner)
        self.code.append((Op.PROGRESS, slot))
        self.code.append((Op.JUMP, split))
        self.code[split] = self._split(tree, split + 1, len(self.code))

    @staticmethod
    def _split(tree: syntax.Repeat, again: int, on: int) -> Instruction:
        return (Op.SPLIT, again, on) if tree.greedy else (Op.SPLIT, on, again)

    def _reserve(self) -> int:
        self.code.append((Op.MATCH,))
        return len(self.code) - 1
