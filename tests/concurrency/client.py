"""A client that survives the server: it repeats what was not acknowledged, and keeps a log of what was."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import httpx2

T = TypeVar("T")
PATIENCE = 30.0
Acknowledged: TypeAlias = tuple[str, str, str]
"""Command, process instance, and the task or message that it was about."""


class Unexpected(Exception):
    """The server gave an answer that no client should get."""


class Client:
    """Runs instances of its own, so that no command of it may ever be refused."""

    def __init__(self, number: int, port: int, seed: int) -> None:
        self.topic = f"topic-{number}"
        self.log: list[Acknowledged] = []
        self.repeated = 0
        self._name = f"client-{number}"
        self._random = random.Random(f"{seed}-{number}")
        self._http = httpx2.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=PATIENCE)
        self._keys = 0

    def play(self, stories: tuple[Callable[[Client], None], ...], *, until: Callable[[], bool]) -> None:
        """Run one story after the other; raises `Unexpected`."""
        while not until():
            self._random.choice(stories)(self)
        self._http.close()

    def gives_up(self) -> bool:
        """Whether the client loses interest and leaves an instance as it is."""
        return self._random.random() < 0.05

    def start(self, key: str, **variables: Any) -> str:
        body = {"processDefinitionKey": key, "businessKey": f"{self._name}-{self._keys}", "variables": variables}
        instance: str = self._command("/process-instances", body)["id"]
        self.log.append(("start-process-instance", instance, ""))
        return instance

    def claim(self, task: str) -> None:
        self._command(f"/user-tasks/{task}/claim", {"user": self._name})
        self.log.append(("claim-user-task", _instance(task), task))

    def complete(self, task: str) -> None:
        self._command(f"/user-tasks/{task}/complete", {"variables": {"by": self._name, task[-2:]: True}})
        self.log.append(("complete-user-task", _instance(task), task))

    def correlate(self, name: str, instance: str) -> None:
        self._command("/messages/correlate", {"name": name, "processInstanceId": instance, "variables": {"sum": 7}})
        self.log.append(("correlate-message", instance, name))

    def work_on(self, instance: str) -> None:
        """Fetch external tasks until the one of this instance comes, and complete it; others are completed as well."""
        wanted = {"workerId": self._name, "topics": [{"name": self.topic, "lockSeconds": 1}]}

        def done() -> bool | None:
            worked_on = self._work_off(wanted)
            return True if instance in worked_on else None

        self._until(done, f"the external task of {instance}")

    def _work_off(self, wanted: dict[str, Any]) -> list[str]:
        fetched = self._send("POST", "/external-tasks/fetch-and-lock", json=wanted)["items"]
        for task in fetched:
            self._command(f"/external-tasks/{task['id']}/complete", {"workerId": self._name})
            self.log.append(("complete-external-task", task["processInstanceId"], task["id"]))
        return [task["processInstanceId"] for task in fetched]

    def tasks(self, instance: str, count: int) -> list[str]:
        """The ids of the instance's open tasks, as soon as there are so many."""

        def found() -> list[str] | None:
            items = self._send("GET", "/user-tasks", params={"processInstanceId": instance})["items"]
            return [item["id"] for item in items] if len(items) == count else None

        return self._until(found, f"{count} tasks of {instance}")

    def called_by(self, instance: str) -> str:
        """The instance that this one has called."""
        items = self._send("GET", "/process-instances", params={"rootProcessInstanceId": instance, "called": True})
        (called,) = items["items"]
        name: str = called["id"]
        return name

    def _until(self, look: Callable[[], T | None], what: str) -> T:
        deadline = time.monotonic() + PATIENCE
        while (found := look()) is None:
            if time.monotonic() > deadline:
                raise Unexpected(f"{what} did not come within {PATIENCE} s")
            time.sleep(0.02)
        return found

    def _command(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self._keys += 1
        key = f"{self._name}-{self._keys}"
        return self._send("POST", path, json=body, headers={"Idempotency-Key": key})

    def _send(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Send until there is an answer; only a server that is down is borne."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                response = self._http.request(method, path, **request)
            except httpx2.TransportError as problem:
                if time.monotonic() > deadline:
                    raise Unexpected(f"the server does not come back: {problem}") from problem
                self.repeated += 1
                time.sleep(0.2)
                continue
            if not response.is_success:
                raise Unexpected(f"{method} {path} was answered {response.status_code}: {response.text}")
            answer: dict[str, Any] = response.json()
            return answer


def _instance(task: str) -> str:
    return task.partition(".")[0]
