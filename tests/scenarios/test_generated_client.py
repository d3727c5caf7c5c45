"""A client that is generated from the OpenAPI document runs the README's story."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.config import Settings
from app.main import create_app
from tests.server import ROOT, RunningServer

# The generator reads bytes of one kind only.
XML_AS_BYTES = {"application/xml": "application/octet-stream"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a freshly generated package, which can be imported during the test."""
    document = tmp_path / "openapi.json"
    described = create_app(Settings(database_url="sqlite://")).openapi()
    document.write_text(json.dumps(_of_our_dialect(described)))
    config = tmp_path / "config.yml"
    config.write_text(json.dumps({"post_hooks": [], "content_type_overrides": XML_AS_BYTES}))
    command = [
        sys.executable,
        "-m",
        "openapi_python_client",
        "generate",
        "--path",
        str(document),
        "--config",
        str(config),
    ]
    made = subprocess.run(
        [
            *command,
            "--config",
            str(config),
            "--output-path",
            str(tmp_path / "generated"),
            "--meta",
            "none",
            "--fail-on-warning",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    (tmp_path / "generated").rename(tmp_path / "generated_client")
    monkeypatch.syspath_prepend(tmp_path)
    yield "generated_client"
    for name in [name for name in sys.modules if name.partition(".")[0] == "generated_client"]:
        del sys.modules[name]


def _of_our_dialect(document: dict[str, Any]) -> dict[str, Any]:
    paths = {path: operations for path, operations in document["paths"].items() if path.startswith("/api/v1/")}
    return {**document, "paths": paths}


def test_given_a_generated_client_when_it_deploys_starts_completes_and_reads_then_all_of_it_works(
    package: str, sqlite_url: str
) -> None:
    def module(name: str) -> Any:
        return importlib.import_module(f"{package}.{name}")

    def call(tag: str, operation: str, *arguments: Any, **more: Any) -> Any:
        return module(f"api.{tag}.{operation}").sync(*arguments, client=client, **more)

    models = module("models")
    diagram = (ROOT / "examples" / "leave-request.bpmn").read_bytes()
    with RunningServer(sqlite_url) as server, module("client").Client(base_url=server.address) as client:
        upload = models.CreateDeploymentBody(files=[module("types").File(diagram, "leave-request.bpmn")])
        deployed = call("deployments", "create_deployment", body=upload)
        assert deployed.process_definitions[0].key == "leave-request"
        values = models.StartProcessInstanceVariables.from_dict({"employee": "Ada", "days": 3})
        body = models.StartProcessInstance(process_definition_key="leave-request", variables=values)
        started = call("process_instances", "start_process_instance", body=body, idempotency_key="one")
        (task,) = call("user_tasks", "list_user_tasks", process_instance_id=started.id).items
        assert (task.element_id, task.name) == ("approve-request", "Approve request")
        result = models.CompleteUserTaskVariables.from_dict({"approved": True})
        done = call("user_tasks", "complete_user_task", task.id, body=models.CompleteUserTask(variables=result))
        assert done.state == "completed"
        history = call("history", "get_history", started.id, limit=200).items
        assert history[-1].kind == "process-ended"
        refused = call("user_tasks", "get_user_task", task.id)
        assert refused.code == "user-task-not-found"
