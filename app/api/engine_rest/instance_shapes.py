"""Process instances and variables as the dialect shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.api.engine_rest.values import shown
from app.db import Row
from bpmn.values import from_json


def instance(id: str, definition_id: str, definition_key: str, business_key: str | None, status: str) -> dict[str, Any]:
    """A process instance, running or just ended."""
    return {
        "links": [],
        "id": id,
        "definitionId": definition_id,
        "definitionKey": definition_key,
        "businessKey": business_key,
        "caseInstanceId": None,
        "ended": status not in ("active", "suspended"),
        "suspended": status == "suspended",
        "tenantId": None,
    }


def variables(rows: Iterable[Row], *, deserialize: bool = True) -> dict[str, Any]:
    """Variables by name, from rows of scope, name, JSON text, type and info."""
    return {name: shown(from_json(text), kind, info, deserialize=deserialize) for _, name, text, kind, info in rows}
