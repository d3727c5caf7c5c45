"""From the tree to functions of the variables: compiled once, run often.

Each node becomes one function; what can be decided before the run (which operator, which message) is.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Mapping
from typing import Any

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.kinds import Run, Unfit, as_text, bounded, joined, kind
from bpmn.expressions.limits import MAX_DEPTH
from bpmn.expressions.nodes import (
    Call,
    Chain,
    Conditional,
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
from bpmn.values import Variables

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
            Call: self._call,
            Path: self._path,
            Prefix: self._prefix,
            Chain: self._chain,
            Logic: self._operands if semantics.keeps_operands else self._logic,
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
        return lambda _variables, _runtime: value

    def _name(self, node: Name, _depth: int) -> Run:
        name, position, called = node.name, node.position, node.called

        def read(variables: Variables, _runtime: Runtime) -> Any:
            try:
                return variables[name]
            except KeyError:
                message = f"unknown variable '{name}'"
                if called:
                    message += "; a bean of Java cannot be reached from here, let a worker do it (external task)"
                raise EvaluationFailed(message, position) from None

        return read

    def _call(self, node: Call, depth: int) -> Run:
        function, position, name = self._semantics.functions[node.name], node.position, node.name
        arguments = [self.of(argument, depth) for argument in node.arguments]

        def call(variables: Variables, runtime: Runtime) -> Any:
            given = [argument(variables, runtime) for argument in arguments]
            try:
                return function.call(runtime, variables, given)
            except Unfit as unfit:
                raise EvaluationFailed(f"{name}() {unfit}", position) from None

        return call

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
        return lambda variables, runtime: only(base(variables, runtime), variables, runtime)

    def _step(self, step: Step, owner: str, depth: int) -> Taken:
        of_owner = f" of {owner}" if owner else ""
        if isinstance(step, Property):
            return property_step(step, of_owner, self._semantics.attribute)
        if isinstance(step, Item):
            return item_step(step, of_owner, self._semantics.item, self.of(step.index, depth))
        arguments = [self.of(argument, depth) for argument in step.arguments]
        return method_step(step, of_owner, self._semantics.methods.get(step.name), arguments)

    # Operators

    def _prefix(self, node: Prefix, depth: int) -> Run:
        operand = self.of(node.operand, depth)
        if node.operator == "empty":
            return lambda variables, runtime: operand(variables, runtime) in (None, "", [], {})
        if node.operator == "not":
            truth = self._truth(node.operand, operand, "not", node.position)
            return lambda variables, runtime: None if (holds := truth(variables, runtime)) is None else not holds
        negate, name, position = self._semantics.negate, label(node.operand), node.position

        def negated(variables: Variables, runtime: Runtime) -> Any:
            value = operand(variables, runtime)
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
        return lambda variables, runtime: only(first(variables, runtime), variables, runtime)

    def _operation(self, operation: Operation, left_name: str, right: Run) -> Taken:
        """What an operator with its right operand makes of the value on its left."""
        operate = self._semantics.operators[operation.operator]
        at_once = _AT_ONCE.get(operation.operator)
        names = (left_name, label(operation.operand))

        def operated(value: Any, variables: Variables, runtime: Runtime) -> Any:
            other = right(variables, runtime)
            if at_once is not None and type(value) is type(other) and type(value) in _PLAINLY_COMPARED:
                return at_once(value, other)
            try:
                return operate(value, other, runtime.spend)
            except Unfit as unfit:
                operands = list(zip(names, (value, other), strict=True))
                raise _failed(operation.spelling, unfit, operands, operation.position) from None

        return operated

    # Logic

    def _truth(self, node: Node, run: Run, operator: str, position: int) -> Callable[[Variables, Runtime], bool | None]:
        truth, name = self._semantics.truth, label(node)

        def holds(variables: Variables, runtime: Runtime) -> bool | None:
            value = run(variables, runtime)
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

        def decide(variables: Variables, runtime: Runtime) -> Any:
            result: bool | None = not decisive
            for test in tests:
                holds = test(variables, runtime)
                if holds is decisive:
                    return decisive
                if holds is None:
                    result = None
            return result

        return decide

    def _operands(self, node: Logic, depth: int) -> Run:
        """`and` and `or` that yield the operand that decides, as in Python."""
        operands = [self.of(operand, depth) for operand in node.operands]
        truth, decisive = self._semantics.truth, node.operator == "or"

        def decide(variables: Variables, runtime: Runtime) -> Any:
            value = None
            for operand in operands:
                value = operand(variables, runtime)
                if truth(value) is decisive:
                    break
            return value

        return decide

    def _conditional(self, node: Conditional, depth: int) -> Run:
        test = self._truth(node.test, self.of(node.test, depth), "if", node.position)
        then, otherwise = self.of(node.then, depth), self.of(node.otherwise, depth)
        return lambda variables, runtime: (then if test(variables, runtime) else otherwise)(variables, runtime)

    # What is put together

    def _list(self, node: ListOf, depth: int) -> Run:
        items = [self.of(item, depth) for item in node.items]
        position = node.position

        def gather(variables: Variables, runtime: Runtime) -> Any:
            try:
                return bounded([item(variables, runtime) for item in items])
            except Unfit as unfit:
                raise EvaluationFailed(f"the list {unfit}", position) from None

        return gather

    def _template(self, node: Template, depth: int) -> Run:
        parts = [(self.of(part, depth), label(part), part.position) for part in node.parts]

        def write(variables: Variables, runtime: Runtime) -> Any:
            texts: list[str] = []
            for part, name, position in parts:
                try:
                    texts.append(runtime.weigh(as_text(part(variables, runtime))))
                except Unfit as unfit:
                    raise EvaluationFailed(f"the template {unfit}" + (f": {name}" if name else ""), position) from None
            try:
                return joined(texts)
            except Unfit as unfit:
                raise EvaluationFailed(f"the template {unfit}", node.position) from None

        return write


def _folded(first: Run, steps: list[Taken]) -> Run:
    """A value, and what one step after the other makes of it."""

    def fold(variables: Variables, runtime: Runtime) -> Any:
        value = first(variables, runtime)
        for step in steps:
            value = step(value, variables, runtime)
        return value

    return fold


def _failed(spelling: str, unfit: Unfit, operands: list[tuple[str, Any]], position: int) -> EvaluationFailed:
    """The failure of an operator, which names the operands that have a name."""
    named = ", ".join(f"{name} is {kind(value)}" for name, value in operands if name)
    return EvaluationFailed(f"'{spelling}' {unfit}" + (f" ({named})" if named else ""), position)
