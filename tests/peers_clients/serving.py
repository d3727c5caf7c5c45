"""The server on a loopback port, for the programs of others; every answer is compared with the schema."""

from __future__ import annotations

import threading
import time
from typing import Any, Self

import httpx2
import uvicorn

from app.config import Settings
from app.main import create_app
from tests.api.engine_rest.contract import Checked
from tests.driver import chain, process

PATIENCE = 20.0

# Work of each kind that a worker can report: done with typed variables, failed and tried again, a business error.
STORY = process(
    chain(
        '<startEvent id="s"/>',
        '<serviceTask id="quote" camunda:type="external" camunda:topic="quote"><extensionElements><camunda:properties>'
        '<camunda:property name="currency" value="EUR"/></camunda:properties></extensionElements></serviceTask>',
        '<serviceTask id="risky" camunda:type="external" camunda:topic="risky"/>',
        '<serviceTask id="check" camunda:type="external" camunda:topic="check"/>',
        '<endEvent id="unchecked"/>',
    )
    + '<boundaryEvent id="refused" attachedToRef="check"><errorEventDefinition errorRef="no"/></boundaryEvent>'
    + '<userTask id="handle" name="Handle the refusal"/><endEvent id="handled"/>'
    + '<sequenceFlow id="g1" sourceRef="refused" targetRef="handle"/>'
    + '<sequenceFlow id="g2" sourceRef="handle" targetRef="handled"/>',
    key="story",
    outside='<error id="no" errorCode="REFUSED"/>',
)


# What a client that does all of the story's work has asked for.
WORK = (
    "POST /external-task/fetchAndLock 200",
    "POST /external-task/{id}/complete 204",
    "POST /external-task/{id}/failure 204",
    "POST /external-task/{id}/bpmnError 204",
)
EXTENSION = "POST /external-task/{id}/extendLock 204"


class Serving:
    """The application behind uvicorn in a thread."""

    def __init__(self, database_url: str) -> None:
        self.checked = Checked(create_app(Settings(database_url=database_url)))
        config = uvicorn.Config(self.checked, host="127.0.0.1", port=0, log_level="warning", lifespan="on")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        deadline = time.monotonic() + PATIENCE
        while not self.server.started:
            assert self.thread.is_alive(), "the server ended"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.base = f"http://127.0.0.1:{port}/engine-rest"
        self.http = httpx2.Client(base_url=self.base, timeout=PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self.server.should_exit = True
        self.thread.join(PATIENCE)
        assert self.checked.found == [], self.checked.found

    def answered(self, *operations: str) -> None:
        """Each of these, a method and an address with a status, was asked by the client and found as published."""
        missing = set(operations) - self.checked.seen
        assert missing == set(), (sorted(missing), sorted(self.checked.seen))

    def deploy(self, diagram: bytes = STORY) -> Any:
        """Upload a diagram."""
        answer = self.http.post("/deployment/create", files={"data": ("story.bpmn", diagram)})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        """What the server says."""
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def eventually(self, path: str, **query: Any) -> Any:
        """The list at an address as soon as there is something in it."""
        deadline = time.monotonic() + PATIENCE
        while not (found := self.get(path, **query)):
            assert time.monotonic() < deadline, f"nothing came at {path} {query}"
            time.sleep(0.05)
        return found
