"""Variables over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api.route import Read, Routes, Write
from app.api.schemas.process_instances import InstanceVariables, SetVariables, Variable, VariablesQuery
from app.commands import variables as commands
from app.queries import variables as queries

routes = Routes("Variables")

_EXAMPLE = {"scope": 0, "variables": {"employee": "Ada", "days": 3}}


@routes.get("/process-instances/{id}/variables", "getVariables", "Get variables", example=_EXAMPLE, refusals=[404])
def get(tx: Read, id: str, query: Annotated[VariablesQuery, Query()]) -> InstanceVariables:
    """All of one scope of a process instance; those of the process itself stay when it has ended."""
    found = queries.of_instance(tx, id, scope=query.scope)
    return {"scope": query.scope, "variables": {row.name: row.value for row in found}}


@routes.get(
    "/process-instances/{id}/variables/{name:path}",
    "getVariable",
    "Get a variable",
    example={"name": "days", "value": 3, "scope": 0},
    refusals=[404],
)
def get_one(tx: Read, id: str, name: str, query: Annotated[VariablesQuery, Query()]) -> Variable:
    """One of one scope of a process instance."""
    found = queries.get(tx, id, name, scope=query.scope)
    return {"name": found.name, "value": found.value, "scope": found.scope}


@routes.put("/process-instances/{id}/variables", "setVariables", "Set variables", status=204, refusals=[404, 409])
def put(tx: Write, id: str, query: Annotated[VariablesQuery, Query()], body: SetVariables) -> None:
    """New or changed ones in one scope of a process instance; others stay as they are."""
    commands.set_values(tx, id, values=body.variables, scope=query.scope)
