"""Process definitions as the dialect shows them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from app.api.engine_rest import definition_ids
from app.api.engine_rest.routing import Answer
from app.queries.catalog.process_definitions import Definition

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_DAYS = re.compile(r"P?(\d{1,9})D?")


def name(row: Definition) -> str:
    """The id of a definition as clients see it."""
    return definition_ids.outside(row.key, row.version, row.id)


def of(row: Definition) -> dict[str, Any]:
    """A definition."""
    days = _DAYS.fullmatch(row.history_time_to_live or "")
    return {
        "id": name(row),
        "key": row.key,
        "category": row.category,
        "description": row.description,
        "name": row.name,
        "version": row.version,
        "resource": row.resource_name,
        "deploymentId": row.deployment_id,
        "diagram": None,
        "suspended": bool(row.suspended),
        "tenantId": None,
        "versionTag": row.version_tag,
        "historyTimeToLive": int(days[1]) if days else None,
        "startableInTasklist": bool(row.startable),
    }


def download(content: bytes, name: str) -> Answer:
    """A file to keep; a browser must neither run it nor guess what it is."""
    # Clients in the field read the plain name and know nothing of the other; some write a file of that name.
    plain = _UNSAFE.sub("_", name).lstrip(".") or "data"
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Answer(content, 200, "application/octet-stream", headers)
