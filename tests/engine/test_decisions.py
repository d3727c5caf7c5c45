"""Decisions in processes: which version is meant, what the history keeps, what goes with an instance."""

from __future__ import annotations

from typing import Any

import pytest

from app.commands import deployments, incidents, process_instances
from app.queries import decisions as decision_queries
from app.queries.decisions import EvaluationFilters, EvaluationRow
from bpmn.values import Value
from tests.bpmn.decisions.models import decision, definitions, table, text
from tests.driver import ALL, Driver, chain, process

START, END = '<startEvent id="s"/>', '<endEvent id="e"/>'


def asks(attributes: str = "", key: str = "p", before: str = "") -> bytes:
    """A process that asks for the decision d, and waits."""
    task = (
        f'<businessRuleTask id="ask" camunda:decisionRef="d" camunda:resultVariable="answer" '
        f'camunda:mapDecisionResult="singleEntry" {attributes}/>'
    )
    return process(chain(START, *([before] if before else []), task, '<userTask id="work"/>', END), key=key)


def says(answer: str, tag: str = "") -> bytes:
    found = definitions(decision("base", text("n + 1")), decision("d", text(answer), needs=["decision:base"]))
    tagged = f'<decision xmlns:c="http://camunda.org/schema/1.0/dmn" c:versionTag="{tag}" id="d"'
    return found.replace(b'<decision id="d"', tagged.encode()) if tag else found


def answer(driver: Driver, key: str = "p", **variables: Value) -> Value:
    return driver.variables(driver.start(key, {"n": 1, **variables}).id).get("answer")


def evaluations(driver: Driver, **filters: Any) -> list[EvaluationRow]:
    return driver.read(lambda tx: decision_queries.list_evaluations(tx, ALL, EvaluationFilters(**filters))).items


def test_given_a_new_version_of_a_decision_when_a_process_asks_then_the_binding_says_which_one_answers(
    driver: Driver,
) -> None:
    driver.deploy(
        says('"first"', "old"),
        asks(),
        asks('camunda:decisionRefBinding="deployment"', "same"),
        asks('camunda:decisionRefBinding="version" camunda:decisionRefVersion="1"', "numbered"),
        asks('camunda:decisionRefBinding="versionTag" camunda:decisionRefVersionTag="old"', "tagged"),
    )
    assert answer(driver) == "first"
    driver.deploy(says('"second"'), name="second")
    assert answer(driver) == "second"
    assert {answer(driver, key) for key in ("same", "numbered", "tagged")} == {"first"}


def test_given_decisions_in_a_deployment_of_their_own_when_a_process_asks_then_they_are_found(driver: Driver) -> None:
    driver.deploy(asks())
    driver.deploy(asks('camunda:decisionRefBinding="deployment"', "same"))
    driver.deploy(says("base * 10"), name="rules")
    assert answer(driver) == 20
    waits = driver.start("same", {"n": 1})
    (incident,) = driver.incidents(process_instance_id=waits.id)
    assert (incident.kind, incident.element_id) == ("decision-missing", "ask")
    assert "'d' in the deployment of the process" in incident.message


def test_given_no_such_decision_when_it_is_deployed_later_then_the_incident_can_be_resolved(driver: Driver) -> None:
    driver.deploy(asks())
    started = driver.start("p", {"n": 1})
    (incident,) = driver.incidents()
    assert "There is no decision 'd'" in incident.message
    driver.deploy(says('"there"'), name="rules")
    driver.write(lambda tx: incidents.resolve(tx, incident.id))
    assert driver.variables(started.id)["answer"] == "there"
    assert driver.incidents() == []


def test_given_a_process_that_asked_when_its_history_is_read_then_inputs_outputs_and_rules_are_there(
    driver: Driver,
) -> None:
    rules = table(["n", "base"], ["o"], ['< 0; - -> "less"', '> 0; > 1 -> "more"'])
    base = decision("base", text("n + 1"))
    driver.deploy(asks(), definitions(base, decision("d", rules, needs=["decision:base"])))
    started = driver.start("p", {"n": 3})
    (entry,) = driver.history(started.id, "decision-evaluated")
    assert (entry.details["element_id"], entry.details["key"], entry.details["version"]) == ("ask", "d", 1)
    (first, last) = entry.details["decisions"]
    assert (first.id, first.value) == ("base", 4)
    (used,) = last.tables
    assert [(one.name, one.value) for one in used.inputs] == [("n", 3), ("base", 4)]
    assert [(rule.number, rule.outputs[0].value) for rule in used.rules] == [(2, "more")]

    root, required = sorted(evaluations(driver, instance_id=started.id), key=lambda row: row.root_id is not None)
    assert (root.decision_key, root.element_id, root.activity_id) == ("d", "ask", entry.details["activity_id"])
    assert (required.decision_key, required.root_id) == ("base", root.id)
    assert root.record == last


def test_given_a_step_that_failed_after_its_decision_when_the_history_is_read_then_nothing_was_decided(
    driver: Driver,
) -> None:
    torn = definitions(decision("d", table(["n"], ["o"], ["> 0 -> 1", "> 1 -> 2"])))
    driver.deploy(asks(), torn)
    started = driver.start("p", {"n": 3})
    (incident,) = driver.incidents()
    assert (incident.kind, "rules 1, 2" in incident.message) == ("decision-failed", True)
    assert evaluations(driver) == []
    assert driver.history(started.id, "decision-evaluated") == []


def test_given_a_server_that_was_restarted_when_a_process_asks_then_the_decision_is_read_once_more(
    database_url: str,
) -> None:
    before = Driver(database_url)
    before.deploy(says('"same"'), asks(before='<userTask id="first"/>'))
    started = before.start("p", {"n": 1})
    before.close()
    after = Driver(database_url)
    after.complete(after.task("first").id)
    assert after.variables(started.id)["answer"] == "same"
    after.close()


def test_given_instances_that_asked_when_they_are_deleted_then_what_was_evaluated_goes_too(driver: Driver) -> None:
    process_deployment = driver.deploy(asks())
    rules = driver.deploy(says('"x"'), name="rules")
    first = driver.start("p", {"n": 1})
    second = driver.start("p", {"n": 1})
    assert len(evaluations(driver)) == 4
    driver.cancel(first.id)
    driver.write(lambda tx: process_instances.delete(tx, first.id))
    assert {row.instance_id for row in evaluations(driver)} == {second.id}
    driver.write(lambda tx: deployments.delete(tx, rules.id))
    assert len(evaluations(driver)) == 2
    driver.write(lambda tx: deployments.delete(tx, process_deployment.id, cascade=True))
    assert evaluations(driver) == []


def test_given_a_called_process_when_it_asks_then_its_own_deployment_is_meant(driver: Driver) -> None:
    driver.deploy(process(chain(START, '<callActivity id="call" calledElement="p"/>', END), key="caller"))
    driver.deploy(asks('camunda:decisionRefBinding="deployment"'), says('"inner"'), name="inner")
    driver.deploy(says('"newer"'), name="newer")
    driver.start("caller", {"n": 1})
    (task,) = driver.tasks(element_id="work")
    inner = task.id.partition(".")[0]
    assert driver.variables(inner).get("answer") == "inner"


@pytest.mark.parametrize("name", ["\0", "x" * 300, "'; drop table deployment; --", "\U0001f600"])
def test_given_a_decision_named_by_hostile_text_when_asked_then_it_is_missing_and_nothing_breaks(
    driver: Driver, name: str
) -> None:
    task = '<businessRuleTask id="ask" camunda:decisionRef="${which}"/>'
    driver.deploy(process(chain(START, task, END)))
    driver.start("p", {"which": name})
    (incident,) = driver.incidents()
    assert incident.kind == "decision-missing"
