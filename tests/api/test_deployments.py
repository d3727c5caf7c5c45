"""Deployments over HTTP."""

from __future__ import annotations

from tests.api.client import Api
from tests.api.diagrams import CALLED, CALLER, UNUSABLE
from tests.driver import ONE_TASK


def test_given_files_when_they_are_deployed_then_the_answer_names_definitions_and_what_becomes_of_each_element(
    api: Api,
) -> None:
    made = api.deploy(CALLER, CALLED, name="both")
    assert made["name"] == "both"
    assert made["createdAt"] == "2026-03-02T09:00:00.000Z"
    assert made["resources"] == ["diagram0.bpmn", "diagram1.bpmn"]
    assert [(found["key"], found["version"]) for found in made["processDefinitions"]] == [("caller", 1), ("called", 1)]
    assert made["report"]["refused"] == 0
    assert {entry["elementId"] for entry in made["report"]["entries"]} >= {"call", "inside"}
    assert not made["duplicate"]


def test_given_a_deployment_when_its_place_is_followed_then_it_is_shown_with_files_and_report(api: Api) -> None:
    answer = api.client.post("/deployments", files={"files": ("a b/ü.bpmn", ONE_TASK)})
    made = answer.json()
    assert answer.headers["location"] == f"/api/v1/deployments/{made['id']}"
    found = api.get(f"/deployments/{made['id']}")
    assert made == {**found, "duplicate": False}
    assert made["name"] == "a b/ü.bpmn"


def test_given_a_file_with_any_name_when_it_is_asked_for_then_its_bytes_come_and_a_browser_runs_nothing(
    api: Api,
) -> None:
    made = api.client.post("/deployments", files=[("files", ("p.bpmn", ONE_TASK)), ("x", ("a b/ü?.bin", b"\0\xff"))])
    answer = api.client.get(f"/deployments/{made.json()['id']}/resources/a%20b/%C3%BC%3F.bin")
    assert answer.content == b"\0\xff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"
    missing = api.get(f"/deployments/{made.json()['id']}/resources/other", 404)
    assert missing["code"] == "resource-not-found"


def test_given_a_dry_run_when_files_are_usable_then_nothing_is_kept(api: Api) -> None:
    judged = api.deploy(ONE_TASK, status=200, dryRun="true")
    assert [found["key"] for found in judged["processes"]] == ["p"]
    assert judged["report"]["executed"] > 0
    assert api.get("/deployments")["items"] == []


def test_given_a_diagram_without_anything_to_execute_when_it_is_deployed_then_the_report_warns_of_it(api: Api) -> None:
    drawn = ONE_TASK.replace(b'isExecutable="true"', b'isExecutable="false"')
    made = api.deploy(drawn)
    assert made["processDefinitions"] == []
    (warning,) = [entry for entry in made["report"]["entries"] if entry["status"] == "warning"]
    assert (made["report"]["warnings"], "nothing can be started" in warning["message"]) == (1, True)
    assert api.get(f"/deployments/{made['id']}")["report"] == made["report"]


def test_given_something_refused_when_it_is_deployed_or_tried_then_the_problem_carries_the_whole_report(
    api: Api,
) -> None:
    for query in ({}, {"dryRun": "true"}):
        problem = api.deploy(ONE_TASK, UNUSABLE, status=422, **query)
        assert problem["code"] == "invalid-model"
        (refused,) = [entry for entry in problem["report"]["entries"] if entry["status"] == "refused"]
        assert (refused["file"], refused["elementId"], refused["line"]) == ("diagram1.bpmn", "strange", 3)
        assert refused["message"]
    assert api.get("/deployments")["items"] == []


def test_given_the_same_files_when_duplicates_are_filtered_then_the_first_deployment_is_answered(api: Api) -> None:
    first = api.deploy(ONE_TASK)
    form = {"name": "test", "filterDuplicates": "true"}
    again = api.client.post("/deployments", files={"files": ("diagram0.bpmn", ONE_TASK)}, data=form).json()
    assert again["duplicate"]
    assert again["id"] == first["id"]
    assert again["processDefinitions"] == first["processDefinitions"]


def test_given_deployments_when_they_are_listed_then_the_newest_come_first_page_by_page(api: Api) -> None:
    ids = [api.deploy(ONE_TASK, name=f"d{number % 2}")["id"] for number in range(5)]
    first = api.get("/deployments", limit=3)
    second = api.get("/deployments", limit=3, cursor=first["nextCursor"])
    assert [found["id"] for found in first["items"] + second["items"]] == ids[::-1]
    assert second["nextCursor"] is None
    assert [found["id"] for found in api.get("/deployments", name="d1")["items"]] == [ids[3], ids[1]]


def test_given_running_instances_when_their_deployment_is_deleted_then_only_cascade_does_it(api: Api) -> None:
    made = api.deploy(ONE_TASK)
    started = api.start()
    assert api.delete(f"/deployments/{made['id']}", 409)["code"] == "deployment-in-use"
    api.delete(f"/deployments/{made['id']}", cascade="true")
    assert api.get(f"/process-instances/{started['id']}", 404)["code"] == "process-instance-not-found"
    assert api.get(f"/deployments/{made['id']}", 404)["code"] == "deployment-not-found"
    assert api.delete(f"/deployments/{made['id']}", 404)["code"] == "deployment-not-found"
