"""Process instances and variables as the dialect shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from app.api.engine_rest import definition_ids
from app.api.engine_rest.definition_ids import OfDefinition
from app.api.engine_rest.values import shown
from app.db import Row, Transaction
from app.engine.variables import LOAD_TYPED, in_sight
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


def process_variables(tx: Transaction, instance_id: str) -> dict[str, Any]:
    """What an operation returns besides where it is told to: the variables of the process, objects as text."""
    rows = in_sight(tx.fetch(LOAD_TYPED, {"id": instance_id}), [0])
    return variables(rows.values(), deserialize=False)


def variables(rows: Iterable[Row], *, deserialize: bool) -> dict[str, Any]:
    """Variables by name, from rows of scope, name, JSON text, type and info; objects as JSON, or as text."""
    return {name: shown(from_json(text), kind, info, deserialize=deserialize) for _, name, text, kind, info in rows}
