"""Deployments and their files."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from app.models import deployment, resource
from app.queries.catalog.criteria import Catalog, either, nothing


class Deployment(NamedTuple):
    """A deployment; `created_at` in milliseconds."""

    id: str
    name: str
    source: str | None
    created_at: int


class Resource(NamedTuple):
    """A file of a deployment, in the order in which it was uploaded."""

    deployment_id: str
    name: str
    position: int


_table = deployment.c

DEPLOYMENTS: Catalog[Deployment] = Catalog(
    select(_table.id, _table.name, _table.source, _table.created_at),
    lambda row: Deployment(*row),
    _table.id,
    {
        "id": _table.id,
        "name": _table.name,
        "source": _table.source,
        "has-source": either(_table.source.is_not(None)),
        "created": _table.created_at,
        "nothing": nothing,
    },
    {"id": _table.id, "name": _table.name, "created": _table.created_at},
)

RESOURCES: Catalog[Resource] = Catalog(
    select(resource.c.deployment_id, resource.c.name, resource.c.position),
    lambda row: Resource(*row),
    resource.c.position,
    {"deployment": resource.c.deployment_id, "position": resource.c.position, "name": resource.c.name},
)
