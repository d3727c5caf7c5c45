"""Decision tables: hit policies, aggregations, entries, what is recorded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bpmn.decisions import load
from bpmn.values import Value
from tests.bpmn.decisions.models import decide, decision, definitions, loaded, table, text

RULES = [
    '< 18; - -> "minor"; 1',
    '[18..65); true -> "adult"; 2',
    '[18..65); - -> "adult"; 3',
    '>= 65; - -> "senior"; 4',
]
CLAUSES = ['group: "senior", "adult", "minor"', "points: 1, 2, 3, 4"]


def answer(policy: str, age: Any, member: Any = False, aggregation: str = "", outputs: int = 2) -> Value:
    rules = (
        RULES if outputs == 2 else [rule.rpartition(" -> ")[0] + " -> " + rule.rpartition("; ")[2] for rule in RULES]
    )
    clauses = CLAUSES if outputs == 2 else CLAUSES[1:]
    logic = table(["age", "member"], clauses, rules, policy=policy, aggregation=aggregation)
    return decide("group", {"age": age, "member": member}, decision("group", logic))


ADULT_2, ADULT_3 = {"group": "adult", "points": 2}, {"group": "adult", "points": 3}


@pytest.mark.parametrize(
    ("policy", "age", "member", "expected"),
    [
        ("UNIQUE", 17, True, {"group": "minor", "points": 1}),
        ("UNIQUE", 30, False, ADULT_3),
        ("UNIQUE", 30, True, None),
        ("UNIQUE", None, True, None),
        ("FIRST", 30, True, ADULT_2),
        ("ANY", 30, True, None),
        ("ANY", 30, False, ADULT_3),
        ("PRIORITY", 30, True, ADULT_2),
        ("RULE ORDER", 30, True, [ADULT_2, ADULT_3]),
        ("OUTPUT ORDER", 30, True, [ADULT_2, ADULT_3]),
        ("COLLECT", 30, True, [ADULT_2, ADULT_3]),
        ("COLLECT", None, True, []),
        ("RULE ORDER", None, True, []),
    ],
)
def test_a_hit_policy_says_what_becomes_of_several_rules(policy: str, age: Any, member: bool, expected: Value) -> None:
    assert answer(policy, age, member) == expected


def test_the_order_of_outputs_is_that_of_their_values_not_of_the_rules() -> None:
    logic = table(["x"], ['o: "high", "low"'], ['> 1 -> "low"', '> 2 -> "high"'], policy="OUTPUT ORDER")
    assert decide("o", {"x": 3}, decision("o", logic)) == ["high", "low"]
    priority = table(["x"], ['o: "high", "low"'], ['> 1 -> "low"', '> 2 -> "high"'], policy="PRIORITY")
    assert decide("o", {"x": 3}, decision("o", priority)) == "high"


@pytest.mark.parametrize(
    ("aggregation", "age", "expected"),
    [("SUM", 30, 5), ("MIN", 30, 2), ("MAX", 30, 3), ("COUNT", 30, 2), ("COUNT", None, 0), ("SUM", None, None)],
)
def test_collect_aggregates(aggregation: str, age: Any, expected: Value) -> None:
    assert answer("COLLECT", age, True, aggregation, outputs=1) == expected


def test_any_takes_equal_outputs_of_several_rules() -> None:
    logic = table(["x"], ["o"], ["> 1 -> 1.0", "> 2 -> 1"], policy="ANY")
    assert decide("o", {"x": 3}, decision("o", logic)) == 1


def test_a_default_stands_in_where_no_rule_matches() -> None:
    logic = table(["x"], ['a: "y", "n" default "n"', "b"], ['1 -> "y"; 2'])
    assert decide("o", {"x": 5}, decision("o", logic)) == {"a": "n", "b": None}
    assert decide("o", {"x": 1}, decision("o", logic)) == {"a": "y", "b": 2}


def test_entries_are_expressions_over_all_variables() -> None:
    logic = table(["a + b"], ["o"], ['? > limit -> "over " + string(a)', "limit -> limit * 0.1"])
    variables = {"a": 1, "b": 2, "limit": 3}
    assert decide("o", variables, decision("o", logic)) == Decimal("0.3")
    assert decide("o", variables | {"limit": 2}, decision("o", logic)) == "over 1"


def test_an_empty_input_entry_matches_everything_and_an_empty_output_is_null() -> None:
    logic = table(["x"], ["o", "p"], ["- -> ; 1"]).replace("<text>-</text>", "<text> </text>")
    assert decide("o", {"x": 5}, decision("o", logic)) == {"o": None, "p": 1}


def test_an_input_must_be_of_its_type_and_among_its_values() -> None:
    logic = table(["x"], ["o"], ['"a" -> 1', "- -> 2"], policy="FIRST").replace(
        "</inputExpression>", f"</inputExpression>{text(chr(34) + 'a' + chr(34), 'inputValues')}"
    )
    decisions = loaded(decision("o", logic))
    assert decisions.evaluate("o", {"x": "a"}).value == 1
    outcome = decisions.evaluate("o", {"x": "b"})
    assert outcome.value == 2
    assert "none of the allowed values" in outcome.warnings[0]
    typed = loaded(decision("o", logic.replace("<inputExpression>", '<inputExpression typeRef="string">')))
    assert "does not fit" in typed.evaluate("o", {"x": 1}).warnings[0]


def test_a_text_is_a_date_where_the_input_is_one() -> None:
    logic = table(["day"], ["o"], ['< date("2025-01-01") -> "old"', '- -> "new"'], policy="FIRST")
    logic = logic.replace("<inputExpression>", '<inputExpression typeRef="date">')
    assert decide("o", {"day": "2024-12-31"}, decision("o", logic)) == "old"
    assert decide("o", {"day": "2025-01-01"}, decision("o", logic)) == "new"


def test_it_is_recorded_which_rules_matched_for_which_inputs() -> None:
    logic = table(["age", "member"], CLAUSES, RULES, policy="RULE ORDER")
    outcome = loaded(decision("group", logic)).evaluate("group", {"age": 30, "member": True})
    (record,) = outcome.records
    (table_record,) = record.tables
    assert (record.id, record.name, record.value) == ("group", "group", outcome.value)
    assert [(one.name, one.value) for one in table_record.inputs] == [("age", 30), ("member", True)]
    assert [(rule.number, rule.id) for rule in table_record.rules] == [(2, "r2"), (3, "r3")]
    assert [(one.name, one.value) for one in table_record.rules[1].outputs] == [("group", "adult"), ("points", 3)]
    assert table_record.value == outcome.value


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (table(["x"], ["o"], ["< -> 1"]), "no unary tests"),
        (table(["x"], ["o"], ["1 -> +"]), "unexpected"),
        (table(["x +"], ["o"], ["1 -> 1"]), "the text ends too soon"),
        (table(["x", "y"], ["o"], ["1 -> 1"]), "rule 1 has not as many entries"),
        (table(["x"], ["o"], ["1 -> 1"], policy="BEST"), "there is no hit policy BEST"),
        (table(["x"], ["o"], ["1 -> 1"], policy="PRIORITY"), "needs output values"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_its_place(broken: str, message: str) -> None:
    decisions = load({"test.dmn": definitions(decision("o", broken), decision("fine", text("1")))})
    assert message in decisions.problems[0].message
    assert decisions.problems[0].file == "test.dmn"
    decisions.evaluate("o", {"x": 1})
    assert decisions.evaluate("fine", {}).value == 1


def test_a_thousand_rules_find_the_one_that_matches() -> None:
    rules = [f'"c{number % 50}"; [{number}..{number + 10}] -> {number}' for number in range(1_000)]
    decisions = loaded(decision("o", table(["country", "age"], ["o"], rules, policy="COLLECT")))
    assert decisions.evaluate("o", {"country": "c7", "age": 515}).value == [507]
    assert decisions.evaluate("o", {"country": "c99", "age": 515}).value == []
