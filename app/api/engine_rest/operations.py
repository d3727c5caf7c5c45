"""All operations of the dialect, and the list of what its published schema holds."""

from __future__ import annotations

from pathlib import Path

from app.api.engine_rest import (
    deployments,
    external_tasks,
    history_activities,
    history_processes,
    incidents,
    messages,
    process_definitions,
    variable_instances,
    versions,
)
from app.api.engine_rest.routing import Operation, Table

_NOUNS = (
    versions,
    deployments,
    process_definitions,
    external_tasks,
    messages,
    incidents,
    history_processes,
    history_activities,
    variable_instances,
)

OPERATIONS: tuple[Operation, ...] = tuple(operation for noun in _NOUNS for operation in noun.routes.operations)
TABLE = Table(list(OPERATIONS))


def _published() -> dict[str, frozenset[str]]:
    lines = Path(__file__).with_name("published.txt").read_text(encoding="ascii").splitlines()
    return {line.split()[-1]: frozenset(line.split()[:-1]) for line in lines if line}


PUBLISHED: dict[str, frozenset[str]] = _published()
"""Methods by path, as published for the dialect (Operaton 2.1)."""
