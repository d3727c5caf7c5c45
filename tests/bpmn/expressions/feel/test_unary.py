"""Unary tests: the input entries of decision tables."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn.errors import ExpressionInvalid
from bpmn.expressions import compile_unary_tests
from bpmn.expressions.feel.temporal import Date
from bpmn.values import Variables


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("-", 1, True),
        ("-", None, True),
        ("5", 5, True),
        ("5", "5", None),
        ("< 5", 4, True),
        ("< 5", 5, False),
        (">= 5", 5, True),
        ("= 5", 5, True),
        ("!= 5", 5, False),
        ("-5", -5, True),
        ("[-5..5]", -5, True),
        ("[1..5)", 5, False),
        ("1, 2, > 10", 11, True),
        ("1, 2, > 10", 9, False),
        ('"a", "b"', "b", True),
        ('"a", "b"', "c", False),
        ('"a", "b"', None, False),
        ('not("a", "b")', "c", True),
        ('not("a", "b")', "a", False),
        ("not(< 5)", 5, True),
        ("not(null)", 5, True),
        ("null", None, True),
        ("null", 5, False),
        ("true", True, True),
        ("true", False, False),
        ("false", None, False),
        ("? > 3 and ? < 5", 4, True),
        ("not(? > 3)", 4, False),
        ('contains(?, "a")', "cat", True),
        ("some x in [1, 2] satisfies x = ?", 2, True),
        ("limit", 7, True),
        ("> limit", 8, True),
        ("[1..limit]", 7, True),
        ("allowed", "y", True),
        ("allowed", "z", False),
        ("is vip", "anything", True),
        ("< 5", "a", None),
        ("< 5", None, None),
        ("[1, 2]", [1, 2], True),
        ("[1, 2]", 2, True),
        ("1", [1], True),
        ('date("2025-01-01")', Date(2025, 1, 1), True),
        ('< date("2025-01-01")', Date(2024, 12, 31), True),
        ('[@"2025-01-01"..@"2025-12-31"]', Date(2025, 6, 1), True),
        ("if ? > 3 then true else false", 4, True),
        ("missing", 4, False),
    ],
)
def test_a_test_is_met_or_not_or_neither(text: str, value: Any, expected: bool | None) -> None:
    variables: Variables = {"limit": 7, "allowed": ["x", "y"], "is vip": True}
    assert compile_unary_tests(text, variables).evaluate(value, variables) is expected


@pytest.mark.parametrize("text", ["", "5 5", "< ", "not(", "not(1) 2", "1,", "[1..", "-, 1", "? ? ?"])
def test_what_is_no_test_is_refused(text: str) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        compile_unary_tests(text)
    assert refused.value.position in range(len(text) + 1)


@pytest.mark.parametrize("text", ["5", '"a", "b"', "[1..5)", "not(1, 2)", "< 5, > 7", "-5", "true"])
@pytest.mark.parametrize("value", [5, -5, 1, "a", None, True, [5], [1, 2], {}, Date(2025, 1, 1)])
def test_constants_are_asked_quickly_with_the_same_answer(text: str, value: Any) -> None:
    tests = compile_unary_tests(text)
    assert tests.quick is not None
    assert tests.quick(value) is tests.evaluate(value, {})
