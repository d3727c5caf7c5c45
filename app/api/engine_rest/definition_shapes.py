"""Process definitions as the dialect shows them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from app.api.engine_rest import definition_ids
from app.api.engine_rest.routing import Answer, Ask
from app.commands.deployments import Prepared
from app.queries.catalog.process_definitions import Definition
from bpmn.drawing import Drawing

_DAYS = re.compile(r"P?(\d{1,9})D?")


def name(row: Definition) -> str:
    """The id of a definition as clients see it."""
    return definition_ids.outside(row.key, row.version, row.id)


def of(row: Definition, ask: Ask) -> dict[str, Any]:
    """A definition; raises `DrawingMissing`."""
    return _shape(row, ask.drawings.get(row.id))


def of_new(row: Definition, prepared: Prepared) -> dict[str, Any]:
    """A definition that was deployed just now."""
    return _shape(row, prepared.drawings[row.key])


def _shape(row: Definition, drawing: Drawing) -> dict[str, Any]:
    days = _DAYS.fullmatch(drawing.history_time_to_live or "")
    return {
        "id": name(row),
        "key": row.key,
        "category": drawing.category,
        "description": drawing.documentation,
        "name": row.name,
        "version": row.version,
        "resource": row.resource_name,
        "deploymentId": row.deployment_id,
        "diagram": None,
        "suspended": bool(row.suspended),
        "tenantId": None,
        "versionTag": row.version_tag,
        "historyTimeToLive": int(days[1]) if days else None,
        "startableInTasklist": drawing.startable,
    }


def download(content: bytes, name: str) -> Answer:
    """A file to keep; a browser must neither run it nor guess what it is."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Answer(content, 200, "application/octet-stream", headers)
