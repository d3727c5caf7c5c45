"""Whatever the text and the variables: a value, `ExpressionInvalid` or `EvaluationFailed`, and always the same one."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Language, as_condition, compile
from bpmn.expressions.kinds import kind
from bpmn.values import Value

SPELLINGS = r"""
    a b c d execution if then else and or not empty div mod eq ne lt gt le ge true false null None True
    for in some every is between instance function lambda return of satisfies
    equals contains size get startsWith trim getVariable hasVariable count
    ( ) [ ] { } , . ; : ? ! = == != < <= > >= <> + - * / % ** // && || -> .. @ ${ #{ " ' \
    1 0 2.5 1e3 -1 'x' "5" '' [1,2] a.b a[0] c.k
"""
WORDS = [*SPELLINGS.split(), "starts with", "list contains", "is defined", "string length", "upper case", "\n", "\x00"]
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=14).map("".join),
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["5", "-1.5", "true", "", "1e400", "٣"])
)
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["k", "b", "x"]), inner, max_size=3),
    max_leaves=8,
)
VARIABLES = st.fixed_dictionaries({}, optional=dict.fromkeys("abcd", VALUES))

OPERANDS = [
    "a",
    "b",
    "c",
    "a.k",
    "b[0]",
    "c[-1]",
    "c['k']",
    "0",
    "1",
    "2.5",
    "-3",
    "'5'",
    "'x'",
    "true",
    "null",
    "[a, 1]",
]
OPERATORS = {
    Language.JUEL: ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "? b :", "div", "eq"],
    Language.PLAIN: ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "? b :"],
    Language.FEEL: ["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or"],
}


def outcome(text: str, language: Language, variables: dict[str, Value], *, template: bool) -> str:
    try:
        value = compile(text, language, template=template).evaluate(variables)
        return repr((value, as_condition(value, language) if isinstance(value, bool) else None))
    except (ExpressionInvalid, EvaluationFailed) as refused:
        return f"{type(refused).__name__}: {refused}"


def is_evaluated_or_refused(language: Language, text: str, variables: dict[str, Value], template: bool) -> None:
    bare = outcome(text, language, variables, template=template)
    assert outcome(text, language, variables, template=template) == bare
    outcome(f"${{{text}}}", language, variables, template=template)


@pytest.mark.parametrize("language", OPERATORS)
@given(text=TEXTS, variables=VARIABLES, template=st.booleans())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_random_texts_are_evaluated_or_refused(
    language: Language, text: str, variables: dict[str, Value], template: bool
) -> None:
    is_evaluated_or_refused(language, text, variables, template)


@pytest.mark.fuzz
@pytest.mark.parametrize("language", OPERATORS)
@given(text=TEXTS, variables=VARIABLES, template=st.booleans())
@settings(max_examples=20_000, deadline=None)
def test_thousands_of_random_texts_are_evaluated_or_refused(
    language: Language, text: str, variables: dict[str, Value], template: bool
) -> None:
    is_evaluated_or_refused(language, text, variables, template)


@pytest.mark.parametrize("language", OPERATORS)
@given(data=st.data(), variables=VARIABLES)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_random_operations_on_random_values_yield_a_value_or_fail(
    language: Language, data: st.DataObject, variables: dict[str, Value]
) -> None:
    operands = st.sampled_from(OPERANDS)
    operators = st.sampled_from(OPERATORS[language])
    text = data.draw(operands)
    for _ in range(data.draw(st.integers(1, 3))):
        text = f"({text}) {data.draw(operators)} ({data.draw(operands)})"
    expression = compile(f"${{{text}}}" if language is Language.JUEL else text, language)
    value: Value | EvaluationFailed
    try:
        value = expression.evaluate(variables)
    except EvaluationFailed as failure:
        value = failure
    if isinstance(value, EvaluationFailed):
        assert str(value)
        assert value.position is not None
    else:
        assert kind(value) != "value of an unknown kind"
        assert not isinstance(value, Decimal) or value.is_finite()


@given(left=st.decimals(-(10**9), 10**9, places=6), right=st.decimals(-(10**9), 10**9, places=6))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_sums_and_products_of_decimals_are_exact_in_every_language(left: Decimal, right: Decimal) -> None:
    variables: dict[str, Value] = {"a": left, "b": right}
    one, other = Fraction(left), Fraction(right)
    for language in OPERATORS:
        for sign, expected in {"+": one + other, "-": one - other, "*": one * other}.items():
            text = f"${{a {sign} b}}" if language is Language.JUEL else f"a {sign} b"
            value = compile(text, language).evaluate(variables)
            assert isinstance(value, Decimal)
            assert Fraction(value) == expected


@given(left=st.integers(-(10**500), 10**500), right=st.integers(-(10**500), 10**500))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_integers_of_any_size_stay_exact(left: int, right: int) -> None:
    for language in OPERATORS:
        text = "${a * b - a + b}" if language is Language.JUEL else "a * b - a + b"
        value = compile(text, language).evaluate({"a": left, "b": right})
        assert type(value) is int
        assert value == left * right - left + right
