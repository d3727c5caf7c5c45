"""Simple expressions of Python, which are computed without a sandbox, with the results that Python would give."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Language, Place, Reply, Script, Surroundings, as_condition, compile, script_language_of
from bpmn.values import Value, Variables

PYTHON = Language.PYTHON
ORDER: Variables = {
    "amount": 1500,
    "price": Decimal("9.50"),
    "approved": True,
    "name": "Ann",
    "nothing": None,
    "items": [10, 20, 30],
    "order": {"total": Decimal("9.50"), "lines": [{"sku": "a"}]},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount > 1000 and approved", True),
        ("amount == 1500 and name == 'Ann'", True),
        ("not approved or nothing == None", True),
        ("nothing or 'default'", "default"),
        ("name and amount", 1500),
        ("name == 5", False),
        ("name != 5", True),
        ("approved == 1", True),
        ("1.0 == 1", True),
        ("items == [10, 20, 30.0]", True),
        ("items[0]", 10),
        ("items[-1]", 30),
        ("name[0]", "A"),
        ("order.total", Decimal("9.50")),
        ("order['lines'][0].sku", "a"),
        ("0.1 + 0.2 == 0.3", True),
        ("7 / 2", Decimal("3.5")),
        ("-7 % 3", 2),
        ("price * 2", Decimal("19.00")),
        ("'a' + 'b'", "ab"),
        ("'ab' * 2", "abab"),
        ("2 * items", [10, 20, 30, 10, 20, 30]),
        ("items + [40]", [10, 20, 30, 40]),
        ("approved + 1", 2),
        ("-approved", -1),
        ("not items", False),
        ("'Z' < 'a'", True),
        ("'it\\'s'", "it's"),
    ],
)
def test_given_a_simple_expression_when_evaluated_then_it_is_what_python_says(text: str, expected: Value) -> None:
    compiled = compile(text, PYTHON)
    assert compiled.script is None
    value = compiled.evaluate(ORDER)
    assert value == expected
    assert isinstance(value, type(expected))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("missing", "unknown variable 'missing'"),
        ("items[3]", "the index of items is out of the range of 3"),
        ("items['a']", "the index of items must be a whole number, not text"),
        ("order['x']", "the index of order is no key of the dict"),
        ("order.x", "the property 'x' of order does not exist"),
        ("name.x", "the property 'x' of name is asked of str, which has none"),
        ("nothing[0]", "the index of nothing is asked of None, which has no items"),
        ("name < 5", "'<' cannot take text and number (name is text)"),
        ("name + 5", "'+' cannot take text and number (name is text)"),
        ("name * name", "'*' cannot take text and text (name is text, name is text)"),
        ("name * 100000000", "makes more than 1,000,000 characters or items"),
        ("amount / 0", "'/' divides by zero (amount is number)"),
        ("name % amount", "formats a text that a variable holds only in a script: write str(text) % values"),
    ],
)
def test_given_an_expression_without_a_result_when_evaluated_then_it_fails(text: str, message: str) -> None:
    with pytest.raises(EvaluationFailed) as failed:
        compile(text, PYTHON).evaluate(ORDER)
    assert message in str(failed.value)
    assert failed.value.position is not None


@pytest.mark.parametrize(
    "text",
    [
        "len(items) > 2",
        "'order-%05d' % amount",
        "x in items",
        "nothing is None",
        "'a' if approved else 'b'",
        "1 < amount < 2000",
        "[x for x in items]",
        "items[0:2]",
        "{'a': 1}",
        "name.upper()",
        "name.__class__",
        "lambda: 1",
        "f'{name}'",
        "x = 1",
        "import os",
        "__import__('os').system('id')",
        "2 ** 3",
        "7 // 2",
        "'a' 'b'",
        "amount  # a comment",
        "true && false",
        "a ? b : c",
    ],
)
def test_given_anything_else_when_compiled_then_it_is_a_script_for_a_sandbox(text: str) -> None:
    compiled = compile(text, PYTHON, place=Place("a", key="a condition"))
    if text == "name.__class__":
        # An attribute, of which a text has none: nothing of Python's own is looked at.
        assert compiled.script is None
        with pytest.raises(EvaluationFailed, match="which has none"):
            compiled.evaluate(ORDER)
        return
    assert compiled.script == Script("a condition", "python", text)
    with pytest.raises(EvaluationFailed, match="scripts in python are run in processes only"):
        compiled.evaluate(ORDER)


def test_given_a_script_when_evaluated_in_a_process_then_its_reply_is_the_value() -> None:
    class Known:
        def reply(self, script: Script, variables: Variables) -> Reply:
            return Reply(f"{script.text} of {variables['name']}")

    around = Surroundings(replies=Known())
    assert compile("len(name)", PYTHON).evaluate(ORDER, around) == "len(name) of Ann"
    assert compile("name.length", Language.JAVASCRIPT).evaluate(ORDER, around) == "name.length of Ann"


@pytest.mark.parametrize(
    ("value", "expected"), [(None, False), (0, False), ("", False), ([], False), ({}, False), ("x", True), ([0], True)]
)
def test_given_a_condition_in_python_when_it_yields_anything_then_it_is_true_as_in_python(
    value: Value, expected: bool
) -> None:
    assert as_condition(value, PYTHON) is expected


@pytest.mark.parametrize(
    ("form", "family", "text", "language"),
    [
        ("python", "camunda", "x", Language.PYTHON),
        ("JavaScript", "plain", "x", Language.JAVASCRIPT),
        ("feel", "plain", "x", Language.FEEL),
        (None, "spiff", "x = 1", Language.PYTHON),
        (None, "camunda", "${x}", Language.JUEL),
        (None, "zeebe", "= x", Language.FEEL),
        (None, "plain", "${x}", Language.JUEL),
    ],
)
def test_given_a_script_when_its_language_is_asked_then_format_mark_and_family_say_it(
    form: str | None, family: str, text: str, language: Language
) -> None:
    assert script_language_of(form, family, text) is language


def test_given_a_script_whose_language_nothing_says_when_asked_then_it_is_refused() -> None:
    with pytest.raises(ExpressionInvalid, match="give it a scriptFormat"):
        script_language_of(None, "plain", "x = 1")


def test_given_a_script_that_is_too_long_when_compiled_then_it_is_refused() -> None:
    with pytest.raises(ExpressionInvalid, match="longer than 100,000 characters"):
        compile("x = 1\n" * 20_000, PYTHON)
