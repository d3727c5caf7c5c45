"""Two server processes on one database: of callers at once one wins, the others are told so, nothing is done twice."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.concurrency.mortal import MortalServer
from tests.driver import ONE_TASK, chain, process

START, END = '<startEvent id="s"/>', '<endEvent id="e"/>'
TIMER = "<timerEventDefinition>{}</timerEventDefinition>"
TWENTY = TIMER.format("<timeCycle>R20/PT0.1S</timeCycle>")
SOON = TIMER.format("<timeDuration>PT1S</timeDuration>")
EVERY = process(chain(f'<startEvent id="s">{TWENTY}</startEvent>', END), key="every")
LATER = process(chain(START, f'<intermediateCatchEvent id="wait">{SOON}</intermediateCatchEvent>', END), key="later")
BRANCHES = 8
WIDE = process(
    f'{START}<parallelGateway id="fork"/><parallelGateway id="join"/>{END}'
    '<sequenceFlow id="in" sourceRef="s" targetRef="fork"/><sequenceFlow id="out" sourceRef="join" targetRef="e"/>'
    + "".join(
        f'<userTask id="t{number}"/><sequenceFlow id="to{number}" sourceRef="fork" targetRef="t{number}"/>'
        f'<sequenceFlow id="from{number}" sourceRef="t{number}" targetRef="join"/>'
        for number in range(BRANCHES)
    ),
    key="wide",
)


class Pair:
    """Two servers; requests go to one and the other in turn."""

    def __init__(self, ports: list[int]) -> None:
        self._clients = [httpx2.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=30) for port in ports]

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def post(self, path: str, body: dict[str, Any], *, to: int = 0, key: str | None = None) -> httpx2.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self._clients[to % 2].post(path, json=body, headers=headers)

    def get(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        response = self._clients[0].get(path, params={"limit": 200, **parameters})
        items: list[dict[str, Any]] = response.raise_for_status().json()["items"]
        return items

    def deploy(self, diagram: bytes) -> None:
        self._clients[0].post("/deployments", files={"file": ("diagram.bpmn", diagram)}).raise_for_status()

    def start(self, key: str) -> str:
        started = self.post("/process-instances", {"processDefinitionKey": key}).raise_for_status()
        name: str = started.json()["id"]
        return name

    def at_once(self, *calls: Callable[[int], httpx2.Response]) -> list[httpx2.Response]:
        """Make all calls together, each told to which server."""
        barrier = threading.Barrier(len(calls))

        def run(number: int) -> httpx2.Response:
            barrier.wait()
            return calls[number](number)

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(run, range(len(calls))))


@pytest.fixture
def pair(database_url: str, tmp_path: Path) -> Iterator[Pair]:
    first, second = (MortalServer(database_url, tmp_path / "log") for _ in range(2))
    with first.alive(), second.alive():
        pair = Pair([first.port, second.port])
        yield pair
        pair.close()
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_callers_at_two_servers_share_one_truth(pair: Pair) -> None:
    """One start of two servers for all that callers can do at once; each part is told by its function."""
    pair.deploy(ONE_TASK)
    pair.deploy(WIDE)
    for number in range(10):
        one_of_two_completes_a_task_and_the_other_is_refused(pair)
        twins_get_the_same_answer(pair, f"twin-{number}")
        eight_branches_are_completed_together(pair)


def one_of_two_completes_a_task_and_the_other_is_refused(pair: Pair) -> None:
    instance = pair.start("p")
    (task,) = pair.get("/user-tasks", processInstanceId=instance)
    path = f"/user-tasks/{task['id']}/complete"
    answers = pair.at_once(*[lambda to: pair.post(path, {}, to=to)] * 2)
    assert sorted(answer.status_code for answer in answers) == [200, 404]
    refused = max(answers, key=lambda answer: answer.status_code).json()
    assert refused["code"] == "user-task-not-found"
    assert "was completed" in refused["detail"]
    assert [entry["kind"] for entry in pair.get(f"/process-instances/{instance}/history")].count(
        "complete-user-task"
    ) == 1


def twins_get_the_same_answer(pair: Pair, key: str) -> None:
    body = {"processDefinitionKey": "p", "businessKey": key}
    answers = pair.at_once(*[lambda to: pair.post("/process-instances", body, to=to, key=key)] * 4)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 3
    assert len(pair.get("/process-instances", businessKey=key)) == 1


def eight_branches_are_completed_together(pair: Pair) -> None:
    instance = pair.start("wide")
    tasks = [task["id"] for task in pair.get("/user-tasks", processInstanceId=instance)]
    assert len(tasks) == BRANCHES
    paths = [f"/user-tasks/{task}/complete" for task in tasks]
    answers = pair.at_once(*[lambda to, path=path: pair.post(path, {}, to=to) for path in paths])
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["state"] for answer in answers) == ["active"] * (BRANCHES - 1) + ["completed"]


def test_two_workers_never_do_a_job_twice(pair: Pair) -> None:
    pair.deploy(EVERY)
    pair.deploy(LATER)
    waiting = [pair.start("later") for _ in range(40)]
    deadline = time.monotonic() + 30
    while pair.get("/jobs"):
        assert time.monotonic() < deadline, pair.get("/jobs")
        time.sleep(0.1)
    assert len(pair.get("/process-instances", processDefinitionKey="every")) == 20
    for instance in waiting:
        kinds = Counter(entry["kind"] for entry in pair.get(f"/process-instances/{instance}/history"))
        assert (kinds["fire-timer"], kinds["process-ended"]) == (1, 1)
