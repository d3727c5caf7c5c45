"""Process definitions."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, literal, select

from app.models import incident, process_definition
from app.queries.catalog.criteria import Catalog, Meaning, compared, either, nothing


class Definition(NamedTuple):
    """A process definition; `created_at` in milliseconds."""

    id: str
    key: str
    version: int
    version_tag: str | None
    name: str | None
    resource_name: str
    deployment_id: str
    suspended: int
    created_at: int
    category: str | None
    description: str | None
    history_time_to_live: str | None
    startable: int


_table = process_definition.c
_other = process_definition.alias()
_newest = (
    _table.version
    == select(func.max(_other.c.version))
    .where(_other.c.key == _table.key)
    .correlate(process_definition)
    .scalar_subquery()
)


def _incident(column: ColumnElement[object]) -> Meaning:
    def condition(operator: str, value: object) -> ColumnElement[bool]:
        fits = compared(column, operator, value)
        return exists(
            select(literal(1)).where(incident.c.definition_id == _table.id, incident.c.resolved_at.is_(None), fits)
        )

    return condition


DEFINITIONS: Catalog[Definition] = Catalog(
    select(
        _table.id,
        _table.key,
        _table.version,
        _table.version_tag,
        _table.name,
        _table.resource_name,
        _table.deployment_id,
        _table.suspended,
        _table.created_at,
        _table.category,
        _table.description,
        _table.history_time_to_live,
        _table.startable,
    ),
    lambda row: Definition(*row),
    _table.id,
    {
        "id": _table.id,
        "key": _table.key,
        "name": _table.name,
        "version": _table.version,
        "version-tag": _table.version_tag,
        "resource": _table.resource_name,
        "deployment": _table.deployment_id,
        "created": _table.created_at,
        "suspended": either(_table.suspended == 1),
        "latest": either(_newest),
        "category": _table.category,
        "startable": either(_table.startable == 1),
        "incident": _incident(incident.c.id),
        "incident-kind": _incident(incident.c.kind),
        "incident-message": _incident(incident.c.message),
        "nothing": nothing,
    },
    {
        "id": _table.id,
        "key": _table.key,
        "name": _table.name,
        "version": _table.version,
        "version-tag": _table.version_tag,
        "deployment": _table.deployment_id,
        "created": _table.created_at,
        "category": _table.category,
    },
)
