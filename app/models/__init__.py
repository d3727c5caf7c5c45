"""Tables, one noun per file. What each is for, and who writes it, stands in docs/architecture.md."""

from __future__ import annotations

from app.models.base import metadata, of_instance
from app.models.comment import attachment, comment
from app.models.decision import decision_definition, decision_evaluation, decision_requirements
from app.models.deployment import deployment, resource
from app.models.external_task import external_task
from app.models.file import file
from app.models.history import history
from app.models.idempotency import idempotency
from app.models.incident import incident
from app.models.job import job, job_freeze
from app.models.message import message, subscription
from app.models.part import run_result, state_part
from app.models.process_definition import message_key, process_definition, start_subscription
from app.models.process_instance import process_instance
from app.models.user_task import task_candidate, user_task
from app.models.variable import variable

OF_INSTANCES = (variable, history, incident, job, subscription, comment, attachment, file, decision_evaluation)
"""Tables whose rows have an `instance_id`, and go with their process instance."""

__all__ = [
    "OF_INSTANCES",
    "attachment",
    "comment",
    "decision_definition",
    "decision_evaluation",
    "decision_requirements",
    "deployment",
    "external_task",
    "file",
    "history",
    "idempotency",
    "incident",
    "job",
    "job_freeze",
    "message",
    "message_key",
    "metadata",
    "of_instance",
    "process_definition",
    "process_instance",
    "resource",
    "run_result",
    "start_subscription",
    "state_part",
    "subscription",
    "task_candidate",
    "user_task",
    "variable",
]
