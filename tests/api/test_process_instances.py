"""Process instances over HTTP."""

from __future__ import annotations

import threading
import time
from decimal import Decimal
from typing import Any

import pytest

from bpmn.values import from_json
from tests.api.client import Api
from tests.api.diagrams import CALLED, CALLER, COUNTS, STRAIGHT, TIMER
from tests.driver import ONE_TASK


def test_given_a_process_when_it_is_started_then_the_answer_says_where_it_is_and_its_place_shows_all(
    api: Api,
) -> None:
    (definition,) = api.deploy(ONE_TASK)["processDefinitions"]
    answer = api.client.post("/process-instances", json={"processDefinitionKey": "p", "businessKey": "order 1"})
    started = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/process-instances/{started['id']}"
    assert started == {
        "id": started["id"],
        "processDefinitionId": definition["id"],
        "processDefinitionKey": "p",
        "processDefinitionVersion": 1,
        "businessKey": "order 1",
        "state": "active",
    }
    found = api.instance(started["id"])
    assert (found["startedAt"], found["endedAt"], found["ends"]) == ("2026-03-02T09:00:00.000Z", None, [])
    assert [(active["elementId"], active["waitsFor"]) for active in found["active"]] == [("work", ["user-task"])]
    assert found["rootProcessInstanceId"] == started["id"]


def test_given_a_unique_start_when_the_business_key_runs_already_then_it_is_refused_with_that_instance(
    api: Api,
) -> None:
    api.deploy(ONE_TASK)
    first = api.start(businessKey="b", unique=True)
    refused = api.post("/process-instances", {"processDefinitionKey": "p", "businessKey": "b", "unique": True}, 409)
    assert (refused["code"], refused["processInstanceId"]) == ("process-instance-exists", first["id"])


def test_given_numbers_of_any_size_when_they_go_through_the_server_then_no_digit_is_lost(api: Api) -> None:
    api.deploy(ONE_TASK)
    numbers = '{"big":123456789012345678901234567890,"exact":0.10,"tiny":1E-400,"list":[1.50,{"deep":2.00}]}'
    body = f'{{"processDefinitionKey":"p","variables":{numbers}}}'
    started = api.client.post("/process-instances", content=body, headers={"content-type": "application/json"}).json()
    answer = api.client.get(f"/process-instances/{started['id']}/variables")
    assert from_json(answer.content)["variables"] == from_json(numbers)
    assert b'"exact":0.10' in answer.content
    assert b'"list":[1.50,{"deep":2.00}]' in answer.content


def test_given_wait_for_the_end_when_the_process_ends_at_once_then_variables_and_ends_are_answered(api: Api) -> None:
    api.deploy(STRAIGHT)
    done = api.start("straight", {"x": 1}, wait="end")
    assert (done["state"], done["variables"], done["ends"]) == ("completed", {"x": 1}, ["done"])


def test_given_wait_for_the_first_wait_state_when_it_is_reached_then_variables_are_answered(api: Api) -> None:
    api.deploy(ONE_TASK)
    started = api.start("p", {"x": Decimal(1) and 1}, wait="first-wait-state")
    assert (started["state"], started["variables"], started["ends"]) == ("active", {"x": 1}, [])


def test_given_wait_for_the_end_when_patience_ends_first_then_things_are_answered_as_they_are(api: Api) -> None:
    api.deploy(ONE_TASK)
    began = time.monotonic()
    started = api.start(wait="end", waitSeconds=0.3)
    assert 0.25 < time.monotonic() - began < 3
    assert (started["state"], started["ends"]) == ("active", [])


def test_given_somebody_waits_for_the_end_when_the_last_task_is_completed_then_the_answer_comes_at_once(
    api: Api,
) -> None:
    api.deploy(ONE_TASK)
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(api.start(wait="end", waitSeconds=20)))
    waiting.start()
    while not (tasks := api.tasks()):
        time.sleep(0.01)
    api.post(f"/user-tasks/{tasks[0]['id']}/complete", {"variables": {"ok": True}})
    waiting.join(5)
    assert not waiting.is_alive()
    assert (answers[0]["state"], answers[0]["variables"], answers[0]["ends"]) == ("completed", {"ok": True}, ["e"])


def test_given_instances_when_they_are_listed_then_every_filter_chooses(api: Api) -> None:
    api.deploy(ONE_TASK, STRAIGHT)
    first = api.start("p", {"amount": 10, "name": "Ada"}, businessKey="a")["id"]
    api.travel(hours=1)
    second = api.start("p", {"amount": 9.5}, businessKey="b")["id"]
    third = api.start("straight")["id"]

    def listed(**query: Any) -> list[str]:
        return [found["id"] for found in api.get("/process-instances", **query)["items"]]

    assert listed() == [third, second, first]
    assert listed(businessKey="a") == [first]
    assert listed(processDefinitionKey="p") == [second, first]
    assert listed(state="completed") == [third]
    assert listed(state=["completed", "active"], limit=1) == [third]
    assert listed(startedAfter="2026-03-02T10:30:00+01:00") == [third, second]
    assert listed(startedBefore="2026-03-02T09:30:00Z") == [first]
    assert listed(endedAfter="2026-03-02T09:30:00.5Z") == [third]
    assert listed(endedBefore="2026-03-02T09:30:00Z") == []
    assert listed(variables="amount_gt_9.75") == [first]
    assert listed(variables=["amount_lteq_10", "name_like_A%"]) == [first]
    assert listed(variables='name_eq_"Ada"') == listed(variables="name_eq_Ada") == [first]
    assert listed(withIncidents="true") == listed(called="true") == []


def test_given_pages_when_they_are_followed_then_every_instance_is_seen_once(api: Api) -> None:
    api.deploy(ONE_TASK)
    ids = {api.start()["id"] for _ in range(7)}
    seen, cursor = [], None
    for _ in range(4):
        page = api.get("/process-instances", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [found["id"] for found in page["items"]]
        cursor = page["nextCursor"]
    assert cursor is None
    assert sorted(seen) == sorted(ids)


def test_given_a_call_when_caller_and_called_are_looked_at_then_both_show_the_hierarchy(api: Api) -> None:
    api.deploy(CALLER, CALLED)
    caller = api.start("caller")["id"]
    (found,) = api.get("/process-instances", called="true")["items"]
    assert found["callerProcessInstanceId"] == found["rootProcessInstanceId"] == caller
    assert found["callerActivityId"].startswith(f"{caller}.")
    for instance_id in (caller, found["id"]):
        shown = api.instance(instance_id)["hierarchy"]
        assert [(one["id"], one["callerProcessInstanceId"]) for one in shown] == [(caller, None), (found["id"], caller)]
    api.post(f"/user-tasks/{api.task()['id']}/complete")
    assert api.instance(caller)["state"] == "completed"


def test_given_a_running_instance_when_it_is_cancelled_then_the_reason_stays_and_nothing_is_open(api: Api) -> None:
    api.deploy(ONE_TASK)
    instance = f"/process-instances/{api.start()['id']}"
    assert api.delete(instance, 409)["code"] == "process-instance-running"
    api.post(f"{instance}/cancel", {"reason": "entered twice"}, 204)
    found = api.get(instance)
    assert (found["state"], found["cancelReason"]) == ("canceled", "entered twice")
    assert api.tasks() == []
    assert api.post(f"{instance}/cancel", status=409)["code"] == "process-instance-ended"
    api.delete(instance)
    assert api.get(instance, 404)["code"] == "process-instance-not-found"


def test_given_a_suspended_instance_when_time_passes_then_nothing_happens_until_it_is_resumed(api: Api) -> None:
    api.deploy(TIMER)
    instance = f"/process-instances/{api.start('timer')['id']}"
    api.post(f"{instance}/suspend", status=204)
    api.travel(hours=2)
    assert api.get(instance)["state"] == "suspended"
    assert api.post(f"{instance}/suspend", status=409)["code"] == "process-instance-suspended"
    api.post(f"{instance}/resume", status=204)
    assert api.post(f"{instance}/resume", status=409)["code"] == "process-instance-not-suspended"
    api.work_off()
    assert api.get(instance)["state"] == "completed"


@pytest.mark.parametrize("path", ["", "/history", "/activities", "/variables"])
@pytest.mark.parametrize("id", ["nothing", "01a201c8-2d64-7d42-b80f-a42f7709641f", "%F0%9F%98%80", "x" * 3000])
def test_given_an_id_that_nobody_has_when_it_is_asked_for_then_it_is_not_found(
    sqlite_api: Api, id: str, path: str
) -> None:
    assert sqlite_api.get(f"/process-instances/{id}{path}", 404)["code"] == "process-instance-not-found"


def test_given_a_step_that_fails_when_the_instance_is_looked_at_then_its_incident_is_shown(api: Api) -> None:
    api.deploy(COUNTS)
    found = api.instance(api.start("counts")["id"])
    (incident,) = found["incidents"]
    assert (incident["elementId"], incident["kind"]) == ("x", "condition-failed")
    assert found["active"][0]["waitsFor"] == ["help"]
