"""User tasks whose people cannot be computed, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api
from tests.api.diagrams import END, START, UNKNOWN_PEOPLE, WHAT_IS_UNKNOWN
from tests.driver import chain, process

#: A task nobody of which is known, with a quiet reminder.
REMINDED = process(
    chain(START, '<userTask id="work" camunda:assignee="${approver}"/>', END)
    + '<boundaryEvent id="b" attachedToRef="work" cancelActivity="false"><timerEventDefinition>'
    "<timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>"
    + '<userTask id="remind"/><sequenceFlow id="r" sourceRef="b" targetRef="remind"/>'
)


@pytest.fixture
def task(api: Api) -> Any:
    """A task of which only one candidate is known."""
    api.deploy(UNKNOWN_PEOPLE)
    api.start()
    return api.get(f"/user-tasks/{api.task()['id']}")


def resolve(api: Api, task: Any, **variables: Any) -> None:
    api.put(f"/process-instances/{task['processInstanceId']}/variables", {"variables": variables})
    (incident,) = api.get("/incidents", resolved="false")["items"]
    api.post(f"/incidents/{incident['id']}/resolve", status=204)


def test_given_people_are_unknown_when_looked_at_then_task_and_incident_are_there(api: Api, task: Any) -> None:
    assert (task["assignee"], task["priority"], task["dueAt"]) == (None, 50, None)
    assert (task["candidateUsers"], task["candidateGroups"]) == (["ann"], [])
    (incident,) = api.get("/incidents")["items"]
    assert (incident["kind"], incident["activityId"], incident["resolvedAt"]) == ("assignment-failed", task["id"], None)
    (active,) = api.get(f"/process-instances/{task['processInstanceId']}")["active"]
    assert active["waitsFor"] == ["user-task", "help"]


def test_given_the_variables_are_set_when_resolved_then_the_task_has_its_people(api: Api, task: Any) -> None:
    resolve(api, task, **WHAT_IS_UNKNOWN)
    found = api.get(f"/user-tasks/{task['id']}")
    assert (found["assignee"], found["priority"], found["dueAt"]) == ("cy", 7, "2026-03-05T12:00:00.000Z")
    assert (found["candidateUsers"], found["candidateGroups"], found["version"]) == (["ann"], ["staff"], 2)
    assert api.get("/incidents", resolved="false")["items"] == []
    path = f"/process-instances/{task['processInstanceId']}/history"
    (said,) = [entry for entry in api.get(path)["items"] if entry["kind"] == "user-task-assigned"]
    assert (said["details"]["assignee"], said["details"]["priority"]) == ("cy", 7)


def test_given_somebody_has_set_it_when_resolved_then_that_is_not_overwritten(api: Api, task: Any) -> None:
    api.post(f"/user-tasks/{task['id']}/claim", {"user": "bob"})
    resolve(api, task, **WHAT_IS_UNKNOWN)
    found = api.get(f"/user-tasks/{task['id']}")
    assert (found["assignee"], found["priority"], found["candidateGroups"]) == ("bob", 7, ["staff"])


def test_given_a_timer_fires_beside_when_people_are_unknown_then_the_incident_stays(api: Api) -> None:
    api.deploy(REMINDED)
    api.start()
    api.travel(hours=1)
    assert [item["elementId"] for item in api.get("/incidents", resolved="false")["items"]] == ["work"]
    assert sorted(item["elementId"] for item in api.get("/user-tasks")["items"]) == ["remind", "work"]


def test_given_people_are_unknown_when_completed_then_the_incident_is_resolved(api: Api, task: Any) -> None:
    api.post(f"/user-tasks/{task['id']}/complete", {})
    assert api.get(f"/process-instances/{task['processInstanceId']}")["state"] == "completed"
    assert api.get("/incidents", resolved="false")["items"] == []
    (incident,) = api.get("/incidents", resolved="true")["items"]
    assert incident["activityId"] == task["id"]
