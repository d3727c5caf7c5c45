"""Every built-in function: what it yields, and that it is null for what it cannot take."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bpmn.errors import EvaluationFailed
from bpmn.expressions.feel import BUILTINS
from bpmn.values import Value
from tests.bpmn.expressions.feel.asking import ask

EXAMPLES: list[tuple[str, Value]] = [
    ('date("2025-02-28")', "2025-02-28"),
    ("date(2025, 2, 29)", None),
    ("date(2025.5, 2, 1)", None),
    ('time("10:30")', "10:30:00"),
    ("time(25, 0, 0)", None),
    ('date and time("2025-01-01T10:00:00")', "2025-01-01T10:00:00"),
    ('duration("P1Y2M")', "P1Y2M"),
    ('duration("x")', None),
    ('years and months duration(date("2024-01-01"), date("2025-03-02"))', "P1Y2M"),
    ('number("1 000,5", " ", ",")', Decimal("1000.5")),
    ('number("1.000", ".", ".")', None),
    ('number("1,5")', None),
    ('number("1", "x")', None),
    ('string({a: [1, "x", null], "b-c": true})', '{a: [1, "x", null], "b-c": true}'),
    ("string(1.50)", "1.50"),
    ("string(null)", None),
    ("string([1..2])", "[1..2]"),
    ("string((> 5))", "(> 5)"),
    ('range("[1..3)") = [1..3)', True),
    ('range("[3..1]")', None),
    ('context([{key: "a", value: 1}])', {"a": 1}),
    ('context([{key: "a", value: 1}, {key: "a", value: 2}])', None),
    ("not(true)", False),
    ("not(1)", None),
    ("all([true, null, false])", False),
    ("all([true, null])", None),
    ("all([])", True),
    ("any([false, null])", None),
    ("any(false, true)", True),
    ("and([true, true])", True),
    ("or([false])", False),
    ("is(1, 1.0)", True),
    ('is(1, "1")', False),
    ("is defined(null)", False),
    ("get or else(null, 2)", 2),
    ("assert(1, true)", 1),
    ('substring("foobar", -2, 1)', "a"),
    ('substring("foobar", 0)', None),
    ('substring("😀b", 2)', "b"),
    ('string length("😀")', 1),
    ('upper case("aß")', "ASS"),
    ('lower case("AÄ")', "aä"),
    ('substring before("foobar", "bar")', "foo"),
    ('substring before("foobar", "x")', ""),
    ('substring after("foobar", "foo")', "bar"),
    ('contains("abc", "b")', True),
    ('starts with("abc", "b")', False),
    ('ends with("abc", "bc")', True),
    ('matches("abc", "^a.c$")', True),
    ('matches("abc", "[")', None),
    ('replace("abracadabra", "a(.)", "[$1]")', "[b]r[c][d][b]ra"),
    ('split("a1b22c", "[0-9]+")', ["a", "b", "c"]),
    ('extract("a1b22", "[0-9]+")', ["1", "22"]),
    ('string join(["a", null, "b"], "-")', "a-b"),
    ('string join([1], "-")', None),
    ('trim("  a ")', "a"),
    ('is blank(" ")', True),
    ('to base64("ä")', "w6Q="),
    ('from base64("w6Q=")', "ä"),
    ('from base64("_")', None),
    ('to json({a: [1.10, "x", null, @"2025-01-01"]})', '{"a":[1.10,"x",null,"2025-01-01"]}'),
    ("list contains([1, [2]], [2])", True),
    ("count([1, null])", 2),
    ("count(null)", None),
    ("is empty([])", True),
    ("sublist([1, 2, 3], 2)", [2, 3]),
    ("sublist([1, 2, 3], -2, 1)", [2]),
    ("sublist([1, 2], 1, 3)", None),
    ("append([1], 2, [3])", [1, 2, [3]]),
    ("concatenate([1], [2, 3], 4)", [1, 2, 3, 4]),
    ("concatenate([1], null)", None),
    ("insert before([1, 3], 2, 2)", [1, 2, 3]),
    ("insert before([1], 3, 2)", None),
    ("remove([1, 2], 1)", [2]),
    ("remove([1], 2)", None),
    ("list replace([1, 2], 2, 9)", [1, 9]),
    ("list replace([1, 2], function(item, newItem) item > 1, 9)", [1, 9]),
    ("list replace([1, 2], function(item, newItem) 1, 9)", None),
    ("reverse([1, 2])", [2, 1]),
    ("index of([1, 2, 1.0], 1)", [1, 3]),
    ("union([1, 2], [2, 3])", [1, 2, 3]),
    ("distinct values([1, 1.0, null, null])", [1, None]),
    ("duplicate values([1, 2, 1])", [1]),
    ("flatten([1, [2, [[3]]]])", [1, 2, 3]),
    ("partition([1, 2, 3], 2)", [[1, 2], [3]]),
    ("partition([1], 0)", None),
    ("sort([2, 1, 3])", [1, 2, 3]),
    ('sort([2, "a"])', None),
    ("sort([1, 2], function(x, y) 1)", None),
    ("min(3, 1, 2)", 1),
    ('max("a", "b")', "b"),
    ('max(1, "b")', None),
    ("min([])", None),
    ("sum(0.1, 0.2)", Decimal("0.3")),
    ("sum([])", None),
    ("sum(1, null)", None),
    ('sum(@"P1D", @"PT1H")', "P1DT1H"),
    ("product([2, 3])", 6),
    ("mean([1, 2])", Decimal("1.5")),
    ("median([3, 1, 2])", 2),
    ("median([])", None),
    ("stddev([1, 3])", Decimal("1.414213562373095048801688724209698")),
    ("stddev([1])", None),
    ("mode([1, 2, 2, 1, 3])", [1, 2]),
    ("decimal(2.345, 2)", Decimal("2.34")),
    ("decimal(1/3, 3)", Decimal("0.333")),
    ("decimal(150, -2)", 200),
    ("decimal(1, 9999)", None),
    ("floor(-1.5)", -2),
    ("floor(1.56, 1)", Decimal("1.5")),
    ("ceiling(-1.5)", -1),
    ("round up(1.1, 0)", 2),
    ("round down(-1.9, 0)", -1),
    ("round half up(-2.5, 0)", -3),
    ("round half down(2.5, 0)", 2),
    ("abs(-1.5)", Decimal("1.5")),
    ('abs(@"-P1D")', "P1D"),
    ("modulo(-12, 5)", 3),
    ("modulo(1, 0)", None),
    ("sqrt(16)", 4),
    ("sqrt(-1)", None),
    ("log(1)", 0),
    ("log(0)", None),
    ("exp(0)", 1),
    ("exp(99999)", None),
    ("odd(-3)", True),
    ("even(1.5)", None),
    ("random number()", Decimal("0.25")),
    ('now() > @"2025-01-01T00:00:00Z"', True),
    ("today()", "2025-03-30"),
    ('day of year(date("2025-02-01"))', 32),
    ('day of week(date("2025-03-30"))', "Sunday"),
    ('month of year(date("2025-03-30"))', "March"),
    ('week of year(date("2025-03-30"))', 13),
    ('last day of month(date("2024-02-01"))', "2024-02-29"),
    ("before(1, 2)", True),
    ("before([1..5), [5..6])", True),
    ("before([1..5], [5..6])", False),
    ("after(7, [1..5])", True),
    ("meets([1..5], [5..9])", True),
    ("meets([1..5), [5..9])", False),
    ("met by([5..9], [1..5])", True),
    ("overlaps([1..5], [5..9])", True),
    ("overlaps([1..5], (5..9])", False),
    ("overlaps before([1..5], [4..9])", True),
    ("overlaps after([4..9], [1..5])", True),
    ("finishes(5, [1..5])", True),
    ("finishes([3..5], [1..5))", False),
    ("finished by([1..5], 5)", True),
    ("includes([1..5], [2..3])", True),
    ("during(2, [1..5])", True),
    ("starts([1..2], [1..5])", True),
    ("started by([1..5], 1)", True),
    ("coincides([1..5], [1..5])", True),
    ("coincides([1..5], [1..5))", False),
    ('before(1, "a")', None),
    ("meets(1, 2)", None),
    ('get value({a: 1}, "a")', 1),
    ('get value({a: {b: 1}}, ["a", "b"])', 1),
    ('get value({a: 1}, "b")', None),
    ("get entries({a: 1})", [{"key": "a", "value": 1}]),
    ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
    ('context put({a: {b: 1}}, ["a", "c"], 2)', {"a": {"b": 1, "c": 2}}),
    ('context put({a: 1}, ["a", "c"], 2)', None),
    ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
    ("context merge([1])", None),
    ('put({a: 1}, "a", 2)', {"a": 2}),
    ("put all({a: 1}, {b: 2})", {"a": 1, "b": 2}),
]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_a_function_yields_its_value_or_null(text: str, expected: Value) -> None:
    found = ask(text)
    assert found == expected
    assert isinstance(found, bool) is isinstance(expected, bool)


@pytest.mark.parametrize("name", BUILTINS)
def test_every_function_has_an_example(name: str) -> None:
    assert any(f"{name}(" in text for text, _ in EXAMPLES)


@pytest.mark.parametrize("name", BUILTINS)
def test_a_function_is_null_for_too_many_arguments_or_strange_names(name: str) -> None:
    takes_any_number = "append concatenate union min max sum mean product median stddev mode"
    if name not in takes_any_number.split():
        assert ask(f'{name}(@"P1D", 2, @"P1M", 4, null, 6, 7)') is None
    assert ask(f"{name}(no such parameter: 1)") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('substring(string: "abc", start position: 2, length: 1)', "b"),
        ('replace(input: "abc", pattern: "b", replacement: "x")', "axc"),
        ('replace(input: "abc", pattern: "B", replacement: "x", flags: "i")', "axc"),
        ("list replace(list: [1], position: 1, newItem: 2)", [2]),
        ("decimal(n: 1.25, scale: 1)", Decimal("1.2")),
        ("sum(list: [1, 2])", 3),
        ("concatenate(lists: [[1], [2]])", [1, 2]),
        ("starts(point: 1, range: [1..2])", True),
        ('years and months duration(from: @"2024-01-01", to: @"2024-02-01")', "P1M"),
    ],
)
def test_arguments_may_be_named(text: str, expected: Value) -> None:
    assert ask(text) == expected


def test_a_list_of_one_counts_as_its_value_and_a_value_as_a_list_of_one() -> None:
    assert ask('upper case(["a"])') == "A"
    assert ask('upper case(["a", "b"])') is None
    assert ask("count(5)") == 1


def test_assert_fails_the_evaluation() -> None:
    with pytest.raises(EvaluationFailed, match="too small"):
        ask('assert(1, 1 > 2, "too small")')
    with pytest.raises(EvaluationFailed, match="the condition of assert"):
        ask("assert(1, null)")
