"""Tests of an input: the right side of `in`, and unary tests (DMN 1.5, 10.3.2.8 and table 55)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from bpmn.expressions.feel import comparing, nodes
from bpmn.expressions.feel.budget import Run, Runtime
from bpmn.expressions.feel.scope import Scope
from bpmn.expressions.feel.values import Range

if TYPE_CHECKING:
    from bpmn.expressions.feel.compiler import Compiler

INPUT = "?"
Asked: TypeAlias = Callable[[Any, Any, Runtime], bool | None]
"""(input, variables, evaluation) to an answer."""


def compile_test(compiler: Compiler, test: nodes.Test, depth: int) -> Asked:
    """One test."""
    if isinstance(test.node, nodes.Compare):
        operand, wanted = compiler.of(test.node.operand, depth), test.node.sign == "="

        def compare(value: Any, variables: Any, runtime: Runtime) -> bool | None:
            answer = comparing.equal(value, operand(variables, runtime), runtime)
            return None if answer is None else answer is wanted

        return compare
    run = compiler.of(test.node, depth)
    if test.asks:
        return lambda value, variables, runtime: met(
            value, run(_with_input(variables, value), runtime), runtime, asks=True
        )
    if isinstance(test.node, nodes.Literal):
        literal = test.node.value
        return lambda value, _variables, runtime: met(value, literal, runtime, asks=False)
    return lambda value, variables, runtime: met(value, run(variables, runtime), runtime, asks=False)


def compile_tests(compiler: Compiler, tests: nodes.Tests, depth: int) -> Run:
    """Unary tests of the input, which the variables hold as `?`."""
    asked = [compile_test(compiler, test, depth) for test in tests.tests]
    if not asked:
        return lambda _variables, _runtime: True
    any_of, negated = _any, tests.negated

    def run(variables: Any, runtime: Runtime) -> bool | None:
        value = variables[INPUT]
        answer = any_of(asked, value, variables, runtime)
        return answer if answer is None or not negated else not answer

    return run


def _any(asked: list[Asked], value: Any, variables: Any, runtime: Runtime) -> bool | None:
    answer: bool | None = False
    for ask in asked:
        found = ask(value, variables, runtime)
        if found is True:
            return True
        if found is None:
            answer = None
    return answer


def _with_input(variables: Any, value: Any) -> Any:
    scope = Scope({INPUT: value})
    scope.parent = variables
    return scope


def met(value: Any, found: Any, runtime: Runtime | None = None, *, asks: bool) -> bool | None:
    """Whether the input meets what a test evaluates to.

    A condition of `?` answers by itself; so does another condition, unless the input is a boolean to be equal to.
    """
    if isinstance(found, bool) and (asks or not isinstance(value, bool | None)):
        single = isinstance(value, list) and len(value) == 1 and isinstance(value[0], bool)
        return comparing.equal(value, found) if single and not asks else found
    if found is None:
        return None if asks else value is None
    if isinstance(value, list) and not isinstance(found, list | Range):
        return comparing.equal(value, found, runtime)
    return comparing.is_in(value, found, runtime)
