"""Incidents, open and resolved."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Select, select

from app.models import incident, process_definition, process_instance
from app.queries.catalog.criteria import Catalog, either, nothing


class Incident(NamedTuple):
    """An incident; times in milliseconds. `root_id` is the topmost caller of its instance, `version` that of
    its definition."""

    id: int
    instance_id: str | None
    definition_id: str | None
    definition_key: str | None
    root_id: str | None
    activity: int | None
    job_id: int | None
    element_id: str | None
    kind: str
    message: str
    annotation: str | None
    created_at: int
    resolved_at: int | None
    version: int | None


_table = incident.c
_from: Select[Any] = (
    select(
        _table.id,
        _table.instance_id,
        _table.definition_id,
        process_definition.c.key,
        process_instance.c.root_id,
        _table.activity,
        _table.job_id,
        _table.element_id,
        _table.kind,
        _table.message,
        _table.annotation,
        _table.created_at,
        _table.resolved_at,
        process_definition.c.version,
    )
    .join_from(incident, process_instance, process_instance.c.id == _table.instance_id, isouter=True)
    .join(
        process_definition,
        (process_definition.c.id == process_instance.c.definition_id)
        | (process_instance.c.id.is_(None) & (process_definition.c.id == _table.definition_id)),
        isouter=True,
    )
)

INCIDENTS: Catalog[Incident] = Catalog(
    _from,
    lambda row: Incident(*row),
    _table.id,
    {
        "id": _table.id,
        "instance": _table.instance_id,
        "definition": process_definition.c.id,
        "definition-key": process_definition.c.key,
        "activity": _table.activity,
        "job": _table.job_id,
        "element": _table.element_id,
        "kind": _table.kind,
        "message": _table.message,
        "created": _table.created_at,
        "resolved-at": _table.resolved_at,
        "resolved": either(_table.resolved_at.is_not(None)),
        "nothing": nothing,
    },
    {
        "id": _table.id,
        "message": _table.message,
        "created": _table.created_at,
        "resolved-at": _table.resolved_at,
        "kind": _table.kind,
        "element": _table.element_id,
        "instance": _table.instance_id,
        "definition": process_definition.c.id,
        "definition-key": process_definition.c.key,
        "job": _table.job_id,
        "activity": _table.activity,
    },
)
