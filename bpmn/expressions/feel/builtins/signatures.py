"""How a built-in function is declared: its parameters with their types, of which there may be several sets.

    @FUNCTIONS.add("substring", "string: text, start position: integer, length?: integer")

An `integer` is what is left of a number without its fraction, a `whole` must have none. A `?` marks a parameter that
may be left out, `or null` one that may be null. A single `*items: list` takes a list or any number of arguments.
Functions get the evaluation and the arguments, and raise `Unfit` where they have no result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any, TypeAlias, TypeVar

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time
from bpmn.expressions.feel.values import Function, Range, described, kind
from bpmn.expressions.kinds import Unfit, as_index

Implementation: TypeAlias = Callable[..., Any]
_F = TypeVar("_F", bound=Implementation)

_TYPES: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, Decimal),
    "boolean": (bool,),
    "context": (dict,),
    "function": (Function,),
    "range": (Range,),
    "day": (Date, DateTime),
    "time": (Time, DateTime),
    "date": (Date,),
    "datetime": (DateTime,),
    "clock": (Time,),
    "days": (DaysDuration,),
    "duration": (DaysDuration, MonthsDuration),
    "measure": (int, Decimal, DaysDuration, MonthsDuration),
}


_SIZED = frozenset({str, list, dict})


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    type: str
    optional: bool
    nullable: bool

    def taken(self, value: Any) -> Any:
        """The argument as the parameter's type, after implicit conversion of a list of one and to a list."""
        if value is None:
            if self.nullable or self.type == "any":
                return None
        elif self.type == "any":
            return value
        elif self.type == "list":
            return value if isinstance(value, list) else [value]
        elif (found := _of_type(value, self.type)) is not None:
            return found
        raise Unfit(f"takes a {self.type} as '{self.name}', not {described(value)}")


def _of_type(value: Any, type_: str) -> Any:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if type_ == "whole":
        return as_index(value)
    if type_ == "integer":
        return as_index(value.to_integral_value(ROUND_DOWN) if isinstance(value, Decimal) else value)
    return value if type(value) in _TYPES[type_] else None


@dataclass(frozen=True, slots=True)
class _Overload:
    parameters: tuple[_Parameter, ...]
    variadic: bool
    implementation: Implementation

    def accepts(self, count: int) -> bool:
        required = sum(not parameter.optional for parameter in self.parameters)
        if self.variadic:
            return count >= max(len(self.parameters) - 1, 1)
        return required <= count <= len(self.parameters)

    def accepts_names(self, names: Mapping[str, Any]) -> bool:
        mine = {parameter.name for parameter in self.parameters}
        return names.keys() <= mine and all(
            parameter.optional or parameter.name in names for parameter in self.parameters
        )

    def positional(self, arguments: list[Any]) -> list[Any]:
        if not self.variadic:
            return [one.taken(argument) for one, argument in zip(self.parameters, arguments, strict=False)]
        before = len(self.parameters) - 1
        if len(arguments) < before:
            raise Unfit(f"takes {before} argument(s) or more, not {len(arguments)}")
        given = [one.taken(argument) for one, argument in zip(self.parameters, arguments[:before], strict=False)]
        rest = arguments[before:]
        alone = not before and len(rest) == 1
        return [*given, self.parameters[-1].taken(rest[0]) if alone else rest]

    def named(self, arguments: Mapping[str, Any]) -> list[Any]:
        last = max(at for at, one in enumerate(self.parameters) if one.name in arguments)
        return [
            one.taken(arguments[one.name]) if one.name in arguments else None for one in self.parameters[: last + 1]
        ]


class Functions:
    """A family of built-in functions."""

    def __init__(self) -> None:
        self._overloads: dict[str, list[_Overload]] = {}

    def add(self, name: str, *signatures: str) -> Callable[[_F], _F]:
        """Declares a function with one or more sets of parameters; for the first that accepts the arguments."""

        def added(implementation: _F) -> _F:
            for signature in signatures:
                self._overloads.setdefault(name, []).append(_overload(signature, implementation))
            return implementation

        return added

    def functions(self) -> dict[str, Function]:
        """The functions by name."""
        return {name: _function(overloads) for name, overloads in self._overloads.items()}


def _overload(signature: str, implementation: Implementation) -> _Overload:
    parts = [part.strip() for part in signature.split(",") if part.strip()]
    return _Overload(
        tuple(_parameter(part.removeprefix("*")) for part in parts),
        any(part[0] == "*" for part in parts),
        implementation,
    )


def _parameter(text: str) -> _Parameter:
    name, _, type_ = text.partition(": ")
    return _Parameter(
        name.removesuffix("?"), type_.removesuffix(" or null"), name.endswith("?"), type_.endswith(" or null")
    )


def _function(overloads: list[_Overload]) -> Function:
    fitting_by_count = {count: [one for one in overloads if one.accepts(count)] for count in range(6)}

    def invoke(runtime: Runtime, arguments: list[Any]) -> Any:
        fitting = fitting_by_count.get(len(arguments)) or [one for one in overloads if one.accepts(len(arguments))]
        runtime.spend(1 + sum(len(one) >> 6 for one in arguments if type(one) in _SIZED))
        if len(fitting) == 1:
            return runtime.weigh(fitting[0].implementation(runtime, *fitting[0].positional(arguments)))
        if not fitting:
            raise Unfit(f"does not take {len(arguments)} argument(s); it takes {_counts(overloads)}")
        return runtime.weigh(_first(fitting, lambda one: one.implementation(runtime, *one.positional(arguments))))

    def invoke_named(runtime: Runtime, arguments: dict[str, Any]) -> Any:
        fitting = [one for one in overloads if one.accepts_names(arguments)]
        if not fitting:
            raise Unfit(f"has no parameters {', '.join(name[:40] for name in arguments)}")
        runtime.spend(1 + sum(len(one) >> 6 for one in arguments.values() if type(one) in _SIZED))
        return runtime.weigh(_first(fitting, lambda one: one.implementation(runtime, *one.named(arguments))))

    return Function(None, invoke, invoke_named)


def _first(overloads: list[_Overload], call: Callable[[_Overload], Any]) -> Any:
    """The result of the first that takes these arguments; what the first complains of where none does."""
    complaint: Unfit | None = None
    for overload in overloads:
        try:
            return call(overload)
        except Unfit as unfit:
            complaint = complaint or unfit
    raise complaint or Unfit("takes no arguments")


def _counts(overloads: list[_Overload]) -> str:
    counts = sorted(
        {sum(not one.optional for one in overload.parameters) for overload in overloads}
        | {len(overload.parameters) for overload in overloads}
    )
    return " or ".join(map(str, counts))


__all__ = ["Functions", "kind"]
