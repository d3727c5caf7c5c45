"""What a language does with values: the tables that `closures` is given for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bpmn.expressions.kinds import Operator
from bpmn.values import Value


@dataclass(frozen=True, slots=True)
class Semantics:
    """One language's operations; all of them raise `Unfit` for values that they cannot take.

    `truth` yields None where the language knows a third truth value. `calls` are the methods (the receiver comes
    first) or functions by name.
    """

    operators: Mapping[str, Operator]
    truth: Callable[[Value], bool | None]
    negate: Callable[[Value], Value]
    attribute: Callable[[Value, str], Value]
    item: Callable[[Value, Value], Value]
    calls: Mapping[str, Callable[..., Value]]
