"""The tests' way into the server over HTTP: the real application on a real database, without a network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from starlette.testclient import TestClient

from app.api.server import Server
from app.clock import SettableClock
from app.config import Settings
from app.engine import doctor
from app.main import create_app
from app.worker.loop import Worker
from tests.driver import files_of

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
JSON = "application/json"
PROBLEM = "application/problem+json"


class Api:
    """A server whose clock stands still until it is moved, and a client of it."""

    def __init__(self, database_url: str, **settings: Any) -> None:
        self.looked_after = True
        self.clock = SettableClock(MONDAY)
        self.app = create_app(Settings(database_url=database_url, **{"worker": False, **settings}), clock=self.clock)
        self.client = TestClient(self.app, base_url="http://localhost:8080/api/v1", follow_redirects=False)

    def __enter__(self) -> Self:
        self.client.__enter__()
        self.server: Server = self.app.state.server
        self.worker = Worker(self.server.runtime)
        return self

    def __exit__(self, *_: object) -> None:
        differences = self.server.runtime.write(doctor.check_all) if self.looked_after else []
        self.client.__exit__()
        assert differences == []

    # --- requests; each asserts the status and returns what was answered ---

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        return self._checked(self.client.get(path, params=query), status)

    def post(self, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        return self._checked(self.client.post(path, json=body, **more), status)

    def put(self, path: str, body: Any = None, status: int = 204, **more: Any) -> Any:
        return self._checked(self.client.put(path, json=body, **more), status)

    def delete(self, path: str, status: int = 204, **query: Any) -> Any:
        return self._checked(self.client.delete(path, params=query), status)

    def _checked(self, answer: Any, status: int) -> Any:
        assert answer.status_code == status, f"{answer.status_code}: {answer.text[:2000]}"
        if status >= 400:
            problem = answer.json()
            assert answer.headers["content-type"] == PROBLEM
            assert problem["status"] == status
            assert problem["type"] == f"urn:throughline:problem:{problem['code']}"
            assert problem["title"]
            assert problem["detail"]
            return problem
        if not answer.content:
            return None
        assert answer.headers["content-type"] == JSON
        return answer.json()

    # --- stories ---

    def deploy(self, *diagrams: bytes, name: str = "test", status: int = 201, **query: Any) -> Any:
        files = [("files", file) for file in files_of(diagrams).items()]
        return self._checked(self.client.post("/deployments", files=files, data={"name": name}, params=query), status)

    def start(self, key: str = "p", variables: Mapping[str, Any] | None = None, **how: Any) -> Any:
        body = {"processDefinitionKey": key, "variables": dict(variables or {}), **how}
        return self.post("/process-instances", body, 201)

    def tasks(self, **filters: Any) -> list[Any]:
        found: list[Any] = self.get("/user-tasks", **filters)["items"]
        return found

    def task(self, **filters: Any) -> Any:
        (found,) = self.tasks(**filters)
        return found

    def instance(self, instance_id: str) -> Any:
        return self.get(f"/process-instances/{instance_id}")

    def fetch(self, topic: str, worker: str = "w", seconds: float = 60, **how: Any) -> list[Any]:
        body = {"workerId": worker, "topics": [{"name": topic, "lockSeconds": seconds}], **how}
        found: list[Any] = self.post("/external-tasks/fetch-and-lock", body)["items"]
        return found

    # --- time ---

    def work_off(self) -> None:
        while self.worker.work_off():
            pass

    def travel(self, **by: float) -> None:
        """Let time pass and do what falls due: `travel(hours=2)`."""
        self.clock.advance(timedelta(**by))
        self.work_off()
