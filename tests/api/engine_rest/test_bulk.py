"""What is done to several things at once, and what comes with starting and ending instances."""

from __future__ import annotations

from tests.api.engine_rest.client import Rest, typed
from tests.api.engine_rest.world import build
from tests.driver import ONE_TASK, chain, process


def test_given_instances_named_in_several_ways_when_suspended_then_all_of_them_rest(rest: Rest) -> None:
    rest.deploy(ONE_TASK)
    ids = {key: rest.start("p", businessKey=key)["id"] for key in "abcd"}
    body = {
        "suspended": True,
        "processInstanceIds": [ids["a"]],
        "processInstanceQuery": {"businessKey": "b"},
        "historicProcessInstanceQuery": {"processInstanceBusinessKey": "c"},
    }
    rest.put("/process-instance/suspended", body)

    assert {row["businessKey"] for row in rest.get("/process-instance", suspended="true")} == set("abc")
    rest.put("/process-instance/suspended", {"suspended": True}, status=400)
    rest.put("/process-instance/suspended", {"suspended": False, "processInstanceIds": [ids["a"], "x"]}, status=404)
    assert rest.get("/process-instance/count", suspended="true") == {"count": 3}
    rest.put("/process-instance/suspended", {"suspended": False, "processDefinitionKey": "p"})
    assert rest.get("/process-instance/count", suspended="true") == {"count": 0}


def test_given_work_named_in_several_ways_when_it_gets_other_attempts_then_all_of_it_does(rest: Rest) -> None:
    world = build(rest)
    others = [rest.start("work", businessKey=key)["id"] for key in ("x", "y", "z")]
    path = "/external-task/retries"

    rest.put(path, {"retries": 7, "externalTaskIds": [world.external_task], "processInstanceIds": [others[0]]})
    rest.put(path, {"retries": 7, "processInstanceQuery": {"businessKey": "y"}})

    by_instance = {row["processInstanceId"]: row["retries"] for row in rest.get("/external-task")}
    assert by_instance == {world.work: 7, others[0]: 7, others[1]: 7, others[2]: None}
    rest.put(path, {"retries": 2, "externalTaskQuery": {"topicName": "pay"}})
    assert {row["retries"] for row in rest.get("/external-task")} == {2}
    rest.put(path, {"retries": 1}, status=400)
    rest.put(path, {"retries": 1, "externalTaskIds": ["nobody"]}, status=404)
    rest.put(path, {"externalTaskIds": [world.external_task]}, status=400)


def test_given_a_start_instruction_with_variables_when_started_so_then_the_process_has_them(rest: Rest) -> None:
    rest.deploy(ONE_TASK)
    instruction = {"type": "startBeforeActivity", "activityId": "s", "variables": {"b": typed("Long", 2)}}
    instance_id = rest.start("p", {"a": typed("Long", 1)}, startInstructions=[instruction])["id"]

    got = rest.get(f"/process-instance/{instance_id}/variables")
    assert {name: (found["type"], found["value"]) for name, found in got.items()} == {
        "a": ("Long", 1),
        "b": ("Long", 2),
    }
    local = {**instruction, "variables": {"b": {"value": 1, "local": True}}}
    for wrong in (local, {**instruction, "type": "startAfterActivity"}, {**instruction, "transitionId": "f"}):
        rest.post("/process-definition/key/p/start", {"startInstructions": [wrong]}, status=400)
    rest.post("/process-definition/key/p/start", {"startInstructions": [instruction, instruction]}, status=400)


def test_given_a_called_process_when_its_caller_is_deleted_without_it_then_it_goes_on_by_itself(rest: Rest) -> None:
    calling = process(chain('<startEvent id="s"/>', '<callActivity id="c" calledElement="p"/>'), key="calling")
    rest.deploy(calling, ONE_TASK)
    for skip, left in (("true", ["p"]), ("false", [])):
        instance_id = rest.start("calling")["id"]
        rest.delete(f"/process-instance/{instance_id}", skipSubprocesses=skip, skipIoMappings="true")
        assert [row["definitionKey"] for row in rest.get("/process-instance")] == left
        for task in rest.tasks():
            rest.post(f"/task/{task['id']}/complete", {}, status=204)
    assert rest.get("/incident") == []


def test_given_definitions_when_asked_by_category_incident_or_where_they_may_be_started_then_those_are_found(
    rest: Rest,
) -> None:
    hidden = process(
        chain('<startEvent id="s"/>', '<userTask id="t"/>'),
        key="hidden",
        attributes='camunda:isStartableInTasklist="false"',
    )
    world = build(rest)
    rest.deploy(hidden.replace(b"urn:test", b"urn:other"))

    def keys(**query: str) -> list[str]:
        found = rest.get("/process-definition", status=200, sortBy="category", sortOrder="asc", **query)
        return [row["key"] for row in found]

    assert keys(notStartableInTasklist="true") == keys(category="urn:other") == keys(categoryLike="%oth%") == ["hidden"]
    assert sorted(keys(startableInTasklist="true")) == ["failing", "order", "work"]
    assert keys(incidentId=world.incident) == ["failing"]
    assert keys()[0] == "hidden"
    rest.get("/process-definition", status=400, startableBy="ada")
