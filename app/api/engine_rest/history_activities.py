"""The history of activity instances, and of the user tasks among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.api.engine_rest import definition_ids
from app.api.engine_rest.dates import maybe_moment
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import of_definition
from app.api.engine_rest.given import Fields, Given, fields
from app.api.engine_rest.kinds import activity_type, place_name
from app.api.engine_rest.pages import Key, page
from app.api.engine_rest.routing import Ask, Routes
from app.db import Transaction
from app.errors import NotFound
from app.ids import split_place
from app.queries.catalog import past
from app.queries.catalog.criteria import AnyOf, Criterion
from app.queries.catalog.past import PastActivity
from bpmn.drawing import DrawnElement

routes = Routes()

_FIELDS = (
    "activityInstanceId processInstanceId processDefinitionId executionId activityId activityName activityType "
    "taskAssignee finished unfinished canceled startedBefore startedAfter finishedBefore finishedAfter tenantIdIn "
    "withoutTenantId"
)
QUERY = fields(f"{_FIELDS} sortBy sortOrder firstResult maxResults", "completeScope")
BODY = fields(f"{_FIELDS} sorting", "completeScope")


class Seen:
    """An activity instance with what the diagram says of its element."""

    def __init__(self, activity: PastActivity, drawn: DrawnElement | None) -> None:
        self.activity = activity
        self.name = drawn.name if drawn is not None else None
        self.type = activity_type(drawn, activity.role)
        self.element_id = place_name(activity.element_id, activity.role)


_SORTS: dict[str, Key] = {
    "activityInstanceId": lambda seen: seen.activity.id,
    "instanceId": lambda seen: seen.activity.instance.id,
    "executionId": lambda seen: seen.activity.id,
    "activityId": lambda seen: seen.element_id,
    "activityName": lambda seen: seen.name,
    "activityType": lambda seen: seen.type,
    "startTime": lambda seen: seen.activity.started_at,
    "endTime": lambda seen: seen.activity.ended_at,
    "duration": lambda seen: (
        None if seen.activity.ended_at is None else seen.activity.ended_at - seen.activity.started_at
    ),
    "definitionId": lambda seen: seen.activity.instance.definition_id,
    "occurrence": lambda seen: f"{seen.activity.instance.id}{seen.activity.number:020d}",
    "tenantId": lambda seen: None,
}


def instances_asked(given: Given) -> list[Criterion | AnyOf]:
    """The instances whose histories have to be read for an answer."""
    where: list[Criterion | AnyOf] = []
    for name in ("processInstanceId", "activityInstanceId", "executionId"):
        if (value := given.text(name)) is not None:
            where.append(Criterion("id", "eq", value.partition(".")[0]))
    where += of_definition(given)
    # Nothing in an instance began before it did, or is unfinished when it is over.
    if (before := given.moment("startedBefore")) is not None:
        where.append(Criterion("started", "lteq", before))
    if given.flag("unfinished"):
        where.append(Criterion("running", "eq", True))
    return where


def _seen(tx: Transaction, ask: Ask, given: Given) -> Iterator[Seen]:
    if given.names("tenantIdIn"):
        return
    for story in past.read(tx, instances_asked(given)):
        drawing = ask.drawings.get(story.instance.definition_id)
        for activity in story.activities.values():
            seen = Seen(activity, drawing.elements.get(activity.element_id))
            if _fits(seen, given):
                yield seen


def _fits(seen: Seen, given: Given) -> bool:
    activity = seen.activity
    place = given.text("activityInstanceId") or given.text("executionId")
    if place is not None and split_place(place)[1] not in (None, activity.number):
        return False
    assignee = given.text("taskAssignee")
    if assignee is not None and (activity.task is None or activity.task.assignee != assignee):
        return False
    for name, value in (
        ("activityId", seen.element_id),
        ("activityName", seen.name),
        ("activityType", seen.type),
    ):
        wanted = given.text(name)
        if wanted is not None and wanted != value:
            return False
    for name, holds in (
        ("finished", activity.ended_at is not None),
        ("unfinished", activity.ended_at is None),
        ("canceled", activity.state == "canceled"),
    ):
        if given.flag(name) and not holds:
            return False
    return in_time(given, "started", activity.started_at) and in_time(given, "finished", activity.ended_at)


def in_time(given: Given, what: str, moment: int | None) -> bool:
    """Whether a moment lies between the ones that are asked for."""
    before, after = given.moment(f"{what}Before"), given.moment(f"{what}After")
    if moment is None:
        return before is None and after is None
    return (before is None or moment <= before) and (after is None or moment >= after)


def _shape(seen: Seen) -> dict[str, Any]:
    activity = seen.activity
    instance = activity.instance
    return {
        "id": activity.id,
        "parentActivityInstanceId": f"{instance.id}.{activity.scope}" if activity.scope else instance.id,
        "activityId": seen.element_id,
        "activityName": seen.name,
        "activityType": seen.type,
        "processDefinitionKey": instance.definition_key,
        "processDefinitionId": definition_ids.of(instance),
        "processInstanceId": instance.id,
        "executionId": activity.id,
        "taskId": activity.id if activity.task is not None else None,
        "calledProcessInstanceId": activity.called_id,
        "calledCaseInstanceId": None,
        "assignee": activity.task.assignee if activity.task is not None else None,
        "startTime": shown_moment(activity.started_at),
        "endTime": maybe_moment(activity.ended_at),
        "durationInMillis": None if activity.ended_at is None else activity.ended_at - activity.started_at,
        "canceled": activity.state == "canceled",
        "completeScope": False,
        "tenantId": None,
        "removalTime": None,
        "rootProcessInstanceId": instance.root_id,
    }


def _listed(tx: Transaction, ask: Ask, given: Given) -> list[dict[str, Any]]:
    return [_shape(seen) for seen in page(_seen(tx, ask, given), given, ask.query, _SORTS)]


_NOTE = f"without a process instance, the histories of all that may fit are read, up to {past.MOST_INSTANCES} instances"


@routes.read("/history/activity-instance", query=QUERY, note=_NOTE)
def list_by_get(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """Activity instances."""
    return _listed(tx, ask, ask.query)


@routes.ask("/history/activity-instance", query=Fields(frozenset({"firstResult", "maxResults"})), body=BODY, note=_NOTE)
def list_by_post(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """Activity instances."""
    return _listed(tx, ask, ask.body)


@routes.read("/history/activity-instance/count", query=fields(_FIELDS, "completeScope"))
def count_by_get(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": sum(1 for _ in _seen(tx, ask, ask.query))}


@routes.ask("/history/activity-instance/count", body=BODY)
def count_by_post(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": sum(1 for _ in _seen(tx, ask, ask.body))}


@routes.read("/history/activity-instance/{id}")
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One activity instance."""
    found = [seen for seen in _seen(tx, ask, Given({"activityInstanceId": id})) if seen.activity.id == id]
    if not found:
        raise NotFound(f"Historic activity instance with id '{id}' does not exist")
    return _shape(found[0])
