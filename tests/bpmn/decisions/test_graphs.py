"""Decision requirement graphs: what a decision sees, files that import each other, decision services."""

from __future__ import annotations

import pytest

from bpmn.decisions import load
from bpmn.errors import EvaluationFailed, UnusableModel
from bpmn.expressions import Budget, Settings
from tests.bpmn.decisions.models import decide, decision, definitions, input_data, loaded, service, table, text


def test_a_decision_sees_what_it_requires() -> None:
    parts = [
        input_data("income", "number"),
        decision("net income", text("income * 0.5"), needs=["input:income"]),
        decision("limit", text("net income * 3"), needs=["decision:net income"]),
    ]
    outcome = loaded(*parts).evaluate("limit", {"income": 100})
    assert outcome.value == 150
    assert [record.name for record in outcome.records] == ["net income", "limit"]


def test_a_decision_sees_neither_inputs_nor_decisions_that_it_does_not_require_but_other_variables() -> None:
    parts = [
        input_data("income"),
        decision("a", text("1")),
        decision("d", text("[income, a, customer]")),
    ]
    assert decide("d", {"income": 1, "a": 2, "customer": 3}, *parts) == [None, None, 3]


def test_a_required_decision_is_also_known_by_its_id_and_by_its_outputs_as_vendors_have_it() -> None:
    parts = [
        decision("The season", table(["month"], ["season", "warm"], ['< 6 -> "spring"; false', '- -> "autumn"; true'])),
        decision("Guests", table(["month"], ["guests"], ["- -> 7"])),
        decision("All", table(["month"], ["a", "b"], ["- -> 1; 2", "- -> 3; 4"], policy="COLLECT")),
        decision(
            "menu",
            text("[season, warm, The_season.season, guests, Guests, a, b]"),
            needs=["decision:The season", "decision:Guests", "decision:All"],
        ),
    ]
    parts = [part.replace("UNIQUE", "FIRST") for part in parts]
    found = {"season": "winter", "guests": 1}
    spring = {"season": "spring", "warm": False}
    assert decide("menu", {"month": 3, **found}, *parts) == [*spring.values(), "spring", 7, 7, [1, 3], [2, 4]]


def test_a_decision_is_evaluated_once_for_all_that_require_it() -> None:
    parts = [
        decision("r", text("random number()")),
        decision("a", text("r"), needs=["decision:r"]),
        decision("b", text("r"), needs=["decision:r"]),
        decision("d", text("a = b"), needs=["decision:a", "decision:b"]),
    ]
    numbers = iter([0.1, 0.2, 0.3])
    outcome = loaded(*parts).evaluate("d", {}, Settings(random=lambda: next(numbers)))
    assert outcome.value is True
    assert [record.name for record in outcome.records] == ["r", "a", "b", "d"]


def test_a_long_chain_of_decisions_is_no_recursion() -> None:
    parts = [decision("d0", text("0"))]
    parts += [decision(f"d{n}", text(f"d{n - 1} + 1"), needs=[f"decision:d{n - 1}"]) for n in range(1, 2_000)]
    assert decide("d1999", {}, *parts) == 1_999


def test_decisions_that_require_each_other_end() -> None:
    parts = [
        decision("a", text("[b]"), needs=["decision:b"]),
        decision("b", text("[a]"), needs=["decision:a"]),
        decision("c", text("[c]"), needs=["decision:c"]),
    ]
    decisions = loaded(*parts)
    assert decisions.evaluate("a", {}).value == [[None]]
    assert decisions.evaluate("c", {}).value == [None]


def test_a_decision_without_logic_is_the_variable_of_its_name() -> None:
    parts = [decision("a", ""), decision("d", text("a + 1"), needs=["decision:a"])]
    assert decide("d", {"a": 4}, *parts) == 5


SERVICE = [
    input_data("x", "number"),
    decision("rate", text("0.5")),
    decision("tax", text("x * rate"), needs=["input:x", "decision:rate"]),
    decision("rest", text("x - tax"), needs=["input:x", "decision:tax"]),
    service("taxes", ["tax"], ["x"], ["rate"]),
    service("both", ["tax", "rest"], ["x"]),
    decision("caller", text("taxes(10, 0.1) + both(x: 10).rest"), uses=["taxes", "both"]),
]


def test_a_decision_service_is_a_function_of_its_inputs() -> None:
    assert decide("caller", {"x": 1_000_000}, *SERVICE) == 6


def test_a_decision_service_is_evaluated_by_itself() -> None:
    decisions = loaded(*SERVICE)
    taxes = decisions.evaluate("taxes", {"x": 10, "rate": 1})
    assert (taxes.value, taxes.rows, taxes.variables) == (10, [{"taxes": 10}], {"taxes": 10})
    assert [(record.id, record.value) for record in taxes.records] == [("tax", 10), ("taxes", 10)]
    both = decisions.evaluate("both", {"x": 10})
    assert (both.value, both.rows) == ({"tax": 5, "rest": 5}, [{"tax": 5, "rest": 5}])
    assert decisions.evaluate("both", {"x": "a"}).value == {"tax": None, "rest": None}


BASE = definitions(
    input_data("age", "number"),
    decision("is adult", text("age >= 18"), needs=["input:age"]),
    '<itemDefinition name="tAge"><typeRef>number</typeRef></itemDefinition>',
    namespace="urn:base",
)


def importing(name: str) -> bytes:
    expression = f"if {name + '.' if name else ''}is adult then 1 else 2"
    return definitions(
        f'<import namespace="urn:base" name="{name}" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>',
        decision("d", text(expression), needs=["decision:urn:base#is_adult"]),
        decision("t", text(f"1 instance of {name + '.' if name else ''}tAge")),
    )


@pytest.mark.parametrize("name", ["base", "the base", ""])
def test_a_file_uses_decisions_of_another_under_the_name_of_the_import(name: str) -> None:
    decisions = load({"base.dmn": BASE, "top.dmn": importing(name)})
    assert decisions.problems == []
    assert decisions.evaluate("d", {"age": 20}).value == 1
    assert decisions.evaluate("d", {name: {"age": 3}} if name else {"age": 3}).value == 2
    assert decisions.evaluate("t", {}).value is True


def test_what_is_required_and_missing_is_a_problem() -> None:
    decisions = load({"top.dmn": importing("base")})
    assert any("requires 'is_adult', which is not among these files" in one.message for one in decisions.problems)
    assert decisions.evaluate("d", {}).value == 2


def test_decisions_are_found_by_id_or_name() -> None:
    decisions = loaded(decision("the answer", text("42")))
    assert decisions.evaluate("the_answer", {}).value == decisions.evaluate("the answer", {}).value == 42
    with pytest.raises(EvaluationFailed, match="there is no decision 'nowhere'"):
        decisions.evaluate("nowhere", {})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a/>",
        b"no xml",
        b"<definitions/>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><definitions/>',
        b"\xff\xfe",
        b"<a>" * 500,
    ],
)
def test_what_is_no_dmn_file_is_refused(data: bytes) -> None:
    with pytest.raises(UnusableModel) as refused:
        load({"bad.dmn": data})
    assert refused.value.report.refused[0].file == "bad.dmn"


@pytest.mark.parametrize(
    "expression",
    ["count(for i in 1..100000000 return i)", "f(1)", '"x" + 1 + count(for i in 1..10000000 return partial)'],
)
def test_all_that_a_decision_asks_for_is_one_budget(expression: str) -> None:
    endless = (
        '<businessKnowledgeModel id="f" name="f"><variable name="f"/><encapsulatedLogic><formalParameter name="n"/>'
        f"{text('f(n + 1)')}</encapsulatedLogic></businessKnowledgeModel>"
    )
    parts = [endless, decision("a", text(expression), uses=["f"]), decision("d", text("a"), needs=["decision:a"])]
    decisions = loaded(*parts)
    with pytest.raises(EvaluationFailed, match=r"(more|longer) than|levels deep"):
        decisions.evaluate("d", {})
    many = [decision(f"d{n}", text("count(for i in 1..30 return i)")) for n in range(10)]
    many.append(decision("all", text("1"), needs=[f"decision:d{n}" for n in range(10)]))
    with pytest.raises(EvaluationFailed, match="more than 200 steps"):
        loaded(*many).evaluate("all", {}, Settings(budget=Budget(steps=200)))


def test_allowed_values_that_never_end_are_stopped_too() -> None:
    types = (
        '<itemDefinition name="t"><typeRef>number</typeRef>'
        f"{text('count(for i in 1..100000000 return i) > ?', 'allowedValues')}</itemDefinition>"
    )
    decisions = loaded(types, input_data("x", "t"), decision("d", text("x"), needs=["input:x"]))
    with pytest.raises(EvaluationFailed, match="more than"):
        decisions.evaluate("d", {"x": 1})


def test_boxes_nested_beyond_all_measure_are_a_problem() -> None:
    logic = text("1")
    for _ in range(60):
        logic = f"<list>{logic}</list>"
    decisions = load({"deep.dmn": definitions(decision("d", logic))})
    assert "nested" in decisions.problems[0].message
    decisions.evaluate("d", {})
