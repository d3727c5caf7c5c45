"""Incidents over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api import answers
from app.api.answers import maybe_moment, moment
from app.api.route import Read, Routes, Write
from app.api.schemas.operations import Incident, IncidentPage, IncidentQuery
from app.commands import incidents as commands
from app.queries import incidents as queries
from app.queries.page import Paging

routes = Routes("Jobs and incidents")

_INSTANCE = "019aa9d6-1b2c-7d3e-9f40-a1b2c3d4e5f6"
_EXAMPLE = {
    "id": "3",
    "kind": "condition-failed",
    "message": "There is no variable 'amount'.",
    "processInstanceId": _INSTANCE,
    "processDefinitionId": "019aa9d5-3c1e-7f10-8a52-5b8f1d0c9e12",
    "activityId": f"{_INSTANCE}.4",
    "elementId": "is-large",
    "jobId": None,
    "createdAt": "2026-11-22T08:31:00.000Z",
    "resolvedAt": None,
}


@routes.get("/incidents", "listIncidents", "List incidents", example={"items": [_EXAMPLE], "nextCursor": None})
def list_incidents(tx: Read, query: Annotated[IncidentQuery, Query()]) -> IncidentPage:
    """Open and resolved ones, the newest first."""
    filters = queries.Filters(query.process_instance_id, query.process_definition_id, query.kind, query.resolved)
    found: IncidentPage = answers.items(queries.list_incidents(tx, Paging(query.limit, query.cursor), filters), shape)
    return found


def shape(row: queries.IncidentRow) -> Incident:
    """An incident as it is answered."""
    return {
        "id": row.id,
        "kind": row.kind,
        "message": row.message,
        "processInstanceId": row.process_instance_id,
        "processDefinitionId": row.definition_id,
        "activityId": row.activity_id,
        "elementId": row.element_id,
        "jobId": row.job_id,
        "createdAt": moment(row.created_at),
        "resolvedAt": maybe_moment(row.resolved_at),
    }


@routes.get("/incidents/{id}", "getIncident", "Get an incident", example=_EXAMPLE, refusals=[404])
def get(tx: Read, id: str) -> Incident:
    """One incident, open or resolved."""
    return shape(queries.get(tx, id))


@routes.post("/incidents/{id}/resolve", "resolveIncident", "Resolve an incident", status=204, refusals=[404, 409])
def resolve(tx: Write, id: str) -> None:
    """Take up again what it stopped; where that fails again, a new incident says so."""
    commands.resolve(tx, id)
