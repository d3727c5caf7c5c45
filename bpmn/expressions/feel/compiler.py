"""From the tree to functions of the variables: compiled once, run often.

A part that has no value is null, with a warning; only an exhausted budget or a failing function of the language's
environment fails the evaluation.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions.feel import comparing, loops, nodes, paths
from bpmn.expressions.feel.budget import Run, Runtime, located
from bpmn.expressions.feel.operators import OPERATORS, negate
from bpmn.expressions.feel.scope import Scope
from bpmn.expressions.feel.testing import compile_test, compile_tests
from bpmn.expressions.feel.types import is_instance
from bpmn.expressions.feel.userfunctions import compile_function
from bpmn.expressions.feel.values import Function, Range, described
from bpmn.expressions.kinds import Unfit
from bpmn.expressions.limits import MAX_DEPTH

_Taken: TypeAlias = Callable[[Any, Any, Runtime], Any]
"""(value on the left, variables, evaluation) to value."""

_AT_ONCE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": python.eq,
    "!=": python.ne,
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}
_COMPARISONS: Mapping[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}
_PLAINLY_COMPARED = frozenset({int, str})
_PLAINLY_COMPUTED: Mapping[str, Callable[[Any, Any], Any]] = {"+": python.add, "-": python.sub}
_SMALL = 2**60


class Compiler:
    """Compiles the nodes of one expression; `builtins` are the functions that are in every scope."""

    def __init__(self, builtins: Mapping[str, Function]) -> None:
        self.builtins = builtins
        self._builders: Mapping[type, Callable[[Any, int], Run]] = {
            nodes.Literal: self._literal,
            nodes.Name: self._name,
            nodes.Path: lambda node, depth: paths.compile_path(self, node, depth),
            nodes.Chain: self._chain,
            nodes.Logic: self._logic,
            nodes.Negative: self._negative,
            nodes.If: self._if,
            nodes.For: lambda node, depth: loops.compile_for(self, node, depth),
            nodes.Quantified: lambda node, depth: loops.compile_quantified(self, node, depth),
            nodes.ListOf: self._list,
            nodes.RangeOf: self._range,
            nodes.ContextOf: self._context,
            nodes.FunctionOf: lambda node, depth: compile_function(self, node, depth),
            nodes.Tests: lambda node, depth: compile_tests(self, node, depth),
        }

    def of(self, node: Any, depth: int = 0) -> Run:
        """The function of one node; raises `ExpressionInvalid` where the tree is too deep to be run safely."""
        if depth >= MAX_DEPTH:
            message = f"the expression is nested more deeply than {MAX_DEPTH} levels"
            raise ExpressionInvalid(message, position=node.position)
        return self._builders[type(node)](node, depth + 1)

    def _literal(self, node: nodes.Literal, _depth: int) -> Run:
        value = node.value
        return lambda _variables, _runtime: value

    def _name(self, node: nodes.Name, _depth: int) -> Run:
        name, builtin = node.name, self.builtins.get(node.name)

        def read(variables: Any, runtime: Runtime) -> Any:
            value = variables[name] if type(variables) is Scope else variables.get(name)
            return missing(variables, runtime) if value is None else value

        def missing(variables: Any, runtime: Runtime) -> Any:
            if variables.knows(name) if type(variables) is Scope else name in variables:
                return None
            if builtin is None:
                runtime.warn(f"there is no variable '{name[:40]}'", node.position)
            return builtin

        return read

    # Operators

    def _negative(self, node: nodes.Negative, depth: int) -> Run:
        if isinstance(node.operand, nodes.Literal):
            return self._literal(nodes.Literal(_negated(node.operand.value), node.position), depth)
        operand = self.of(node.operand, depth)

        def negated(variables: Any, runtime: Runtime) -> Any:
            try:
                return negate(operand(variables, runtime))
            except Unfit as unfit:
                return runtime.warn(f"'-' {unfit}", node.position)

        return negated

    def _chain(self, node: nodes.Chain, depth: int) -> Run:
        first = self.of(node.first, depth)
        steps = [self._operation(operation, depth) for operation in node.rest]
        if len(steps) == 1:
            only = steps[0]
            return lambda variables, runtime: only(first(variables, runtime), variables, runtime)

        def fold(variables: Any, runtime: Runtime) -> Any:
            value = first(variables, runtime)
            for step in steps:
                value = step(value, variables, runtime)
            return value

        return fold

    def _operation(self, operation: Any, depth: int) -> _Taken:
        if isinstance(operation, nodes.Operate):
            operand = self.of(operation.operand, depth)
            make = _comparison if operation.sign in _AT_ONCE else _arithmetic
            return make(operation.sign, operand, operation.position)
        if isinstance(operation, nodes.Between):
            low, high = self.of(operation.low, depth), self.of(operation.high, depth)
            return lambda value, variables, runtime: comparing.between(
                value, low(variables, runtime), high(variables, runtime)
            )
        if isinstance(operation, nodes.InstanceOf):
            type_ = operation.type
            return lambda value, _variables, runtime: is_instance(value, type_, runtime)
        tests = [compile_test(self, test, depth) for test in operation.tests]
        return lambda value, variables, runtime: any_of(test(value, variables, runtime) for test in tests)

    # Logic

    def _logic(self, node: nodes.Logic, depth: int) -> Run:
        runs = [self.of(operand, depth) for operand in node.operands]
        decisive = node.operator == "or"

        def decide(variables: Any, runtime: Runtime) -> Any:
            result: bool | None = not decisive
            for run in runs:
                holds = run(variables, runtime)
                if holds is decisive:
                    return decisive
                if holds is not (not decisive):
                    result = None
            return result

        return decide

    def _if(self, node: nodes.If, depth: int) -> Run:
        test, then = self.of(node.test, depth), self.of(node.then, depth)
        otherwise = self.of(node.otherwise, depth)
        return lambda variables, runtime: (
            then(variables, runtime) if test(variables, runtime) is True else otherwise(variables, runtime)
        )

    # What is put together

    def _list(self, node: nodes.ListOf, depth: int) -> Run:
        items = [self.of(item, depth) for item in node.items]
        cost = len(items) >> 2

        def make(variables: Any, runtime: Runtime) -> Any:
            if cost:
                runtime.spend(cost)
            return [item(variables, runtime) for item in items]

        return make

    def _range(self, node: nodes.RangeOf, depth: int) -> Run:
        start = self.of(node.start, depth) if node.start is not None else _null
        end = self.of(node.end, depth) if node.end is not None else _null
        start_included, end_included, unbounded = node.start_included, node.end_included, node.unbounded

        def make(variables: Any, runtime: Runtime) -> Any:
            low, high = start(variables, runtime), end(variables, runtime)
            return Range(low, high, start_included and low is not None, end_included and high is not None, unbounded)

        return make

    def _context(self, node: nodes.ContextOf, depth: int) -> Run:
        entries = [(key, self.of(value, depth)) for key, value in node.entries]
        cost = 1 + len(entries)

        def make(variables: Any, runtime: Runtime) -> Any:
            runtime.spend(cost)
            scope = Scope()
            scope.parent = variables
            for key, value in entries:
                scope[key] = value(scope, runtime)
            return dict(scope)

        return make


def any_of(answers: Any) -> bool | None:
    """Three-valued `or` of answers, which are asked for only as far as needed."""
    result: bool | None = False
    for answer in answers:
        if answer is True:
            return True
        if answer is None:
            result = None
    return result


def _null(_variables: Any, _runtime: Runtime) -> Any:
    return None


def _negated(value: Any) -> Any:
    try:
        return negate(value)
    except Unfit:
        return None


def _comparison(sign: str, operand: Run, position: int) -> _Taken:
    at_once = _AT_ONCE[sign]
    slowly = _equality(sign == "=") if sign in ("=", "!=") else _ordering(sign)

    def compared(value: Any, variables: Any, runtime: Runtime) -> Any:
        other = operand(variables, runtime)
        if type(value) is type(other) and type(value) in _PLAINLY_COMPARED:
            return at_once(value, other)
        answer = slowly(value, other, runtime)
        if answer is None:
            runtime.warn(f"'{sign}' cannot compare {described(value)} and {described(other)}", position)
        return answer

    return compared


def _equality(wanted: bool) -> Callable[[Any, Any, Runtime], bool | None]:
    def compare(left: Any, right: Any, runtime: Runtime) -> bool | None:
        answer = comparing.equal(left, right, runtime)
        return None if answer is None else answer is wanted

    return compare


def _ordering(sign: str) -> Callable[[Any, Any, Runtime], bool | None]:
    holds = _COMPARISONS[sign]

    def compare(left: Any, right: Any, _runtime: Runtime) -> bool | None:
        found = comparing.order(left, right)
        return None if found is None else holds(found)

    return compare


def _arithmetic(sign: str, operand: Run, position: int) -> _Taken:
    operate, plainly = OPERATORS[sign], _PLAINLY_COMPUTED.get(sign)

    def computed(value: Any, variables: Any, runtime: Runtime) -> Any:
        other = operand(variables, runtime)
        if (
            plainly is not None
            and type(value) is int is type(other)
            and -_SMALL < value < _SMALL
            and -_SMALL < other < _SMALL
        ):
            return plainly(value, other)
        try:
            return runtime.weigh(operate(value, other))
        except Unfit as unfit:
            return runtime.warn(f"'{sign}' {unfit}", position)
        except EvaluationFailed as failed:
            raise located(failed, position) from None

    return computed
