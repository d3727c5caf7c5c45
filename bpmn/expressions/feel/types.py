"""FEEL's types, which values conform to them, and the implicit conversions (DMN 1.5, 10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.temporal import Date, at_midnight
from bpmn.expressions.feel.values import KINDS, Function, Range, kind

SIMPLE = frozenset(KINDS.values()) - {"null", "function"}
"""The names of types without parts; list, context and range may have parts as well."""


@dataclass(frozen=True, slots=True)
class Type:
    """`name` is Any, Null, function or one of `SIMPLE`; `of` is what a list, a range or a function's result is of.

    `allows` is a further condition (an item definition's allowed values).
    """

    name: str
    of: Type | None = None
    entries: Mapping[str, Type] | None = None
    parameters: tuple[Type, ...] | None = None
    allows: Callable[[Any, Runtime], bool] | None = field(default=None, compare=False)


ANY = Type("Any")
_SHOWN = 20
"""Parts of a type that are written."""
_SHOWN_TEXT = 300


class Mistyped(Exception):
    """A value that does not conform to the type it must have."""


def conforms(value: Any, type_: Type, runtime: Runtime, *, constrained: bool = True) -> bool:
    """Whether a value is of a type; null is of any (but no instance of one, see `is_instance`).

    Allowed values are asked for only where `constrained`. Every item costs a step of the evaluation.
    """
    if value is None or type_ is ANY:
        return True

    def fits(inner: Any, wanted: Type | None) -> bool:
        runtime.spend()
        return wanted is None or conforms(inner, wanted, runtime, constrained=constrained)

    if type_.name == "Any":
        allowed = True
    elif type_.name == "list":
        allowed = isinstance(value, list) and (type_.of is None or all(fits(item, type_.of) for item in value))
    elif type_.name == "context":
        entries = (type_.entries or {}).items()
        allowed = isinstance(value, dict) and all(name in value and fits(value[name], one) for name, one in entries)
    elif type_.name == "range":
        allowed = isinstance(value, Range) and fits(value.start, type_.of) and fits(value.end, type_.of)
    elif type_.name == "function":
        allowed = isinstance(value, Function) and _is_function_of(value, type_)
    else:
        allowed = kind(value) == type_.name
    return allowed and (type_.allows is None or not constrained or type_.allows(value, runtime))


def is_instance(value: Any, type_: Type, runtime: Runtime) -> bool:
    """`value instance of type`: null is an instance of Null alone, and constraints do not matter."""
    if value is None:
        return type_.name == "Null"
    return type_.name != "Null" and conforms(value, type_, runtime, constrained=False)


def converted(value: Any, type_: Type, runtime: Runtime) -> Any:
    """The value as that type, after the implicit conversions; raises `Mistyped` where it does not conform."""
    if conforms(value, type_, runtime):
        return value
    if isinstance(value, list) and len(value) == 1 and type_.name != "list" and conforms(value[0], type_, runtime):
        return value[0]
    if type_.name == "list" and not isinstance(value, list) and conforms([value], type_, runtime):
        return [value]
    if isinstance(value, Date) and type_.name == "date and time":
        return at_midnight(value)
    raise Mistyped(f"a {kind(value)} is not of the type {described(type_)[:_SHOWN_TEXT]}")


def described(type_: Type, depth: int = 3) -> str:
    """How a type is written; what lies deeper in it only by its name, and of many parts the first."""
    if not depth:
        return type_.name

    def inner(one: Type) -> str:
        return described(one, depth - 1)

    if type_.name == "function":
        parameters = ", ".join(inner(one) for one in (type_.parameters or ())[:_SHOWN])
        return f"function<{parameters}>->{inner(type_.of or ANY)}"
    if type_.entries is not None:
        parts = islice(type_.entries.items(), _SHOWN)
        return "context<" + ", ".join(f"{name}: {inner(one)}" for name, one in parts) + ">"
    return f"{type_.name}<{inner(type_.of)}>" if type_.of is not None else type_.name


def _is_function_of(value: Function, wanted: Type) -> bool:
    """Parameters in the other direction, result in the same (DMN 1.5, table 52); the undeclared may be anything."""
    if wanted.parameters is None or value.parameters is None:
        return True
    if len(value.parameters) != len(wanted.parameters):
        return False
    declared: Type | None = value.type
    if declared is None or declared.parameters is None:
        return True
    return all(
        subsumes(mine, theirs) for mine, theirs in zip(declared.parameters, wanted.parameters, strict=True)
    ) and (wanted.of is None or declared.of is None or subsumes(wanted.of, declared.of))


def subsumes(wider: Type, narrower: Type) -> bool:
    """Whether every value of one type is of the other; each pair of types within them is compared once."""
    pending, seen = [(wider, narrower)], set[tuple[int, int]]()
    while pending:
        one, other = pending.pop()
        pair = id(one), id(other)
        if pair in seen or one.name == "Any" or other.name in ("Null", "Any"):
            continue
        seen.add(pair)
        if one.name != other.name:
            return False
        if one.entries is not None:
            known = other.entries or {}
            if not one.entries.keys() <= known.keys():
                return False
            pending.extend((inner, known[name]) for name, inner in one.entries.items())
        elif one.of is not None and other.of is not None:
            pending.append((one.of, other.of))
    return True
