"""External tasks over HTTP."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.client import Api
from tests.api.diagrams import PAYMENT
from tests.driver import chain, process


@pytest.fixture
def task(api: Api) -> Any:
    """A payment that worker w has fetched."""
    api.deploy(PAYMENT)
    api.start("payment", {"amount": 7, "to": "Ada"}, businessKey="b")
    (found,) = api.fetch("payment")
    return found


def test_given_open_work_when_it_is_fetched_then_one_worker_has_it_with_its_variables(api: Api, task: Any) -> None:
    assert task["variables"] == {"amount": 7, "to": "Ada"}
    assert (task["topic"], task["businessKey"], task["elementId"]) == ("payment", "b", "pay")
    assert task["lockedUntil"] == "2026-03-02T09:01:00.000Z"
    assert api.fetch("payment", "other") == []
    shown = api.get(f"/external-tasks/{task['id']}")
    assert (shown["workerId"], shown["lockedUntil"]) == ("w", task["lockedUntil"])
    assert api.get("/external-tasks", topic="payment", workerId="w")["items"] == [shown]
    assert api.get("/external-tasks", topic="other")["items"] == []


def test_given_named_variables_when_work_is_fetched_then_only_they_come(api: Api) -> None:
    api.deploy(PAYMENT)
    api.start("payment", {"amount": 7, "to": "Ada"})
    topics = [{"name": "other"}, {"name": "payment", "variables": ["to", "missing"], "lockSeconds": 1.5}]
    (found,) = api.post("/external-tasks/fetch-and-lock", {"workerId": "w", "topics": topics})["items"]
    assert found["variables"] == {"to": "Ada"}
    assert found["lockedUntil"] == "2026-03-02T09:00:01.500Z"


ZEEBE = 'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
HEADERS = '<zeebe:taskHeaders><zeebe:header key="region" value="eu"/><zeebe:header key="mode"/></zeebe:taskHeaders>'
PROPERTIES = '<camunda:properties><camunda:property name="region" value="eu"/></camunda:properties>'


@pytest.mark.parametrize(
    ("kind", "drawn", "headers"),
    [
        (ZEEBE, f'<zeebe:taskDefinition type="payment"/>{HEADERS}', {"region": "eu", "mode": ""}),
        ('camunda:type="external" camunda:topic="payment"', PROPERTIES, {"region": "eu"}),
        ('camunda:type="external" camunda:topic="payment"', "", {}),
    ],
)
def test_given_what_a_diagram_says_to_workers_when_work_is_fetched_then_it_comes_as_headers(
    api: Api, kind: str, drawn: str, headers: dict[str, str]
) -> None:
    work = f'<serviceTask id="pay" {kind}><extensionElements>{drawn}</extensionElements></serviceTask>'
    api.deploy(process(chain('<startEvent id="s"/>', work)))
    api.start()
    (found,) = api.fetch("payment")
    assert found["headers"] == headers


def test_given_work_for_a_listener_of_the_process_when_it_is_fetched_then_it_has_no_headers(api: Api) -> None:
    listener = '<extensionElements><camunda:executionListener event="start" class="audit"/></extensionElements>'
    api.deploy(process(listener + chain('<startEvent id="s"/>', '<userTask id="a"/>')))
    api.start()
    (found,) = api.fetch("audit")
    assert (found["elementId"], found["headers"]) == ("p", {})


def test_given_topics_that_are_names_when_work_is_fetched_then_it_is_said_what_a_topic_holds(api: Api) -> None:
    refused = api.post("/external-tasks/fetch-and-lock", {"workerId": "w", "topics": ["pack"]}, 400)
    said = "Input should be an object with name; it may hold lockSeconds, variables."
    assert refused["errors"] == [{"location": "body.topics.0", "message": said}]


def test_given_fetched_work_when_it_is_completed_then_the_process_goes_on(api: Api, task: Any) -> None:
    place = f"/external-tasks/{task['id']}"
    refused = api.post(f"{place}/complete", {"workerId": "other"}, 409)
    assert refused["code"] == "external-task-not-locked"
    done = api.post(f"{place}/complete", {"workerId": "w", "variables": {"paid": True}})
    assert done == {"id": task["id"], "processInstanceId": task["processInstanceId"], "state": "active"}
    assert api.task()["elementId"] == "book"
    assert api.post(f"{place}/complete", {"workerId": "w"}, 404)["code"] == "external-task-not-found"
    assert api.get(place, 404)["code"] == "external-task-not-found"


def test_given_a_failure_when_retries_are_left_then_the_work_comes_again_after_the_pause(api: Api, task: Any) -> None:
    body = {"workerId": "w", "message": "bank closed", "details": "trace", "retries": 2, "retrySeconds": 30}
    api.post(f"/external-tasks/{task['id']}/fail", body, 204)
    assert api.fetch("payment") == []
    api.travel(seconds=30)
    (again,) = api.fetch("payment")
    assert again["retries"] == 2
    shown = api.get(f"/external-tasks/{task['id']}")
    assert (shown["errorMessage"], shown["errorDetails"]) == ("bank closed", "trace")


def test_given_a_failure_without_retries_when_they_are_set_then_its_incident_is_resolved(api: Api, task: Any) -> None:
    api.post(f"/external-tasks/{task['id']}/fail", {"workerId": "w", "message": "bank closed"}, 204)
    (incident,) = api.get("/incidents", resolved="false")["items"]
    assert (incident["kind"], incident["message"]) == ("retries-exhausted", "bank closed")
    assert api.fetch("payment") == []
    api.put(f"/external-tasks/{task['id']}/retries", {"retries": 3})
    assert api.get(f"/incidents/{incident['id']}")["resolvedAt"]
    assert api.fetch("payment")[0]["retries"] == 3


def test_given_a_bpmn_error_that_the_diagram_knows_when_it_is_reported_then_its_path_is_taken(api: Api) -> None:
    diagram = process(
        chain(
            '<startEvent id="s"/>',
            '<serviceTask id="pay" camunda:type="external" camunda:topic="payment"/>',
            '<endEvent id="e"/>',
        )
        + '<boundaryEvent id="refused" attachedToRef="pay"><errorEventDefinition errorRef="err"/></boundaryEvent>'
        '<sequenceFlow id="b" sourceRef="refused" targetRef="clarify"/><userTask id="clarify"/>',
        outside='<error id="err" errorCode="refused"/>',
    )
    api.deploy(diagram)
    api.start()
    (task,) = api.fetch("payment")
    body = {"workerId": "w", "code": "refused", "message": "no money", "variables": {"missing": 3}}
    assert api.post(f"/external-tasks/{task['id']}/bpmn-error", body)["state"] == "active"
    assert api.task()["elementId"] == "clarify"


def ruled(*rules: tuple[str, str]) -> bytes:
    """A payment whose reports are errors by these rules: (code, expression); two codes are caught."""
    drawn = "".join(f'<camunda:errorEventDefinition errorRef="{code}" expression="{rule}"/>' for code, rule in rules)
    border = '<boundaryEvent id="{0}-b" attachedToRef="pay"><errorEventDefinition errorRef="{0}"/></boundaryEvent>'
    way = '<sequenceFlow id="{0}-f" sourceRef="{0}-b" targetRef="{0}-t"/><userTask id="{0}-t"/>'
    return process(
        chain(
            '<startEvent id="s"/>',
            '<serviceTask id="pay" camunda:type="external" camunda:topic="payment">'
            f"<extensionElements>{drawn}</extensionElements></serviceTask>",
            '<userTask id="paid"/>',
        )
        + "".join((border + way).format(code) for code in ("poor", "broken")),
        outside="".join(f'<error id="{code}" errorCode="{code}"/>' for code in ("poor", "broken")),
    )


RULED = ruled(
    ("poor", "${balance != null and balance &lt; amount}"),
    ("broken", "${externalTask.getErrorDetails() != null and externalTask.getErrorDetails().contains('ERR-7')}"),
)


@pytest.mark.parametrize(("balance", "goes_to"), [(5, "poor-t"), (9, "paid")])
def test_given_rules_for_errors_when_work_is_done_then_one_that_holds_for_what_it_gave_is_thrown(
    api: Api, balance: int, goes_to: str
) -> None:
    api.deploy(RULED)
    api.start("p", {"amount": 7})
    (task,) = api.fetch("payment")
    body = {"workerId": "w", "variables": {"balance": balance}}
    assert api.post(f"/external-tasks/{task['id']}/complete", body)["state"] == "active"
    assert api.task()["elementId"] == goes_to


def test_given_rules_for_errors_when_work_fails_then_one_that_holds_for_the_failure_is_thrown(api: Api) -> None:
    api.deploy(RULED)
    api.start("p", {"amount": 7, "balance": None})
    (task,) = api.fetch("payment")
    fail = f"/external-tasks/{task['id']}/fail"
    api.post(fail, {"workerId": "w", "message": "no", "details": "ERR-6", "retries": 1}, 204)
    assert api.get("/user-tasks")["items"] == []
    (again,) = api.fetch("payment")
    assert again["retries"] == 1
    api.post(fail, {"workerId": "w", "message": "no", "details": "ERR-7 at line 1", "retries": 1}, 204)
    assert api.task()["elementId"] == "broken-t"
    assert api.get("/incidents", resolved="false")["items"] == []


def test_given_a_rule_that_cannot_be_evaluated_when_work_is_reported_then_it_says_so(api: Api) -> None:
    api.deploy(ruled(("poor", "${missing &gt; 1}")))
    api.start()
    (task,) = api.fetch("payment")
    refused = api.post(f"/external-tasks/{task['id']}/complete", {"workerId": "w"}, 409)
    assert "the rule of error 'poor': unknown variable 'missing'" in refused["detail"]
    api.post(f"/external-tasks/{task['id']}/fail", {"workerId": "w", "message": "closed"}, 204)
    (incident,) = api.get("/incidents", resolved="false")["items"]
    assert incident["message"].startswith("closed; besides, the rule of error 'poor'")


def test_given_a_rule_about_failures_that_is_not_guarded_when_work_is_completed_then_the_worker_hears_how_to(
    api: Api,
) -> None:
    rule = "externalTask.errorMessage.contains('fraud')"
    api.deploy(ruled(("poor", f"${{{rule}}}")))
    api.start()
    (task,) = api.fetch("payment")
    refused = api.post(f"/external-tasks/{task['id']}/complete", {"workerId": "w", "variables": {"a": 1}}, 409)
    assert refused["code"] == "external-task-blocked"
    assert "externalTask.errorMessage != null && ..." in refused["detail"]
    assert api.get(f"/external-tasks/{task['id']}")["workerId"] == "w"
    assert api.get("/incidents", resolved="false")["items"] == []
    assert api.get(f"/process-instances/{task['processInstanceId']}/variables")["variables"] == {}
    guarded = f"${{externalTask.errorMessage != null &amp;&amp; {rule}}}"
    api.deploy(ruled(("poor", guarded)))
    api.start()
    (again,) = api.fetch("payment")
    api.post(f"/external-tasks/{again['id']}/complete", {"workerId": "w"})
    assert api.task()["elementId"] == "paid"


def test_given_a_lock_when_it_is_extended_or_given_back_then_others_wait_or_come(api: Api, task: Any) -> None:
    place = f"/external-tasks/{task['id']}"
    lock = api.post(f"{place}/extend-lock", {"workerId": "w", "lockSeconds": 600})
    assert lock == {"id": task["id"], "lockedUntil": "2026-03-02T09:10:00.000Z"}
    api.travel(minutes=5)
    assert api.fetch("payment", "other") == []
    assert api.post(f"{place}/unlock", {"workerId": "other"}, 409)["code"] == "external-task-not-locked"
    api.post(f"{place}/unlock", status=204)
    assert len(api.fetch("payment", "other")) == 1


def test_given_no_work_when_a_worker_waits_then_it_gets_it_as_soon_as_it_is_there(api: Api) -> None:
    api.deploy(PAYMENT)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(api.fetch, "payment", waitSeconds=20)
        time.sleep(0.3)
        assert not waiting.done()
        began = time.monotonic()
        api.start("payment")
        assert len(waiting.result(5)) == 1
        assert time.monotonic() - began < 1


def test_given_no_work_when_patience_ends_then_the_answer_is_empty(sqlite_api: Api) -> None:
    began = time.monotonic()
    assert sqlite_api.fetch("payment", waitSeconds=0.3) == []
    assert 0.25 < time.monotonic() - began < 2


def test_given_a_lock_that_ends_when_a_worker_waits_for_it_then_it_gets_the_work(api: Api, task: Any) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(api.fetch, "payment", "other", waitSeconds=20)
        time.sleep(0.1)
        api.travel(seconds=61)
        assert waiting.result(5)[0]["id"] == task["id"]


def test_given_many_waiting_workers_when_others_use_the_server_then_no_thread_is_held(sqlite_api: Api) -> None:
    connections = sqlite_api.server.runtime.settings.database_connections
    with ThreadPoolExecutor(3 * connections) as pool:
        waiting = [pool.submit(sqlite_api.fetch, "payment", f"w{n}", waitSeconds=20) for n in range(3 * connections)]
        time.sleep(0.5)
        before = threading.active_count()
        sqlite_api.deploy(PAYMENT)
        began = time.monotonic()
        for _ in waiting:
            sqlite_api.start("payment")
        assert threading.active_count() <= before + connections
        assert time.monotonic() - began < 10
        fetched = [task["id"] for future in waiting for task in future.result(20)]
    assert len(fetched) == len(set(fetched)) == len(waiting)


def test_given_waiting_workers_when_the_server_is_to_stop_then_they_are_sent_home(sqlite_api: Api) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(sqlite_api.fetch, "payment", waitSeconds=60)
        time.sleep(0.2)
        sqlite_api.server.close_soon()
        assert waiting.result(5) == []


@pytest.mark.parametrize("id", ["nothing", "01a201c8-2d64-7d42-b80f-a42f7709641f.1"])
def test_given_an_id_that_nobody_has_when_work_is_reported_then_it_is_not_found(sqlite_api: Api, id: str) -> None:
    me = {"workerId": "w"}
    bodies = {
        "complete": me,
        "fail": me,
        "unlock": {},
        "bpmn-error": {**me, "code": "c"},
        "extend-lock": {**me, "lockSeconds": 1},
    }
    for verb, body in bodies.items():
        found = sqlite_api.post(f"/external-tasks/{id}/{verb}", body, 404)
        assert found["code"] in ("external-task-not-found", "not-found")
    sqlite_api.put(f"/external-tasks/{id}/retries", {"retries": 1}, 404)
    sqlite_api.get(f"/external-tasks/{id}", 404)
