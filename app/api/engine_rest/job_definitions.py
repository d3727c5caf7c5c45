"""Job definitions: what in a diagram makes jobs, and keeping these jobs from being done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.api.engine_rest import definition_shapes, job_ids
from app.api.engine_rest.filters import of_definition
from app.api.engine_rest.given import Fields, Given, fields
from app.api.engine_rest.job_ids import JobPlace
from app.api.engine_rest.pages import Key, part
from app.api.engine_rest.process_definitions import by_id
from app.api.engine_rest.routing import Ask, Routes
from app.commands import job_definitions as commands
from app.db import Transaction
from app.engine.work import Work
from app.errors import InvalidRequest, NotFound
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.jobs import FREEZES
from app.queries.catalog.process_definitions import DEFINITIONS, Definition

routes = Routes()

_NAMES = (
    "jobDefinitionId activityIdIn processDefinitionId processDefinitionKey jobType jobConfiguration active suspended "
    "withOverridingJobPriority tenantIdIn withoutTenantId includeJobDefinitionsWithoutTenantId"
)
_QUERY = fields(f"{_NAMES} sortBy sortOrder firstResult maxResults")
_BODY = fields(f"{_NAMES} sorting")


@dataclass(frozen=True, slots=True)
class _Found:
    definition: Definition
    place: JobPlace
    suspended: bool

    @property
    def id(self) -> str:
        return job_ids.place_id(self.definition.id, self.place.element_id, self.place.kind != job_ids.ASYNC)


_SORTS: dict[str, Key] = {
    "jobDefinitionId": lambda found: found.id,
    "activityId": lambda found: found.place.element_id,
    "processDefinitionId": lambda found: found.definition.id,
    "processDefinitionKey": lambda found: found.definition.key,
    "jobType": lambda found: found.place.kind,
    "jobConfiguration": lambda found: found.place.configuration,
    "tenantId": lambda found: None,
}


def _all(tx: Transaction, ask: Ask, given: Given) -> Iterator[_Found]:
    if given.names("tenantIdIn") or given.flag("withOverridingJobPriority"):
        return
    where = of_definition(given, "id", "key")
    if (asked := given.text("jobDefinitionId")) is not None:
        where.append(Criterion("id", "eq", job_ids.split(asked)[0]))
    definitions = DEFINITIONS.page(tx, where)
    ask.drawings.require(definition.id for definition in definitions)
    for definition in definitions:
        frozen = {row.element_id for row in FREEZES.page(tx, [Criterion("definition", "eq", definition.id)])}
        for place in job_ids.places(ask.drawings.get(definition.id)):
            found = _Found(definition, place, "" in frozen or place.element_id in frozen)
            if _fits(found, given):
                yield found


def _fits(found: _Found, given: Given) -> bool:
    elements = given.names("activityIdIn")
    if elements is not None and found.place.element_id not in elements:
        return False
    for name, value in (
        ("jobDefinitionId", found.id),
        ("jobType", found.place.kind),
        ("jobConfiguration", found.place.configuration),
    ):
        wanted = given.text(name)
        if wanted is not None and wanted != value:
            return False
    if given.flag("active") and found.suspended:
        return False
    return not (given.flag("suspended") and not found.suspended)


def _shape(found: _Found) -> dict[str, Any]:
    return {
        "id": found.id,
        "processDefinitionId": definition_shapes.name(found.definition),
        "processDefinitionKey": found.definition.key,
        "jobType": found.place.kind,
        "jobConfiguration": found.place.configuration,
        "activityId": found.place.element_id,
        "suspended": found.suspended,
        "overridingJobPriority": None,
        "tenantId": None,
        "deploymentId": found.definition.deployment_id,
    }


@routes.read("/job-definition", query=_QUERY)
def list_by_get(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """Job definitions."""
    asked = part(ask.query, ask.query, _SORTS)
    return [_shape(found) for found in asked.of(_all(tx, ask, ask.query), _SORTS)]


@routes.ask("/job-definition", query=Fields(frozenset({"firstResult", "maxResults"})), body=_BODY)
def list_by_post(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """Job definitions."""
    asked = part(ask.body, ask.query, _SORTS)
    return [_shape(found) for found in asked.of(_all(tx, ask, ask.body), _SORTS)]


@routes.read("/job-definition/count", query=fields(_NAMES))
def count_by_get(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": sum(1 for _ in _all(tx, ask, ask.query))}


@routes.ask("/job-definition/count", body=_BODY)
def count_by_post(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": sum(1 for _ in _all(tx, ask, ask.body))}


def _one(tx: Transaction, ask: Ask, id: str) -> _Found:
    for found in _all(tx, ask, Given({"jobDefinitionId": id})):
        return found
    raise NotFound(f"Job Definition with id {id} does not exist")


@routes.read("/job-definition/{id}")
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One job definition."""
    return _shape(_one(tx, ask, id))


@routes.write(
    "PUT",
    "/job-definition/suspended",
    body=fields(
        "suspended includeJobs processDefinitionId processDefinitionKey processDefinitionWithoutTenantId executionDate",
        "processDefinitionTenantId",
    ),
)
def suspend_of_definition(tx: Work, ask: Ask) -> None:
    """Keep all jobs of definitions from being done, or let them be done again."""
    definition_id, key = ask.body.text("processDefinitionId"), ask.body.text("processDefinitionKey")
    if definition_id is None and key is None:
        raise InvalidRequest(
            "Either jobDefinitionId, processDefinitionId or processDefinitionKey should be set to update the "
            "suspension state."
        )
    if definition_id is not None:
        _suspend(tx, ask.body, definition_id=by_id(tx, id=definition_id).id)
    else:
        _suspend(tx, ask.body, key=key)


@routes.write("PUT", "/job-definition/{id}/suspended", body=fields("suspended includeJobs executionDate"))
def suspend(tx: Work, ask: Ask, id: str) -> None:
    """Keep the jobs of one place from being done, or let them be done again."""
    found = _one(tx, ask, id)
    _suspend(tx, ask.body, definition_id=found.definition.id, element_id=found.place.element_id)


def _suspend(
    tx: Work,
    given: Given,
    *,
    definition_id: str | None = None,
    key: str | None = None,
    element_id: str | None = None,
) -> None:
    suspended = given.flag("suspended")
    if suspended is None:
        raise InvalidRequest("`suspended` is required.")
    change = commands.freeze if suspended else commands.thaw
    change(
        tx,
        definition_id,
        key=key,
        element_id=element_id,
        with_jobs=given.flag("includeJobs") or False,
        at_millis=given.moment("executionDate"),
    )
