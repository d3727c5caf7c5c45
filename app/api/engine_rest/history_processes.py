"""The history of process instances."""

from __future__ import annotations

from typing import Any

from app.api.engine_rest import definition_ids
from app.api.engine_rest.dates import maybe_moment
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import (
    ANY_CASE,
    NO_TENANT,
    Filter,
    definition,
    listing,
    moment,
    names,
    nothing,
    only,
    text,
    variables,
)
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.routing import Ask, Routes
from app.commands import process_instances as commands
from app.db import Transaction
from app.engine.work import Work
from app.errors import InvalidRequest, NotFound
from app.queries.catalog import stories
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.process_instances import INSTANCES, Instance

routes = Routes()

_INTERNALLY_TERMINATED = "INTERNALLY_TERMINATED"
_STATES = {
    "active": "ACTIVE",
    "suspended": "SUSPENDED",
    "completed": "COMPLETED",
    "canceled": "EXTERNALLY_TERMINATED",
    "terminated": "COMPLETED",
    "error": _INTERNALLY_TERMINATED,
}


def _incident_status(name: str, given: Given) -> list[Criterion]:
    status = given.text(name)
    if status not in ("open", "resolved"):
        raise InvalidRequest(f"`{name}` is 'open' or 'resolved', not '{status}'.")
    return [Criterion(f"{status}-incidents", "eq", True)]


FILTERS: dict[str, Filter] = {
    "processInstanceId": text("id"),
    "processInstanceIds": names("id"),
    "processInstanceIdNotIn": names("id", "not-in"),
    "processDefinitionId": definition("definition"),
    "processDefinitionKey": text("definition-key"),
    "processDefinitionKeyIn": names("definition-key"),
    "processDefinitionKeyNotIn": names("definition-key", "not-in"),
    "processDefinitionName": text("definition-name"),
    "processDefinitionNameLike": text("definition-name", "like"),
    "processInstanceBusinessKey": text("business-key"),
    "processInstanceBusinessKeyIn": names("business-key"),
    "processInstanceBusinessKeyLike": text("business-key", "like"),
    "startedBy": text("started-by"),
    "rootProcessInstances": only("is-root"),
    "rootProcessInstanceId": text("root"),
    "finished": only("running", False),
    "unfinished": only("running"),
    "withJobsRetrying": only("jobs-retried"),
    "withIncidents": only("incidents"),
    "withRootIncidents": only("incidents"),
    "incidentIdIn": lambda name, given: [
        Criterion("incident", "in", tuple(int(one) for one in given.names(name) or () if one.isdecimal()))
    ],
    "incidentType": text("incident-kind"),
    "incidentStatus": _incident_status,
    "incidentMessage": text("incident-message"),
    "incidentMessageLike": text("incident-message", "like"),
    "startedBefore": moment("started", "lteq"),
    "startedAfter": moment("started", "gteq"),
    "finishedBefore": moment("ended", "lteq"),
    "finishedAfter": moment("ended", "gteq"),
    "superProcessInstanceId": text("caller-instance"),
    "subProcessInstanceId": text("called-instance"),
    "superCaseInstanceId": nothing,
    "subCaseInstanceId": nothing,
    "caseInstanceId": nothing,
    "activeActivityIdIn": names("waits-at"),
    "active": only("status", "active"),
    "suspended": only("status", "suspended"),
    "completed": only("status", ("completed", "terminated"), "in"),
    "externallyTerminated": only("ended-from-outside"),
    "internallyTerminated": only("ended-from-inside"),
    "variables": variables("variable"),
    **ANY_CASE,
    **NO_TENANT,
}
LISTING = listing(
    FILTERS,
    refused="executedActivityAfter executedActivityBefore executedJobAfter executedJobBefore "
    "executedActivityIdIn activityIdIn",
    sorts={
        "instanceId": "id",
        "definitionId": "definition",
        "definitionKey": "definition-key",
        "definitionName": "definition-name",
        "definitionVersion": "version",
        "businessKey": "business-key",
        "startTime": "started",
        "endTime": "ended",
        "duration": "duration",
        "tenantId": "id",
    },
    or_queries=True,
)


def _shape(row: Instance, ask: Ask) -> dict[str, Any]:
    """An instance as the history shows it."""
    return {
        "id": row.id,
        "rootProcessInstanceId": row.root_id,
        "superProcessInstanceId": None if row.caller_id is None else row.caller_id.partition(".")[0],
        "superCaseInstanceId": None,
        "caseInstanceId": None,
        "processDefinitionName": row.definition_name,
        "processDefinitionKey": row.definition_key,
        "processDefinitionVersion": row.version,
        "processDefinitionId": definition_ids.of(row),
        "businessKey": row.business_key,
        "startTime": shown_moment(row.started_at),
        "endTime": maybe_moment(row.ended_at),
        "removalTime": None,
        "durationInMillis": None if row.ended_at is None else row.ended_at - row.started_at,
        "startUserId": None,
        "startActivityId": None,
        "deleteReason": (row.ending or {}).get("reason"),
        "tenantId": None,
        "state": _INTERNALLY_TERMINATED if (row.ending or {}).get("by") else _STATES[row.status],
        "restartedProcessInstanceId": None,
    }


def _with_beginnings(tx: Transaction, ask: Ask, shaped: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who started the instances, and where."""
    found = stories.beginnings(tx, [one["id"] for one in shaped])
    for one in shaped:
        one["startUserId"], one["startActivityId"] = found.get(one["id"], (None, None))
    return shaped


routes.catalog("/history/process-instance", INSTANCES, LISTING, _shape, finish=_with_beginnings)


@routes.read("/history/process-instance/{id}")
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One instance."""
    found = INSTANCES.page(tx, [Criterion("id", "eq", id)])
    if not found:
        raise NotFound(f"Historic process instance with id {id} does not exist")
    return _with_beginnings(tx, ask, [_shape(found[0], ask)])[0]


@routes.write("DELETE", "/history/process-instance/{id}", query=fields("failIfNotExists"))
def delete(tx: Work, ask: Ask, id: str) -> None:
    """Forget a finished instance."""
    try:
        commands.delete(tx, id)
    except NotFound:
        if ask.query.flag("failIfNotExists") is not False:
            raise
