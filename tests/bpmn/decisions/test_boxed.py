"""Boxed expressions: contexts, invocations, functions, lists, relations, choices, filters, loops; and types."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn.decisions import load
from bpmn.errors import EvaluationFailed
from bpmn.values import Value
from tests.bpmn.decisions.models import (
    NAMESPACES,
    component,
    decide,
    decision,
    definitions,
    input_data,
    item,
    loaded,
    table,
    text,
)


def entry(name: str, logic: str, type_ref: str = "Any") -> str:
    variable = f'<variable name="{name}" typeRef="{type_ref}"/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


def function(parameters: str, body: str) -> str:
    formal = "".join(f'<formalParameter name="{name.strip()}"/>' for name in parameters.split(","))
    return f"<functionDefinition>{formal}{body}</functionDefinition>"


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (text("x * 2"), 10),
        (f"<context>{entry('a', text('x'))}{entry('b c', text('a + 1'))}</context>", {"a": 5, "b c": 6}),
        (f"<context>{entry('a-b', text('x'))}{entry('', text('a-b * 2'))}</context>", 10),
        (f"<context>{entry('a', text('x'), 'string')}</context>", {"a": None}),
        (f"<context>{entry('f', function('n, m', text('n * m')))}{entry('', text('f(x, 3)'))}</context>", 15),
        (f"<list>{text('x')}{text('x + 1')}</list>", [5, 6]),
        (
            '<relation><column name="a"/><column name="b"/>'
            f"<row>{text('1')}{text('x')}</row><row>{text('2')}{text('3')}</row></relation>",
            [{"a": 1, "b": 5}, {"a": 2, "b": 3}],
        ),
        (f"<conditional><if>{text('x > 3')}</if><then>{text('1')}</then><else>{text('2')}</else></conditional>", 1),
        (f"<conditional><if>{text('null')}</if><then>{text('1')}</then><else>{text('2')}</else></conditional>", 2),
        (f"<conditional><if>{text('1')}</if><then>{text('1')}</then><else>{text('2')}</else></conditional>", None),
        (f"<filter><in>{text('[1, 5, 9]')}</in><match>{text('item > x')}</match></filter>", [9]),
        (f"<filter><in>{text('[{a: 1}, {a: 7}]')}</in><match>{text('a > x')}</match></filter>", [{"a": 7}]),
        (f"<for iteratorVariable='i'><in>{text('[1..3]')}</in><return>{text('i * x')}</return></for>",
         [5, 10, 15]),
        (f"<for iteratorVariable='i'><in>{text('[1, 2]')}</in><return>{text('count(partial)')}</return></for>", [0, 1]),
        (f"<some iteratorVariable='i'><in>{text('[1, 7]')}</in><satisfies>{text('i > x')}</satisfies></some>", True),
        (f"<every iteratorVariable='i'><in>{text('[1, 7]')}</in><satisfies>{text('i > x')}</satisfies></every>", False),
        (f"<every iteratorVariable='i'><in>{text('7')}</in><satisfies>{text('i > x')}</satisfies></every>", None),
    ],
)  # fmt: skip
def test_a_boxed_expression_yields_its_value(logic: str, expected: Value) -> None:
    assert decide("d", {"x": 5}, decision("d", logic)) == expected


def knowledge(name: str, parameters: str, body: str, *, uses: str = "", type_ref: str = "Any") -> str:
    required = f'<knowledgeRequirement><requiredKnowledge href="#{uses}"/></knowledgeRequirement>' if uses else ""
    formal = "".join(f'<formalParameter name="{one.strip()}"/>' for one in parameters.split(",") if one)
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}" typeRef="{type_ref}"/>'
        f"<encapsulatedLogic>{formal}{body}</encapsulatedLogic>{required}</businessKnowledgeModel>"
    )


def test_a_business_knowledge_model_is_a_function_that_sees_no_variables() -> None:
    parts = [
        knowledge("tax", "net, rate", text("net * rate")),
        knowledge("gross", "net", text("net + tax(net, 0.5) + (if x = null then 0 else 1000)"), uses="tax"),
        decision("d", text("gross(x) + gross(net: 10)"), uses=["gross"]),
        decision("not required", text("tax(1, 2)")),
    ]
    decisions = loaded(*parts)
    assert decisions.evaluate("d", {"x": 100}).value == 165
    assert decisions.evaluate("not required", {}).value is None


def test_a_model_may_call_itself_and_is_stopped_where_it_never_ends() -> None:
    model = knowledge("s", "n", text("if n = 0 then 0 else n + sum to(n - 1)")).replace('name="s"', 'name="sum to"')
    decisions = loaded(model, decision("d", text("sum to(x)"), uses=["s"]))
    assert decisions.evaluate("d", {"x": 10}).value == 55
    with pytest.raises(EvaluationFailed, match="levels deep"):
        decisions.evaluate("d", {"x": -1})


def test_a_table_is_invoked_with_bindings() -> None:
    rules = ['< 18 -> "minor"', '>= 18 -> "adult"']
    binding = f'<binding><parameter name="the age"/>{text("x + 1")}</binding>'
    invocation = f"<invocation>{text('group of')}{binding}</invocation>"
    model = knowledge("g", "the age", table(["the age"], ["o"], rules)).replace('name="g"', 'name="group of"')
    assert decide("d", {"x": 17}, model, decision("d", invocation, uses=["g"])) == "adult"


def test_a_parameter_with_a_dot_in_its_name_is_one_name_within_the_model_only() -> None:
    model = knowledge("m", "Person.Name", text('Person.Name + "!"'))
    invocation = (
        f'<invocation>{text("m")}<binding><parameter name="Person.Name"/>{text("Person.Name")}</binding></invocation>'
    )
    assert decide("d", {"Person": {"Name": "Ann"}}, model, decision("d", invocation, uses=["m"])) == "Ann!"


@pytest.mark.parametrize(
    ("type_ref", "value", "expected"),
    [
        ("number", 5, 5),
        ("number", "5", None),
        ("number", [5], 5),
        ("numbers", 5, [5]),
        ("numbers", [1, "a"], None),
        ("date", "2025-01-31", "2025-01-31"),
        ("date", "2025-02-31", None),
        ("day list", ["2025-01-31"], ["2025-01-31"]),
        ("grade", "A", "A"),
        ("grade", "C", None),
        ("grades", ["A", "B"], ["A", "B"]),
        ("grades", ["A", "C"], None),
        ("person", {"name": "Ann", "born": "2000-01-01"}, {"name": "Ann", "born": "2000-01-01"}),
        ("person", {"name": "Ann"}, None),
        ("person", {"name": 1, "born": None}, None),
        ("whatever", 1, 1),
    ],
)
def test_input_data_is_of_its_type_or_null(type_ref: str, value: Any, expected: Value) -> None:
    items = [
        item("numbers", "number", collection=True),
        item("day list", "date", collection=True),
        item("grade", "string", allowed='"A", "B"'),
        item("grades", "grade", collection=True),
        item("person", parts=component("name", "string") + component("born", "date")),
    ]
    parts = [*items, input_data("x", type_ref), decision("d", text("x"), needs=["input:x"])]
    decisions = load({"test.dmn": definitions(*parts)})
    assert decisions.evaluate("d", {"x": value}).value == expected
    assert len(decisions.problems) == (type_ref == "whatever")


def test_a_result_is_of_its_type_or_null_with_a_warning() -> None:
    decisions = loaded(decision("d", text("x"), type_ref="number"))
    assert decisions.evaluate("d", {"x": 1}).value == 1
    outcome = decisions.evaluate("d", {"x": "a"})
    assert outcome.value is None
    assert "the value of 'd' does not fit: a string is not of the type number" in outcome.warnings


def test_properties_of_typed_inputs_are_temporal() -> None:
    parts = [item("person", parts=component("born", "date")), input_data("p", "person")]
    assert (
        decide("d", {"p": {"born": "2000-02-29"}}, *parts, decision("d", text("p.born.month"), needs=["input:p"])) == 2
    )


def test_instance_of_knows_the_types_of_the_model() -> None:
    parts = [item("tax payer", parts=component("income", "number"))]
    texts = "[{income: 1} instance of tax payer, {income: null} instance of tax payer, {} instance of tax payer]"
    assert decide("d", {}, *parts, decision("d", text(texts))) == [True, True, False]


@pytest.mark.parametrize("version", NAMESPACES)
def test_every_version_is_read(version: str) -> None:
    decisions = loaded(input_data("x", "feel:number"), decision("d", text("x + 1"), needs=["input:x"]), version=version)
    assert decisions.evaluate("d", {"x": 1}).value == 2


def test_functions_of_other_languages_and_unknown_languages_are_problems() -> None:
    java = f'<functionDefinition kind="Java"><formalParameter name="x"/>{text("1")}</functionDefinition>'
    decisions = load({"a": definitions(decision("d", java), decision("e", text("1", expressionLanguage="groovy")))})
    assert [problem.message[:40] for problem in decisions.problems] == [
        "functions of the kind Java are not execu",
        "the expression language 'groovy' is not ",
    ]


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_decisions_in_languages_of_scripts_are_problems(language: str) -> None:
    decisions = load({"a": definitions(decision("d", text("1", expressionLanguage=language)))})
    (problem,) = decisions.problems
    assert problem.message.startswith(f"decisions are not written in {language}")


def test_juel_is_evaluated_where_a_camunda_file_says_so() -> None:
    assert decide("d", {"x": 5}, decision("d", text("x > 3 ? 'a' : 'b'", expressionLanguage="juel"))) == "a"
