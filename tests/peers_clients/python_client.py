"""The package camunda-external-task-client-python3, which is written for an older pydantic and warns of it."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from camunda.client.engine_client import EngineClient
    from camunda.external_task.external_task import ExternalTask, TaskResult
    from camunda.external_task.external_task_worker import ExternalTaskWorker

__all__ = ["EngineClient", "ExternalTask", "ExternalTaskWorker", "TaskResult"]
