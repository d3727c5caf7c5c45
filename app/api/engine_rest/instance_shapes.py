"""Process instances and variables as the dialect shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from app.api.engine_rest import definition_ids
from app.api.engine_rest.definition_ids import OfDefinition
from app.api.engine_rest.values import shown
from app.db import Row
from bpmn.values import from_json


class Shown(OfDefinition, Protocol):
    """What is shown of an instance."""

    @property
    def id(self) -> str: ...
    @property
    def business_key(self) -> str | None: ...
    @property
    def status(self) -> str: ...


def instance(row: Shown) -> dict[str, Any]:
    """A process instance, running or just ended."""
    return {
        "links": [],
        "id": row.id,
        "definitionId": definition_ids.of(row),
        "definitionKey": row.definition_key,
        "businessKey": row.business_key,
        "caseInstanceId": None,
        "ended": row.status not in ("active", "suspended"),
        "suspended": row.status == "suspended",
        "tenantId": None,
    }


def variables(rows: Iterable[Row], *, deserialize: bool = True) -> dict[str, Any]:
    """Variables by name, from rows of scope, name, JSON text, type and info."""
    return {name: shown(from_json(text), kind, info, deserialize=deserialize) for _, name, text, kind, info in rows}
