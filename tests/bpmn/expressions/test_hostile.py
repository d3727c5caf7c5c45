"""Hostile texts: refused or failed with a message, quickly, whatever they try."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from itertools import takewhile

import pytest

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Expression, Language, compile
from bpmn.expressions.limits import MAX_LENGTH, MAX_TEXT
from bpmn.values import Value
from tests.bpmn.expressions.reading import failure_of, refusal_of, value_of

ALL = [Language.JUEL, Language.PLAIN, Language.FEEL]


def marked(text: str, language: Language) -> str:
    return f"${{{text}}}" if language is Language.JUEL else text


def is_accepted(text: str, language: Language) -> bool:
    try:
        compile(text, language)
    except ExpressionInvalid:
        return False
    return True


def outcome_of(text: str, language: Language, variables: dict[str, Value]) -> Value | EvaluationFailed:
    try:
        return value_of(text, language, variables)
    except EvaluationFailed as failure:
        return failure


@pytest.mark.parametrize(
    "text",
    [
        "''.__class__",
        "''.__class__.__mro__[1].__subclasses__",
        "().__class__",
        "[].__class__.__base__",
        "x.__init__.__globals__",
        "x['__class__']",
        "''.__class__()",
        "__import__('os').system('id')",
        "__builtins__",
        "eval('1')",
        "open('/etc/passwd')",
        "getattr(x, 'a')",
        "x.format(x)",
        "'{0.__class__}'.format(x)",
        "(lambda: 1)()",
        "x.keys()",
        "x.pop('a')",
        "items.append(1)",
        "items.clear()",
        "#this.getClass()",
        "x.getClass().forName('java.lang.Runtime')",
    ],
)
@pytest.mark.parametrize("language", ALL)
def test_nothing_of_python_or_java_is_reachable(text: str, language: Language) -> None:
    variables: dict[str, Value] = {"x": {"a": 1}, "items": [1, 2]}
    if is_accepted(marked(text, language), language):
        # FEEL reads a property of a list as the list of its items' properties.
        outcome = outcome_of(marked(text, language), language, variables)
        assert outcome in (None, []) or isinstance(outcome, EvaluationFailed)
    assert variables == {"x": {"a": 1}, "items": [1, 2]}


NESTINGS: dict[str, Callable[[int], str]] = {
    "parentheses": lambda n: "(" * n + "1" + ")" * n,
    "comparisons": lambda n: "1 < (" * n + "1" + ")" * n,
    "sums": lambda n: "1 + (" * n + "1" + ")" * n,
    "every operator": lambda n: "(" * n + "1" + ") * 1 + 1 < 1 and true or false" * n,
    "lists": lambda n: "[" * n + "]" * n,
    "indices": lambda n: "a[" * n + "0" + "]" * n,
    "minus signs": lambda n: "-" * n + "1",
}
MORE_NESTINGS: dict[Language, dict[str, Callable[[int], str]]] = {
    Language.JUEL: {
        "negations": lambda n: "!" * n + "true",
        "conditionals": lambda n: "true ? " * n + "1" + " : 1" * n,
        "calls": lambda n: "a.get(" * n + "0" + ")" * n,
    },
    Language.PLAIN: {
        "negations": lambda n: "not " * n + "true",
        "ladders": lambda n: "if true then 1 else " * n + "1",
    },
    Language.FEEL: {
        "calls": lambda n: "not(" * n + "true" + ")" * n,
        "ladders": lambda n: "if false then 1 else " * n + "1",
        "powers": lambda n: "1 ** (" * n + "1" + ")" * n,
    },
}
DEEP = [
    pytest.param(make, language, id=f"{name} in {language}")
    for language in ALL
    for name, make in {**NESTINGS, **MORE_NESTINGS[language]}.items()
]


@pytest.mark.parametrize(("make", "language"), DEEP)
def test_nesting_is_refused_before_it_costs_python_its_stack(make: Callable[[int], str], language: Language) -> None:
    texts = [marked(make(depth), language) for depth in range(1, 130)]
    accepted = list(takewhile(lambda text: is_accepted(text, language), texts))
    assert 10 < len(accepted) < len(texts)
    assert "nested more deeply than 100 levels" in str(refusal_of(texts[len(accepted)], language))
    # Comparing the result of a comparison fails or is null, according to the language, and no more than that.
    assert isinstance(outcome_of(accepted[-1], language, {"a": [0]}), int | Decimal | list | EvaluationFailed | None)


@pytest.mark.parametrize(("make", "language"), DEEP)
def test_nesting_as_deep_as_the_text_may_be_long_is_refused_at_once(
    make: Callable[[int], str], language: Language
) -> None:
    depth = 1
    while len(marked(make(depth * 2), language)) <= MAX_TEXT:
        depth *= 2
    began = time.process_time()
    refusal_of(marked(make(depth), language), language)
    assert time.process_time() - began < 10


@pytest.mark.parametrize("language", ALL)
def test_a_long_chain_is_not_deep(language: Language) -> None:
    assert value_of(marked("1" + "+1" * 4_900, language), language) == 4_901
    assert value_of(marked("true" + " and true" * 1_000, language), language) is True
    assert value_of(marked("a" + ".b" * 4_900, language), language, {"a": None}) is None


@pytest.mark.parametrize("language", ALL)
@pytest.mark.parametrize("text", ["1" * (MAX_TEXT + 1), "a" * 1_000_000, " " * (MAX_TEXT + 1)])
def test_a_text_that_is_too_long_is_refused_before_it_is_read(text: str, language: Language) -> None:
    assert str(refusal_of(text, language)) == "the expression is longer than 10,000 characters"


@pytest.mark.parametrize("language", ALL)
@pytest.mark.parametrize("number", ["9" * 1_001, "0." + "1" * 1_001, "1e9999", "1e999999999999999999", "1e-9999"])
def test_a_number_that_is_too_large_to_be_written_is_refused(number: str, language: Language) -> None:
    assert "the number has more than 1,000 digits" in str(refusal_of(marked(number, language), language))


@pytest.mark.parametrize("language", ALL)
def test_a_number_of_a_thousand_digits_is_kept_exactly(language: Language) -> None:
    assert value_of(marked("9" * 1_000, language), language) == int("9" * 1_000)


@pytest.mark.parametrize("language", [Language.JUEL, Language.PLAIN])
@pytest.mark.parametrize("text", ["*".join(["9" * 900] * 9), "a * a", "a + a", "a - (0 - a)", "-a", "a * 1.5", "a / 2"])
def test_a_result_of_too_many_digits_is_a_failure(text: str, language: Language) -> None:
    large = 10**100_000
    assert "makes a number of more than 4,000 digits" in str(failure_of(marked(text, language), language, {"a": large}))


@pytest.mark.parametrize("text", ["a * a", "a + a", "-a", "a / 2", "a ** 2", "2 ** a"])
def test_a_result_of_too_many_digits_is_null_in_feel(text: str) -> None:
    assert value_of(text, Language.FEEL, {"a": 10**100_000}) is None


def test_a_tower_of_powers_ends_at_once() -> None:
    began = time.process_time()
    assert value_of("10**10**10", Language.FEEL) == Decimal("1e100")
    assert value_of("10**(10**10)", Language.FEEL) is None
    assert value_of("1.0000000001**(10**10)", Language.FEEL) is not None
    assert value_of("0.999999**(10**6000)", Language.FEEL) is not None
    assert time.process_time() - began < 10


def test_operands_of_a_million_digits_cost_no_more_than_their_reading() -> None:
    variables: dict[str, Value] = {"a": Decimal("1." + "1" * 1_000_000), "b": Decimal("0." + "7" * 1_000_000)}
    began = time.process_time()
    for sign in ("+", "-", "*", "/", "**", "<", "="):
        assert value_of(f"a {sign} b", Language.FEEL, variables) is not None
    assert time.process_time() - began < 10


@pytest.mark.parametrize("language", ALL)
def test_a_variable_with_a_huge_exponent_costs_nothing(language: Language) -> None:
    variables: dict[str, Value] = {"a": Decimal("1e999999999"), "b": [1, 2]}
    began = time.process_time()
    assert value_of(marked("a > 1", language), language, variables) is True
    for text in ("b[a]", "a + 1"):
        outcome = outcome_of(marked(text, language), language, variables)
        assert outcome is None or isinstance(outcome, EvaluationFailed)
    assert value_of("x${a}", Language.JUEL, variables, template=True) == "x1E+999999999"
    assert time.process_time() - began < 10


def test_a_number_too_long_for_text_is_a_failure_in_a_template() -> None:
    expression = compile("x${a}", Language.JUEL, template=True)
    with pytest.raises(EvaluationFailed, match="cannot write a number of so many digits"):
        expression.evaluate({"a": 10**5_000})


@pytest.mark.parametrize("language", [Language.PLAIN, Language.FEEL])
def test_a_text_that_grows_too_long_is_a_failure(language: Language) -> None:
    half = "x" * (MAX_LENGTH // 2)
    assert value_of("a + a", language, {"a": half}) == half * 2
    assert "makes a text of more than 1,000,000 characters" in str(failure_of("a + a + a", language, {"a": half}))


def test_a_template_that_grows_too_long_is_a_failure_but_a_long_variable_passes_alone() -> None:
    variables: dict[str, Value] = {"a": "x" * (MAX_LENGTH + 1)}
    assert value_of("${a}", Language.JUEL, variables) == variables["a"]
    with pytest.raises(EvaluationFailed, match="the template makes a text of more than 1,000,000 characters"):
        value_of("!${a}", Language.JUEL, variables, template=True)


def turns(expression: Expression, value: Value, count: int) -> None:
    for _ in range(count):
        value = expression.evaluate({"x": value})


@pytest.mark.parametrize("language", ALL)
@pytest.mark.parametrize("start", [[1], ["x" * 1_000], [10**3_000], [{"a" * 1_000: Decimal("1.5")}]])
def test_a_list_that_doubles_with_each_turn_of_a_loop_ends_as_a_failure(start: list[Value], language: Language) -> None:
    expression = compile(marked("[x, x]", language), language)
    began = time.process_time()
    with pytest.raises(EvaluationFailed, match="the list makes a list that holds too much"):
        turns(expression, start, 60)
    assert time.process_time() - began < 10


@pytest.mark.parametrize("language", ALL)
def test_a_list_that_deepens_with_each_turn_of_a_loop_ends_as_a_failure(language: Language) -> None:
    expression = compile(marked("[x]", language), language)
    with pytest.raises(EvaluationFailed, match="holds too much"):
        turns(expression, 1, 300)


def test_a_list_that_grows_by_adding_ends_as_a_failure() -> None:
    assert "holds too much" in str(failure_of("a + a", Language.PLAIN, {"a": [0] * 600_000}))


@pytest.mark.parametrize("language", ALL)
def test_deeply_nested_variables_are_compared_without_recursion(language: Language) -> None:
    one: Value = 1
    other: Value = 1
    for _ in range(50_000):
        one, other = [one], [other]
    sign = "=" if language is Language.FEEL else "=="
    assert value_of(marked(f"a {sign} b", language), language, {"a": one, "b": other}) is True


@pytest.mark.parametrize("language", ALL)
@pytest.mark.parametrize("character", ["\x00", "\ud800", "\u202e", "\x1b", "`", "\\", "§"])
def test_a_strange_character_is_refused_in_a_message_that_can_be_printed(character: str, language: Language) -> None:
    message = str(refusal_of(marked(f"a {character} b", language), language))
    assert message.isascii()
    assert message.isprintable()


@pytest.mark.parametrize("language", ALL)
def test_a_strange_character_within_quotes_is_kept(language: Language) -> None:
    assert value_of(marked("'\x00\ud800\u202e'", language), language) == "\x00\ud800\u202e"


def test_thousands_of_openings_are_read_in_linear_time() -> None:
    began = time.process_time()
    refusal_of("/*" * 4_900, Language.FEEL)
    refusal_of("${" * 4_900, Language.JUEL)
    refusal_of("'" + "\\'" * 4_900, Language.PLAIN)
    assert value_of("${1}" * 2_500, Language.JUEL, template=True) == "1" * 2_500
    assert time.process_time() - began < 10
