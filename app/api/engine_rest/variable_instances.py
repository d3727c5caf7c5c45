"""Variables across running instances."""

from __future__ import annotations

import re
from typing import Any

from app.api.engine_rest import definition_ids, definition_shapes
from app.api.engine_rest.filters import (
    ANY_CASE,
    NO_TENANT,
    Filter,
    listing,
    names,
    nothing,
    text,
    variables,
)
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.routing import Answer, Ask, Routes
from app.api.engine_rest.values import shown
from app.db import Transaction
from app.engine import files
from app.errors import InvalidRequest, NotFound
from app.ids import activity_id, split_place
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.variables import VARIABLES, Variable
from bpmn.values import Value

routes = Routes()

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9.+-]{1,100}/[A-Za-z0-9.+-]{1,100}")
_CHARSET = re.compile(r"[A-Za-z0-9._-]{0,40}")


def variable_id(instance_id: str, scope: int, name: str) -> str:
    """The name of a variable: its scope, and its own name."""
    return f"{instance_id}.{scope}:{name}"


def _places(name: str, given: Given) -> list[Criterion]:
    pairs = []
    for place in given.names(name) or ():
        instance_id, scope = split_place(place)
        pairs.append((instance_id, scope or 0))
    return [Criterion("place", "in", tuple(pairs))]


FILTERS: dict[str, Filter] = {
    "variableName": text("name"),
    "variableNameLike": text("name", "like"),
    "processInstanceIdIn": names("instance"),
    "executionIdIn": _places,
    "taskIdIn": _places,
    "variableScopeIdIn": _places,
    "activityInstanceIdIn": _places,
    "caseInstanceIdIn": nothing,
    "caseExecutionIdIn": nothing,
    "batchIdIn": nothing,
    "variableValues": variables("having"),
    **ANY_CASE,
    **NO_TENANT,
}
del FILTERS["withoutTenantId"]
_LISTING = listing(
    FILTERS,
    sorts={"variableName": "name", "variableType": "type", "activityInstanceId": "scope", "tenantId": "name"},
)
_CURRENT = VARIABLES.narrowed([Criterion("running", "eq", True)])


def _shape(row: Variable, ask: Ask) -> dict[str, Any]:
    place = activity_id(row.instance_id, row.scope) if row.scope else row.instance_id
    deserialize = ask.query.deserialized(unless_said=True)
    return {
        "id": variable_id(row.instance_id, row.scope, row.name),
        "name": row.name,
        "processDefinitionId": definition_ids.of(row),
        "processInstanceId": row.instance_id,
        "executionId": place,
        "caseInstanceId": None,
        "caseExecutionId": None,
        "taskId": None,
        "batchId": None,
        "activityInstanceId": place,
        "errorMessage": None,
        "tenantId": None,
        **shown(row.value, row.type, row.info, deserialize=deserialize),
    }


routes.catalog(
    "/variable-instance",
    _CURRENT,
    _LISTING,
    _shape,
    served="deserializeValues",
    note="variables of tasks count as those of their activity instances",
)


def _one(tx: Transaction, id: str) -> Variable:
    place, _, name = id.partition(":")
    instance_id, scope = split_place(place)
    where = [Criterion("place", "in", ((instance_id, scope or 0),)), Criterion("name", "eq", name)]
    found = VARIABLES.page(tx, where)
    if not found:
        raise NotFound(f"Variable instance with Id '{id}' does not exist.")
    return found[0]


@routes.read("/variable-instance/{id}", query=fields("deserializeValue"))
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One variable."""
    return _shape(_one(tx, id), ask)


@routes.read("/variable-instance/{id}/data")
def data(tx: Transaction, ask: Ask, id: str) -> Answer:
    """The content of a variable that is a file."""
    return binary(tx, _one(tx, id).value, id)


def binary(tx: Transaction, value: Value, what: str) -> Answer:
    """The content that a value refers to."""
    content = files.content(tx, value)
    if content is None:
        if isinstance(value, dict) and (files.is_file(value) or files.is_bytes(value)):
            raise NotFound(f"The content of variable {what} is gone.")
        raise InvalidRequest(f"Value of variable with id {what} is not a binary value.")
    name = value.get("filename") if isinstance(value, dict) else None
    answer = definition_shapes.download(content, name or "data")
    media_type = str(value.get("mimetype")) if isinstance(value, dict) else ""
    encoding = str(value.get("encoding") or "") if isinstance(value, dict) else ""
    if not _MEDIA_TYPE.fullmatch(media_type) or not _CHARSET.fullmatch(encoding):
        # What a header cannot say is not said.
        return answer
    charset = f"; charset={encoding}" if encoding else ""
    return Answer(content, 200, f"{media_type}{charset}", answer.headers)
