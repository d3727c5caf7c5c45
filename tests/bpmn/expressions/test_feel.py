"""FEEL: nothing fails for its operands; what has no result is null, and truth has three values."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bpmn.expressions import Language, compile
from bpmn.values import Value
from tests.bpmn.expressions.reading import refusal_of, value_of

FEEL = Language.FEEL
ORDER: dict[str, Value] = {
    "amount": 1500,
    "approved": True,
    "name": "Ann",
    "nothing": None,
    "items": [10, 20, 30],
    "order": {"total": Decimal("9.50"), "lines": [{"sku": "A"}, {"sku": "B"}, 7], "some": 1},
    "every": 3,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("= 1", 1),
        ("1.50", Decimal("1.50")),
        ('"a \\"b\\" \\n \\u00e4 \\U01F600"', 'a "b" \n ä 😀'),
        ("true", True),
        ("null", None),
        ('[1, "a", []]', [1, "a", []]),
        ("  =  2 // two\n /* and\n more */ + 1", 3),
    ],
)
def test_a_literal_stands_for_itself_behind_the_equals_sign_or_without_it(text: str, expected: Value) -> None:
    assert value_of(text, FEEL) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order.total", Decimal("9.50")),
        ("order.some", 1),
        ("every + 1", 4),
        ("items[1]", 10),
        ("items[3]", 30),
        ("items[-1]", 30),
        ("items[-3]", 10),
        ("items[1.0]", 10),
        ("items[0]", None),
        ("items[4]", None),
        ("items[-4]", None),
        ("items[1.5]", None),
        ("items[nothing]", []),
        ("amount[1]", 1500),
        ("amount[2]", None),
        ("nothing[1]", None),
        ('order["total"]', Decimal("9.50")),
        ("order.lines.sku", ["A", "B", None]),
        ("order.lines[1].sku", "A"),
    ],
)
def test_a_path_counts_items_from_one_or_from_the_end(text: str, expected: Value) -> None:
    assert value_of(text, FEEL, ORDER) == expected


@pytest.mark.parametrize(
    "text",
    ["missing", "missing.x", "missing[1]", "order.missing.deeper", "name.first", "amount.x", "-missing", "missing + 1"],
)
def test_what_is_missing_is_null(text: str) -> None:
    assert value_of(text, FEEL, ORDER) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount > 1000 and approved", True),
        ("true and null", None),
        ("false and null", False),
        ("null and false", False),
        ("true or null", True),
        ("false or null", None),
        ("null or null", None),
        ('true and "a"', None),
        ("false or 1", None),
        ("missing or true", True),
        ("not(true)", False),
        ("not(null)", None),
        ("not(1)", None),
        ("not(false) and true", True),
    ],
)
def test_logic_knows_true_false_and_null(text: str, expected: Value) -> None:
    assert value_of(text, FEEL, ORDER) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 = 1.0", True),
        ('name = "Ann"', True),
        ('1 = "1"', None),
        ('1 != "1"', None),
        ("true = 1", None),
        ("null = null", True),
        ("missing = null", True),
        ("1 = null", False),
        ("1 != null", True),
        ("[1, 2] = [1, 2.0]", True),
        ("[1, 2] = [2, 1]", False),
        ("[1] = [true]", False),
        ("1 < 2", True),
        ('"b" >= "a"', True),
        ('1 < "2"', None),
        ("null < 1", None),
        ("true < false", None),
        ("items > 1", None),
    ],
)
def test_a_comparison_of_different_kinds_has_no_result(text: str, expected: Value) -> None:
    assert value_of(text, FEEL, ORDER) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1 + 0.2 = 0.3", True),
        ("1 + 2 * 3", 7),
        ("2 * 3 ** 2", Decimal(18)),
        ("2 ** 3 ** 2", Decimal(64)),
        ("-2 ** 2", Decimal(4)),
        ("2 ** -1", Decimal("0.5")),
        ("2 ** 0.5", Decimal("1.414213562373095048801688724209698")),
        ("10 - 4 - 3", 3),
        ("7 / 2", Decimal("3.5")),
        ('"a" + "b"', "ab"),
    ],
)
def test_arithmetic_is_exact(text: str, expected: Value) -> None:
    assert value_of(text, FEEL) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0",
        "0 ** -1",
        "(-1) ** 0.5",
        "1e6000 * 1e6000",
        '"a" + 1',
        '"a" - "b"',
        "null * 2",
        "[1] + [2]",
        '-"a"',
        "-true",
    ],
)
def test_arithmetic_without_a_result_is_null(text: str) -> None:
    assert value_of(text, FEEL) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('if amount > 1000 then "large" else "small"', "large"),
        ("if missing then 1 else 2", 2),
        ("if amount < 1 then 1 else if amount < 2 then 2 else 3", 3),
        ("(if approved then 1 else 2) + 1", 2),
    ],
)
def test_the_conditional_takes_its_else_for_false_and_null(text: str, expected: Value) -> None:
    assert value_of(text, FEEL, ORDER) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('contains(name, "nn")', True),
        ("contains(name, 1)", None),
        ('starts with(name, "A")', True),
        ('starts   with (name, "x")', False),
        ('ends with(name, "n")', True),
        ("count(items)", 3),
        ("count(7)", 1),
        ("count(missing)", None),
        ("string length(name)", 3),
        ("string length(1)", None),
        ("list contains(items, 20)", True),
        ('list contains(items, "20")', False),
        ("list contains([1, null], null)", True),
        ("list contains(missing, 1)", None),
        ("upper case(name)", "ANN"),
        ("lower case(name)", "ann"),
        ("is defined(name)", True),
        ("is defined(order.total)", True),
        ("is defined(missing)", False),
        ("is defined(nothing)", False),
        ('not(contains(lower case(name), "x"))', True),
    ],
)
def test_the_functions_answer_or_yield_null(text: str, expected: Value) -> None:
    assert value_of(text, FEEL, ORDER) == expected


def test_a_template_is_text_unless_the_equals_sign_begins_it() -> None:
    assert value_of("Ann", FEEL, template=True) == "Ann"
    assert value_of(" = name", FEEL, ORDER, template=True) == "Ann"
    assert compile("amount", FEEL, template=True).is_constant


def test_the_names_that_an_expression_reads_are_known_without_running_it() -> None:
    assert compile("if a.b then is defined(c) else [d][e]", FEEL).names == frozenset("acde")


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("=", 1, "the text ends too soon"),
        ("a == 1", 2, "'==' is not FEEL; write '='"),
        ("a && b", 2, "write 'and'"),
        ("!a", 0, "write not(...)"),
        ("a ? b : c", 2, "write 'if ... then ... else ...'"),
        ("${a}", 0, "this is a JUEL expression"),
        ("nowhere(1)", 0, "the function 'nowhere' does not exist"),
        ("function(x) external {}", 12, "'external'"),
        ("for x in items", 14, "expected 'return'"),
        ("[1..", 4, "the text ends too soon"),
        ("{a: 1, a: 2}", 7, "the key 'a' occurs twice"),
        ("x instance of thing", 14, "there is no type 'thing'"),
        ("(1, 2)", 0, "several values in parentheses"),
        ('"\\ud800"', 1, "is no character"),
        ("if a then b", 11, "expected 'else'"),
    ],
)
def test_what_is_no_expression_or_not_supported_is_refused_where_it_stands(
    text: str, position: int, message: str
) -> None:
    refusal = refusal_of(text, FEEL)
    assert message in str(refusal)
    assert refusal.position == position
