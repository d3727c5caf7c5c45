"""Variables as they were last, told from the histories of their instances."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from app.api.engine_rest import definition_ids
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import (
    ANY_CASE,
    NO_TENANT,
    Filter,
    definition,
    heeded,
    listing,
    names,
    nothing,
    resolved,
    text,
)
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.pages import like
from app.api.engine_rest.past_lists import NOTE, Holds, PastList, one_of
from app.api.engine_rest.routing import Answer, Ask, Routes
from app.api.engine_rest.values import inferred, shown
from app.api.engine_rest.variable_instances import binary, variable_id
from app.db import Transaction
from app.errors import NotFound
from app.ids import activity_id, split_place
from app.queries.catalog.criteria import Criterion, checked_pattern, in_parts
from app.queries.catalog.past import Past, PastVariable
from app.queries.catalog.stories import Stories
from app.queries.catalog.variables import VARIABLES, Variable
from bpmn.values import Value

routes = Routes()


def _instances_of_places(name: str, given: Given) -> list[Criterion]:
    return [Criterion("id", "in", [place.partition(".")[0] for place in given.names(name) or ()])]


_INSTANCES: dict[str, Filter] = {
    "processInstanceId": text("id"),
    "processInstanceIdIn": names("id"),
    "processDefinitionId": definition("definition"),
    "processDefinitionKey": text("definition-key"),
    "executionIdIn": _instances_of_places,
    "taskIdIn": _instances_of_places,
    "activityInstanceIdIn": _instances_of_places,
    "caseInstanceId": nothing,
    "caseExecutionIdIn": nothing,
    "caseActivityIdIn": nothing,
    "includeDeleted": heeded,
    **ANY_CASE,
    **NO_TENANT,
}


def _entries(ask: Ask, story: Past, numbers: Collection[int] | None) -> Iterator[PastVariable]:
    for scope in story.variables.values():
        yield from scope.values()


def _at_places(name: str, given: Given) -> Holds[PastVariable]:
    wanted = {_scope(place) for place in given.names(name) or ()}
    return lambda found: (found.instance.id, found.scope) in wanted


def _scope(place: str) -> tuple[str, int]:
    instance_id, scope = split_place(place)
    return instance_id, scope or 0


def _named(name: str, given: Given) -> Holds[PastVariable]:
    wanted, any_case = given.text(name) or "", given.flag("variableNamesIgnoreCase")
    return lambda found: found.name == wanted or bool(any_case and found.name.lower() == wanted.lower())


def _named_like(name: str, given: Given) -> Holds[PastVariable]:
    pattern = checked_pattern(given.text(name) or "")
    if given.flag("variableNamesIgnoreCase"):
        return lambda found: like(pattern.lower(), found.name.lower())
    return lambda found: like(pattern, found.name)


def _of_types(name: str, given: Given) -> Holds[PastVariable]:
    wanted = {kind.lower() for kind in given.names(name) or ()}
    return lambda found: inferred(found.value).lower() in wanted


def _valued(name: str, given: Given) -> Holds[PastVariable]:
    asked, any_case = given.values[name], given.flag("variableValuesIgnoreCase") or False
    return lambda found: _equal(found.value, asked, any_case)


def _equal(value: Value, asked: Any, any_case: bool) -> bool:
    if isinstance(value, str):
        return isinstance(asked, str) and (value == asked or (any_case and value.lower() == asked.lower()))
    wanted = resolved(asked) if isinstance(asked, str) else asked
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def _declared(tx: Transaction, instance_ids: set[str]) -> dict[tuple[str, int, str], Variable]:
    return {
        (row.instance_id, row.scope, row.name): row
        for some in in_parts(sorted(instance_ids))
        for row in VARIABLES.page(tx, [Criterion("instance", "in", some), Criterion("declared", "eq", True)])
    }


def _shape(found: PastVariable, row: Variable | None, deserialize: bool) -> dict[str, Any]:
    instance = found.instance
    place = activity_id(instance.id, found.scope) if found.scope else instance.id
    kind, info = (row.type, row.info) if row is not None else (None, None)
    return {
        "id": variable_id(instance.id, found.scope, found.name),
        "name": found.name,
        **shown(found.value, kind, info, deserialize=deserialize),
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


def _shown(tx: Transaction, ask: Ask, found: list[PastVariable]) -> list[dict[str, Any]]:
    deserialize = ask.query.deserialized(unless_said=True)
    rows = _declared(tx, {one.instance.id for one in found})
    return [_shape(one, rows.get((one.instance.id, one.scope, one.name)), deserialize) for one in found]


LIST: PastList[PastVariable] = PastList(
    instances=listing(_INSTANCES),
    entries=_entries,
    instance_of=lambda found: found.instance.id,
    tests={
        "executionIdIn": _at_places,
        "taskIdIn": _at_places,
        "activityInstanceIdIn": _at_places,
        "variableName": _named,
        "variableNameLike": _named_like,
        "variableNameIn": one_of(lambda found: found.name),
        "variableTypeIn": _of_types,
        "variableValue": _valued,
    },
    always=lambda given: [] if given.flag("includeDeleted") else [lambda found: not found.removed],
    sorts={
        "instanceId": lambda found: found.instance.id,
        "variableName": lambda found: found.name,
        "tenantId": lambda found: None,
    },
    shape=_shown,
    of_activities=False,
)
LIST.offer(
    routes,
    "/history/variable-instance",
    served="deserializeValues",
    note=f"{NOTE}; a variable of an inner scope that has ended shows the type of its value",
)


def _one(tx: Transaction, id: str) -> PastVariable:
    place, _, name = id.partition(":")
    instance_id, scope = split_place(place)
    for story in Stories(tx, with_activities=False).all([Criterion("id", "eq", instance_id)]):
        found = story.variables.get(scope or 0, {}).get(name)
        if found is not None:
            return found
    raise NotFound(f"Variable instance with Id '{id}' does not exist.")


@routes.read("/history/variable-instance/{id}", query=fields("deserializeValues"))
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One variable as it was last."""
    return _shown(tx, ask, [_one(tx, id)])[0]


@routes.read("/history/variable-instance/{id}/data")
def data(tx: Transaction, ask: Ask, id: str) -> Answer:
    """The content of a variable that is a file."""
    return binary(tx, _one(tx, id).value, id)
