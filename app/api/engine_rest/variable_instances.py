"""Variables across instances: as they are, and as they were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.api.engine_rest import definition_ids, definition_shapes
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import (
    ANY_CASE,
    NO_TENANT,
    Filter,
    listing,
    names,
    of_definition,
    resolved,
    text,
    variables,
)
from app.api.engine_rest.given import Fields, Given, fields
from app.api.engine_rest.pages import Key, like, page
from app.api.engine_rest.routing import Answer, Ask, Routes
from app.api.engine_rest.values import inferred, shown
from app.db import Transaction
from app.engine import files
from app.errors import InvalidRequest, NotFound
from app.ids import activity_id, split_place
from app.queries.catalog import past
from app.queries.catalog.criteria import AnyOf, Criterion
from app.queries.catalog.past import PastVariable
from app.queries.catalog.variables import VARIABLES, Variable
from bpmn.values import Value

routes = Routes()


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
    "caseInstanceIdIn": text("nothing"),
    "caseExecutionIdIn": text("nothing"),
    "batchIdIn": text("nothing"),
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
    deserialize = ask.query.flag("deserializeValues") is not False
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
    media_type = value.get("mimetype") if isinstance(value, dict) else None
    encoding = value.get("encoding") if isinstance(value, dict) else None
    if not media_type:
        return answer
    charset = f"; charset={encoding}" if encoding else ""
    return Answer(content, 200, f"{media_type}{charset}", answer.headers)


_FIELDS = (
    "variableName variableNameLike variableNameIn variableValue variableTypeIn includeDeleted processInstanceId "
    "processInstanceIdIn processDefinitionId processDefinitionKey executionIdIn caseInstanceId caseExecutionIdIn "
    "caseActivityIdIn taskIdIn activityInstanceIdIn tenantIdIn withoutTenantId"
)
_REFUSED = "variableNamesIgnoreCase variableValuesIgnoreCase"
_QUERY = fields(f"{_FIELDS} sortBy sortOrder firstResult maxResults deserializeValues", _REFUSED)
_BODY = fields(f"{_FIELDS} sorting", _REFUSED)
_PAGING = Fields(frozenset({"firstResult", "maxResults", "deserializeValues"}))
_NOTE = (
    f"without a process instance, the histories of all that may fit are read, up to {past.MOST_INSTANCES} instances; "
    "a variable of an inner scope that has ended shows the type of its value"
)
_SORTS: dict[str, Key] = {
    "instanceId": lambda found: found.instance.id,
    "variableName": lambda found: found.name,
    "tenantId": lambda found: None,
}


def _was(tx: Transaction, given: Given) -> Iterator[PastVariable]:
    if any(given.names(name) for name in ("tenantIdIn", "caseExecutionIdIn", "caseActivityIdIn")):
        return
    if given.has("caseInstanceId"):
        return
    for story in past.read(tx, _instances_asked(given)):
        for found in story.variables.values():
            if _fits(found, given):
                yield found


def _instances_asked(given: Given) -> list[Criterion | AnyOf]:
    where: list[Criterion | AnyOf] = [*of_definition(given)]
    if (value := given.text("processInstanceId")) is not None:
        where.append(Criterion("id", "eq", value))
    if (ids := given.names("processInstanceIdIn")) is not None:
        where.append(Criterion("id", "in", ids))
    for name in ("executionIdIn", "taskIdIn", "activityInstanceIdIn"):
        if (places := given.names(name)) is not None:
            where.append(Criterion("id", "in", [place.partition(".")[0] for place in places]))
    return where


def _fits(found: PastVariable, given: Given) -> bool:
    if found.removed and given.flag("includeDeleted") is not True and found.instance.ended_at is None:
        return False
    for name in ("executionIdIn", "taskIdIn", "activityInstanceIdIn"):
        places = given.names(name)
        if places is not None and (found.instance.id, found.scope) not in [_scope(place) for place in places]:
            return False
    names_wanted, types = given.names("variableNameIn"), given.names("variableTypeIn")
    if names_wanted is not None and found.name not in names_wanted:
        return False
    if types is not None and inferred(found.value).lower() not in [kind.lower() for kind in types]:
        return False
    if (wanted := given.text("variableName")) is not None and found.name != wanted:
        return False
    if (pattern := given.text("variableNameLike")) is not None and not like(pattern, found.name):
        return False
    return not given.has("variableValue") or _equal(found.value, given.values["variableValue"])


def _equal(value: Value, asked: Any) -> bool:
    wanted = resolved(asked) if isinstance(asked, str) and not isinstance(value, str) else asked
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def _scope(place: str) -> tuple[str, int]:
    instance_id, scope = split_place(place)
    return instance_id, scope or 0


def _declared(tx: Transaction, instance_ids: set[str]) -> dict[tuple[str, int, str], Variable]:
    if not instance_ids:
        return {}
    rows = VARIABLES.page(tx, [Criterion("instance", "in", instance_ids)])
    return {(row.instance_id, row.scope, row.name): row for row in rows if row.type is not None}


def _past_shape(found: PastVariable, row: Variable | None, ask: Ask) -> dict[str, Any]:
    instance = found.instance
    place = activity_id(instance.id, found.scope) if found.scope else instance.id
    kind, info = (row.type, row.info) if row is not None else (None, None)
    return {
        "id": variable_id(instance.id, found.scope, found.name),
        "name": found.name,
        **shown(found.value, kind, info, deserialize=ask.query.flag("deserializeValues") is not False),
        "processDefinitionKey": instance.definition_key,
        "processDefinitionId": definition_ids.of(instance),
        "processInstanceId": instance.id,
        "executionId": place,
        "activityInstanceId": place,
        "caseDefinitionKey": None,
        "caseDefinitionId": None,
        "caseInstanceId": None,
        "caseExecutionId": None,
        "taskId": None,
        "errorMessage": None,
        "tenantId": None,
        "state": "DELETED" if found.removed else "CREATED",
        "createTime": shown_moment(found.created_at),
        "removalTime": None,
        "rootProcessInstanceId": instance.root_id,
    }


def _listed(tx: Transaction, ask: Ask, given: Given) -> list[dict[str, Any]]:
    found = page(_was(tx, given), given, ask.query, _SORTS)
    rows = _declared(tx, {one.instance.id for one in found})
    return [_past_shape(one, rows.get((one.instance.id, one.scope, one.name)), ask) for one in found]


@routes.read("/history/variable-instance", query=_QUERY, note=_NOTE)
def list_by_get(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """Variables as they were last."""
    return _listed(tx, ask, ask.query)


@routes.ask("/history/variable-instance", query=_PAGING, body=_BODY, note=_NOTE)
def list_by_post(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """Variables as they were last."""
    return _listed(tx, ask, ask.body)


@routes.read("/history/variable-instance/count", query=fields(_FIELDS, _REFUSED))
def count_by_get(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": sum(1 for _ in _was(tx, ask.query))}


@routes.ask("/history/variable-instance/count", body=_BODY)
def count_by_post(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": sum(1 for _ in _was(tx, ask.body))}


def _past_one(tx: Transaction, id: str) -> PastVariable:
    place, _, name = id.partition(":")
    instance_id, scope = split_place(place)
    for story in past.read(tx, [Criterion("id", "eq", instance_id)]):
        found = story.variables.get((scope or 0, name))
        if found is not None:
            return found
    raise NotFound(f"Variable instance with Id '{id}' does not exist.")


@routes.read("/history/variable-instance/{id}", query=fields("deserializeValues"))
def get_past(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One variable as it was last."""
    found = _past_one(tx, id)
    rows = _declared(tx, {found.instance.id})
    return _past_shape(found, rows.get((found.instance.id, found.scope, found.name)), ask)


@routes.read("/history/variable-instance/{id}/data")
def past_data(tx: Transaction, ask: Ask, id: str) -> Answer:
    """The content of a variable that is a file."""
    return binary(tx, _past_one(tx, id).value, id)
