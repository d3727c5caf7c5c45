"""The doors that a client can come in by: our own API, and the Camunda 7 dialect, which peers have as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bpmn.values import Value

STARTS = "/api/v1/process-instances"
TASKS = "/api/v1/user-tasks"
DIALECT_PREFIX = "/engine-rest"

Variables = Mapping[str, Value]
Request = tuple[str, dict[str, Any]]
"""Path and body of a POST."""


@dataclass(frozen=True)
class Door:
    """How the two commands of a client are said."""

    name: str
    start: Callable[[str, Variables], Request]
    complete: Callable[[str, Variables], Request]
    deployments: str
    tasks: str | None = None
    """Where the open tasks of an instance are listed, for a server whose ids of tasks cannot be told beforehand."""


def _start(key: str, variables: Variables) -> Request:
    return STARTS, {"processDefinitionKey": key, "variables": variables}


def _complete(task: str, variables: Variables) -> Request:
    return f"{TASKS}/{task}/complete", {"variables": variables}


def _start_in_dialect(key: str, variables: Variables) -> Request:
    return f"{DIALECT_PREFIX}/process-definition/key/{key}/start", {"variables": _typed(variables)}


def _complete_in_dialect(task: str, variables: Variables) -> Request:
    return f"{DIALECT_PREFIX}/task/{task}/complete", {"variables": _typed(variables)}


def _typed(variables: Variables) -> dict[str, Any]:
    return {name: {"value": value, "type": _TYPES[type(value)]} for name, value in variables.items()}


_TYPES = {str: "String", int: "Integer", bool: "Boolean"}
_DEPLOYMENTS = f"{DIALECT_PREFIX}/deployment/create"

NATIVE = Door("/api/v1", _start, _complete, "/api/v1/deployments")
DIALECT = Door(DIALECT_PREFIX, _start_in_dialect, _complete_in_dialect, _DEPLOYMENTS)
ASKING = Door(
    f"{DIALECT_PREFIX}, tasks asked for",
    _start_in_dialect,
    _complete_in_dialect,
    _DEPLOYMENTS,
    tasks=f"{DIALECT_PREFIX}/task?processInstanceId=",
)
