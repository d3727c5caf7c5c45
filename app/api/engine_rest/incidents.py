"""Incidents: open ones, and all of them as history."""

from __future__ import annotations

from typing import Any

from app.api.engine_rest import definition_ids
from app.api.engine_rest.dates import maybe_moment
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import (
    NO_TENANT,
    Filter,
    definition,
    listing,
    moment,
    names,
    nothing,
    only,
    text,
)
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.kinds import FAILED_EXTERNAL_TASK, FAILED_JOB, incident_type
from app.api.engine_rest.routing import Ask, Routes
from app.commands import incidents as commands
from app.db import Transaction
from app.engine.work import Work
from app.errors import InvalidRequest, NotFound
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.incidents import INCIDENTS, Incident

routes = Routes()


def number(name: str, given: Given) -> int:
    """A number that is an id; what is no number has none."""
    value = given.text(name) or ""
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else -1


def _id(to: str) -> Filter:
    return lambda name, given: [Criterion(to, "eq", number(name, given))]


def _type(name: str, given: Given) -> list[Criterion]:
    kind = given.text(name)
    if kind == FAILED_JOB:
        return [Criterion("kind", "eq", "retries-exhausted"), Criterion("job", "null", False)]
    if kind == FAILED_EXTERNAL_TASK:
        return [Criterion("kind", "eq", "retries-exhausted"), Criterion("job", "null", True)]
    return [Criterion("kind", "eq", kind)]


def _execution(name: str, given: Given) -> list[Criterion]:
    instance_id, _, activity = (given.text(name) or "").partition(".")
    found = [Criterion("instance", "eq", instance_id)]
    if activity:
        found.append(Criterion("activity", "eq", number("activity", Given({"activity": activity}))))
    return found


_COMMON: dict[str, Filter] = {
    "incidentId": _id("id"),
    "incidentType": _type,
    "incidentMessage": text("message"),
    "incidentMessageLike": text("message", "like"),
    "processDefinitionId": definition("definition"),
    "processDefinitionKeyIn": names("definition-key"),
    "processInstanceId": text("instance"),
    "executionId": _execution,
    "activityId": text("element"),
    "failedActivityId": text("element"),
    "causeIncidentId": _id("id"),
    "rootCauseIncidentId": _id("id"),
    "configuration": _id("job"),
    "jobDefinitionIdIn": nothing,
    "tenantIdIn": nothing,
}
_SORTS = {
    "incidentId": "id",
    "incidentMessage": "message",
    "incidentType": "kind",
    "executionId": "activity",
    "activityId": "element",
    "processInstanceId": "instance",
    "processDefinitionId": "definition",
    "causeIncidentId": "id",
    "rootCauseIncidentId": "id",
    "configuration": "job",
    "tenantId": "id",
}
_OPEN = listing(
    {
        **_COMMON,
        "incidentTimestampBefore": moment("created", "lteq"),
        "incidentTimestampAfter": moment("created", "gteq"),
    },
    sorts={**_SORTS, "incidentTimestamp": "created"},
)
_PAST = listing(
    {
        **_COMMON,
        **NO_TENANT,
        "processDefinitionKey": text("definition-key"),
        "createTimeBefore": moment("created", "lteq"),
        "createTimeAfter": moment("created", "gteq"),
        "endTimeBefore": moment("resolved-at", "lteq"),
        "endTimeAfter": moment("resolved-at", "gteq"),
        "historyConfiguration": _id("job"),
        "open": only("resolved", False),
        "resolved": only("resolved"),
        "deleted": only("nothing"),
    },
    sorts={
        **_SORTS,
        "createTime": "created",
        "endTime": "resolved-at",
        "processDefinitionKey": "definition-key",
        "historyConfiguration": "job",
        "incidentState": "resolved-at",
    },
)


def _place(row: Incident) -> str | None:
    if row.instance_id is None or not row.activity:
        return row.instance_id
    return f"{row.instance_id}.{row.activity}"


def _shape(row: Incident, ask: Ask) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "processDefinitionId": definition_ids.of(row),
        "processInstanceId": row.instance_id,
        "executionId": _place(row),
        "incidentTimestamp": shown_moment(row.created_at),
        "incidentType": incident_type(row.kind, row.job_id),
        "activityId": row.element_id,
        "failedActivityId": row.element_id,
        "causeIncidentId": str(row.id),
        "rootCauseIncidentId": str(row.id),
        "configuration": _configuration(row),
        "tenantId": None,
        "incidentMessage": row.message,
        "jobDefinitionId": None,
        "annotation": row.annotation,
    }


def _configuration(row: Incident) -> str | None:
    return _place(row) if row.job_id is None else str(row.job_id)


def _past_shape(row: Incident, ask: Ask) -> dict[str, Any]:
    shape = _shape(row, ask)
    del shape["incidentTimestamp"]
    return {
        **shape,
        "processDefinitionKey": row.definition_key,
        "rootProcessInstanceId": row.root_id,
        "createTime": shown_moment(row.created_at),
        "endTime": maybe_moment(row.resolved_at),
        "removalTime": None,
        "historyConfiguration": None,
        "open": row.resolved_at is None,
        "deleted": False,
        "resolved": row.resolved_at is not None,
    }


_only_open = INCIDENTS.narrowed([Criterion("resolved", "eq", False)])
routes.catalog("/incident", _only_open, _OPEN, _shape, post=False)
routes.catalog("/history/incident", INCIDENTS, _PAST, _past_shape, post=False)


def _one(tx: Transaction, id: str) -> Incident:
    found = _only_open.page(tx, [Criterion("id", "eq", number("id", Given({"id": id})))])
    if not found:
        raise NotFound(f"No matching incident with id {id}")
    return found[0]


@routes.read("/incident/{id}")
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One open incident."""
    return _shape(_one(tx, id), ask)


@routes.write(
    "DELETE",
    "/incident/{id}",
    note="takes the failed step again; Camunda only forgets incidents of its clients' own making",
)
def resolve(tx: Work, ask: Ask, id: str) -> None:
    """Take up again what the incident stopped."""
    _one(tx, id)
    commands.resolve(tx, id)


@routes.write("PUT", "/incident/{id}/annotation", body=fields("annotation"))
def annotate(tx: Work, ask: Ask, id: str) -> None:
    """Write beside an incident."""
    text_given = ask.body.text("annotation")
    if text_given is not None and len(text_given) > 4000:
        raise InvalidRequest("An annotation takes 4000 characters at most.")
    commands.annotate(tx, id, text_given)


@routes.write("DELETE", "/incident/{id}/annotation")
def clear_annotation(tx: Work, ask: Ask, id: str) -> None:
    """Take back what was written."""
    commands.annotate(tx, id, None)
