"""POST /expressions/evaluate: values as a process would see them, and faults that say where."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bpmn.values import from_json
from tests.api.client import Api

PATH = "/expressions/evaluate"


def asked(api: Api, language: str, expression: str, status: int = 200, **context: Any) -> Any:
    return api.post(PATH, {"language": language, "expression": expression, "context": context}, status)


@pytest.mark.parametrize(
    ("language", "expression", "expected"),
    [
        ("feel", "amount > 1000 and approved", True),
        ("feel", "= amount * 2", 3000),
        ("feel", "`first name`", "Ann"),
        ("feel", "first name", "Ann"),
        ("feel", "order.unit price * 3", 6),
        ("feel", "net a+b * 2", 14),
        ("feel", "now()", "2026-03-02T09:00:00Z"),
        ("feel", "0.1 + 0.2 = 0.3", True),
        ("juel", "${amount > 1000 && approved}", True),
        ("juel", "${amount} for #{order.id}", "1500 for A-1"),
        ("juel", "${dateTime().plusDays(1)}", "2026-03-03T09:00:00Z"),
        ("plain", "amount > 1000 and approved", True),
        ("plain", "order", {"id": "A-1", "unit price": 2}),
        ("python", "amount > 1000 and approved", True),
        ("python", "[x * 2 for x in [amount, 1]]", [3000, 2]),
        ("javascript", "amount > 1000 && order.id === 'A-1'", True),
    ],
)
def test_given_a_context_when_an_expression_is_tried_then_it_is_answered_with_its_value(
    sqlite_api: Api, language: str, expression: str, expected: Any
) -> None:
    order = {"id": "A-1", "unit price": 2}
    context: dict[str, Any] = {"amount": 1500, "approved": True, "first name": "Ann", "order": order, "net  a+b": 7}
    assert asked(sqlite_api, language, expression, **context) == {"result": expected, "warnings": []}


def test_given_exact_numbers_when_tried_then_every_digit_is_answered(sqlite_api: Api) -> None:
    body = b'{"language": "feel", "expression": "a + b", "context": {"a": 0.1234567890123456789012345, "b": 0.2}}'
    answer = sqlite_api.client.post(PATH, content=body, headers={"content-type": "application/json"})
    assert from_json(answer.content)["result"] == Decimal("0.3234567890123456789012345")


def test_given_feel_without_a_result_when_tried_then_warnings_say_why_and_where(sqlite_api: Api) -> None:
    answer = asked(sqlite_api, "feel", "1 +\n missing")
    assert answer["result"] is None
    assert "at character" in answer["warnings"][0]


@pytest.mark.parametrize(
    ("language", "expression", "code", "position"),
    [
        ("feel", "1 +", "expression-invalid", {"offset": 3, "line": 1, "column": 4}),
        ("feel", "=\n  1 + * 2", "expression-invalid", {"offset": 8, "line": 2, "column": 7}),
        ("juel", "${a +\n}", "expression-invalid", {"offset": 6, "line": 2, "column": 1}),
        ("juel", "amount", "expression-invalid", {"offset": 0, "line": 1, "column": 1}),
        ("plain", "a\nb", "expression-invalid", {"offset": 2, "line": 2, "column": 1}),
        ("juel", "${1 +\n missing}", "evaluation-failed", {"offset": 7, "line": 2, "column": 2}),
        ("juel", "${bean.call()}", "evaluation-failed", {"offset": 2, "line": 1, "column": 3}),
        ("plain", "1 / 0", "evaluation-failed", {"offset": 2, "line": 1, "column": 3}),
        ("feel", "= assert(null, false)", "evaluation-failed", {"offset": 2, "line": 1, "column": 3}),
        ("javascript", "1;\nmissing", "evaluation-failed", {"line": 2, "column": 1}),
        ("javascript", "1;\nlet = ;", "expression-invalid", {"line": 2, "column": 7}),
    ],
)
def test_given_a_fault_when_tried_then_the_problem_says_in_which_place(
    sqlite_api: Api, language: str, expression: str, code: str, position: dict[str, int]
) -> None:
    problem = asked(sqlite_api, language, expression, 400)
    assert (problem["code"], problem["position"]) == (code, position)
    assert f"line {position['line']}" in problem["detail"]


@pytest.mark.parametrize(
    "expression",
    ["count(for i in 1..1000000 return i * i)", "for i in 1..100000, j in 1..100000 return 1"],
)
def test_given_an_endless_expression_when_tried_then_the_budget_ends_it(sqlite_api: Api, expression: str) -> None:
    problem = asked(sqlite_api, "feel", expression, 400)
    assert problem["code"] == "evaluation-failed"
    assert "takes more than 500,000 steps" in problem["detail"] or "longer than 2 seconds" in problem["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"language": "groovy", "expression": "1"},
        {"language": "feel"},
        {"language": "feel", "expression": 1},
        {"language": "feel", "expression": "1", "context": [1]},
        {"language": "feel", "expression": "1", "more": 1},
        {"language": "feel", "expression": "x" * 100_001},
    ],
)
def test_given_a_body_of_another_shape_when_tried_then_it_is_refused(sqlite_api: Api, body: Any) -> None:
    assert sqlite_api.post(PATH, body, 400)["code"] == "invalid-request"


def test_given_a_text_longer_than_an_expression_when_tried_then_it_is_refused(sqlite_api: Api) -> None:
    assert asked(sqlite_api, "feel", "1" * 10_001, 400)["code"] == "expression-invalid"


def test_given_no_context_when_tried_then_it_is_empty(sqlite_api: Api) -> None:
    assert sqlite_api.post(PATH, {"language": "feel", "expression": "1 + 1"})["result"] == 2


@pytest.mark.parametrize(
    ("language", "script"),
    [("javascript", 'throw new BpmnError("E1", "no")'), ("python", 'raise BpmnError("E1", "no")')],
)
def test_given_a_script_that_throws_a_business_error_when_tried_then_it_is_told(
    sqlite_api: Api, language: str, script: str
) -> None:
    problem = asked(sqlite_api, language, script, 400)
    assert (problem["code"], "'E1'" in problem["detail"]) == ("evaluation-failed", True)
