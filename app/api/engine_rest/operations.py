"""All operations of the dialect, and the list of what its published schema holds."""

from __future__ import annotations

from pathlib import Path

from app.api.engine_rest import (
    bulk,
    conditions,
    decision_definitions,
    definition_views,
    deployments,
    event_subscriptions,
    executions,
    external_tasks,
    fetching,
    history_activities,
    history_decisions,
    history_processes,
    history_tasks,
    history_variables,
    history_views,
    identity,
    incidents,
    job_definitions,
    jobs,
    messages,
    process_definitions,
    process_instances,
    signals,
    task_notes,
    tasks,
    variable_instances,
    versions,
)
from app.api.engine_rest.routing import Operation, Table

_NOUNS = (
    versions,
    deployments,
    process_definitions,
    definition_views,
    decision_definitions,
    process_instances,
    bulk,
    executions,
    tasks,
    task_notes,
    external_tasks,
    fetching,
    messages,
    signals,
    conditions,
    event_subscriptions,
    jobs,
    job_definitions,
    incidents,
    history_processes,
    history_activities,
    history_tasks,
    history_variables,
    history_views,
    history_decisions,
    variable_instances,
    identity,
)

OPERATIONS: tuple[Operation, ...] = tuple(operation for noun in _NOUNS for operation in noun.routes.operations)
TABLE = Table(list(OPERATIONS))


def _published() -> dict[str, frozenset[str]]:
    lines = Path(__file__).with_name("published.txt").read_text(encoding="ascii").splitlines()
    return {line.split()[-1]: frozenset(line.split()[:-1]) for line in lines if line}


PUBLISHED: dict[str, frozenset[str]] = _published()
"""Methods by path, as published for the dialect (Operaton 2.1)."""
