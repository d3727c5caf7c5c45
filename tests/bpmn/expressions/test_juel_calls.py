"""JUEL's methods, functions and beans: what Camunda 7, Operaton and Flowable document, and what they do not have."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Instance, Language, Place, Surroundings, compile
from bpmn.values import Value

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PAY = Place("pay", "Pay")
WHO = Instance("i-1", "order 7", "d-1", "orders", "kermit")
AROUND = Surroundings(now=lambda: NOON, instance=WHO, activity=3)
VARIABLES: dict[str, Value] = {
    "name": "Ann",
    "blank": " ",
    "price": Decimal("2.50"),
    "whole": 7,
    "yes": True,
    "items": [10, 20, "x"],
    "order": {"id": "A-1", "lines": [{"sku": "b", "qty": 2}], "paid": True, "total": Decimal("9.5"), "note": None},
    "document": '{"a": {"b": [1, {"c": "d"}]}}',
    "due": "2026-01-31T10:00:00Z",
    "vars": 1,
    "var": 2,
}


def told(text: str, *, place: Place = PAY, around: Surroundings | None = AROUND) -> Value:
    return compile(f"${{{text}}}", Language.JUEL, place=place).evaluate(VARIABLES, around)


def fault(text: str, **how: Any) -> str:
    with pytest.raises(EvaluationFailed) as caught:
        told(text, **how)
    assert caught.value.position is not None
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name.substring(1)", "nn"),
        ("name.substring(0, 2)", "An"),
        ("name.charAt(1)", "n"),
        ("name.concat(' B.')", "Ann B."),
        ("name.indexOf('n')", 1),
        ("name.indexOf('n', 2)", 2),
        ("name.indexOf('z')", -1),
        ("name.lastIndexOf('n')", 2),
        ("name.replace('n', 'na')", "Anana"),
        ("name.replaceAll('[A-Z]', 'a')", "ann"),
        ("name.matches('[A-Z]n+')", True),
        ("name.matches('n')", False),
        ("'a,b,,'.split(',')", ["a", "b"]),
        ("''.split(',')", [""]),
        ("name.repeat(2)", "AnnAnn"),
        ("blank.isBlank()", True),
        ("blank.strip()", ""),
        ("name.empty", False),
        ("name.compareTo('Bob')", -1),
        ("name.compareToIgnoreCase('ANN')", 0),
        ("name.toString()", "Ann"),
    ],
)
def test_given_a_text_when_a_method_is_called_then_it_answers_as_java_s_does(text: str, expected: Value) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("price.intValue()", 2),
        ("price.longValue()", 2),
        ("price.doubleValue()", Decimal("2.50")),
        ("price.toString()", "2.50"),
        ("price.negate()", Decimal("-2.50")),
        ("price.negate().abs()", Decimal("2.50")),
        ("price.signum()", 1),
        ("price.add(whole)", Decimal("9.50")),
        ("whole.subtract(10)", -3),
        ("price.multiply('2')", Decimal("5.00")),
        ("whole.divide(2)", Decimal("3.5")),
        ("whole.remainder(4)", 3),
        ("whole.min(3)", 3),
        ("whole.max(9)", 9),
        ("price.compareTo(3)", -1),
        ("whole.divide(3).setScale(2)", Decimal("2.33")),
        ("price.setScale(0, 'DOWN')", Decimal("2")),
        ("yes.toString()", "true"),
        ("yes.booleanValue()", True),
    ],
)
def test_given_a_number_when_a_method_is_called_then_it_answers_exactly(text: str, expected: Value) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("items.indexOf(20)", 1),
        ("items.lastIndexOf('y')", -1),
        ("items.containsAll([10, 'x'])", True),
        ("items.subList(1, 3)", [20, "x"]),
        ("items.toString()", '[10,20,"x"]'),
        ("order.keySet().size()", 5),
        ("order.values().contains('A-1')", True),
        ("order.containsValue(9.50)", True),
        ("order.getOrDefault('missing', 'none')", "none"),
        ("order.getOrDefault('note', 'none')", None),
        ("order.lines.toString()", '[{"sku":"b","qty":2}]'),
    ],
)
def test_given_a_list_or_a_map_when_a_method_is_called_then_it_answers(text: str, expected: Value) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('order.prop("lines").elements().get(0).prop("sku").stringValue()', "b"),
        ('order.prop("total").numberValue()', Decimal("9.5")),
        ('order.prop("paid").boolValue()', True),
        ('order.prop("note").isNull()', True),
        ('order.hasProp("missing")', False),
        ('order.prop("id").value()', "A-1"),
        ('order.fieldNames().contains("id")', True),
        ("order.isObject() and order.lines.isArray() and name.isString() and price.isNumber()", True),
        ("yes.isBoolean() and yes.isValue() and not items.isValue()", True),
        ('S(document).prop("a").prop("b").elements().size()', 2),
        ("JSON(document).jsonPath('$.a.b[1].c').stringValue()", "d"),
        ("order.jsonPath(\"$['lines'][0].qty\").numberValue()", 2),
        ("order.jsonPath('$.lines[9].sku').element()", None),
        ("S(order).id", "A-1"),
    ],
)
def test_given_json_when_read_as_spin_does_then_it_gives_what_is_there(text: str, expected: Value) -> None:
    if "[9]" in text:
        assert "does not exist on null" in fault(text)
    else:
        assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('order.prop("missing")', "is asked for 'missing', which the map does not have"),
        ('order.prop("total").stringValue()', "reads text, not number"),
        ("S('no json')", "S() is given a text that is no JSON"),
        ("order.jsonPath('$..sku')", "takes a plain path, such as $.lines[0].sku"),
        ("order.jsonPath('lines')", "takes a plain path"),
        ("name.substring(9)", "is asked for 9 to 3 of a text of 3 characters"),
        ("name.charAt(3)", "of a text of 3 characters"),
        ("items.subList(2, 1)", "of a list of 3"),
        ("name.matches('[')", "the method matches() of name"),
        ("name.repeat(1000000)", "more than 1,000,000 characters"),
        ("name.replace('', '0123456789'.repeat(90000))", "more than 1,000,000 characters"),
        ("price.setScale(500)", "takes a scale up to 100"),
        ("price.add(name)", "takes a number as its argument, not text"),
        ("items.containsAll(10)", "takes a list as its argument, not number"),
        ("items.add(30)", "the method add() of items does not exist on list"),
        ("items.clear()", "the method clear() of items is not supported; the value is a list"),
        ("order.put('a', 1)", "the method put() of order is not supported; the value is a map"),
        ("name.getClass()", "the method getClass() of name is not supported; the value is a text"),
        ("name.equals()", "the method equals() of name takes 1 argument(s), not 0"),
    ],
)
def test_given_a_method_that_cannot_answer_when_called_then_it_says_why(text: str, message: str) -> None:
    assert message in fault(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now()", "2026-03-02T12:00:00Z"),
        ("dateTime()", "2026-03-02T12:00:00Z"),
        ("dateTime(due)", "2026-01-31T10:00:00Z"),
        ("dateTime(0)", "1970-01-01T00:00:00Z"),
        ("dateTime().plusDays(3).toDate()", "2026-03-05T12:00:00Z"),
        ("dateTime().plusWeeks(1).minusHours(12)", "2026-03-09T00:00:00Z"),
        ("dateTime().plusMinutes(1).plusSeconds(2).plusMillis(3)", "2026-03-02T12:01:02.003000Z"),
        ("dateTime(due).plusMonths(1)", "2026-02-28T10:00:00Z"),
        ("dateTime('2024-02-29').minusYears(1)", "2023-02-28T00:00:00Z"),
        ("due.plusDays(1)", "2026-02-01T10:00:00Z"),
        ("now().withTimeAtStartOfDay()", "2026-03-02T00:00:00Z"),
        ("now().withDayOfMonth(1).withHourOfDay(8)", "2026-03-01T08:00:00Z"),
        ("now().time", 1_772_452_800_000),
        ("now().getTime() == now().millis", True),
        ("now().year * 100 + now().monthOfYear", 202603),
        ("due.dayOfMonth", 31),
        ("now().dayOfWeek", 1),
        ("now().isAfter(due) && due.before(now())", True),
        ("now() > due && due lt now() && now() == now()", True),
        ("now() == '2026-03-02T13:00:00+01:00'", True),
        ("now().compareTo(due)", 1),
        ("now().toString('dd.MM.yyyy HH:mm')", "02.03.2026 12:00"),
        ("now().toString(\"yy-M-d'T'h a EEE MMMM ''\")", "26-3-2T12 PM Mon March '"),
        ("[now(), {0}]".replace("{0}", "due"), ["2026-03-02T12:00:00Z", "2026-01-31T10:00:00Z"]),
    ],
)
def test_given_a_date_when_reckoned_with_then_it_comes_from_the_clock_outside_and_leaves_as_text(
    text: str, expected: Value
) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name.plusDays(1)", "cannot take text that is no date"),
        ("now().plusYears(100000)", "goes beyond the years 1 to 9999"),
        ("now().plusDays(10000000000)", "goes beyond the years 1 to 9999"),
        ("now().withMonthOfYear(13)", "goes beyond the years 1 to 9999"),
        ("now().plusDays('x')", "takes a whole number, not text"),
        ("now().toString('bb')", "takes a pattern without the letter 'b'"),
        ('now().toString("\'")', "takes a pattern whose quotes are closed"),
        ("now().foo", "the property 'foo' is asked of date, which has none"),
        ("now() > 5", "'>' cannot take date and number"),
        ("now() == name", "cannot take text that is no date"),
    ],
)
def test_given_a_date_that_cannot_be_when_asked_for_then_it_says_why(text: str, message: str) -> None:
    assert message in fault(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("execution.id", "i-1.3"),
        ("execution.getActivityInstanceId()", "i-1.3"),
        ("execution.processInstanceId", "i-1"),
        ("execution.processBusinessKey", "order 7"),
        ("execution.getBusinessKey()", "order 7"),
        ("execution.processDefinitionId", "d-1"),
        ("execution.processDefinitionKey", "orders"),
        ("execution.tenantId", None),
        ("execution.currentActivityId", "pay"),
        ("execution.getCurrentActivityName()", "Pay"),
        ("execution.getVariable(name.concat('e').substring(0, 0).concat('name'))", "Ann"),
        ("execution.getVariable('missing')", None),
        ("execution.hasVariable('name')", True),
        ("execution.getVariables().size()", len(VARIABLES)),
        ("execution.getVariableNames().contains('name')", True),
        ("currentUser()", "kermit"),
        ("currentUserGroups().isEmpty()", True),
    ],
)
def test_given_an_instance_when_the_execution_is_asked_then_it_tells(text: str, expected: Value) -> None:
    assert told(text) == expected


def test_given_no_instance_when_the_execution_is_asked_then_it_says_that_there_is_none() -> None:
    assert "execution.getProcessInstanceId() is known in a process instance only" in fault(
        "execution.processInstanceId", around=None
    )


def test_given_a_user_task_when_the_task_is_asked_then_it_tells_and_elsewhere_task_is_a_variable() -> None:
    at_task = Place("pay", "Pay", is_task=True)
    told_by_task = [told(f"task.{name}", place=at_task) for name in ("id", "name", "taskDefinitionKey", "executionId")]
    assert told_by_task == ["i-1.3", "Pay", "pay", "i-1.3"]
    assert told("task.getVariable('whole')", place=at_task) == 7
    assert fault("task.id") == "unknown variable 'task'"
    with pytest.raises(ExpressionInvalid, match="of 'task', 'delete' is not supported here"):
        told("task.delete()", place=at_task)


def test_given_an_expression_that_acts_when_it_sets_a_variable_then_the_one_who_asked_gets_it() -> None:
    got: list[tuple[str, Value]] = []
    around = Surroundings(now=lambda: NOON, assign=lambda name, value: got.append((name, value)))
    acting = Place("pay", acts=True)
    assert told("execution.setVariable('x', whole + 1)", place=acting, around=around) is None
    assert told("execution.setVariable('at', now())", place=acting, around=around) is None
    assert got == [("x", 8), ("at", "2026-03-02T12:00:00Z")]
    assert "cannot set a variable here" in fault("execution.setVariable('x', 1)", place=acting)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("variables:get(name)", "Ann"),
        ("vars:get('name')", "Ann"),
        ("var:get(missing)", None),
        ("variables:getOrDefault(missing, 5)", 5),
        ("variables:exists(name)", True),
        ("variables:exists(missing)", False),
        ("variables:isEmpty(missing) && variables:isNotEmpty(items)", True),
        ("variables:equals(whole, 7) && vars:eq(name, 'Ann')", True),
        ("variables:notEquals(whole, 8) && vars:ne(name, 'Bob')", True),
        ("variables:contains(items, 10, 'x')", True),
        ("variables:containsAny(items, 99, 'x')", True),
        ("variables:contains(name, 'nn')", True),
        ("variables:contains(whole, 7)", False),
        ("variables:lowerThan(whole, 8) && vars:lt(price, whole)", True),
        ("variables:lowerThanOrEquals(whole, 7) && vars:lte(whole, 7)", True),
        ("variables:greaterThan(whole, 6) && vars:gt(whole, 6)", True),
        ("variables:greaterThanOrEquals(whole, 7) && vars:gte(missing, 1)", False),
        ("variables:base64(name)", "QW5u"),
        ("yes ? vars : var", 1),
        ("yes ? vars:var", 1),
    ],
)
def test_given_flowable_s_functions_when_called_with_a_name_then_they_look_at_the_variable(
    text: str, expected: Value
) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "bean"),
    [
        ("orderService.approve(order)", "orderService"),
        ("mailBean.send(execution, name)", "mailBean"),
        ("repository.find(1, 2, 3).id", "repository"),
        ("invoice.getTotal()", "invoice"),
        ("whole > 0 && helper.isOpen()", "helper"),
    ],
)
def test_given_an_unknown_bean_when_reached_then_the_failure_names_it_and_what_to_do(text: str, bean: str) -> None:
    message = fault(text)
    assert message.startswith(f"unknown variable '{bean}'; a bean of Java cannot be reached from here")
    assert "external task" in message


def test_given_an_unknown_bean_when_not_reached_then_nothing_fails() -> None:
    assert told("whole > 0 || helper.isOpen()") is True


def test_given_a_large_list_when_searched_again_and_again_then_the_budget_ends_it() -> None:
    text = " or ".join(["items.contains(-1)"] * 400)
    with pytest.raises(EvaluationFailed, match="takes more than 500,000 steps"):
        compile(f"${{{text}}}", Language.JUEL).evaluate({"items": list(range(100_000))})


def test_given_a_pattern_that_could_take_for_ever_when_matched_then_the_budget_ends_it() -> None:
    text = "text.matches('(a+)+b')"
    with pytest.raises(EvaluationFailed, match=r"steps|seconds"):
        compile(f"${{{text}}}", Language.JUEL).evaluate({"text": "a" * 100_000})
