"""A real server under attack answers everybody else."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from typing import Any

import pytest
from httpx2 import Client

from bpmn.sandbox import installed
from bpmn.values import from_json, to_json
from tests.attacks.attack import DMN, SECRET, TEMPLATE, Attack
from tests.attacks.test_attacks import ATTACKS
from tests.driver import ONE_TASK, chain, process
from tests.server import PATIENCE, RunningServer

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or len(installed()) < 2, reason="limits processes as Linux does, and runs scripts"
)
JSON = {"content-type": "application/json"}
ATTACKERS, EVERY, RUNAWAYS = 4, 4, 3
RUNAWAY = process(
    chain('<startEvent id="s"/>', '<parallelGateway id="g"/>')
    + '<scriptTask id="a" scriptFormat="python"><script>while True: pass</script></scriptTask>'
    '<scriptTask id="b" scriptFormat="javascript"><script>var a = []; for (;;) a.push([a])</script></scriptTask>'
    '<sequenceFlow id="fa" sourceRef="g" targetRef="a"/><sequenceFlow id="fb" sourceRef="g" targetRef="b"/>',
    key="runaway",
)


def test_given_a_server_under_attack_when_others_work_with_it_then_it_answers_them(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", SECRET)
    with RunningServer(sqlite_url, script_seconds=0.5, job_backoff_seconds=0) as server:
        deploy(server.client, ONE_TASK)
        deploy(server.client, RUNAWAY)
        said: list[tuple[Attack, int, str]] = []
        attackers = [attacker(server.address, ATTACKS[number::ATTACKERS][::EVERY], said) for number in range(ATTACKERS)]
        for _ in range(RUNAWAYS):
            started(server.client, "runaway")
        rounds = 0
        while any(attack.is_alive() for attack in attackers) or rounds < 10:
            work(server.client)
            rounds += 1
        open_incidents = incidents(server.client, 2 * RUNAWAYS)
        assert server.process.poll() is None
        assert server.client.get("/health").json()["status"] == "up"
    assert Counter(incident["kind"] for incident in open_incidents) == {"script-failed": 2 * RUNAWAYS}
    assert len(said) > 50
    assert {status for _, status, _ in said} <= {200, 400}, [one for one in said if one[1] not in (200, 400)]
    assert [attack for attack, _, text in said if SECRET in text] == []


def deploy(client: Client, diagram: bytes) -> None:
    answer = client.post("/deployments", files=[("files", ("p.bpmn", diagram))], data={"name": "attacked"})
    assert answer.status_code == 201, answer.text


def started(client: Client, key: str) -> Any:
    answer = client.post(f"/process-definitions/by-key/{key}/start")
    assert answer.status_code == 201, answer.text
    return answer.json()


def work(client: Client) -> None:
    """What somebody does who knows of no attack: an instance with a task, done."""
    instance = started(client, "p")
    (task,) = client.get("/user-tasks", params={"processInstanceId": instance["id"]}).json()["items"]
    assert client.post(f"/user-tasks/{task['id']}/complete", json={}).status_code in (200, 204)
    assert client.get(f"/process-instances/{instance['id']}").json()["state"] == "completed"


def attacker(address: str, attacks: list[Attack], said: list[tuple[Attack, int, str]]) -> threading.Thread:
    """Somebody who tries one attack after the other."""

    def attack() -> None:
        with Client(base_url=f"{address}/api/v1", timeout=PATIENCE) as client:
            for one in filter(can_be_sent, attacks):
                language = "juel" if one.language == TEMPLATE else one.language
                body = to_json({"language": language, "expression": one.text, "context": dict(one.variables)})
                answer = client.post("/expressions/evaluate", content=body, headers=JSON)
                said.append((one, answer.status_code, answer.text))

    thread = threading.Thread(target=attack)
    thread.start()
    return thread


def can_be_sent(attack: Attack) -> bool:
    """Not FEEL in a decision, nor a number that JSON does not take here."""
    numbers = [value for value in attack.variables.values() if type(value) is int]
    return attack.language != DMN and all(number < 10**4_000 for number in numbers)


def incidents(client: Client, wanted: int) -> list[Any]:
    """The open incidents, when as many are there as are wanted."""
    waited = threading.Event()
    for _ in range(PATIENCE * 10):
        found: list[Any] = from_json(client.get("/incidents", params={"limit": 100}).content)["items"]
        if len(found) >= wanted:
            return found
        waited.wait(0.1)
    raise AssertionError(f"{len(found)} of {wanted} incidents")
