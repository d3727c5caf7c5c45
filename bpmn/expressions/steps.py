"""The steps of a path, made ready to run: property, index, method."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from bpmn.errors import EvaluationFailed
from bpmn.expressions.kinds import Operator, Run, Unfit
from bpmn.expressions.nodes import Item, Method, Property
from bpmn.values import Value, Variables

Taken: TypeAlias = Callable[[Value, Variables], Value]
"""What a step or operator makes of a value."""


def property_step(step: Property, of_owner: str, attribute: Callable[[Value, str], Value]) -> Taken:
    name, position = step.name, step.position

    def read(base: Value, _variables: Variables) -> Value:
        try:
            return attribute(base, name)
        except Unfit as unfit:
            raise EvaluationFailed(f"the property '{name}'{of_owner} {unfit}", position) from None

    return read


def item_step(step: Item, of_owner: str, item: Operator, index: Run) -> Taken:
    position = step.position

    def read(base: Value, variables: Variables) -> Value:
        at = index(variables)
        try:
            return item(base, at)
        except Unfit as unfit:
            raise EvaluationFailed(f"the index{of_owner} {unfit}", position) from None

    return read


def method_step(step: Method, of_owner: str, method: Callable[..., Value], arguments: list[Run]) -> Taken:
    name, position = step.name, step.position

    def call(base: Value, variables: Variables) -> Value:
        given = [argument(variables) for argument in arguments]
        try:
            return method(base, *given)
        except Unfit as unfit:
            raise EvaluationFailed(f"the method {name}(){of_owner} {unfit}", position) from None

    return call
