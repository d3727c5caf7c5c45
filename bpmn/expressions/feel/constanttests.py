"""Unary tests of constants, `"a", "b"` or `[1..5)`, made to be asked a thousand times: they need no variables."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

from bpmn.expressions.feel import nodes
from bpmn.expressions.feel.operators import negate
from bpmn.expressions.feel.testing import met
from bpmn.expressions.feel.values import Range

Quick: TypeAlias = Callable[[Any], bool | None]
"""An input value to an answer."""

_NUMBERS = (int, Decimal)


def constant_tests(tests: nodes.Tests) -> Quick | None:
    """The answer for an input alone; None where the tests need anything else."""
    quick = [_test(test.node) for test in tests.tests]
    if not quick or any(one is None for one in quick):
        return None
    answer = _texts(tests) or (quick[0] if len(quick) == 1 else _any([one for one in quick if one is not None]))
    return _negated(answer) if answer is not None and tests.negated else answer


def _test(node: Any) -> Quick | None:
    if isinstance(node, nodes.RangeOf):
        return _range(node)
    value = _constant(node)
    if type(value) in _NUMBERS:
        return lambda given: given == value if type(given) in _NUMBERS else met(given, value, asks=False)
    if isinstance(value, str):
        return lambda given: given == value if type(given) is str else met(given, value, asks=False)
    return (lambda given: met(given, value, asks=False)) if isinstance(node, nodes.Literal) else None


def _constant(node: Any) -> Any:
    """The value of a literal, or of a literal number with a minus sign."""
    if isinstance(node, nodes.Negative) and isinstance(node.operand, nodes.Literal):
        number = node.operand.value
        return negate(number) if type(number) in _NUMBERS else None
    return node.value if isinstance(node, nodes.Literal) else None


def _range(node: nodes.RangeOf) -> Quick | None:
    start, end = (None if one is None else _constant(one) for one in (node.start, node.end))
    if (start is None and node.start is not None) or (end is None and node.end is not None):
        return None
    range_ = Range(start, end, node.start_included, node.end_included, node.unbounded)
    if any(end is not None and type(end) not in _NUMBERS for end in (start, end)):
        return lambda given: met(given, range_, asks=False)
    above = operator.le if node.start_included else operator.lt
    below = operator.le if node.end_included else operator.lt

    def within(given: Any) -> bool | None:
        if type(given) not in _NUMBERS:
            return met(given, range_, asks=False)
        return (start is None or above(start, given)) and (end is None or below(given, end))

    return within


def _texts(tests: nodes.Tests) -> Quick | None:
    """Several texts are looked up at once."""
    texts = [test.node.value for test in tests.tests if isinstance(test.node, nodes.Literal)]
    if len(texts) != len(tests.tests) or len(texts) < 2 or not all(isinstance(text, str) for text in texts):
        return None
    known = frozenset(texts)

    def any_of(given: Any) -> bool | None:
        if type(given) is str:
            return given in known
        return _first_true(met(given, text, asks=False) for text in texts)

    return any_of


def _any(quick: list[Quick]) -> Quick:
    return lambda given: _first_true(one(given) for one in quick)


def _first_true(answers: Any) -> bool | None:
    """Three-valued `or`."""
    result: bool | None = False
    for answer in answers:
        if answer is True:
            return True
        if answer is None:
            result = None
    return result


def _negated(quick: Quick) -> Quick:
    return lambda given: None if (answer := quick(given)) is None else not answer
