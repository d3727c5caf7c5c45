"""Random texts and values: a value made of JSON's kinds, or one of the two refusals, and always the same."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Budget, Settings, compile_unary_tests, feel
from bpmn.expressions.feel import BUILTINS
from bpmn.values import from_json, to_json
from tests.bpmn.expressions.feel.asking import NOW, ask

SMALL = Settings(now=lambda: NOW, random=lambda: 0.5, budget=Budget(steps=20_000, seconds=1))
SPELLINGS = r"""
    a b c item partial ? if then else and or not( for some every in return satisfies between instance of function( true
    false null number string date list< context< range< > , ( ) [ ] { } : .. . = != < <= >= + - * / ** -> 1 2 0.5 -3 1e3
    "x" "a.c" '' @"2024-01-31" @"10:00:00Z" @"2024-02-29T10:00:00@Europe/Berlin" @"P1M" @"PT1H" [1..3] (1..3) (>2) [1,2]
    {a:1} .a .start .year [1] [item>1] a-b `a b` external é 🐎 // /* */ x:
"""
WORDS = SPELLINGS.split()
FUNCTIONS = [f"{name}(" for name in BUILTINS]
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from([*WORDS, *FUNCTIONS]), max_size=14).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=14).map("".join),
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10)
    | st.sampled_from(["2024-01-31", "PT1H", "10:00:00", "(a+)+", "[1..2]", 10**400, Decimal("1e6000")])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "a b", "x-y"]), inner, max_size=3)
    ),
    max_leaves=8,
)
VARIABLES = st.fixed_dictionaries({}, optional=dict.fromkeys(("a", "b", "c", "a b", "a-b", "item"), VALUES))


def outcome(text: str, variables: dict[str, Any]) -> str:
    try:
        value = feel.compile(text, feel.odd_names(variables)).evaluate(variables, SMALL)
    except (ExpressionInvalid, EvaluationFailed) as refused:
        return f"{type(refused).__name__}: {refused}"
    assert is_json(value)
    return repr(value)


def is_json(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(is_json, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_json(item) for key, item in value.items())
    return value is None or type(value) in (bool, int, str, Decimal)


@given(text=TEXTS, variables=VARIABLES)
@settings(max_examples=600, deadline=None, derandomize=True)
def test_random_texts_are_evaluated_or_refused(text: str, variables: dict[str, Any]) -> None:
    assert outcome(text, variables) == outcome(text, variables)


@pytest.mark.fuzz
@given(text=TEXTS, variables=VARIABLES)
@settings(max_examples=30_000, deadline=None)
def test_thousands_of_random_texts_are_evaluated_or_refused(text: str, variables: dict[str, Any]) -> None:
    outcome(text, variables)


@given(text=TEXTS, value=VALUES, variables=VARIABLES)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_random_tests_answer_or_are_refused(text: str, value: Any, variables: dict[str, Any]) -> None:
    answer: bool | None = None
    with suppress(ExpressionInvalid, EvaluationFailed):
        answer = compile_unary_tests(text).evaluate(value, variables, SMALL)
    assert answer in (True, False, None)


@pytest.mark.parametrize("name", BUILTINS)
@given(data=st.data())
@settings(max_examples=12, deadline=None, derandomize=True)
def test_every_function_bears_any_arguments(name: str, data: st.DataObject) -> None:
    arguments = data.draw(st.lists(VALUES, max_size=4))
    wrapped = data.draw(st.sampled_from(["{}", "date({})", "duration({})", "range({})", "[{}]", "time({})"]))
    texts = [wrapped.format(f"v{at}") for at in range(len(arguments))]
    outcome(f"{name}({', '.join(texts)})", {f"v{at}": value for at, value in enumerate(arguments)})


OPERANDS = st.sampled_from(
    ["a", "b", "1", "0", "-2.5", '"x"', "null", "true", '@"2024-01-31"', '@"10:00:00"', '@"P1M"', '@"PT1H"', "[1..3]",
     '@"2024-01-31T10:00:00Z"', "[1, a]", "{a: b}", "(function(x) x)"]
)  # fmt: skip
OPERATORS = st.sampled_from(
    ["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in", "between 1 and"]
)


@given(one=OPERANDS, sign=OPERATORS, other=OPERANDS, variables=VARIABLES)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_every_operator_bears_any_operands(one: str, sign: str, other: str, variables: dict[str, Any]) -> None:
    assert not outcome(f"({one}) {sign} ({other})", variables).startswith("ExpressionInvalid")


@given(numbers=st.lists(st.decimals(-(10**9), 10**9, places=6), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_sums_are_exact(numbers: list[Decimal]) -> None:
    found = ask("sum(numbers)", {"numbers": numbers})
    assert isinstance(found, Decimal)
    assert Fraction(found) == sum(map(Fraction, numbers))


@given(items=st.lists(st.integers(-50, 50), max_size=30))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_list_is_sorted_and_stays_what_it_was(items: list[int]) -> None:
    before = list(items)
    assert ask("sort(items, function(x, y) x < y)", {"items": items}) == sorted(items)
    assert ask("sort(items)", {"items": items}) == sorted(items)
    assert items == before


@given(value=VALUES)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_to_json_writes_what_can_be_read_back(value: Any) -> None:
    try:
        text = ask("to json(value)", {"value": value})
    except EvaluationFailed:
        return
    if isinstance(text, str) and value is not None:
        assert ask("a = b", {"a": from_json(text), "b": from_json(to_json(value))}) is True
