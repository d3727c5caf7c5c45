"""Refusals that the tests of the nouns do not meet, and that all of them together meet every documented code."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app import errors
from app.api.codes import CODES
from app.api.problems import STATUSES, of_rejection
from app.db import Statement
from app.queue import claim
from bpmn.report import Report
from bpmn.values import from_json
from tests.api.client import Api
from tests.api.diagrams import COUNTS, TIMER
from tests.driver import ONE_TASK, chain, process

MISSING = (
    "<extensionElements><camunda:inputOutput><camunda:outputParameter name='y'>${missing.x}</camunda:outputParameter>"
    "</camunda:inputOutput></extensionElements>"
)
TWICE = process(
    '<startEvent id="s"/><parallelGateway id="g"/><userTask id="work"/><sequenceFlow id="a" sourceRef="s" '
    'targetRef="g"/><sequenceFlow id="b" sourceRef="g" targetRef="work"/><sequenceFlow id="c" sourceRef="g" '
    'targetRef="work"/>'
)
# What only the other dialect's looser shapes let through to the commands, and what nothing can cause: there is no
# access control yet, every refusal of these classes has a code of its own, and no row contradicts its instance's state.
NOT_HERE = {
    "list-too-long",
    "user-task-delegated",
    "user-invalid",
    "worker-invalid",
    "name-invalid",
    "business-key-invalid",
    "variable-value-invalid",
    "not-permitted",
    "already-exists",
    "invalid-state",
    "receiver-blocked",
    "user-task-blocked",
    "external-task-blocked",
}


def test_given_every_documented_code_when_the_tests_are_read_then_one_of_them_meets_it() -> None:
    folders = (Path(__file__).parent, Path(__file__).parent.parent / "scenarios")
    source = "".join(file.read_text() for folder in folders for file in folder.glob("*.py"))
    assert {code for code in CODES if f'"{code}"' not in source} <= NOT_HERE


@pytest.mark.parametrize("kind", STATUSES)
def test_given_a_kind_of_rejection_when_it_reaches_the_door_then_it_has_its_status(
    kind: type[errors.Rejection],
) -> None:
    rejection = kind("No.", Report()) if kind is errors.InvalidModel else kind("No.")
    answer = of_rejection(rejection)
    assert answer.status_code == STATUSES[kind]
    assert from_json(bytes(answer.body))["detail"] == "No."


@pytest.mark.parametrize("code", ["busy", "database-unavailable", "outcome-unknown"])
def test_given_a_server_that_cannot_now_when_it_says_so_then_it_says_when_to_come_again(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise errors.Busy("Not now.", code=code, retry_after=7)

    monkeypatch.setattr("app.commands.signals.throw", busy)
    answer = sqlite_api.client.post("/signals", json={"name": "s"})
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, code, "7")


def test_given_a_database_that_another_program_holds_when_a_command_comes_then_it_is_busy(sqlite_url: str) -> None:
    with Api(sqlite_url, busy_seconds=0.2) as api:
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert api.post("/signals", {"name": "s"}, 503)["code"] == "busy"
        other.close()
        api.post("/signals", {"name": "s"}, 204)


def test_given_a_form_with_fields_only_when_it_is_uploaded_then_a_file_is_missed(sqlite_api: Api) -> None:
    answer = sqlite_api.client.post("/deployments", files={"name": (None, b"x")})
    assert (answer.status_code, answer.json()["code"]) == (400, "deployment-empty")


def test_given_a_timer_start_without_time_when_it_is_deployed_then_it_is_refused(api: Api) -> None:
    start = (
        '<startEvent id="s"><timerEventDefinition><timeDate>${missing}</timeDate></timerEventDefinition></startEvent>'
    )
    assert api.deploy(process(chain(start, '<userTask id="work"/>')), status=409)["code"] == "timer-invalid"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"unique": True}, 400, "business-key-required"),
        ({"startEvent": "nothing"}, 409, "start-event-invalid"),
        ({"processDefinitionId": "x"}, 400, "invalid-request"),
        ({"version": 1, "versionTag": "x"}, 400, "invalid-request"),
    ],
)
def test_given_a_start_that_cannot_be_when_it_is_asked_for_then_it_is_refused(
    api: Api, body: dict[str, Any], status: int, code: str
) -> None:
    api.deploy(ONE_TASK)
    assert api.post("/process-instances", {"processDefinitionKey": "p", **body}, status)["code"] == code
    assert api.get("/process-instances")["items"] == []


def test_given_a_name_with_a_slash_when_its_variable_is_asked_for_then_it_is_found_and_others_are_not(
    api: Api,
) -> None:
    api.deploy(ONE_TASK)
    place = f"/process-instances/{api.start('p', {'a/b c': 1})['id']}/variables"
    assert api.get(f"{place}/a%2Fb%20c") == {"name": "a/b c", "value": 1, "scope": 0}
    assert api.get(f"{place}/other", 404)["code"] == "variable-not-found"
    assert api.get(f"{place}/a%2Fb%20c", 404, scope=7)["code"] == "variable-not-found"


def test_given_two_open_tasks_of_an_element_when_one_is_completed_by_the_element_then_it_is_refused(api: Api) -> None:
    api.deploy(TWICE)
    place = f"/process-instances/{api.start()['id']}/user-tasks/work/complete"
    assert api.post(place, status=409)["code"] == "user-task-ambiguous"
    assert len(api.tasks()) == 2


def test_given_a_job_that_a_worker_is_at_when_it_is_moved_or_retried_then_it_is_refused(api: Api) -> None:
    api.deploy(TIMER)
    api.start("timer")
    (job,) = api.get("/jobs")["items"]
    now = 4_000_000_000_000
    api.server.runtime.write(lambda tx: claim(tx, now=now, lease_end=now, owner="other", limit=1))
    for answer in (
        api.put(f"/jobs/{job['id']}/due-date", {"dueAt": "2026-03-02T09:10:00Z"}, 409),
        api.post(f"/jobs/{job['id']}/retry", status=409),
    ):
        assert answer["code"] == "job-running"


def _tamper(api: Api, statement: str, **values: Any) -> None:
    """Change rows behind the server's back, as an accident or a later release would."""
    api.looked_after = False
    api.server.runtime.write(lambda tx: tx.execute(Statement(text(statement)), values))


def test_given_a_job_without_retries_when_it_is_moved_then_it_is_refused(api: Api) -> None:
    api.deploy(TIMER)
    api.start("timer")
    (job,) = api.get("/jobs")["items"]
    _tamper(api, "UPDATE job SET retries = 0, ready_at = NULL")
    assert api.get("/jobs", failed="true")["items"][0]["id"] == job["id"]
    assert api.put(f"/jobs/{job['id']}/due-date", {"dueAt": "2026-03-02T09:10:00Z"}, 409)["code"] == "job-failed"


def test_given_a_state_of_a_later_release_when_its_instance_is_to_go_on_then_it_is_refused(api: Api) -> None:
    api.deploy(ONE_TASK)
    api.start()
    _tamper(api, "UPDATE process_instance SET state = '[999999]'")
    assert api.post(f"/user-tasks/{api.task()['id']}/complete", status=409)["code"] == "state-unreadable"


def test_given_a_diagram_that_this_release_cannot_execute_when_it_is_started_then_it_is_refused(
    database_url: str,
) -> None:
    with Api(database_url) as api:
        api.deploy(ONE_TASK)
        _tamper(api, "UPDATE resource SET content = :content", content=b"nonsense")
    with Api(database_url) as api:
        refused = api.post("/process-instances", {"processDefinitionKey": "p"}, 409)
        assert refused["code"] == "process-definition-unusable"


def test_given_an_incident_whose_step_went_on_when_it_is_resolved_then_it_is_refused(api: Api) -> None:
    api.deploy(COUNTS)
    instance = api.start("counts")["id"]
    (incident,) = api.get("/incidents")["items"]
    api.put(f"/process-instances/{instance}/variables", {"variables": {"amount": 1}})
    api.post(f"/incidents/{incident['id']}/resolve", status=204)
    _tamper(api, "UPDATE incident SET resolved_at = NULL")
    assert api.post(f"/incidents/{incident['id']}/resolve", status=409)["code"] == "incident-outdated"


def test_given_results_that_cannot_be_mapped_when_the_work_is_reported_again_then_it_is_done_already(api: Api) -> None:
    api.deploy(
        process(chain('<startEvent id="s"/>', f'<userTask id="work">{MISSING}</userTask>'), key="task"),
        process(
            chain(
                '<startEvent id="s"/>',
                f'<serviceTask id="pay" camunda:type="external" camunda:topic="payment">{MISSING}</serviceTask>',
            ),
            key="service",
        ),
    )
    api.start("task")
    api.start("service")
    task = f"/user-tasks/{api.task()['id']}/complete"
    api.post(task)
    assert api.post(task, status=404)["code"] == "user-task-not-found"
    work = f"/external-tasks/{api.fetch('payment')[0]['id']}/complete"
    api.post(work, {"workerId": "w"})
    assert api.post(work, {"workerId": "w"}, 404)["code"] == "external-task-not-found"
    assert {incident["kind"] for incident in api.get("/incidents")["items"]} == {"mapping-failed"}
