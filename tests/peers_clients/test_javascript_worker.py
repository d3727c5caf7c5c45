"""The official JavaScript client (camunda-external-task-client-js) runs a process to its end."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.peers_clients.serving import EXTENSION, PATIENCE, STORY, WORK, Serving

WORKER = Path(__file__).with_name("worker.mjs")


OLDEST_NODE = 20


def node() -> str:
    """A node: the machine's own where it is new enough, else the one that the environment has as a Python package."""
    for found in (shutil.which("node"), str(Path(sys.executable).with_name("node"))):
        if found is not None and Path(found).exists() and version_of(found) >= OLDEST_NODE:
            return found
    raise AssertionError(f"neither the machine nor the environment has a node {OLDEST_NODE}")


def version_of(program: str) -> int:
    """The major version of a node."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.strip().removeprefix("v").partition(".")[0])


def test_given_a_process_of_work_when_the_javascript_worker_does_it_then_it_comes_to_its_end(serving: Serving) -> None:
    serving.deploy(STORY)
    paper = {
        "type": "File",
        "value": base64.b64encode(b"hello").decode(),
        "valueInfo": {"filename": "a.txt", "mimetype": "text/plain"},
    }
    body = {"businessKey": "b9", "variables": {"item": {"type": "String", "value": "bolt"}, "paper": paper}}
    instance_id = serving.http.post("/process-definition/key/story/start", json=body).json()["id"]

    said = run_worker(serving.base)

    by_topic = [line.get("topic") for line in said]
    assert by_topic == ["quote", "risky", "risky", "risky", "check", "done"], said
    assert said[0] == {"topic": "quote", "variables": "bolt", "paper": "hello", "key": "b9"}
    assert [line["retries"] for line in said[1:4]] == [None, 2, 2]
    assert said[1]["price"] == 12
    assert said[4]["when"] == "2026-01-02T03:04:05.000Z"
    assert said[4]["details"] == {"parts": [1, 2]}
    values = serving.get(f"/process-instance/{instance_id}/variables")
    assert {name: values[name]["type"] for name in ("price", "note", "when", "details", "big", "paper")} == {
        "price": "Integer",
        "note": "String",
        "when": "Date",
        "details": "Json",
        "big": "Long",
        "paper": "File",
    }
    (task,) = serving.eventually("/task", processInstanceId=instance_id)
    serving.http.post(f"/task/{task['id']}/complete", json={})
    (past,) = serving.get("/history/process-instance", processInstanceId=instance_id)
    assert past["state"] == "COMPLETED"
    serving.answered(
        *WORK, EXTENSION, "POST /external-task/{id}/unlock 204", "GET /execution/{id}/localVariables/{varName}/data 200"
    )


def run_worker(base: str) -> list[dict[str, Any]]:
    """What the worker said until it ended."""
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        [node(), str(WORKER), base], capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in lines]
