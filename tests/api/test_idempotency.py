"""Idempotency keys over HTTP: whatever is repeated is done once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.commands import process_instances
from tests.api.client import Api
from tests.api.diagrams import OFFERED, PAYMENT, STRAIGHT
from tests.driver import ONE_TASK

KEY = {"Idempotency-Key": "order 4711"}
START = {"processDefinitionKey": "p", "variables": {"x": 1}}


def send(api: Api, path: str, body: Any, key: str = "k") -> Any:
    return api.client.post(path, json=body, headers={"Idempotency-Key": key})


def test_given_a_start_when_it_is_repeated_under_its_key_then_the_first_answer_comes_again(api: Api) -> None:
    api.deploy(ONE_TASK)
    first, again = (api.client.post("/process-instances", json=START, headers=KEY) for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, first.content)
    assert first.headers["location"] == again.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(api.get("/process-instances")["items"]) == 1


def test_given_a_command_without_content_when_it_is_repeated_under_its_key_then_it_is_not_refused(api: Api) -> None:
    api.deploy(ONE_TASK)
    place = f"/process-instances/{api.start()['id']}"
    for expected in (None, "true"):
        answer = send(api, f"{place}/cancel", {"reason": "x"})
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers.get("idempotency-replayed") == expected
    assert api.post(f"{place}/cancel", {"reason": "x"}, 409)["code"] == "process-instance-ended"


def test_given_a_key_when_it_comes_with_another_body_or_query_then_it_is_refused(api: Api) -> None:
    api.deploy(ONE_TASK)
    assert send(api, "/process-instances", START).status_code == 201
    for path, body in (("/process-instances", {**START, "variables": {"x": 2}}), ("/process-instances?a=1", START)):
        refused = send(api, path, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency-key-reused")


def test_given_a_key_when_it_comes_with_another_path_then_it_is_another_one(api: Api) -> None:
    api.deploy(ONE_TASK)
    assert send(api, "/process-instances", START).status_code == 201
    assert send(api, "/process-definitions/by-key/p/start", {}).status_code == 201
    assert len(api.get("/process-instances")["items"]) == 2


def test_given_a_refusal_when_its_reason_is_gone_then_the_same_key_succeeds(api: Api) -> None:
    assert send(api, "/process-instances", START).status_code == 404
    api.deploy(ONE_TASK)
    answer = send(api, "/process-instances", START)
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


def test_given_a_twin_that_is_under_way_when_the_same_key_comes_then_it_waits_for_the_twins_answer(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.deploy(ONE_TASK)
    start = process_instances.start

    def slow(*args: Any, **more: Any) -> Any:
        time.sleep(0.2)
        return start(*args, **more)

    monkeypatch.setattr(process_instances, "start", slow)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(api, "/process-instances", START), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert len(api.get("/process-instances")["items"]) == 1


def test_given_a_day_has_passed_when_the_key_comes_again_then_it_is_forgotten(api: Api) -> None:
    api.deploy(ONE_TASK)
    send(api, "/process-instances", START)
    api.travel(hours=25)
    assert "idempotency-replayed" not in send(api, "/process-instances", START).headers
    assert len(api.get("/process-instances")["items"]) == 2


def test_given_a_deployment_when_it_is_repeated_with_other_boundaries_then_it_is_the_same(api: Api) -> None:
    first, again = (
        api.client.post(
            "/deployments",
            content=b'--%b\r\nContent-Disposition: form-data; name="f"; filename="p.bpmn"\r\n\r\n%b\r\n--%b--\r\n'
            % (boundary, ONE_TASK, boundary),
            headers={**KEY, "Content-Type": f"multipart/form-data; boundary={boundary.decode()}"},
        )
        for boundary in (b"one", b"two")
    )
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = api.client.post("/deployments", files={"f": ("p.bpmn", STRAIGHT)}, headers=KEY)
    assert other.json()["code"] == "idempotency-key-reused"


def test_given_a_start_that_waited_when_it_is_repeated_then_even_what_it_saw_is_answered_again(api: Api) -> None:
    api.deploy(ONE_TASK)
    body = {**START, "wait": "first-wait-state"}
    first = send(api, "/process-instances", body)
    assert first.json()["variables"] == {"x": 1}
    api.post(f"/process-instances/{first.json()['id']}/user-tasks/work/complete", {"variables": {"x": 2}})
    again = send(api, "/process-instances", body)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "ü", "a\x7f"])
def test_given_a_key_that_cannot_be_one_when_it_comes_then_it_is_refused(sqlite_api: Api, key: str) -> None:
    answer = sqlite_api.client.post("/signals", json={"name": "s"}, headers={b"Idempotency-Key": key.encode()})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-invalid")


def test_given_every_kind_of_post_when_it_is_repeated_under_its_key_then_it_is_done_once(api: Api) -> None:
    api.deploy(PAYMENT, OFFERED, ONE_TASK)
    api.start("payment")
    api.start("offered", {"urgency": 1, "due": "2026-03-05T12:00:00Z"})
    (work,) = api.fetch("payment")
    task = api.task(processDefinitionKey="offered")["id"]
    posts: list[tuple[str, Any]] = [
        (f"/user-tasks/{task}/claim", {"user": "ada", "version": 1}),
        (f"/user-tasks/{task}/unclaim", {"version": 2}),
        (f"/user-tasks/{task}/assign", {"user": "bob", "version": 3}),
        (f"/user-tasks/{task}/complete", {"version": 4}),
        (f"/external-tasks/{work['id']}/extend-lock", {"workerId": "w", "lockSeconds": 100}),
        (f"/external-tasks/{work['id']}/complete", {"workerId": "w"}),
        ("/messages/publish", {"name": "m", "ttlSeconds": 10, "messageId": "1"}),
        ("/signals", {"name": "s"}),
    ]
    for path, body in posts:
        first, again = (send(api, path, body) for _ in range(2))
        assert first.status_code in (200, 204), first.text
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["idempotency-replayed"] == "true"
