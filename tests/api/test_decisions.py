"""Decisions over HTTP: deployed, listed, evaluated, remembered."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from app.db import Statement
from app.models import resource
from bpmn.values import from_json
from tests.api.client import Api
from tests.api.diagrams import GRADES
from tests.bpmn.decisions.models import decision, definitions, input_data, service, table, text
from tests.driver import ONE_TASK, chain, process

SCORE = definitions(
    input_data("income", "number"),
    decision("net income", text("income * 0.5"), needs=["input:income"]),
    decision(
        "score",
        table(
            ["net income"], ['score: "good", "bad"', "limit"], ['>= 1000 -> "good"; net income * 3', '- -> "bad"; 0']
        ).replace("UNIQUE", "FIRST"),
        needs=["decision:net income"],
    ),
)
ENDLESS = definitions(decision("endless", text("for i in 1..9999999 return i")))


def evaluated(api: Api, key: str, variables: dict[str, Any], status: int = 200) -> Any:
    return api.post(f"/decisions/by-key/{key}/evaluate", {"variables": variables}, status)


def test_given_a_diagram_with_decisions_when_they_are_deployed_then_each_decision_has_a_version(api: Api) -> None:
    made = api.deploy(ONE_TASK, SCORE)
    assert [(found["key"], found["version"], found["name"]) for found in made["decisions"]] == [
        ("net_income", 1, "net income"),
        ("score", 1, "score"),
    ]
    assert [found["key"] for found in made["processDefinitions"]] == ["p"]
    assert {entry["elementId"] for entry in made["report"]["entries"]} >= {"income", "net_income", "score", "work"}
    assert api.get(f"/deployments/{made['id']}")["decisions"] == made["decisions"]
    assert [found["version"] for found in api.deploy(SCORE, name="again")["decisions"]] == [2, 2]


def test_given_the_same_decisions_when_duplicates_are_filtered_then_there_is_no_new_version(api: Api) -> None:
    first = api.deploy(SCORE)
    form = {"name": "test", "filterDuplicates": "true"}
    again = api.client.post("/deployments", files={"files": ("diagram0.dmn", SCORE)}, data=form).json()
    assert (again["duplicate"], again["decisions"]) == (True, first["decisions"])


def test_given_a_broken_decision_when_it_is_deployed_or_tried_then_line_and_element_are_named(api: Api) -> None:
    bad = table(["x"], ["o"], ["1 -> 1"], policy="ALL")
    broken = definitions(decision("fine", text("1")), "\n", decision("d", bad))
    for query in ({}, {"dryRun": "true"}):
        problem = api.deploy(ONE_TASK, broken, status=422, **query)
        (entry,) = [entry for entry in problem["report"]["entries"] if entry["status"] == "refused"]
        assert (entry["file"], entry["line"], entry["elementId"]) == ("diagram1.dmn", 2, "t")
        assert "no hit policy ALL" in entry["message"]
    assert api.get("/decisions")["items"] == []


def test_given_a_dry_run_when_decisions_are_usable_then_they_are_named_and_nothing_is_kept(api: Api) -> None:
    judged = api.deploy(SCORE, status=200, dryRun="true")
    assert [found["key"] for found in judged["decisions"]] == ["net_income", "score"]
    assert api.get("/decisions")["items"] == []


def test_given_decisions_when_they_are_listed_then_filters_and_pages_hold(api: Api) -> None:
    api.deploy(SCORE)
    second = api.deploy(SCORE, name="second")
    api.deploy(GRADES)
    assert [(found["key"], found["version"]) for found in api.get("/decisions")["items"]] == [
        ("grade", 1),
        ("net_income", 2),
        ("net_income", 1),
        ("score", 2),
        ("score", 1),
    ]
    assert [found["key"] for found in api.get("/decisions", latest="true")["items"]] == ["grade", "net_income", "score"]
    first = api.get("/decisions", limit=1, deploymentId=second["id"])
    rest = api.get("/decisions", limit=1, deploymentId=second["id"], cursor=first["nextCursor"])
    assert [found["id"] for found in first["items"] + rest["items"]] == [found["id"] for found in second["decisions"]]
    (one,) = api.get("/decisions", key="score", version=1)["items"]
    assert api.get(f"/decisions/{one['id']}") == one
    assert api.get("/decisions/by-key/score")["version"] == 2
    assert api.client.get(f"/decisions/{one['id']}/xml").content == SCORE
    assert api.get(f"/decisions/{one['id']}/report")["report"]["executed"] == 3


@pytest.mark.parametrize("path", ["/decisions/none", "/decisions/by-key/none", "/decisions/none/report"])
def test_given_no_such_decision_when_it_is_asked_for_then_it_is_not_found(sqlite_api: Api, path: str) -> None:
    assert sqlite_api.get(path, 404)["code"] == "decision-not-found"
    assert sqlite_api.client.get("/decisions/none/xml").status_code == 404
    assert sqlite_api.post("/decisions/none/evaluate", {}, 404)["code"] == "decision-not-found"
    assert evaluated(sqlite_api, "none", {}, 404)["code"] == "decision-not-found"
    assert sqlite_api.get("/decision-evaluations/none", 404)["code"] == "decision-evaluation-not-found"


def test_given_a_decision_when_it_is_evaluated_then_result_inputs_outputs_and_rules_come(api: Api) -> None:
    made = api.deploy(SCORE)
    got = evaluated(api, "score", {"income": 4200})
    assert got["result"] == {"score": "good", "limit": 6300}
    assert (got["decisionId"], got["decisionVersion"]) == (made["decisions"][1]["id"], 1)
    first, last = got["decisions"]
    assert (first["key"], first["result"], first["tables"]) == ("net_income", 2100, [])
    (used,) = last["tables"]
    assert used["inputs"] == [{"id": None, "name": "net income", "value": 2100}]
    (rule,) = used["rules"]
    assert (rule["number"], rule["id"]) == (1, "r1")
    assert [(one["name"], one["value"]) for one in rule["outputs"]] == [("score", "good"), ("limit", 6300)]


def test_given_numbers_when_a_decision_computes_then_they_are_exact(api: Api) -> None:
    api.deploy(definitions(decision("sum", text("a + b"))))
    answer = api.client.post("/decisions/by-key/sum/evaluate", content=b'{"variables": {"a": 0.1, "b": 0.2}}')
    assert answer.status_code == 415
    headers = {"content-type": "application/json"}
    body = b'{"variables": {"a": 0.1, "b": 0.20000000000000000001}}'
    answer = api.client.post("/decisions/by-key/sum/evaluate", content=body, headers=headers)
    assert from_json(answer.content)["result"] == Decimal("0.30000000000000000001")


def test_given_what_makes_null_when_evaluated_then_the_warning_says_where(api: Api) -> None:
    api.deploy(definitions("\n", decision("d", text('"a" + 1'))))
    got = evaluated(api, "d", {})
    assert got["result"] is None
    (warning,) = got["warnings"]
    assert "at character" in warning
    assert "line 2" in warning
    assert got["decisions"][0]["warnings"] == [warning]


@pytest.mark.parametrize("variables", [{}, {"i": 1}])
def test_given_a_decision_that_never_ends_when_evaluated_then_it_is_stopped_and_others_go_on(
    api: Api, variables: dict[str, Any]
) -> None:
    api.deploy(ENDLESS, GRADES)
    problem = evaluated(api, "endless", variables, 400)
    assert problem["code"] == "decision-failed"
    assert "the expression takes" in problem["detail"]
    assert evaluated(api, "grade", {"points": 95})["result"] == "A"
    assert [kept["decisionKey"] for kept in api.get("/decision-evaluations")["items"]] == ["grade"]


def test_given_an_older_version_when_it_is_evaluated_by_id_then_it_decides_as_it_did(api: Api) -> None:
    old = api.deploy(definitions(decision("d", text("1"))))["decisions"][0]
    api.deploy(definitions(decision("d", text("2"))))
    assert api.post(f"/decisions/{old['id']}/evaluate", {})["result"] == 1
    assert evaluated(api, "d", {})["result"] == 2


def test_given_evaluations_when_they_are_listed_then_roots_and_required_decisions_are_told_apart(api: Api) -> None:
    api.deploy(SCORE)
    got = evaluated(api, "score", {"income": 10})
    api.travel(minutes=1)
    evaluated(api, "score", {"income": 20})
    kept = api.get("/decision-evaluations", rootEvaluationId=got["evaluationId"])["items"]
    assert [(one["decisionKey"], one["rootEvaluationId"]) for one in kept] == [
        ("net_income", got["evaluationId"]),
        ("score", None),
    ]
    root = api.get(f"/decision-evaluations/{got['evaluationId']}")
    assert root["decision"] == got["decisions"][1]
    assert (root["processInstanceId"], root["at"]) == (None, "2026-03-02T09:00:00.000Z")
    assert len(api.get("/decision-evaluations", decisionKey="score")["items"]) == 2
    assert len(api.get("/decision-evaluations", decisionId=root["decisionId"], limit=1)["items"]) == 1


def test_given_long_values_when_they_are_remembered_then_they_are_cut_and_the_answer_is_not(api: Api) -> None:
    api.deploy(definitions(decision("d", text("x"))))
    got = evaluated(api, "d", {"x": "a" * 5000})
    assert got["result"] == "a" * 5000
    kept = api.get(f"/decision-evaluations/{got['evaluationId']}")
    assert kept["decision"]["result"] == "(5002 bytes, not kept)"


SERVICES = definitions(
    input_data("x", "number"),
    decision("tax", text("x * 0.5"), needs=["input:x"]),
    decision("rest", text("x - tax"), needs=["input:x", "decision:tax"]),
    service("taxes", ["tax", "rest"], ["x"]),
    decision("caller", text("taxes(x: 10).rest"), uses=["taxes"]),
)


def test_given_a_decision_service_when_it_is_evaluated_then_it_answers_as_a_decision_does(api: Api) -> None:
    made = api.deploy(SERVICES)
    assert [found["key"] for found in made["decisions"]] == ["tax", "rest", "taxes", "caller"]
    answer = evaluated(api, "taxes", {"x": 100, "tax": 1})
    assert answer["result"] == {"tax": 50, "rest": 50}
    assert [(one["key"], one["result"]) for one in answer["decisions"]][-1] == ("taxes", {"tax": 50, "rest": 50})
    assert api.post(f"/decisions/{answer['decisionId']}/evaluate", {"variables": {"x": 4}})["result"]["tax"] == 2
    assert evaluated(api, "caller", {})["result"] == 5
    kept = api.get(f"/decision-evaluations/{answer['evaluationId']}")
    assert (kept["decisionKey"], kept["decision"]["result"]) == ("taxes", {"tax": 50, "rest": 50})


def test_given_a_decision_service_when_a_process_asks_for_it_then_it_is_told_the_outputs(api: Api) -> None:
    ask = (
        '<businessRuleTask id="ask" camunda:decisionRef="taxes" camunda:mapDecisionResult="singleResult" '
        'camunda:resultVariable="found"/>'
    )
    api.deploy(process(chain('<startEvent id="s"/>', ask, '<userTask id="wait"/>', '<endEvent id="e"/>')), SERVICES)
    started = api.start("p", {"x": 100})
    assert api.get(f"/process-instances/{started['id']}/variables")["variables"]["found"] == {"tax": 50, "rest": 50}


def test_given_a_source_of_chance_when_a_decision_asks_for_a_random_number_then_it_is_taken_from_there(
    api: Api,
) -> None:
    ask = '<businessRuleTask id="ask" camunda:decisionRef="d" camunda:mapDecisionResult="singleEntry" '
    ask += 'camunda:resultVariable="found"/>'
    api.deploy(
        process(chain('<startEvent id="s"/>', ask, '<userTask id="wait"/>', '<endEvent id="e"/>')),
        definitions(decision("d", text("random number()"))),
    )
    numbers = iter([0.25, 0.5])
    api.server.runtime.chance = lambda: next(numbers)
    answer = api.post("/decisions/by-key/d/evaluate", {"variables": {}})
    assert answer["result"] == 0.25
    api.server.runtime.chance = lambda: 0.75
    started = api.start("p", {})
    assert api.get(f"/process-instances/{started['id']}/variables")["variables"]["found"] == 0.75


def test_given_old_evaluations_when_their_time_is_over_then_they_are_forgotten(api: Api) -> None:
    api.deploy(GRADES)
    evaluated(api, "grade", {"points": 1})
    api.travel(days=20)
    evaluated(api, "grade", {"points": 2})
    api.travel(days=11)
    api.worker.clean_up()
    assert len(api.get("/decision-evaluations")["items"]) == 1


def test_given_a_server_that_keeps_none_when_a_decision_is_evaluated_then_nothing_is_kept(sqlite_url: str) -> None:
    with Api(sqlite_url, decision_history_days=0) as api:
        api.deploy(GRADES)
        assert evaluated(api, "grade", {"points": 1})["evaluationId"] is None
        assert api.get("/decision-evaluations")["items"] == []


def test_given_a_deployment_of_decisions_when_it_is_deleted_then_the_version_before_is_the_newest(api: Api) -> None:
    api.deploy(definitions(decision("d", text("1"))))
    second = api.deploy(definitions(decision("d", text("2"))))
    evaluated(api, "d", {})
    api.delete(f"/deployments/{second['id']}")
    assert evaluated(api, "d", {})["result"] == 1
    assert len(api.get("/decision-evaluations")["items"]) == 2
    third = api.deploy(definitions(decision("d", text("3"))))
    evaluated(api, "d", {})
    api.delete(f"/deployments/{third['id']}", cascade="true")
    assert len(api.get("/decision-evaluations")["items"]) == 2


def test_given_decisions_that_this_release_cannot_read_when_evaluated_then_it_says_so(sqlite_api: Api) -> None:
    made = sqlite_api.deploy(GRADES)
    spoil = Statement(update(resource).values(content=b"<definitions/>"))
    sqlite_api.server.runtime.write(lambda tx: tx.execute(spoil, {}))
    problem = sqlite_api.post(f"/decisions/{made['decisions'][0]['id']}/evaluate", {}, 409)
    assert problem["code"] == "decision-unusable"


def test_given_a_process_that_asks_when_its_history_is_read_then_the_timeline_shows_how_it_was_decided(
    api: Api,
) -> None:
    ask = '<businessRuleTask id="ask" camunda:decisionRef="grade" camunda:resultVariable="grade"/>'
    api.deploy(process(chain('<startEvent id="s"/>', ask, '<endEvent id="e"/>')), GRADES)
    started = api.start("p", {"points": 95})
    (entry,) = api.get(f"/process-instances/{started['id']}/history", kind="decision-evaluated")["items"]
    details = entry["details"]
    assert (details["elementId"], details["key"], details["version"]) == ("ask", "grade", 1)
    (decided,) = details["decisions"]
    assert decided["value"] == "A"
    assert decided["tables"][0]["inputs"] == [{"id": None, "name": "points", "value": 95}]
    assert decided["tables"][0]["rules"][0]["id"] == "r1"
    (kept,) = api.get("/decision-evaluations", processInstanceId=started["id"])["items"]
    assert (kept["activityId"], kept["elementId"]) == (details["activityId"], "ask")


def test_given_decisions_that_take_long_when_many_are_evaluated_then_those_who_read_do_not_wait(
    sqlite_api: Api,
) -> None:
    sqlite_api.deploy(definitions(decision("slow", text("random number()"))))
    runtime, gate = sqlite_api.server.runtime, threading.Event()
    runtime.chance = lambda: 0.5 if gate.wait(60) else 0.0
    asking = runtime.settings.database_connections + 4
    with ThreadPoolExecutor(asking) as callers:
        answers = [callers.submit(evaluated, sqlite_api, "slow", {}) for _ in range(asking)]
        try:
            assert len(sqlite_api.get("/decisions")["items"]) == 1
        finally:
            gate.set()
    assert {answer.result()["result"] for answer in answers} == {0.5}
