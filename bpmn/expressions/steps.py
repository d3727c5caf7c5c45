"""The steps of a path, made ready to run: property, index, method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from bpmn.errors import EvaluationFailed
from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.kinds import Run, Unfit, kind
from bpmn.expressions.methods import Method as MethodOfKinds
from bpmn.expressions.nodes import Item, Method, Property
from bpmn.values import Variables

Taken: TypeAlias = Callable[[Any, Variables, Runtime], Any]
"""What a step or operator makes of a value."""


def property_step(step: Property, of_owner: str, attribute: Callable[[Any, str], Any]) -> Taken:
    name, position = step.name, step.position

    def read(base: Any, _variables: Variables, _runtime: Runtime) -> Any:
        try:
            return attribute(base, name)
        except Unfit as unfit:
            raise EvaluationFailed(f"the property '{name}'{of_owner} {unfit}", position) from None

    return read


def item_step(step: Item, of_owner: str, item: Callable[[Any, Any], Any], index: Run) -> Taken:
    position = step.position

    def read(base: Any, variables: Variables, runtime: Runtime) -> Any:
        at = index(variables, runtime)
        try:
            return item(base, at)
        except Unfit as unfit:
            raise EvaluationFailed(f"the index{of_owner} {unfit}", position) from None

    return read


def method_step(step: Method, of_owner: str, method: MethodOfKinds | None, arguments: list[Run]) -> Taken:
    """A call; a method that does not exist at all fails when it is reached, since the value may be one of Java.

    What was a bean of Java there is an object here: `order.getTotal()` reads its `total`, `isPaid()` its `paid`.
    """
    name, position = step.name, step.position
    read = None if arguments else _read_by(name)

    def call(base: Any, variables: Variables, runtime: Runtime) -> Any:
        if method is None:
            if read is not None and isinstance(base, dict) and read in base:
                return base[read]
            message = f"the method {name}(){of_owner} is not supported; the value is {_kind(base)}"
            raise EvaluationFailed(message, position)
        given = [argument(variables, runtime) for argument in arguments]
        try:
            return method.call(runtime, base, given)
        except Unfit as unfit:
            raise EvaluationFailed(f"the method {name}(){of_owner} {unfit}", position) from None

    return call


def _read_by(getter: str) -> str | None:
    """The property that a getter of Java reads by its name."""
    for prefix in ("get", "is"):
        rest = getter.removeprefix(prefix)
        if rest and rest != getter and rest[0].isupper():
            return rest[0].lower() + rest[1:]
    return None


def _kind(value: Any) -> str:
    return "null" if value is None else f"a {kind(value)}"
