"""Process definitions over HTTP."""

from __future__ import annotations

from typing import Any

from tests.api.client import Api
from tests.api.diagrams import CALLED
from tests.driver import ONE_TASK


def test_given_versions_when_definitions_are_listed_then_filters_choose_among_them(api: Api) -> None:
    api.deploy(ONE_TASK)
    api.deploy(ONE_TASK, CALLED)

    def listed(**query: Any) -> list[tuple[str, int]]:
        return [(found["key"], found["version"]) for found in api.get("/process-definitions", **query)["items"]]

    assert listed() == [("called", 1), ("p", 2), ("p", 1)]
    assert listed(latest="true") == [("called", 1), ("p", 2)]
    assert listed(key="p", version=1) == [("p", 1)]
    first = api.get("/process-definitions", limit=2)
    assert listed(cursor=first["nextCursor"]) == [("p", 1)]


def test_given_a_definition_when_it_is_asked_for_then_diagram_and_report_come_with_it(api: Api) -> None:
    (definition,) = api.deploy(ONE_TASK)["processDefinitions"]
    found = api.get(f"/process-definitions/{definition['id']}")
    assert (found["key"], found["suspended"], found["versionTag"]) == ("p", False, None)
    assert api.get("/process-definitions/by-key/p") == found
    answer = api.client.get(f"/process-definitions/{definition['id']}/xml")
    assert answer.content == ONE_TASK
    assert answer.headers["content-type"] == "application/xml"
    report = api.get(f"/process-definitions/{definition['id']}/report")
    assert report["resourceName"] == "diagram0.bpmn"
    assert "work" in {entry["elementId"] for entry in report["report"]["entries"]}


def test_given_a_suspended_definition_when_it_is_started_then_it_is_refused_until_it_is_resumed(api: Api) -> None:
    (definition,) = api.deploy(ONE_TASK)["processDefinitions"]
    place = f"/process-definitions/{definition['id']}"
    started = api.post(f"{place}/start", status=201)
    api.post(f"{place}/suspend", {"withInstances": True}, 204)
    assert api.post(f"{place}/suspend", status=409)["code"] == "already-suspended"
    assert api.instance(started["id"])["state"] == "suspended"
    refused = api.post("/process-instances", {"processDefinitionKey": "p"}, 409)
    assert refused["code"] == "process-definition-suspended"
    api.post(f"{place}/resume", {"withInstances": True}, 204)
    assert api.post(f"{place}/resume", status=409)["code"] == "already-active"
    assert api.instance(started["id"])["state"] == "active"
    api.start()


def test_given_definitions_when_they_are_started_by_id_key_or_version_then_that_one_runs(api: Api) -> None:
    (first,) = api.deploy(ONE_TASK)["processDefinitions"]
    (second,) = api.deploy(ONE_TASK)["processDefinitions"]
    body = {"businessKey": "b", "variables": {"x": 1}}
    by_id = api.post(f"/process-definitions/{first['id']}/start", body, 201)
    by_key = api.post("/process-definitions/by-key/p/start", body, 201)
    by_version = api.post("/process-definitions/by-key/p/versions/1/start", body, 201)
    assert [found["processDefinitionId"] for found in (by_id, by_key, by_version)] == [
        first["id"],
        second["id"],
        first["id"],
    ]
    assert by_version["processDefinitionVersion"] == 1
    assert api.instance(by_id["id"])["businessKey"] == "b"


def test_given_no_such_definition_when_it_is_used_then_it_is_not_found(api: Api) -> None:
    api.deploy(ONE_TASK)
    for path in ("nothing", "nothing/xml", "nothing/report", "by-key/nothing"):
        assert api.get(f"/process-definitions/{path}", 404)["code"] == "process-definition-not-found"
    versions = ("7", "99999999999999999999", "-1", "x", "1.0")
    paths = ("nothing/start", "by-key/nothing/start", *(f"by-key/p/versions/{version}/start" for version in versions))
    for path in (*paths, "nothing/suspend", "nothing/resume"):
        assert api.post(f"/process-definitions/{path}", status=404)["code"] == "process-definition-not-found"
