"""User tasks over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api
from tests.api.diagrams import OFFERED, TWO_TASKS
from tests.driver import ONE_TASK


@pytest.fixture
def offered(api: Api) -> Any:
    """A task that managers and Ada may take."""
    api.deploy(OFFERED)
    api.start("offered", {"urgency": 80, "due": "2026-03-05T12:00:00Z", "amount": 5}, businessKey="b")
    return api.task()


def test_given_a_task_when_it_is_shown_then_people_see_all_they_need(api: Api, offered: Any) -> None:
    found = api.get(f"/user-tasks/{offered['id']}")
    assert found == {
        **offered,
        "variables": {"urgency": 80, "due": "2026-03-05T12:00:00Z", "amount": 5},
    }
    assert (found["name"], found["priority"], found["dueAt"]) == ("Look at it", 80, "2026-03-05T12:00:00.000Z")
    assert (found["assignee"], found["version"], found["businessKey"]) == (None, 1, "b")


@pytest.mark.parametrize(
    ("fits", "does_not"),
    [
        ({"candidateGroup": "managers"}, {"candidateGroup": "staff"}),
        ({"candidateGroup": ["staff", "managers"]}, {"candidateUser": "bob", "candidateGroup": ["staff"]}),
        ({"candidateUser": "ada"}, {"candidateUser": "bob"}),
        ({"assigned": "false"}, {"assigned": "true"}),
        ({"name": "ook at"}, {"name": "100%"}),
        ({"elementId": "work"}, {"elementId": "other"}),
        ({"processDefinitionKey": "offered"}, {"processDefinitionKey": "p"}),
        ({"businessKey": "b"}, {"businessKey": "c"}),
        ({"dueBefore": "2026-03-05T12:00:01Z"}, {"dueBefore": "2026-03-05T12:00:00Z"}),
        ({"dueAfter": "2026-03-05T12:00:00Z"}, {"dueAfter": "2026-03-05T12:00:00.001Z"}),
        ({"minPriority": 80}, {"minPriority": 81}),
        ({"variables": "amount_eq_5.0"}, {"variables": "amount_neq_5"}),
        ({"suspended": "false"}, {"suspended": "true"}),
    ],
)
def test_given_a_filter_when_tasks_are_listed_then_it_finds_what_fits_and_nothing_else(
    api: Api, offered: Any, fits: dict[str, Any], does_not: dict[str, Any]
) -> None:
    assert api.tasks(**fits) == [offered]
    assert api.tasks(**does_not) == []


def test_given_tasks_when_a_page_ends_then_the_next_one_goes_on_in_the_same_order(api: Api) -> None:
    api.deploy(OFFERED)
    for urgency in (10, 30, 20, 30):
        api.start("offered", {"urgency": urgency, "due": "2026-03-05T12:00:00Z"})
    for sort, expected in (("-priority", [30, 30, 20, 10]), ("created", [10, 30, 20, 30])):
        first = api.get("/user-tasks", sort=sort, limit=3)
        second = api.get("/user-tasks", sort=sort, limit=3, cursor=first["nextCursor"])
        assert [task["priority"] for task in first["items"] + second["items"]] == expected
        assert second["nextCursor"] is None


def test_given_a_claimed_task_when_another_claims_it_then_it_is_refused_until_it_is_given_back(
    api: Api, offered: Any
) -> None:
    task = f"/user-tasks/{offered['id']}"
    assert api.post(f"{task}/claim", {"user": "ada"}) == {"id": offered["id"], "assignee": "ada", "version": 2}
    refused = api.post(f"{task}/claim", {"user": "bob"}, 409)
    assert (refused["code"], refused["assignee"]) == ("user-task-claimed", "ada")
    api.post(f"{task}/unclaim")
    assert api.post(f"{task}/claim", {"user": "bob"})["assignee"] == "bob"
    assert api.tasks(assignee="bob")[0]["id"] == offered["id"]
    assert api.post(f"{task}/assign", {"user": "cleo"})["assignee"] == "cleo"
    assert api.post(f"{task}/assign", {"user": None})["assignee"] is None


@pytest.mark.parametrize("verb", ["claim", "unclaim", "assign", "complete"])
def test_given_a_version_that_was_overtaken_when_a_task_is_changed_then_it_is_refused_with_the_present_one(
    api: Api, offered: Any, verb: str
) -> None:
    task = f"/user-tasks/{offered['id']}"
    api.post(f"{task}/assign", {"user": "ada", "version": 1})
    body = {"version": 1} | ({"user": "ada"} if verb in ("claim", "assign") else {})
    refused = api.post(f"{task}/{verb}", body, 409)
    assert (refused["code"], refused["version"]) == ("version-conflict", 2)


def test_given_a_task_when_it_is_completed_then_the_next_one_is_there_before_the_answer(api: Api) -> None:
    api.deploy(TWO_TASKS)
    started = api.start()
    first = api.task()
    done = api.post(f"/user-tasks/{first['id']}/complete", {"variables": {"result": "ok"}})
    assert done == {"id": first["id"], "processInstanceId": started["id"], "state": "active"}
    assert api.task()["elementId"] == "second"
    assert api.post(f"/user-tasks/{first['id']}/complete", status=404)["code"] == "user-task-not-found"
    assert api.post(f"/user-tasks/{api.task()['id']}/complete")["state"] == "completed"
    assert api.get(f"/process-instances/{started['id']}/variables")["variables"] == {"result": "ok"}


def test_given_an_instance_when_a_task_is_completed_by_its_element_then_it_goes_on(api: Api) -> None:
    api.deploy(ONE_TASK)
    place = f"/process-instances/{api.start()['id']}/user-tasks"
    assert api.post(f"{place}/other/complete", status=404)["code"] == "user-task-not-found"
    assert api.post(f"{place}/work/complete", {"variables": {"x": 1}})["state"] == "completed"
    assert api.post(f"{place}/work/complete", status=404)["code"] == "user-task-not-found"


def test_given_a_suspended_instance_when_its_task_is_touched_then_it_is_refused(api: Api, offered: Any) -> None:
    api.post(f"/process-instances/{offered['processInstanceId']}/suspend", status=204)
    for verb, body in (("claim", {"user": "ada"}), ("complete", {})):
        refused = api.post(f"/user-tasks/{offered['id']}/{verb}", body, 409)
        assert refused["code"] == "process-instance-suspended"


@pytest.mark.parametrize(
    "id", ["nothing", "a.1", "01a201c8-2d64-7d42-b80f-a42f7709641f.1", "x" * 36 + ".99999999999999999999"]
)
def test_given_an_id_that_nobody_has_when_a_task_is_used_then_it_is_not_found(sqlite_api: Api, id: str) -> None:
    for verb, body in (("claim", {"user": "a"}), ("unclaim", {}), ("assign", {"user": "a"}), ("complete", {})):
        assert sqlite_api.post(f"/user-tasks/{id}/{verb}", body, 404)["code"] in ("user-task-not-found", "not-found")
    assert sqlite_api.get(f"/user-tasks/{id}", 404)["code"] == "user-task-not-found"


def test_given_tasks_when_they_are_listed_then_each_says_who_may_take_it(api: Api, offered: Any) -> None:
    api.deploy(ONE_TASK)
    api.start("p")
    listed = {task["processDefinitionKey"]: task for task in api.get("/user-tasks")["items"]}
    assert (listed["offered"]["candidateUsers"], listed["offered"]["candidateGroups"]) == (["ada"], ["managers"])
    assert (listed["p"]["candidateUsers"], listed["p"]["candidateGroups"]) == ([], [])
