"""The package camunda-external-task-client-python3 runs a process to its end. Extending a lock it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from tests.peers_clients.python_client import EngineClient, ExternalTask, ExternalTaskWorker, TaskResult
from tests.peers_clients.serving import WORK, Serving

PAPER = "aGVsbG8="
CONFIG = {"maxTasks": 1, "lockDuration": 10_000, "asyncResponseTimeout": 5_000, "retries": 3, "retryTimeout": 0}


def test_given_a_process_of_work_when_the_python_worker_does_it_then_it_comes_to_its_end(serving: Serving) -> None:
    serving.deploy()
    engine = EngineClient(serving.base)
    contract = {"value": PAPER, "type": "File", "valueInfo": {"filename": "contract.txt"}}
    variables = {"item": "bolt", "count": 3, "ratio": 0.5, "ok": True, "contract": contract}
    instance_id = engine.start_process("story", variables, business_key="b7")["id"]
    worker = ExternalTaskWorker("py", serving.base, CONFIG)
    seen: dict[str, Any] = {}

    def quote(task: ExternalTask) -> TaskResult:
        seen.update(task.get_variables())
        # A file does not come with its task: whoever wants it reads it.
        seen["contract"] = engine.get_process_instance_variable(task.get_process_instance_id(), "contract").strip()
        seen["property"] = task.get_extension_property("currency")
        seen["business key"] = task.get_business_key()
        when = {"value": "2026-01-02T03:04:05.000+0000", "type": "Date"}
        paper = {"value": PAPER, "type": "File", "valueInfo": {"filename": "quote.txt"}}
        return task.complete({"price": 12, "paid": False, "when": when, "paper": paper})

    def fails_once(task: ExternalTask) -> TaskResult:
        seen.setdefault("retries", []).append(task._context["retries"])
        if len(seen["retries"]) == 1:
            return task.failure("no connection", "details", max_retries=3, retry_timeout=0)
        return task.complete({})

    def refuse(task: ExternalTask) -> TaskResult:
        return task.bpmn_error("REFUSED", "not for us", {"reason": "size"})

    worker.fetch_and_execute("quote", quote)
    worker.fetch_and_execute("risky", fails_once)
    worker.fetch_and_execute("risky", fails_once)
    worker.fetch_and_execute("check", refuse)

    assert {name: seen[name] for name in ("item", "count", "ratio", "ok")} == {
        "item": "bolt",
        "count": 3,
        "ratio": 0.5,
        "ok": True,
    }
    assert (seen["property"], seen["business key"], seen["contract"]) == ("EUR", "b7", PAPER)
    assert seen["retries"] == [None, 3]
    (task,) = serving.eventually("/task", processInstanceId=instance_id)
    assert task["taskDefinitionKey"] == "handle"
    assert engine.get_process_instance_variable(instance_id, "paper").strip() == PAPER
    assert serving.get(f"/process-instance/{instance_id}/variables/reason")["value"] == "size"
    assert serving.get(f"/process-instance/{instance_id}/variables/when") == {
        "type": "Date",
        "value": "2026-01-02T03:04:05.000+0000",
        "valueInfo": {},
    }
    serving.http.post(f"/task/{task['id']}/complete", json={})
    (past,) = serving.get("/history/process-instance", processInstanceId=instance_id)
    assert past["state"] == "COMPLETED"
    serving.answered(
        *WORK, "POST /process-definition/key/{key}/start 200", "GET /process-instance/{id}/variables/{varName}/data 200"
    )


def test_given_the_engine_helper_when_it_asks_for_jobs_and_messages_then_it_understands_the_answers(
    serving: Serving,
) -> None:
    serving.deploy()
    engine = EngineClient(serving.base)
    engine.start_process("story", {})

    assert engine.get_jobs(0, 10) == []
    assert len(engine.get_process_instance("story")) == 1
    with pytest.raises(Exception, match="Cannot correlate message 'nobody'"):
        engine.correlate_message("nobody")
