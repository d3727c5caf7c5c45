"""Variables in the dialect: what is found by them, and what is rarer than setting and reading them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.db import Transaction
from app.engine.chronicle import unpack
from app.models import history, job, process_instance, variable
from tests.api.engine_rest.client import Rest, typed
from tests.driver import ONE_TASK, chain, process


@pytest.mark.parametrize(
    ("path", "filter"),
    [
        ("/process-instance", "variables"),
        ("/history/process-instance", "variables"),
        ("/task", "processVariables"),
    ],
)
def test_given_texts_in_any_case_when_asked_without_heeding_it_then_names_or_values_fit(
    rest: Rest, path: str, filter: str
) -> None:
    rest.deploy(ONE_TASK)
    rest.start("p", {"City": typed("String", "Ulm")})
    rest.start("p", {"city": typed("String", "ULM"), "size": typed("Integer", 5)})
    rest.start("p", {"City": typed("String", "Bonn")})

    def count(name: str, operator: str, value: Any, **how: bool) -> int:
        asked = {filter: [{"name": name, "operator": operator, "value": value}], **how}
        found: int = rest.post(f"{path}/count", asked)["count"]
        return found

    names, values = {"variableNamesIgnoreCase": True}, {"variableValuesIgnoreCase": True}
    assert count("city", "eq", "ulm") == 0
    assert count("CITY", "eq", "Ulm", **names) == 1
    assert count("City", "eq", "ulm", **values) == 1
    assert count("CITY", "eq", "ulm", **names, **values) == 2
    assert count("CITY", "neq", "ulm", **names, **values) == 1
    assert count("city", "like", "U%", **names) == 2
    assert count("city", "like", "u_M", **names, **values) == 2
    assert count("city", "notLike", "u%", **names, **values) == 1
    assert count("SIZE", "gt", 4, **names, **values) == 1
    asked = rest.get(f"{path}/count", status=200, **{filter: "CITY_eq_ULM", "variableNamesIgnoreCase": "true"})
    assert asked == {"count": 1}
    rest.get(path, status=400, variableValuesIgnoreCase="perhaps")


def test_given_an_object_when_any_operation_returns_it_then_it_is_text_unless_asked_otherwise(rest: Rest) -> None:
    rest.deploy(
        process(
            chain(
                '<startEvent id="s"/>',
                '<userTask id="work"/>',
                '<serviceTask id="pay" camunda:type="external" camunda:topic="pay"/>',
            )
            + '<startEvent id="by"><messageEventDefinition messageRef="m"/></startEvent>'
            + '<sequenceFlow id="x" sourceRef="by" targetRef="work"/>',
            outside='<message id="m" name="go"/>',
        )
    )
    thing = typed("Object", '{"a":1}', objectTypeName="com.example.Thing", serializationDataFormat="application/json")
    given = {"variables": {"thing": thing}}
    instance = rest.start(variables=given["variables"], withVariablesInReturn=True)
    result = {"messageName": "go", "processVariables": given["variables"], "resultEnabled": True}
    (message,) = rest.post("/message", {**result, "variablesInResultEnabled": True})
    (task,) = rest.tasks(processInstanceId=instance["id"], withTaskVariablesInReturn="true")
    done = rest.post(f"/task/{task['id']}/complete", {"withVariablesInReturn": True})
    (fetched,) = rest.fetch("pay")
    assert [found["thing"] for found in (instance["variables"], message["variables"], task["variables"], done)] == [
        thing
    ] * 4
    assert fetched["variables"]["thing"] == thing

    read = {**thing, "value": {"a": 1}}
    path = f"/process-instance/{instance['id']}/variables"
    (variable,) = rest.get("/variable-instance", processInstanceIdIn=instance["id"])
    for address, name in (
        (path, "deserializeValues"),
        (f"{path}/thing", "deserializeValue"),
        (f"/variable-instance/{variable['id']}", "deserializeValue"),
        (f"/history/variable-instance/{variable['id']}", "deserializeValues"),
    ):
        for said, wanted in (("true", read), ("", read), ("false", thing)):
            answer = rest.client.get(address, params={name: said}).json()
            assert answer.get("thing", answer)["value"] == wanted["value"], (address, said)


def test_given_a_draft_at_a_task_when_asked_for_in_any_case_then_the_task_is_found(rest: Rest) -> None:
    rest.deploy(ONE_TASK)
    rest.start()
    (task,) = rest.tasks()
    rest.put(f"/task/{task['id']}/localVariables/Draft", typed("String", "Half"))

    assert rest.tasks(taskVariables="draft_eq_half") == []
    any_case = {"variableNamesIgnoreCase": "true", "variableValuesIgnoreCase": "true"}
    assert [found["id"] for found in rest.tasks(taskVariables="draft_eq_half", **any_case)] == [task["id"]]


CHOOSING = process(
    chain(
        '<startEvent id="s"/>',
        '<serviceTask id="note" camunda:expression="${secret.length()}" camunda:resultVariable="length"/>',
        '<exclusiveGateway id="g" default="g-no"/>',
        '<userTask id="no"/>',
    )
    + '<userTask id="yes"/><sequenceFlow id="chosen" sourceRef="g" targetRef="yes">'
    + '<conditionExpression xsi:type="tFormalExpression">${secret == "open sesame"}</conditionExpression>'
    + "</sequenceFlow>"
)


def kept(rest: Rest) -> str:
    """Everything that the database holds of variables, histories, jobs and states."""
    with Transaction(rest.app.state.server.runtime.database, writes=False) as tx:
        texts = [tx.select(select(table)) for table in (variable, job, process_instance)]
        told = [unpack(body) for (body,) in tx.select(select(history.c.body))]
    return repr((texts, told))


def test_given_a_transient_variable_when_the_process_goes_on_then_it_is_seen_and_never_stored(rest: Rest) -> None:
    rest.deploy(CHOOSING)
    secret = {"type": "String", "value": "open sesame", "valueInfo": {"transient": True}}

    instance_id = rest.start("p", {"secret": secret, "plain": typed("String", "kept")})["id"]

    assert [task["taskDefinitionKey"] for task in rest.tasks()] == ["yes"]
    assert sorted(rest.get(f"/process-instance/{instance_id}/variables")) == ["length", "plain"]
    assert "kept" in kept(rest)
    assert "sesame" not in kept(rest)


def test_given_a_transient_variable_when_it_meets_what_is_kept_then_it_is_refused(rest: Rest) -> None:
    rest.deploy(ONE_TASK)
    instance_id = rest.start("p", {"secret": typed("String", "a")})["id"]
    change = {"modifications": {"secret": {"value": "b", "valueInfo": {"transient": "true"}}}}

    refused = rest.post(f"/process-instance/{instance_id}/variables", change, status=400)

    assert "Cannot set transient variable 'secret'" in refused["message"]
    rest.post("/signal", {"name": "go", "variables": change["modifications"]}, status=400)


def test_given_a_transient_variable_when_a_called_process_gets_it_then_that_keeps_it_no_more(rest: Rest) -> None:
    calling = process(
        chain(
            '<startEvent id="s"/>',
            '<callActivity id="c" calledElement="called"><extensionElements><camunda:in variables="all"/>'
            '<camunda:out source="length" target="length"/></extensionElements></callActivity>',
            '<userTask id="t"/>',
        ),
        key="calling",
    )
    called = process(
        chain(
            '<startEvent id="s"/>',
            '<serviceTask id="n" camunda:expression="${secret.length()}" camunda:resultVariable="length"/>',
            '<endEvent id="e"/>',
        ),
        key="called",
    )
    rest.deploy(calling, called)

    secret = {"value": "open sesame", "valueInfo": {"transient": True}}
    instance_id = rest.start("calling", {"secret": secret})["id"]

    assert rest.get(f"/process-instance/{instance_id}/variables/length")["value"] == 11
    assert "sesame" not in kept(rest)


@pytest.mark.parametrize("waiting", [True, False])
def test_given_variables_that_a_signal_brings_when_they_arrive_then_they_have_the_types_they_were_sent_with(
    rest: Rest, waiting: bool
) -> None:
    event = '<signalEventDefinition signalRef="g"/>'
    catch = f'<intermediateCatchEvent id="c">{event}</intermediateCatchEvent>'
    first = f'<startEvent id="s">{"" if waiting else event}</startEvent>'
    nodes = [first, *([catch] if waiting else []), '<userTask id="t"/>']
    rest.deploy(process(chain(*nodes), outside='<signal id="g" name="go"/>'))
    if waiting:
        rest.start()
    sent = {"long": typed("Long", 5), "when": typed("Date", "2026-01-02T03:04:05.000+0200"), "text": {"value": "a"}}

    rest.post("/signal", {"name": "go", "variables": sent}, status=204)
    rest.work_off()

    (task,) = rest.tasks()
    got = rest.get(f"/task/{task['id']}/variables")
    assert {name: found["type"] for name, found in got.items()} == {"long": "Long", "when": "Date", "text": "String"}
    assert got["when"]["value"] == "2026-01-02T01:04:05.000+0000"


@pytest.mark.parametrize("runs", [3, 60])
def test_given_a_repeated_task_when_its_variables_are_read_then_the_runs_are_counted(rest: Rest, runs: int) -> None:
    repeated = f"<multiInstanceLoopCharacteristics><loopCardinality>{runs}</loopCardinality>"
    task = f'<userTask id="work">{repeated}</multiInstanceLoopCharacteristics></userTask>'
    rest.deploy(process(chain('<startEvent id="s"/>', task)))
    instance_id = rest.start()["id"]
    first, second, *_ = sorted((task["id"] for task in rest.tasks()), key=lambda name: int(name.rpartition(".")[2]))
    rest.post(f"/task/{first}/complete", {}, status=204)

    seen = rest.get(f"/task/{second}/variables")

    def numbers(found: dict[str, Any]) -> dict[str, int]:
        return {name: variable["value"] for name, variable in found.items() if variable["type"] == "Integer"}

    counts = {"nrOfInstances": runs, "nrOfActiveInstances": runs - 1, "nrOfCompletedInstances": 1}
    assert numbers(seen) == {"loopCounter": 1, **counts}
    assert rest.get(f"/execution/{second}/localVariables").keys() == {"loopCounter"}
    assert numbers(rest.get(f"/execution/{instance_id}.2/localVariables")) == counts  # the activity around the runs
    assert rest.get(f"/task/{second}/variables/nrOfActiveInstances") == typed("Integer", runs - 1)
    assert rest.get(f"/process-instance/{instance_id}/variables") == {}
