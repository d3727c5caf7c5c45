"""The tests' way into the dialect: the real application on a real database, every answer compared with the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from starlette.testclient import TestClient

from tests.api.client import Api
from tests.api.engine_rest.contract import Checked
from tests.driver import files_of


class Rest(Api):
    """Like `Api`, below /engine-rest."""

    def __init__(self, database_url: str, **settings: Any) -> None:
        super().__init__(database_url, **settings)
        self.checked = Checked(self.app)
        self.client = TestClient(self.checked, base_url="http://localhost:8080/engine-rest", follow_redirects=False)

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def __exit__(self, *problem: object) -> None:
        super().__exit__(*problem)
        assert self.checked.found == [], self.checked.found

    def _checked(self, answer: Any, status: int) -> Any:
        assert answer.status_code == status, f"{answer.status_code}: {answer.text[:2000]}"
        if not answer.content:
            return None
        kind = answer.headers["content-type"]
        return answer.json() if kind == "application/json" else answer.content

    def post(self, path: str, body: Any = None, status: int | None = None, **more: Any) -> Any:
        answer = self.client.post(path, json=body, **more)
        wanted = status if status is not None else answer.status_code if answer.status_code in (200, 204) else 200
        return self._checked(answer, wanted)

    def deploy(self, *diagrams: bytes, name: str = "test", status: int = 200, **fields: Any) -> Any:
        files = [(f"part{number}", file) for number, file in enumerate(files_of(diagrams).items())]
        data = {"deployment-name": name, **{field.replace("_", "-"): value for field, value in fields.items()}}
        return self._checked(self.client.post("/deployment/create", files=files, data=data), status)

    def start(self, key: str = "p", variables: Mapping[str, Any] | None = None, **how: Any) -> Any:
        return self.post(f"/process-definition/key/{key}/start", {"variables": dict(variables or {}), **how})

    def tasks(self, **filters: Any) -> list[Any]:
        found: list[Any] = self.get("/task", **filters)
        return found

    def fetch(self, topic: str, worker: str = "w", seconds: float = 60, **how: Any) -> list[Any]:
        asked = {"topicName": topic, "lockDuration": int(seconds * 1000), **how}
        body = {"workerId": worker, "maxTasks": 10, "topics": [asked]}
        found: list[Any] = self.post("/external-task/fetchAndLock", body)
        return found


def typed(kind: str, value: Any, **info: Any) -> dict[str, Any]:
    """A variable as the dialect sends it."""
    return {"type": kind, "value": value, "valueInfo": info}
