"""Decisions over the dialect: deployed, found, evaluated, and their history."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn.values import from_json
from tests.api.diagrams import GRADES
from tests.api.engine_rest.client import Rest, typed
from tests.bpmn.decisions.models import decision, definitions, input_data, service, table, text
from tests.driver import ONE_TASK, chain, process

DISHES = definitions(
    input_data("temperature", "number"),
    decision(
        "season",
        table(["temperature"], ["season"], ['> 20 -> "summer"', '<= 20 -> "winter"']),
        needs=["input:temperature"],
    ),
    decision(
        "dish",
        table(["season"], ["dish", "guests"], ['"summer" -> "salad"; 1', '- -> "stew"; 2'], policy="COLLECT"),
        needs=["decision:season"],
    ),
)
TOTAL = definitions(
    decision("total", table(["x"], ["sum"], ["> 1 -> 10", "> 2 -> 20"], policy="COLLECT", aggregation="SUM"))
)


def test_given_decisions_beside_a_diagram_when_deployed_then_the_answer_has_them_and_their_file(rest: Rest) -> None:
    made = rest.deploy(ONE_TASK, DISHES)
    (file,) = made["deployedDecisionRequirementsDefinitions"].values()
    assert (file["key"], file["version"], file["resource"]) == ("d", 1, "diagram1.dmn")
    decisions = made["deployedDecisionDefinitions"].values()
    assert [(row["key"], row["version"], row["decisionRequirementsDefinitionId"]) for row in decisions] == [
        ("season", 1, file["id"]),
        ("dish", 1, file["id"]),
    ]
    assert len(made["deployedProcessDefinitions"]) == 1
    assert rest.get(f"/decision-requirements-definition/{file['id']}/xml")["dmnXml"] == DISHES.decode()
    assert rest.get("/decision-requirements-definition/key/d") == file


def test_given_a_broken_decision_when_deployed_then_the_modeler_learns_line_and_element(rest: Rest) -> None:
    problem = rest.deploy(definitions("\n", decision("d", table(["x"], ["o"], ["1 -> 1"], policy="ALL"))), status=400)
    (error,) = problem["details"]["diagram0.dmn"]["errors"]
    assert (error["line"], error["mainElementId"]) == (2, "t")
    assert problem["type"] == "ParseException"


def test_given_versions_when_they_are_looked_for_then_filters_find_them(rest: Rest) -> None:
    rest.deploy(GRADES)
    rest.deploy(GRADES, name="again")
    rest.deploy(DISHES)
    assert rest.get("/decision-definition/count", latestVersion="true") == {"count": 3}
    by_version = rest.get("/decision-definition", key="grade", sortBy="version", sortOrder="desc")
    assert [row["version"] for row in by_version] == [2, 1]
    (newest,) = rest.get("/decision-definition", nameLike="gra%", latestVersion="true")
    assert rest.get("/decision-definition/key/grade") == rest.get(f"/decision-definition/{newest['id']}") == newest
    assert rest.get("/decision-definition/key/grade/xml") == {"id": newest["id"], "dmnXml": GRADES.decode()}
    assert rest.get("/decision-definition", withoutDecisionRequirementsDefinition="true") == []
    assert len(rest.get("/decision-definition", decisionRequirementsDefinitionKey="d")) == 4
    for path in ("/decision-definition/key/grade/tenant-id/t", "/decision-definition/none"):
        assert rest.get(path, 404)["type"] == "InvalidRequestException"
        assert rest.post(f"{path}/evaluate", {}, status=404)


@pytest.mark.parametrize(
    ("key", "variables", "expected"),
    [
        ("grade", {"points": typed("Integer", 95)}, [{"grade": typed("String", "A")}]),
        ("grade", {}, []),
        (
            "dish",
            {"temperature": typed("Double", 25.5)},
            [
                {"dish": typed("String", "salad"), "guests": typed("Integer", 1)},
                {"dish": typed("String", "stew"), "guests": typed("Integer", 2)},
            ],
        ),
        ("total", {"x": typed("Long", 5)}, [{"sum": typed("Integer", 30)}]),
        ("total", {}, []),
        ("list", {}, [{"list": typed("Json", "[1,2]")}]),
        ("none", {}, [{"none": typed("Null", None)}]),
    ],
)
def test_given_a_decision_when_it_is_evaluated_then_rows_of_typed_outputs_come(
    rest: Rest, key: str, variables: dict[str, object], expected: list[object]
) -> None:
    literal = definitions(decision("list", text("[1, 2]")), decision("none", text("null")), namespace="urn:l")
    rest.deploy(GRADES, DISHES.replace(b"urn:test", b"urn:dishes"), TOTAL.replace(b"urn:test", b"urn:total"), literal)
    assert rest.post(f"/decision-definition/key/{key}/evaluate", {"variables": variables}) == expected


def test_given_types_of_outputs_that_values_do_not_show_when_evaluated_then_they_are_kept(rest: Rest) -> None:
    typed_table = table(["x"], ["a", "b"], ["- -> 1; 2"]).replace('name="a"', 'name="a" typeRef="long"')
    rest.deploy(definitions(decision("d", typed_table.replace('name="b"', 'name="b" typeRef="double"'))))
    (row,) = rest.post("/decision-definition/key/d/evaluate", {"variables": {}})
    assert (row["a"]["type"], row["b"]["type"]) == ("Long", "Double")


def test_given_a_file_as_a_variable_when_evaluated_then_it_is_refused(rest: Rest) -> None:
    rest.deploy(GRADES)
    paper = typed("File", "aGVsbG8=", filename="a.txt")
    assert rest.post("/decision-definition/key/grade/evaluate", {"variables": {"points": paper}}, status=400)
    assert rest.get("/history/decision-instance/count") == {"count": 0}


def test_given_evaluations_when_their_history_is_read_then_inputs_outputs_and_rules_are_there(rest: Rest) -> None:
    rest.deploy(DISHES)
    rest.post("/decision-definition/key/dish/evaluate", {"variables": {"temperature": typed("Integer", 25)}})
    path = "/history/decision-instance"
    (root,) = rest.get(path, rootDecisionInstancesOnly="true", includeInputs="true", includeOutputs="true")
    assert (root["decisionDefinitionKey"], root["rootDecisionInstanceId"], root["activityId"]) == ("dish", None, None)
    (given,) = root["inputs"]
    assert (given["clauseName"], given["type"], given["value"]) == ("season", "String", "summer")
    assert [(one["variableName"], one["ruleId"], one["ruleOrder"], one["value"]) for one in root["outputs"]] == [
        ("dish", "r1", 1, "salad"),
        ("guests", "r1", 1, 1),
        ("dish", "r2", 2, "stew"),
        ("guests", "r2", 2, 2),
    ]
    both = rest.get(path, rootDecisionInstanceId=root["id"], sortBy="evaluationTime", sortOrder="asc")
    assert sorted(row["decisionDefinitionKey"] for row in both) == ["dish", "season"]
    assert "inputs" not in both[0]
    (season,) = rest.get(path, decisionDefinitionKey="season")
    assert season["rootDecisionInstanceId"] == root["id"]
    assert rest.get(f"{path}/{season['id']}", includeOutputs="true")["outputs"][0]["value"] == "summer"
    assert rest.get(f"{path}/count", decisionDefinitionNameLike="d%") == {"count": 1}
    assert rest.get(path, evaluatedBefore="2020-01-01T00:00:00.000+0000") == []
    assert rest.get(path, processInstanceId="none") == rest.get(path, caseInstanceId="x") == []
    assert rest.get(f"{path}/none", 404)["type"] == "InvalidRequestException"


def test_given_an_aggregation_or_other_logic_when_its_history_is_read_then_the_value_is_there(rest: Rest) -> None:
    rest.deploy(TOTAL, definitions(decision("l", text("1 + 1")), namespace="urn:l"))
    rest.post("/decision-definition/key/total/evaluate", {"variables": {"x": typed("Integer", 9)}})
    rest.post("/decision-definition/key/l/evaluate", {"variables": {}})
    (total,) = rest.get("/history/decision-instance", decisionDefinitionKey="total")
    assert total["collectResultValue"] == 30
    (literal,) = rest.get("/history/decision-instance", decisionDefinitionKey="l", includeOutputs="true")
    assert [(one["variableName"], one["value"]) for one in literal["outputs"]] == [("l", 2)]


def test_given_a_business_rule_task_when_it_has_decided_then_the_history_names_instance_and_activity(
    rest: Rest,
) -> None:
    ask = (
        '<businessRuleTask id="ask" name="Grade it" camunda:decisionRef="grade" camunda:resultVariable="grade" '
        'camunda:mapDecisionResult="singleEntry"/>'
    )
    flow = chain('<startEvent id="s"/>', ask, '<userTask id="work"/>', '<endEvent id="e"/>')
    rest.deploy(process(flow, key="grading"), GRADES)
    started = rest.start("grading", {"points": typed("Integer", 70)})
    path = "/history/decision-instance"
    (made,) = rest.get(path, processInstanceId=started["id"], includeInputs="true", includeOutputs="true")
    assert (made["activityId"], made["processDefinitionKey"]) == ("ask", "grading")
    assert made["processDefinitionId"] == started["definitionId"]
    assert made["rootProcessInstanceId"] == made["processInstanceId"] == started["id"]
    assert [one["value"] for one in made["inputs"]] == [70]
    assert [(one["ruleOrder"], one["value"]) for one in made["outputs"]] == [(2, "B")]
    for name, value in (
        ("activityIdIn", "ask,other"),
        ("activityInstanceIdIn", made["activityInstanceId"]),
        ("processDefinitionKey", "grading"),
        ("processDefinitionId", made["processDefinitionId"]),
    ):
        for wanted, count in ((value, 1), ("none", 0)):
            query: dict[str, Any] = {name: wanted}
            assert rest.get(f"{path}/count", **query) == {"count": count}, name
    (activity,) = rest.get("/history/activity-instance", activityId="ask")
    assert activity["id"] == made["activityInstanceId"]
    assert activity["activityType"] == "businessRuleTask"
    assert rest.get(f"/process-instance/{started['id']}/variables/grade")["value"] == "B"


def test_given_a_decision_service_when_it_is_evaluated_by_key_then_its_outputs_are_one_row(rest: Rest) -> None:
    parts = [
        input_data("x", "number"),
        decision("a", text("x + 1"), needs=["input:x"]),
        decision("b", text('"b"')),
        service("both", ["a", "b"], ["x"]),
        service("one", ["a"], ["x"]),
    ]
    rest.deploy(definitions(*parts))
    asked = {"variables": {"x": typed("Integer", 1)}}
    (row,) = rest.post("/decision-definition/key/both/evaluate", asked)
    assert {name: found["value"] for name, found in row.items()} == {"a": 2, "b": "b"}
    (row,) = rest.post("/decision-definition/key/one/evaluate", asked)
    assert {name: found["value"] for name, found in row.items()} == {"one": 2}
    (kept,) = rest.get(
        "/history/decision-instance", decisionDefinitionKey="both", includeInputs="true", includeOutputs="true"
    )
    assert from_json(kept["outputs"][0]["value"]) == {"a": 2, "b": "b"}


def lasting(days: str) -> bytes:
    """A decision that says how long its history lives."""
    found = definitions(decision("d", text("1")))
    said = f'<decision xmlns:c="http://camunda.org/schema/1.0/dmn" c:historyTimeToLive="{days}" id="d"'
    return found.replace(b'<decision id="d"', said.encode())


@pytest.mark.parametrize("days", ["P5D", "5"])
def test_given_a_decision_that_says_how_long_its_history_lives_when_the_time_is_over_then_it_is_forgotten(
    rest: Rest, days: str
) -> None:
    rest.deploy(lasting(days))
    assert rest.get("/decision-definition/key/d")["historyTimeToLive"] == 5
    rest.post("/decision-definition/key/d/evaluate", {"variables": {}})
    (kept,) = rest.get("/history/decision-instance")
    assert (kept["evaluationTime"][:10], kept["removalTime"][:10]) == ("2026-03-02", "2026-03-07")
    rest.travel(days=4)
    rest.worker.clean_up()
    assert len(rest.get("/history/decision-instance")) == 1
    rest.travel(days=2)
    rest.worker.clean_up()
    assert rest.get("/history/decision-instance") == []


@pytest.mark.parametrize("days", ["P1M", "soon", "-1", "P999999D"])
def test_given_a_time_to_live_that_is_no_number_of_days_when_deployed_then_it_is_refused(
    sqlite_rest: Rest, days: str
) -> None:
    problem = sqlite_rest.deploy(lasting(days), status=400)
    assert "historyTimeToLive is a number of days" in problem["message"]
