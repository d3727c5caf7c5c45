"""From the tree to functions of the variables: compiled once, run often.

Each node becomes one function; what can be decided before the run (which operator, which message) is.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Mapping
from typing import Any

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions.kinds import Run, Unfit, as_text, bounded, joined, kind
from bpmn.expressions.limits import MAX_DEPTH
from bpmn.expressions.nodes import (
    Chain,
    Conditional,
    IsSet,
    Item,
    ListOf,
    Literal,
    Logic,
    Name,
    Node,
    Operation,
    Path,
    Prefix,
    Property,
    Step,
    Template,
    label,
)
from bpmn.expressions.semantics import Semantics
from bpmn.expressions.steps import Taken, item_step, method_step, property_step
from bpmn.values import Value, Variables

_AT_ONCE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": python.eq,
    "!=": python.ne,
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}
"""What every language means by these between two integers or two texts."""
_PLAINLY_COMPARED = frozenset({int, str})


class Closures:
    """Compiles the nodes of one expression."""

    def __init__(self, semantics: Semantics) -> None:
        self._semantics = semantics
        self._builders: Mapping[type, Callable[[Any, int], Run]] = {
            Literal: self._literal,
            Name: self._name,
            IsSet: self._is_set,
            Path: self._path,
            Prefix: self._prefix,
            Chain: self._chain,
            Logic: self._logic,
            Conditional: self._conditional,
            ListOf: self._list,
            Template: self._template,
        }

    def of(self, node: Node, depth: int = 0) -> Run:
        """The function of one node; raises `ExpressionInvalid` where the tree is too deep to be run safely."""
        if depth >= MAX_DEPTH:
            message = f"the expression is nested more deeply than {MAX_DEPTH} levels"
            raise ExpressionInvalid(message, position=node.position)
        return self._builders[type(node)](node, depth + 1)

    def _literal(self, node: Literal, _depth: int) -> Run:
        value = node.value
        return lambda _variables: value

    def _name(self, node: Name, _depth: int) -> Run:
        name, position = node.name, node.position
        if node.optional:
            return lambda variables: variables.get(name)

        def read(variables: Variables) -> Value:
            try:
                return variables[name]
            except KeyError:
                raise EvaluationFailed(f"unknown variable '{name}'", position) from None

        return read

    def _is_set(self, node: IsSet, _depth: int) -> Run:
        name = node.name
        return lambda variables: name in variables

    # Paths

    def _path(self, node: Path, depth: int) -> Run:
        base = self.of(node.base, depth)
        steps = [
            self._step(step, label(Path(node.base, node.steps[:at], node.position)), depth)
            for at, step in enumerate(node.steps)
        ]
        if len(steps) > 1:
            return _folded(base, steps)
        only = steps[0]
        return lambda variables: only(base(variables), variables)

    def _step(self, step: Step, owner: str, depth: int) -> Taken:
        of_owner = f" of {owner}" if owner else ""
        if isinstance(step, Property):
            return property_step(step, of_owner, self._semantics.attribute)
        if isinstance(step, Item):
            return item_step(step, of_owner, self._semantics.item, self.of(step.index, depth))
        arguments = [self.of(argument, depth) for argument in step.arguments]
        return method_step(step, of_owner, self._semantics.calls[step.name], arguments)

    # Operators

    def _prefix(self, node: Prefix, depth: int) -> Run:
        operand = self.of(node.operand, depth)
        if node.operator == "empty":
            return lambda variables: operand(variables) in (None, "", [], {})
        if node.operator == "not":
            truth = self._truth(node.operand, operand, "not", node.position)
            return lambda variables: None if (holds := truth(variables)) is None else not holds
        negate, name, position = self._semantics.negate, label(node.operand), node.position

        def negated(variables: Variables) -> Value:
            value = operand(variables)
            try:
                return negate(value)
            except Unfit as unfit:
                raise _failed("-", unfit, [(name, value)], position) from None

        return negated

    def _chain(self, node: Chain, depth: int) -> Run:
        first = self.of(node.first, depth)
        steps = [
            self._operation(operation, label(node.first) if at == 0 else "", self.of(operation.operand, depth))
            for at, operation in enumerate(node.rest)
        ]
        if len(steps) > 1:
            return _folded(first, steps)
        only = steps[0]
        return lambda variables: only(first(variables), variables)

    def _operation(self, operation: Operation, left_name: str, right: Run) -> Taken:
        """What an operator with its right operand makes of the value on its left."""
        operate = self._semantics.operators[operation.operator]
        at_once = _AT_ONCE.get(operation.operator)
        names = (left_name, label(operation.operand))

        def operated(value: Value, variables: Variables) -> Value:
            other = right(variables)
            if at_once is not None and type(value) is type(other) and type(value) in _PLAINLY_COMPARED:
                return at_once(value, other)
            try:
                return operate(value, other)
            except Unfit as unfit:
                operands = list(zip(names, (value, other), strict=True))
                raise _failed(operation.spelling, unfit, operands, operation.position) from None

        return operated

    # Logic

    def _truth(self, node: Node, run: Run, operator: str, position: int) -> Callable[[Variables], bool | None]:
        truth, name = self._semantics.truth, label(node)

        def holds(variables: Variables) -> bool | None:
            value = run(variables)
            if value is True or value is False:
                return value
            try:
                return truth(value)
            except Unfit as unfit:
                raise _failed(operator, unfit, [(name, value)], position) from None

        return holds

    def _logic(self, node: Logic, depth: int) -> Run:
        tests = [
            self._truth(operand, self.of(operand, depth), node.operator, node.position) for operand in node.operands
        ]
        decisive = node.operator == "or"

        def decide(variables: Variables) -> Value:
            result: bool | None = not decisive
            for test in tests:
                holds = test(variables)
                if holds is decisive:
                    return decisive
                if holds is None:
                    result = None
            return result

        return decide

    def _conditional(self, node: Conditional, depth: int) -> Run:
        test = self._truth(node.test, self.of(node.test, depth), "if", node.position)
        then, otherwise = self.of(node.then, depth), self.of(node.otherwise, depth)
        return lambda variables: then(variables) if test(variables) else otherwise(variables)

    # What is put together

    def _list(self, node: ListOf, depth: int) -> Run:
        items = [self.of(item, depth) for item in node.items]
        position = node.position

        def gather(variables: Variables) -> Value:
            try:
                return bounded([item(variables) for item in items])
            except Unfit as unfit:
                raise EvaluationFailed(f"the list {unfit}", position) from None

        return gather

    def _template(self, node: Template, depth: int) -> Run:
        parts = [(self.of(part, depth), label(part), part.position) for part in node.parts]

        def write(variables: Variables) -> Value:
            texts: list[str] = []
            for part, name, position in parts:
                try:
                    texts.append(as_text(part(variables)))
                except Unfit as unfit:
                    raise EvaluationFailed(f"the template {unfit}" + (f": {name}" if name else ""), position) from None
            try:
                return joined(texts)
            except Unfit as unfit:
                raise EvaluationFailed(f"the template {unfit}", node.position) from None

        return write


def _folded(first: Run, steps: list[Taken]) -> Run:
    """A value, and what one step after the other makes of it."""

    def fold(variables: Variables) -> Value:
        value = first(variables)
        for step in steps:
            value = step(value, variables)
        return value

    return fold


def _failed(spelling: str, unfit: Unfit, operands: list[tuple[str, Value]], position: int) -> EvaluationFailed:
    """The failure of an operator, which names the operands that have a name."""
    named = ", ".join(f"{name} is {kind(value)}" for name, value in operands if name)
    return EvaluationFailed(f"'{spelling}' {unfit}" + (f" ({named})" if named else ""), position)
