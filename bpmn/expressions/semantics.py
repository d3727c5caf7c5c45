"""What a language does with values: the tables that `closures` is given for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.kinds import Operator
from bpmn.expressions.methods import Method
from bpmn.values import Variables


@dataclass(frozen=True, slots=True)
class Function:
    """A function with `least` to `most` arguments; `run` gets (evaluation, variables, *arguments).

    It raises `Unfit` for values that it cannot take.
    """

    least: int
    most: int
    run: Callable[..., Any]

    def call(self, runtime: Runtime, variables: Variables, arguments: list[Any]) -> Any:
        """What it answers; raises `Unfit`."""
        runtime.spend()
        return self.run(runtime, variables, *arguments)


@dataclass(frozen=True, slots=True)
class Semantics:
    """One language's operations; all of them raise `Unfit` for values that they cannot take.

    `truth` yields None where the language knows a third truth value. With `keeps_operands`, `and` and `or` yield the
    operand that decides instead of true or false.
    """

    operators: Mapping[str, Operator]
    truth: Callable[[Any], bool | None]
    negate: Callable[[Any], Any]
    attribute: Callable[[Any, str], Any]
    item: Callable[[Any, Any], Any]
    methods: Mapping[str, Method]
    functions: Mapping[str, Function] = field(default_factory=dict)
    keeps_operands: bool = False
