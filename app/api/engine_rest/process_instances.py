"""Running process instances."""

from __future__ import annotations

from typing import Any

from app.api.engine_rest import definition_ids, instance_shapes, variable_routes
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
    only,
    text,
    variables,
)
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.incidents import number
from app.api.engine_rest.kinds import activity_type, place_name
from app.api.engine_rest.routing import Ask, Routes
from app.commands import comments
from app.commands import process_instances as commands
from app.db import Transaction
from app.engine.work import Work
from app.errors import InvalidRequest, InvalidState, NotFound
from app.queries import places
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.incidents import INCIDENTS
from app.queries.catalog.process_instances import INSTANCES, Instance
from app.queries.catalog.user_tasks import COMMENTS, Comment
from bpmn.drawing import Drawing

routes = Routes()

FILTERS: dict[str, Filter] = {
    "processInstanceIds": names("id"),
    "businessKey": text("business-key"),
    "businessKeyLike": text("business-key", "like"),
    "caseInstanceId": nothing,
    "processDefinitionId": definition("definition"),
    "processDefinitionKey": text("definition-key"),
    "processDefinitionKeyIn": names("definition-key"),
    "processDefinitionKeyNotIn": names("definition-key", "not-in"),
    "deploymentId": text("deployment"),
    "superProcessInstance": text("caller-instance"),
    "subProcessInstance": text("called-instance"),
    "superCaseInstance": nothing,
    "subCaseInstance": nothing,
    "active": only("status", "active"),
    "suspended": only("status", "suspended"),
    "withIncident": only("open-incidents"),
    "incidentId": lambda name, given: [Criterion("incident", "eq", number(name, given))],
    "incidentType": text("incident-kind"),
    "incidentMessage": text("open-incident-message"),
    "incidentMessageLike": text("open-incident-message", "like"),
    "processDefinitionWithoutTenantId": heeded,
    "activityIdIn": names("waits-at"),
    "rootProcessInstances": only("is-root"),
    "rootProcessInstanceId": text("root"),
    "leafProcessInstances": only("is-leaf"),
    "variables": variables("variable"),
    **ANY_CASE,
    **NO_TENANT,
}
LISTING = listing(
    FILTERS,
    sorts={
        "instanceId": "id",
        "definitionKey": "definition-key",
        "definitionId": "definition",
        "businessKey": "business-key",
        "tenantId": "id",
    },
    or_queries=True,
)
RUNNING = INSTANCES.narrowed([Criterion("running", "eq", True)])


def _shape(row: Instance, ask: Ask) -> dict[str, Any]:
    return instance_shapes.instance(row)


routes.catalog(
    "/process-instance",
    RUNNING,
    LISTING,
    _shape,
    note="activityIdIn: where an instance waits for a person, an event or a timer",
)


def one(tx: Transaction, id: str) -> Instance:
    """One running instance; raises `NotFound`."""
    found = RUNNING.page(tx, [Criterion("id", "eq", id)])
    if not found:
        raise NotFound(f"Process instance with id {id} does not exist")
    return found[0]


@routes.read("/process-instance/{id}")
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One running instance."""
    return _shape(one(tx, id), ask)


@routes.write(
    "DELETE",
    "/process-instance/{id}",
    query=fields("skipCustomListeners skipIoMappings skipSubprocesses failIfNotExists"),
    note="the instance ends as canceled and stays in the history; no listeners and mappings are run",
)
def delete(tx: Work, ask: Ask, id: str) -> None:
    """End a running instance."""
    try:
        commands.cancel(tx, id, with_called=not ask.query.flag("skipSubprocesses"))
    except (NotFound, InvalidState) as problem:
        if problem.code not in ("process-instance-not-found", "process-instance-ended"):
            raise
        if ask.query.flag("failIfNotExists") is not False:
            raise NotFound(f"Process instance with id {id} does not exist") from None


@routes.write("PUT", "/process-instance/{id}/suspended", body=fields("suspended"))
def suspend(tx: Work, ask: Ask, id: str) -> None:
    """Suspend an instance, or let it go on; nothing happens to one that is so already."""
    set_suspension(tx, id, suspended_asked(ask.body))


def suspended_asked(given: Given) -> bool:
    """Whether suspension is wanted; raises `InvalidRequest`."""
    suspended = given.flag("suspended")
    if suspended is None:
        raise InvalidRequest("`suspended` is required.")
    return suspended


def set_suspension(tx: Work, id: str, suspended: bool) -> None:
    """Suspend an instance, or let it go on; raises `NotFound`."""
    if (one(tx, id).status == "suspended") != suspended:
        (commands.suspend if suspended else commands.resume)(tx, id)


@routes.read("/process-instance/{id}/activity-instances")
def activity_instances(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """What is alive in an instance, as a tree."""
    row = one(tx, id)
    drawing = ask.drawings.get(row.definition_id)
    incidents = INCIDENTS.page(tx, [Criterion("instance", "eq", id), Criterion("resolved", "eq", False)])
    troubled: dict[int, list[dict[str, Any]]] = {}
    for incident in incidents:
        told = {"id": str(incident.id), "activityId": incident.element_id}
        troubled.setdefault(incident.activity or 0, []).append(told)
    definition_id = definition_ids.of(row)
    common = {"processInstanceId": id, "processDefinitionId": definition_id}
    root: dict[str, Any] = {
        "id": id,
        "parentActivityInstanceId": None,
        "activityId": definition_id,
        "activityName": row.definition_name,
        "name": row.definition_name,
        "activityType": "processDefinition",
        **common,
        **_alive(id, troubled.get(0, [])),
    }
    nodes = {0: root}
    for place in places.open_in(tx, id):
        drawn = drawing.elements.get(place.element_id)
        name = drawn.name if drawn is not None else None
        nodes[place.number] = {
            "id": place.id,
            "parentActivityInstanceId": place.parent_id,
            "activityId": place_name(place.element_id, place.role),
            "activityName": name,
            "name": name,
            "activityType": activity_type(drawn, place.role),
            **common,
            **_alive(place.id, troubled.get(place.number, [])),
        }
        nodes[place.scope]["childActivityInstances"].append(nodes[place.number])
    by_id = {node["id"]: node for node in nodes.values()}
    for element_id, around in places.at_borders(tx, id):
        by_id[around]["childTransitionInstances"].append(_transition(element_id, around, drawing, common))
    return root


def _transition(element_id: str, around: str, drawing: Drawing, common: dict[str, Any]) -> dict[str, Any]:
    """What waits at the border of a transaction, before or behind an element."""
    drawn = drawing.elements.get(element_id)
    return {
        "id": f"{around}:{element_id}",
        "parentActivityInstanceId": around,
        "activityId": element_id,
        "activityName": drawn.name if drawn is not None else None,
        "activityType": activity_type(drawn),
        "executionId": around,
        "incidentIds": [],
        "incidents": [],
        **common,
    }


def _alive(execution_id: str, incidents: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "childActivityInstances": [],
        "childTransitionInstances": [],
        "executionIds": [execution_id],
        "incidentIds": [incident["id"] for incident in incidents],
        "incidents": incidents,
    }


variable_routes.offer(routes, "/process-instance/{id}/variables", what="process instance", local=False)


def comment_shape(row: Comment) -> dict[str, Any]:
    """A comment as the dialect shows it."""
    return {
        "links": [],
        "id": row.id,
        "userId": row.author,
        "time": shown_moment(row.created_at),
        "taskId": row.task_id,
        "message": row.message,
        "removalTime": None,
        "rootProcessInstanceId": row.instance_id,
        "processInstanceId": row.instance_id,
    }


@routes.read("/process-instance/{id}/comment")
def list_comments(tx: Transaction, ask: Ask, id: str) -> list[dict[str, Any]]:
    """What was written about an instance and its tasks."""
    return [comment_shape(row) for row in COMMENTS.page(tx, [Criterion("instance", "eq", id)])]


COMMENT_CHANGE = fields("id message links userId taskId processInstanceId time removalTime rootProcessInstanceId")


@routes.write("PUT", "/process-instance/{id}/comment", body=COMMENT_CHANGE)
def change_comment(tx: Work, ask: Ask, id: str) -> None:
    """Write a comment anew."""
    comments.change(tx, ask.body.required("id"), id, ask.body.required("message"))


@routes.write("DELETE", "/process-instance/{id}/comment")
def remove_comments(tx: Work, ask: Ask, id: str) -> None:
    """Take back all comments."""
    comments.remove_all(tx, id)


@routes.write("DELETE", "/process-instance/{id}/comment/{commentId}")
def remove_comment(tx: Work, ask: Ask, id: str, commentId: str) -> None:
    """Take back one comment."""
    comments.remove(tx, commentId, id)
