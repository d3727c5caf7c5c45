"""The tree of a FEEL expression; `position` is the 0-based offset of what a fault is reported at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from bpmn.expressions.feel.types import Type


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any
    position: int


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Member:
    """`.name`"""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Filter:
    """`[condition or position]`"""

    condition: Node
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    """`(...)`; `names` are those of named arguments."""

    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None
    position: int


@dataclass(frozen=True, slots=True)
class Path:
    """A value and steps from it."""

    base: Node
    steps: tuple[Member | Filter | Call, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Operate:
    """`sign operand` behind a value: arithmetic or comparison."""

    sign: str
    operand: Node
    position: int


@dataclass(frozen=True, slots=True)
class Between:
    low: Node
    high: Node
    position: int


@dataclass(frozen=True, slots=True)
class In:
    tests: tuple[Test, ...]
    position: int


@dataclass(frozen=True, slots=True)
class InstanceOf:
    type: Type
    position: int


@dataclass(frozen=True, slots=True)
class Chain:
    """A value, and operations on it from left to right."""

    first: Node
    rest: tuple[Operate | Between | In | InstanceOf, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Logic:
    """Two or more operands of `and` or `or`."""

    operator: str
    operands: tuple[Node, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Node
    position: int


@dataclass(frozen=True, slots=True)
class If:
    test: Node
    then: Node
    otherwise: Node
    position: int


@dataclass(frozen=True, slots=True)
class Span:
    """`start..end` of an iterator."""

    start: Node
    end: Node
    position: int


@dataclass(frozen=True, slots=True)
class Iterator:
    """`name in source`"""

    name: str
    source: Node | Span


@dataclass(frozen=True, slots=True)
class For:
    """`partial` says whether the body reads what was made so far."""

    iterators: tuple[Iterator, ...]
    body: Node
    partial: bool
    position: int


@dataclass(frozen=True, slots=True)
class Quantified:
    every: bool
    iterators: tuple[Iterator, ...]
    body: Node
    position: int


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Node, ...]
    position: int


@dataclass(frozen=True, slots=True)
class RangeOf:
    """`[start..end]`; with `unbounded`, the missing end of `< end` or `> start` is None."""

    start: Node | None
    end: Node | None
    start_included: bool
    end_included: bool
    unbounded: bool
    position: int


@dataclass(frozen=True, slots=True)
class ContextOf:
    entries: tuple[tuple[str, Node], ...]
    position: int


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: Type | None


@dataclass(frozen=True, slots=True)
class FunctionOf:
    parameters: tuple[Parameter, ...]
    body: Node
    position: int


@dataclass(frozen=True, slots=True)
class Compare:
    """A test `= value` or `!= value` of the input; the others are ranges."""

    sign: str
    operand: Node
    position: int


@dataclass(frozen=True, slots=True)
class Test:
    """One test of an input: a comparison, or an expression; `asks` where that reads `?`."""

    node: Node | Compare
    asks: bool
    position: int


@dataclass(frozen=True, slots=True)
class Tests:
    """Unary tests (DMN 1.5, 10.3.2.8): any of them, or with `negated` none; without tests anything will do."""

    tests: tuple[Test, ...]
    negated: bool
    position: int


Node: TypeAlias = (
    Literal
    | Name
    | Path
    | Chain
    | Logic
    | Negative
    | If
    | For
    | Quantified
    | ListOf
    | RangeOf
    | ContextOf
    | FunctionOf
    | Tests
)
