"""JUEL: what a Camunda 7 user writes yields what a Camunda 7 user expects, with exact numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bpmn.expressions import Language, compile
from bpmn.values import Value
from tests.bpmn.expressions.reading import failure_of, refusal_of, value_of

JUEL = Language.JUEL
ORDER: dict[str, Value] = {
    "amount": 1500,
    "approved": True,
    "name": "Ann",
    "nothing": None,
    "five": "5",
    "items": [10, 20, 30],
    "order": {"total": Decimal("9.50"), "lines": [{"sku": "A-1"}], "key with blanks": 1, "div": 2},
    "rows": [{"grade": "A", "points": 1}, {"grade": "B"}],
    "one": [{"points": 3}],
    "none": [],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal("1000")),
        ("'it\\'s'", "it's"),
        ('"say \\"hi\\" \\\\"', 'say "hi" \\'),
        ("'a } b'", "a } b"),
        ("true", True),
        ("null", None),
        ("['a', 1, [true]]", ["a", 1, [True]]),
        ("[]", []),
    ],
)
def test_a_literal_stands_for_itself(text: str, expected: Value) -> None:
    value = value_of(f"${{{text}}}", JUEL)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name", "Ann"),
        ("order.total", Decimal("9.50")),
        ("order.lines[0].sku", "A-1"),
        ("order['key with blanks']", 1),
        ('order["total"]', Decimal("9.50")),
        ("order.div", 2),
        ("items[0]", 10),
        ("items[amount - 1499]", 20),
        ("items['2']", 30),
    ],
)
def test_a_path_leads_to_a_variable_a_property_or_an_item_from_zero(text: str, expected: Value) -> None:
    assert value_of(f"${{{text}}}", JUEL, ORDER) == expected


@pytest.mark.parametrize(
    "text", ["order.missing", "order.missing.deeper", "nothing.x", "nothing[0]", "items[3]", "items[-1]"]
)
def test_what_is_missing_below_a_known_variable_is_null(text: str) -> None:
    assert value_of(f"${{{text}}}", JUEL, ORDER) is None


def test_an_unknown_variable_is_a_failure_that_names_it() -> None:
    failure = failure_of("${1 + missing.total}", JUEL)
    assert str(failure) == "unknown variable 'missing'"
    assert failure.position == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name.first", "the property 'first' of name is asked of text, which has none"),
        ("order.total.cents", "the property 'cents' of order.total is asked of number, which has none"),
        ("items.first", "the property 'first' of items is asked of list, which has none"),
        ("name[0]", "the index of name is asked of text, which has no items"),
        ("items['x']", "the index of items must be a whole number on a list, not text"),
        ("items[0.5]", "the index of items must be a whole number on a list, not number"),
    ],
)
def test_a_property_of_what_has_none_is_a_failure_that_says_of_what(text: str, message: str) -> None:
    assert str(failure_of(f"${{{text}}}", JUEL, ORDER)) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount > 1000 && approved", True),
        ("amount gt 1000 and not approved", False),
        ("amount lt 1 || amount ge 1500", True),
        ("amount le 1499 or amount ne 1500", False),
        ("amount eq 1500", True),
        ("!approved", False),
        ("!approved == false", True),
        ("not (amount == 1)", True),
        ("approved ? 'yes' : 'no'", "yes"),
        ("amount < 10 ? 'small' : amount < 2000 ? 'medium' : 'large'", "medium"),
        ("false && missing", False),
        ("true || missing", True),
        ("true or false and false", True),
        ("null && true", False),
        ("'TRUE' && true", True),
        ("'yes' || false", False),
        ("1 < 2 == true", True),
    ],
)
def test_logic_decides_from_left_to_right_and_only_as_far_as_needed(text: str, expected: Value) -> None:
    assert value_of(f"${{{text}}}", JUEL, ORDER) is expected or value_of(f"${{{text}}}", JUEL, ORDER) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("five == 5", True),
        ("5 == five", True),
        ("'5.0' == 5", True),
        ("'' == 0", True),
        ("five != 6", True),
        ("'10' < '9'", True),
        ("'10' < 9", False),
        ("'true' == true", True),
        ("'yes' == false", True),
        ("null == null", True),
        ("nothing == 0", False),
        ("nothing == ''", False),
        ("nothing != 5", True),
        ("nothing < 5", False),
        ("nothing >= 5", False),
        ("nothing <= null", True),
        ("1 == 1.0", True),
        ("[1, 'a'] == [1.0, 'a']", True),
        ("[1] == ['1']", False),
        ("[true] == [1]", False),
        ("order == name", False),
        ("items == 'x'", False),
        ("items == order", False),
        ("items != order", True),
    ],
)
def test_a_comparison_converts_as_the_expression_language_specification_says(text: str, expected: bool) -> None:
    assert value_of(f"${{{text}}}", JUEL, ORDER) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name == 5", "'==' cannot take text that is no number (name is text)"),
        ("name < amount", "'<' cannot take text that is no number (name is text, amount is number)"),
        ("amount == approved", "'==' cannot take number and boolean (amount is number, approved is boolean)"),
        ("items lt 5", "'lt' cannot take list and number (items is list)"),
        ("approved < true", "'<' cannot take boolean and boolean (approved is boolean)"),
        ("items == 5", "'==' cannot take list and number (items is list)"),
        ("order == true", "'==' cannot take map and boolean (order is map)"),
        ("amount && true", "'and' needs true or false, not number (amount is number)"),
        ("!items", "'not' needs true or false, not list (items is list)"),
        ("order ? 1 : 2", "'if' needs true or false, not map (order is map)"),
        ("1 / 0", "'/' divides by zero"),
        ("amount div 0.0", "'div' divides by zero (amount is number)"),
        ("7 mod 0", "'mod' divides by zero"),
        ("7 % 0.0", "'%' divides by zero"),
        ("-items", "'-' cannot take list (items is list)"),
        ("1e6000 * 1e6000", "'*' makes a number that is too large"),
        ("amount * items", "'*' cannot take list (amount is number, items is list)"),
    ],
)
def test_an_operator_that_cannot_take_its_operands_says_which_and_of_what_kind(text: str, message: str) -> None:
    assert str(failure_of(f"${{{text}}}", JUEL, ORDER)) == message


def test_adding_texts_is_refused_with_the_way_to_do_it() -> None:
    assert "${a}${b}" in str(failure_of("${'a' + name}", JUEL, ORDER))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1 + 0.2 == 0.3", True),
        ("0.1 + 0.2", Decimal("0.3")),
        ("1 + 2 * 3 - 4", 3),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("7 / 2", Decimal("3.5")),
        ("10 div 4", Decimal("2.5")),
        ("1 / 3", Decimal("0." + "3" * 34)),
        ("7 mod 3", 1),
        ("-7 % 3", -1),
        ("7.5 % 2", Decimal("1.5")),
        ("-amount", -1500),
        ("--1", 1),
        ("five + 1", 6),
        ("'1.5' * 2", Decimal("3.0")),
        ("nothing + 1", 1),
        ("-five", -5),
        ("9007199254740993 + 0", 9007199254740993),
        ("99999999999999999999999999999999999999999999999999 + 1", 10**50),
    ],
)
def test_arithmetic_is_exact(text: str, expected: Value) -> None:
    value = value_of(f"${{{text}}}", JUEL, ORDER)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("empty nothing", True),
        ("empty ''", True),
        ("empty []", True),
        ("empty items", False),
        ("empty false", False),
        ("empty 0", False),
        ("not empty name", True),
        ("empty order.missing && approved", True),
    ],
)
def test_empty_is_what_is_null_or_holds_nothing(text: str, expected: bool) -> None:
    assert value_of(f"${{{text}}}", JUEL, ORDER) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name.equals('Ann')", True),
        ("five.equals(5)", False),
        ("amount.equals(1500.0)", True),
        ("name.equals(nothing)", False),
        ("name.equalsIgnoreCase('ANN')", True),
        ("name.equalsIgnoreCase(nothing)", False),
        ("name.contains('nn')", True),
        ("items.contains(20)", True),
        ("items.contains('20')", False),
        ("items.size()", 3),
        ("order.size()", 4),
        ("name.length()", 3),
        ("items.isEmpty()", False),
        ("''.isEmpty()", True),
        ("name.startsWith('A')", True),
        ("name.endsWith('x')", False),
        ("items.get(1)", 20),
        ("order.get('total')", Decimal("9.50")),
        ("order.get('missing')", None),
        ("order.containsKey('total')", True),
        ("order.containsKey('missing')", False),
        ("name.toLowerCase()", "ann"),
        ("name.toUpperCase().startsWith('AN')", True),
        ("' x\t'.trim()", "x"),
        ("order.lines.get(0).sku.trim()", "A-1"),
        ("rows.getFirstResult().grade", "A"),
        ("rows.getResultList().size()", 2),
        ("rows.collectEntries('points')", [1]),
        ("one.getSingleResult().points", 3),
        ("one.getSingleEntry()", 3),
        ("none.getSingleEntry()", None),
        ("none.getSingleResult()", None),
        ("none.getFirstResult()", None),
        ("one.get(0).getSingleEntry()", 3),
        ("rows.get(0).getFirstEntry()", "A"),
        ("rows.get(0).getEntry('points')", 1),
        ("rows.get(1).getEntry('points')", None),
    ],
)
def test_the_read_only_methods_answer_as_in_java(text: str, expected: Value) -> None:
    assert value_of(f"${{{text}}}", JUEL, ORDER) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing.equals(1)", "the method equals() of nothing does not exist on null"),
        ("amount.startsWith('1')", "the method startsWith() of amount does not exist on number"),
        ("name.size()", "the method size() of name does not exist on text"),
        ("name.contains(1)", "the method contains() of name takes a text as its argument, not number"),
        ("items.get(9)", "the method get() of items is asked for index 9 of a list of 3"),
        ("items.get('a')", "the method get() of items takes a whole number on a list, not text"),
        ("rows.getSingleResult()", "the method getSingleResult() of rows wants one row, not 2"),
        ("order.getSingleEntry()", "the method getSingleEntry() of order wants one output, not 4"),
        ("items.getFirstResult()", "the method getFirstResult() of items does not exist on list"),
        ("items.getEntry('a')", "the method getEntry() of items does not exist on list"),
    ],
)
def test_a_method_that_the_value_does_not_have_is_a_failure_that_says_so(text: str, message: str) -> None:
    assert str(failure_of(f"${{{text}}}", JUEL, ORDER)) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("execution.getVariable('name')", "Ann"),
        ("execution.getVariable('missing')", None),
        ('execution.getVariable("order").total', Decimal("9.50")),
        ("execution.hasVariable('nothing')", True),
        ("execution.hasVariable('missing')", False),
    ],
)
def test_the_execution_tells_of_its_variables(text: str, expected: Value) -> None:
    assert value_of(f"${{{text}}}", JUEL, ORDER) == expected


def test_the_names_that_an_expression_reads_are_known_without_running_it() -> None:
    text = "${a.b[c] + execution.getVariable('d') > 1 && execution.hasVariable('e') ? [f] : 'g'} #{h}"
    expression = compile(text, JUEL, template=True)
    assert expression.names == frozenset("abcdefh") - {"b"}
    assert not expression.is_constant
    assert compile("${1 + 2}", JUEL).is_constant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello ${name}, #{amount}!", "Hello Ann, 1500!"),
        ("${name}${five}", "Ann5"),
        ("${nothing}|${approved}|${order.total}|${1e30}", "|true|9.50|1" + "0" * 30),
        ("${1e100} is large", "1E+100 is large"),
        ("no expression, 5 $ and #1", "no expression, 5 $ and #1"),
        ("", ""),
        ("\\${name} and \\#{name} are written ${name}", "${name} and #{name} are written Ann"),
        ("C:\\temp\\${name}", "C:\\temp${name}"),
        ("${'a'} ${'b'}", "a b"),
        ("{${amount}}", "{1500}"),
    ],
)
def test_a_template_puts_text_and_values_together(text: str, expected: str) -> None:
    assert value_of(text, JUEL, ORDER, template=True) == expected


@pytest.mark.parametrize("text", ["${amount}", "#{amount}", " ${ amount } ", "\n\t${amount}\n"])
@pytest.mark.parametrize("template", [True, False])
def test_a_single_expression_keeps_the_type_of_its_value_with_blanks_around_it_or_not(
    text: str, template: bool
) -> None:
    assert value_of(text, JUEL, ORDER, template=template) == 1500


def test_a_variable_comes_back_as_it_is() -> None:
    assert value_of("${items}", JUEL, ORDER) is ORDER["items"]


def test_a_list_in_a_template_is_a_failure_because_it_has_no_text() -> None:
    with pytest.raises(Exception, match="the template cannot write a list as text: items"):
        value_of("all ${items}", JUEL, ORDER, template=True)


@pytest.mark.parametrize("text", ["amount > 1000", "${a} and ${b}", "x ${a}", "", "= a"])
def test_where_an_expression_is_asked_for_text_around_it_is_refused_with_how_to_write_it(text: str) -> None:
    assert "written ${...}" in str(refusal_of(text, JUEL))


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("${}", 2, "unexpected '}', expected a value"),
        ("${a", 3, "the text ends too soon, expected '}'"),
        ("x ${a b}", 6, "unexpected 'b', expected '}'"),
        ("${a +}", 5, "unexpected '}', expected a value"),
        ("${(a}", 4, "unexpected '}', expected ')'"),
        ("${'a}", 2, "no closing '"),
        ("${'\\n'}", 3, "no escape of a juel text"),
        ("${a = 1}", 4, "would assign"),
        ("${a += 'b'}", 4, "'+=' is not supported"),
        ("${a ? b}", 7, "expected ':'"),
        ("${x -> x}", 4, "'->'"),
        ("${a; b}", 3, "only one expression"),
        ("${{'a': 1}}", 2, "maps written in an expression"),
        ("${a instanceof b}", 4, "'instanceof' is not supported"),
        ("${calculate(order)}", 2, "the function 'calculate' is not supported"),
        ("${execution.getVariable(1)(2)}", 26, "unexpected '('"),
        ("${now(1)}", 2, "'now' takes 0 argument(s), not 1"),
        ("${'a'.calculate()}", 6, "the method 'calculate' is not supported; supported are: abs"),
        ("${'a'.substring()}", 6, "'substring' takes 1 to 2 arguments, not 0"),
        ("${execution.getEngineServices()}", 12, "of 'execution', 'getEngineServices' is not supported here"),
        (
            "${execution.setVariable('a', 1)}",
            12,
            "of 'execution', 'setVariable' is not supported here: what stands here cannot set variables; supported are: ",
        ),
        ("${execution.processEngineServices}", 12, "of 'execution'"),
        ("${execution.getVariable()}", 12, "'getVariable' takes 1 argument(s), not 0"),
        ("${variables:forget(a)}", 2, "the function 'variables:forget' is not supported"),
        ("${a:get(b)}", 3, "unexpected ':'"),
        ("${a.1}", 3, "unexpected '.1'"),
        ("${a.'b'}", 4, "expected a name after '.'"),
        ("${1a}", 2, "a name cannot begin with a digit: '1a'"),
        ("${a < b < c}", 8, "comparisons cannot be chained"),
        ("${a ^ b}", 4, "unexpected '^'"),
        ("${a\x00}", 3, "unexpected '\\x00'"),
    ],
)
def test_what_is_no_expression_or_not_supported_is_refused_where_it_stands(
    text: str, position: int, message: str
) -> None:
    refusal = refusal_of(text, JUEL, template=True)
    assert message in str(refusal)
    assert refusal.position == position
