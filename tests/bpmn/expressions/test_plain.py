"""Plain expressions: nothing is converted, nothing unclear has a result."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bpmn.expressions import Language
from bpmn.values import Value
from tests.bpmn.expressions.reading import failure_of, refusal_of, value_of

PLAIN = Language.PLAIN
ORDER: dict[str, Value] = {
    "amount": 1500,
    "approved": True,
    "name": "Ann",
    "nothing": None,
    "items": [10, 20, 30],
    "order": {"total": Decimal("9.50"), "in": 1},
    "some": 5,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("True", True),
        ("None", None),
        ("false", False),
        ("'tab\\t \\u00e4 \\U0001F600'", "tab\t ä 😀"),
        ("order.total", Decimal("9.50")),
        ("order.in", 1),
        ("order['total']", Decimal("9.50")),
        ("order.missing", None),
        ("nothing.x", None),
        ("items[0]", 10),
        ("items[9]", None),
        ("some > 4", True),
        ("amount == 1500", True),
        ("amount = 1500", True),
        ("name != 'Bob'", True),
        ("nothing == None", True),
        ("amount == null", False),
        ("[1, 2] == [1.0, 2]", True),
        ("'a' < 'b'", True),
        ("amount > 1000 and not approved == false", True),
        ("not amount > 1000 or name == 'Ann'", True),
        ("!approved || approved && true", True),
        ("approved ? 'yes' : 'no'", "yes"),
        ("if approved then 'yes' else 'no'", "yes"),
        ("false and missing", False),
        ("0.1 + 0.2 == 0.3", True),
        ("1 + 2 * 3", 7),
        ("7 / 2", Decimal("3.5")),
        ("-7 % 3", 2),
        ("7.5 % -2", Decimal("-0.5")),
        ("'a' + 'b' + 'c'", "abc"),
        ("items + [40]", [10, 20, 30, 40]),
        ("items.contains(20) and name.startsWith('A')", True),
        ("name.toLowerCase().length()", 3),
        ("execution", "a variable like any other"),
    ],
)
def test_an_expression_yields_its_value(text: str, expected: Value) -> None:
    assert value_of(text, PLAIN, ORDER | {"execution": "a variable like any other"}) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("missing == 1", "unknown variable 'missing'"),
        ("amount == '1500'", "'==' cannot take number and text (amount is number)"),
        ("amount = approved", "'=' cannot take number and boolean (amount is number, approved is boolean)"),
        ("name < 5", "'<' cannot take text and number (name is text)"),
        ("nothing < 5", "'<' cannot take null and number (nothing is null)"),
        ("nothing + 1", "'+' cannot take null and number (nothing is null)"),
        ("name + 1", "'+' cannot take text and number (name is text)"),
        ("1 + name + 2", "'+' cannot take number and text (name is text)"),
        ("name * 3", "'*' cannot take text and number (name is text)"),
        ("true + 1", "'+' cannot take boolean and number"),
        ("-true", "'-' cannot take boolean"),
        ("approved and amount", "'and' needs true or false, not number (amount is number)"),
        ("not nothing", "'not' needs true or false, not null (nothing is null)"),
        ("if name then 1 else 2", "'if' needs true or false, not text (name is text)"),
        ("1 / (2 - 2)", "'/' divides by zero"),
        ("items['0']", "the index of items must be a whole number on a list, not text"),
    ],
)
def test_an_operator_that_cannot_take_its_operands_says_which_and_of_what_kind(text: str, message: str) -> None:
    assert str(failure_of(text, PLAIN, ORDER)) == message


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "the text ends too soon"),
        ("a <> b", 2, "write '!='"),
        ("a ** b", 2, "powers"),
        ("a // b", 2, "write '/'"),
        ("a in b", 2, "write list.contains(value)"),
        ("a is None", 2, "write '=='"),
        ("lambda x: x", 0, "'lambda' is not supported yet"),
        ("[x for x in y]", 3, "'for' is not supported yet"),
        ("'yes' if a else 'no'", 6, "unexpected 'if'"),
        ("${a}", 0, "this is a JUEL expression"),
        ("len(a)", 0, "the function 'len' is not supported"),
        ("a.sort()", 2, "the method 'sort' is not supported"),
        ("1 < a < 3", 6, "cannot be chained"),
        ("a[1", 3, "expected ']'"),
        ("a b", 2, "unexpected 'b'"),
    ],
)
def test_what_is_no_expression_or_not_supported_is_refused_where_it_stands(
    text: str, position: int, message: str
) -> None:
    refusal = refusal_of(text, PLAIN)
    assert message in str(refusal)
    assert refusal.position == position


def test_a_template_is_nothing_but_text_because_plain_expressions_have_no_marks() -> None:
    assert value_of("1 + 1", PLAIN, template=True) == "1 + 1"
