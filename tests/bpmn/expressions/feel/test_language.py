"""FEEL's language: names, paths, filters, ranges, loops, contexts, functions, types."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bpmn.values import Value
from tests.bpmn.expressions.feel.asking import ask, refusal_of, warnings_of

ORDER: dict[str, Any] = {
    "amount": 1500,
    "first name": "Ann",
    "days in weekend": ["Saturday", "Sunday"],
    "tax-rate": Decimal("0.2"),
    "Ann's age": 40,
    "date": "a variable",
    "count": 7,
    "lines": [{"sku": "A", "qty": 2, "tags": ["x"]}, {"sku": "B", "qty": 5, "tags": []}],
    "nothing": None,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("first name", "Ann"),
        ("first   \n name", "Ann"),
        ('first name = "Ann" and amount > 1', True),
        ("tax-rate * 10", Decimal("2.0")),
        ("amount - amount", 0),
        ("Ann's age + 1", 41),
        ("count(days in weekend)", 2),
        ("for day in days in weekend return upper case(day)", ["SATURDAY", "SUNDAY"]),
        ("`tax-rate` + `first name`", None),
        ("date", "a variable"),
        ('date("2025-01-01")', "2025-01-01"),
        ("count + count([1])", 8),
        ("{a+b: 1, c: a+b}.c", 1),
        ("{a+b: 1}.a+b", 1),
        ('{"a b": 1}.a b', 1),
        ("(function(unit price, qty) unit price * qty)(unit price: 3, qty: 2)", 6),
        ("for x-y in [1, 2] return x-y", [1, 2]),
        ("{🐎: 1, été: 2}.🐎", 1),
    ],
)
def test_names_may_have_blanks_and_where_known_other_signs(text: str, expected: Value) -> None:
    assert ask(text, ORDER) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lines.sku", ["A", "B"]),
        ("lines[1].sku", "A"),
        ("lines[-1].sku", "B"),
        ("lines[qty > 2].sku", ["B"]),
        ("lines[item.qty > 2].sku", ["B"]),
        ("lines[qty > amount]", []),
        ("lines[qty + 0 = 2][1].sku", "A"),
        ("lines[3]", None),
        ("lines[0]", None),
        ("lines[count(tags) = 0].sku", ["B"]),
        ('lines[tags[1] = "x"].sku', ["A"]),
        ("lines.tags", [["x"], []]),
        ("[1, 2, 3][item > 1][1]", 2),
        ("[1, 2, 3][even(item)]", [2]),
        ("[[1, 2], [3]][count(item) = 1]", [[3]]),
        ("5[1]", 5),
        ("5[item > 4]", [5]),
        ("nothing[1]", None),
        ("[][item > 1]", []),
        ("[][1]", None),
        ("[1, 2][nothing]", []),
        ('[1, 2]["a"]', None),
        ("[{item: 1}, {item: 2}][item > 1]", [{"item": 2}]),
        ("[{amount: 1}][amount = 1]", [{"amount": 1}]),
        ("lines.missing", [None, None]),
        ("amount.missing", None),
    ],
)
def test_paths_and_filters(text: str, expected: Value) -> None:
    assert ask(text, ORDER) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 in [1..5]", True),
        ("5 in [1..5)", False),
        ("5 in ]5..7]", False),
        ("5 in [1..5[", False),
        ("5 in (> 3)", True),
        ("5 in <= 5", True),
        ("5 in (1, 2, > 4)", True),
        ("5 in (1, null)", False),
        ("5 in [[1..2], [4..6]]", True),
        ('"b" in ["a".."c"]', True),
        ("5 in [null..10]", None),
        ("11 in [null..10]", False),
        ("[1] in [[1], [2]]", True),
        ("5 in ? > 3", True),
        ("5 in (? > 3 and ? < 4, 6)", False),
        ("[1..5].start", 1),
        ("(1..5).start included", False),
        ("(> 5).end", None),
        ("(>= 5) = [5..null]", True),
        ("(= 5) = [5..5]", True),
        ("[1..2] = [1..3]", False),
        ("[1..10[ = [1..10)", True),
        ("[1..count([1, 2])] = [1..2]", True),
        ("[1..[5, 6][2]] = [1..6]", True),
        ("1 between 0 and 2", True),
        ("1 between 2 and 0", False),
        ("1 between 0 and null", None),
        ("1 between 0 and 2 and 3 between 2 and 4", True),
        ("1 < 2 = true", True),
    ],
)
def test_ranges_and_membership(text: str, expected: Value) -> None:
    assert ask(text) is expected or ask(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for x in 1..3 return x * x", [1, 4, 9]),
        ("for x in 3..1 return x", [3, 2, 1]),
        ("for x in [1..3) return x", [1, 2]),
        ("for x in (3..1] return x", [2, 1]),
        ('for d in @"2024-02-28"..@"2024-03-01" return d', ["2024-02-28", "2024-02-29", "2024-03-01"]),
        ("for x in [1, 2], y in [10, 20] return x + y", [11, 21, 12, 22]),
        ("for x in [[1, 2], [3]], y in x return y", [1, 2, 3]),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", [1, 1, 2, 6, 24]),
        ("for x in [] return x", []),
        ("for x in null return x", None),
        ("for x in 1 return x", None),
        ("for x in 1..2.5 return x", None),
        ("some x in [1, 2] satisfies x > 1", True),
        ("some x in [1, null] satisfies x > 1", None),
        ("every x in [1, 2] satisfies x > 1", False),
        ("every x in [2, null] satisfies x > 1", None),
        ("every x in [] satisfies false", True),
        ("some x in [1, 2], y in [x] satisfies y = 2", True),
        ("some x in null satisfies true", None),
        ("if true then 1 else 2", 1),
        ("if null then 1 else 2", 2),
        ('if "a" then 1 else 2', 2),
    ],
)
def test_loops_quantifiers_and_choices(text: str, expected: Value) -> None:
    assert ask(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: 1, b: a + 1}", {"a": 1, "b": 2}),
        ("{a: {b: 2}, c: a.b}.c", 2),
        ("{}", {}),
        ('{"a": 1} = {a: 1.0}', True),
        ("{a: 1}.b", None),
        ("(function(x) x + 1)(2)", 3),
        ('(function(x: number) x)("a")', None),
        ("(function(x: list<number>) x)(1)", [1]),
        ("{y: 10, f: function(x) x + y, z: f(1)}.z", 11),
        ("{f: function(n) if n < 2 then 1 else n * f(n - 1)}.f(10)", 3_628_800),
        ("(function(x, y) x - y)(y: 1, x: 3)", 2),
        ("(function(x, y) x - y)(x: 3)", None),
        ("(function(x) x)(1, 2)", None),
        ('{f: upper case}.f("a")', "A"),
        ("sort([3, 1, 2], function(x, y) x > y)", [3, 2, 1]),
        ("1(2)", None),
        ("function(x) x", None),
        ("upper case", None),
        ("[function(x) x, 1]", [None, 1]),
    ],
)
def test_contexts_and_functions(text: str, expected: Value) -> None:
    if text == "1(2)":
        assert "unexpected" in str(refusal_of(text))
    else:
        assert ask(text) == expected


@pytest.mark.parametrize(
    ("value", "types"),
    [
        ("1", ["number", "Any"]),
        ('"a"', ["string", "Any"]),
        ("true", ["boolean", "Any"]),
        ('@"2025-01-01"', ["date", "Any"]),
        ('@"10:00:00"', ["time", "Any"]),
        ('@"2025-01-01T10:00:00"', ["date and time", "Any"]),
        ('@"P1D"', ["days and time duration", "Any"]),
        ('@"P1M"', ["years and months duration", "Any"]),
        ("[1, 2]", ["list", "list<number>", "list<Any>", "Any"]),
        ("{a: 1}", ["context", "context<a: number>", "Any"]),
        ("[1..2]", ["range", "range<number>", "Any"]),
        ("(function(x: number) x)", ["function<number>->Any", "Any"]),
        ("null", ["Null"]),
    ],
)
def test_instance_of_knows_every_type(value: str, types: list[str]) -> None:
    known = [
        "number", "string", "boolean", "date", "time", "date and time", "days and time duration",
        "years and months duration", "list", "list<number>", "list<string>", "list<Any>", "context",
        "context<a: number>", "context<b: number>", "range", "range<number>", "range<date>", "function<number>->Any",
        "function<string>->Any", "Any", "Null",
    ]  # fmt: skip
    found = [one for one in known if ask(f"{value} instance of {one}") is True]
    expected = set(types) | ({"list"} if "list<number>" in types else set())
    assert set(found) == expected


def test_a_product_is_what_instance_of_asks_about() -> None:
    assert ask("2 * 3 instance of number") is True
    assert ask("1 = 1 instance of boolean") is None


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("missing", "there is no variable 'missing' (at character 1)"),
        ("1 + missing", "'+' cannot take a number and null (at character 3)"),
        ('1 < "a"', "'<' cannot compare a number and a string (at character 3)"),
        ("{a: 1}.b", "a context has no entry 'b' (at character 7)"),
        ("substring(1)", "the function substring() does not take 1 argument(s); it takes 2 or 3 (at character 1)"),
        ('date("x")', "the function date() reads no date from this text (at character 1)"),
        ("1 / 0", "'/' divides by zero (at character 3)"),
        ("for x in 1 return x", "'for' cannot go through a number (at character 1)"),
    ],
)
def test_a_warning_says_why_something_is_null(text: str, warning: str) -> None:
    assert warning in warnings_of(text)


def test_only_so_many_warnings_are_kept() -> None:
    assert len(warnings_of("for x in 1..100 return missing")) == 20


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("1 +", 3, "the text ends too soon"),
        ("[1, 2", 5, "expected ']'"),
        ("f(", 0, "the function 'f' does not exist"),
        ("count(1, ", 9, "the text ends too soon"),
        ("count(list: 1, list: 2)", 21, "given twice"),
        ("{1: 2}", 1, "unexpected '1'"),
        ("{a 2}", 1, "expected a key and ':'"),
        ("for in x return 1", 9, "unexpected 'return'"),
        ("some x in y", 11, "expected 'satisfies'"),
        ("every", 0, ""),
        ("x in", 4, "the text ends too soon"),
        ("@today", 1, "expected a text"),
        ("`a", 0, "has no closing `"),
        ("a.", 2, "expected a name"),
        ("function(x", 10, "expected ')'"),
        ("1 instance number", 11, "expected 'of'"),
        ("x instance of list<", 19, "there is no type"),
        ("1 2", 2, "unexpected '2'"),
        ("amount approved", 7, "a name that has blanks is written `amount approved`"),
        ("order.total approved", 12, "unexpected 'approved'"),
        ("lines[unit price > 2]", 11, "a name that has blanks is written `unit price`"),
        ("1a", 0, "a name cannot begin with a digit"),
        ("(< 1, 2)", 0, "several values in parentheses"),
        ("(!= 1)", 0, "no expression"),
    ],
)
def test_a_text_that_is_no_expression_is_refused_at_its_place(text: str, position: int, message: str) -> None:
    if text == "every":
        assert ask("every", {"every": 3}) == 3
        return
    refusal = refusal_of(text)
    assert message in str(refusal)
    assert refusal.position == position
