"""Variables, jobs, incidents, history and health over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from app.db import Database, Statement, Transaction
from app.queries.health import revision
from tests.api.client import Api
from tests.api.diagrams import COUNTS, TIMER
from tests.bpmn.diagrams import within_process
from tests.driver import ONE_TASK, chain, process

SCOPED = process(
    '<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="sub"/><subProcess id="sub">'
    + chain('<startEvent id="s2"/>', '<userTask id="work"/>')
    + "</subProcess>",
    key="scoped",
)


def test_given_variables_when_they_are_set_then_new_ones_join_and_others_stay(api: Api) -> None:
    api.deploy(ONE_TASK)
    place = f"/process-instances/{api.start('p', {'a': 1, 'b': 2})['id']}/variables"
    api.put(place, {"variables": {"b": {"x": [1, None]}, "c": "ü"}})
    assert api.get(place) == {"scope": 0, "variables": {"a": 1, "b": {"x": [1, None]}, "c": "ü"}}
    assert api.put(f"{place}?scope=77", {"variables": {"b": 1}}, 404)["code"] == "scope-not-found"
    assert api.put("/process-instances/x/variables", {"variables": {}}, 404)["code"] == "process-instance-not-found"


def test_given_a_subprocess_when_a_variable_is_set_in_its_scope_then_the_process_does_not_see_it(api: Api) -> None:
    api.deploy(SCOPED)
    instance = api.start("scoped", {"x": 0})["id"]
    (scope,) = [one["id"].split(".")[1] for one in api.instance(instance)["active"] if one["elementId"] == "sub"]
    api.put(f"/process-instances/{instance}/variables?scope={scope}", {"variables": {"x": 1}})
    assert api.get(f"/process-instances/{instance}/variables")["variables"] == {"x": 0}
    assert api.get(f"/process-instances/{instance}/variables", scope=scope)["variables"] == {"x": 1}
    assert api.get(f"/user-tasks/{api.task()['id']}")["variables"] == {"x": 1}


def test_given_an_ended_instance_when_a_variable_is_set_then_it_is_refused(api: Api) -> None:
    api.deploy(ONE_TASK)
    instance = api.start("p", {"x": 1})["id"]
    api.post(f"/process-instances/{instance}/user-tasks/work/complete")
    refused = api.put(f"/process-instances/{instance}/variables", {"variables": {"x": 2}}, 409)
    assert (refused["code"], refused["state"]) == ("process-instance-ended", "completed")


def test_given_a_timer_when_its_job_is_moved_then_it_fires_at_the_new_time(api: Api) -> None:
    api.deploy(TIMER)
    instance = api.start("timer")["id"]
    (job,) = api.get("/jobs", processInstanceId=instance, kind="timer", failed="false")["items"]
    assert (job["elementId"], job["dueAt"]) == ("pause", "2026-03-02T10:00:00.000Z")
    assert job["activityId"].startswith(instance)
    assert api.get("/jobs", dueBefore="2026-03-02T10:00:00Z")["items"] == []
    api.put(f"/jobs/{job['id']}/due-date", {"dueAt": "2026-03-02T09:10:00Z"})
    assert api.get(f"/jobs/{job['id']}")["dueAt"] == "2026-03-02T09:10:00.000Z"
    api.travel(minutes=10)
    assert api.instance(instance)["state"] == "completed"
    assert api.get(f"/jobs/{job['id']}", 404)["code"] == "job-not-found"
    assert api.post(f"/jobs/{job['id']}/retry", status=404)["code"] == "job-not-found"


def test_given_an_incident_when_its_cause_is_mended_then_resolving_it_goes_on(api: Api) -> None:
    api.deploy(COUNTS)
    instance = api.start("counts")["id"]
    (incident,) = api.get("/incidents", processInstanceId=instance, resolved="false")["items"]
    assert (incident["kind"], incident["elementId"]) == ("condition-failed", "x")
    api.post(f"/incidents/{incident['id']}/resolve", status=204)
    (again,) = api.get("/incidents", resolved="false")["items"]
    assert again["id"] != incident["id"]
    api.put(f"/process-instances/{instance}/variables", {"variables": {"amount": 11}})
    api.post(f"/incidents/{again['id']}/resolve", status=204)
    assert api.instance(instance)["state"] == "completed"
    assert api.post(f"/incidents/{again['id']}/resolve", status=409)["code"] == "incident-resolved"
    assert api.get(f"/incidents/{again['id']}")["resolvedAt"]


def test_given_listeners_of_a_process_when_they_wait_and_fail_then_activities_and_incidents_tell_it(api: Api) -> None:
    listeners = """<extensionElements><camunda:executionListener class="A" event="start"/>
        <camunda:executionListener expression="${missing}" event="start"/></extensionElements>"""
    api.deploy(within_process(ONE_TASK, listeners))
    instance = api.start()["id"]
    (waiting,) = api.instance(instance)["active"]
    assert (waiting["id"], waiting["elementId"]) == (f"{instance}.1", "p")
    (visit,) = api.get(f"/process-instances/{instance}/activities")["items"]
    assert (visit["role"], visit["scope"], visit["state"]) == ("listener", 0, "active")
    (task,) = api.fetch("A")
    api.post(f"/external-tasks/{task['id']}/complete", {"workerId": "w"})
    (incident,) = api.get("/incidents", processInstanceId=instance, resolved="false")["items"]
    told = (incident["kind"], incident["elementId"], incident["activityId"])
    assert told == ("listener-failed", "p", f"{instance}.0")
    assert api.instance(instance)["active"] == []
    api.put(f"/process-instances/{instance}/variables", {"variables": {"missing": 1}})
    api.post(f"/incidents/{incident['id']}/resolve", status=204)
    assert [item["elementId"] for item in api.instance(instance)["active"]] == ["work"]


@pytest.mark.parametrize("id", ["nothing", "0", "-1", "9" * 18, "9" * 40, "1.0", "%C2%B2"])
def test_given_a_number_that_nobody_has_when_jobs_and_incidents_are_asked_for_then_they_are_not_found(
    sqlite_api: Api, id: str
) -> None:
    assert sqlite_api.get(f"/jobs/{id}", 404)["code"] == "job-not-found"
    assert sqlite_api.post(f"/jobs/{id}/retry", status=404)["code"] == "job-not-found"
    assert sqlite_api.get(f"/incidents/{id}", 404)["code"] == "incident-not-found"
    assert sqlite_api.post(f"/incidents/{id}/resolve", status=404)["code"] == "incident-not-found"


def test_given_a_finished_instance_when_its_history_is_read_then_it_is_one_timeline_page_by_page(api: Api) -> None:
    api.deploy(ONE_TASK)
    instance = api.start("p", {"snake_case": {"inner_name": 1}})["id"]
    task = api.task()["id"]
    api.post(f"/user-tasks/{task}/claim", {"user": "ada"})
    api.travel(minutes=5)
    api.post(f"/user-tasks/{task}/complete")
    place = f"/process-instances/{instance}/history"
    whole = api.get(place)
    assert whole["nextCursor"] is None
    kinds = [entry["kind"] for entry in whole["items"]]
    expected = ["start-process-instance", "claim-user-task", "complete-user-task", "process-ended"]
    assert [kind for kind in kinds if kind in expected] == expected
    assert {"variable-set", "user-task-opened", "activity-completed"} <= set(kinds)
    (stored,) = [entry for entry in whole["items"] if entry["kind"] == "variable-set"]
    assert stored["details"] == {"scope": 0, "name": "snake_case", "value": {"inner_name": 1}}
    pages, cursor = [], None
    while True:
        page = api.get(place, limit=3, **({"cursor": cursor} if cursor else {}))
        pages += page["items"]
        if (cursor := page["nextCursor"]) is None:
            break
    assert pages == whole["items"]
    assert [entry["kind"] for entry in api.get(place, kind=["process-ended"])["items"]] == ["process-ended"]


def test_given_an_instance_when_its_activities_are_listed_then_each_visit_has_its_times(api: Api) -> None:
    api.deploy(ONE_TASK)
    instance = api.start()["id"]
    api.travel(minutes=5)
    api.post(f"/process-instances/{instance}/user-tasks/work/complete")
    place = f"/process-instances/{instance}/activities"
    visits = api.get(place)["items"]
    assert [visit["elementId"] for visit in visits] == ["s", "work", "e"]
    assert (visits[1]["startedAt"], visits[1]["endedAt"], visits[1]["state"]) == (
        "2026-03-02T09:00:00.000Z",
        "2026-03-02T09:05:00.000Z",
        "completed",
    )
    first = api.get(place, limit=2)
    assert first["items"] + api.get(place, cursor=first["nextCursor"])["items"] == visits


def test_given_all_is_well_when_health_is_asked_for_then_it_says_so(database_url: str) -> None:
    with Api(database_url, worker=True) as api:
        up = {"status": "up", "database": "up", "migrations": "current", "worker": "up"}
        assert api.get("/health") == up


def test_given_a_database_that_was_never_migrated_when_health_is_asked_for_then_it_is_down(
    bare_database_url: str,
) -> None:
    assert _health(bare_database_url) == {
        "status": "down",
        "database": "up",
        "migrations": "behind",
        "worker": "off",
    }


def test_given_an_older_schema_when_health_is_asked_for_then_it_is_behind(database_url: str) -> None:
    database = Database(database_url)
    with Transaction(database, writes=False) as tx:
        current = revision(tx)
    try:
        _set_revision(database, "older")
        assert _health(database_url)["migrations"] == "behind"
    finally:
        _set_revision(database, str(current))
        database.close()


def _set_revision(database: Database, name: str) -> None:
    with Transaction(database, writes=True) as tx:
        tx.execute(Statement(text(f"UPDATE alembic_version SET version_num = '{name}'")))


def _health(database_url: str) -> Any:
    api = Api(database_url)
    with api.client:
        answer = api.client.get("/health")
    assert answer.status_code == 503
    return answer.json()
