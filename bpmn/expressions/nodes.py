"""The tree that all languages but FEEL are read into.

Operators have one spelling here (`==`, `and`, `/`), whatever the language writes. `position` is the 0-based offset in
the expression's text. Long chains (`a + b + c`, `a or b or c`, `a.b.c`) are one flat node, so that the tree is as deep
as the text is nested and not as it is long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bpmn.values import Value


@dataclass(frozen=True, slots=True)
class Literal:
    value: Value
    position: int


@dataclass(frozen=True, slots=True)
class Name:
    """A root variable; a missing one is a failure. `called` says that a method of it is called, as of a bean."""

    name: str
    position: int
    called: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call of one of the language's own functions."""

    name: str
    arguments: tuple[Node, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Item:
    index: Node
    position: int


@dataclass(frozen=True, slots=True)
class Method:
    name: str
    arguments: tuple[Node, ...]
    position: int


Step: TypeAlias = Property | Item | Method


@dataclass(frozen=True, slots=True)
class Path:
    """A value and the steps taken from it: `base.name[index].method(arguments)`."""

    base: Node
    steps: tuple[Step, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Prefix:
    """`-`, `not` or `empty` before an operand."""

    operator: str
    operand: Node
    position: int


@dataclass(frozen=True, slots=True)
class Operation:
    """One operator of a chain and its right operand; `spelling` is the operator as written."""

    operator: str
    spelling: str
    operand: Node
    position: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one precedence, taken from left to right; a comparison has exactly one."""

    first: Node
    rest: tuple[Operation, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` over two operands or more."""

    operator: str
    operands: tuple[Node, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Conditional:
    test: Node
    then: Node
    otherwise: Node
    position: int


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Node, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Template:
    """Texts and expressions, put together as one text."""

    parts: tuple[Node, ...]
    position: int


Node: TypeAlias = Literal | Name | Call | Path | Prefix | Chain | Logic | Conditional | ListOf | Template


def label(node: Node) -> str:
    """What a message calls this operand: the variable or the dotted path, else nothing."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Path) and isinstance(node.base, Name):
        names = [step.name for step in node.steps if isinstance(step, Property)]
        if len(names) == len(node.steps):
            return ".".join([node.base.name, *names])
    return ""
