"""The history of user tasks, drawn from the histories of their instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from app.api.engine_rest import definition_ids
from app.api.engine_rest.dates import maybe_moment
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import Listing, definition, listing, names, text, variables
from app.api.engine_rest.given import Fields, Given, fields
from app.api.engine_rest.history_activities import in_time
from app.api.engine_rest.pages import Key, like, page
from app.api.engine_rest.routing import Ask, Routes
from app.db import Transaction
from app.ids import split_place
from app.queries.catalog import past
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.past import PastActivity, PastTask

routes = Routes()

# What narrows down the instances whose histories are read.
_INSTANCES: Listing = listing(
    {
        "processInstanceId": text("id"),
        "rootProcessInstanceId": text("root"),
        "processInstanceBusinessKey": text("business-key"),
        "processInstanceBusinessKeyIn": names("business-key"),
        "processInstanceBusinessKeyLike": text("business-key", "like"),
        "processDefinitionId": definition("definition"),
        "processDefinitionKey": text("definition-key"),
        "processDefinitionName": text("definition-name"),
        "caseInstanceId": text("nothing"),
        "caseExecutionId": text("nothing"),
        "caseDefinitionId": text("nothing"),
        "caseDefinitionKey": text("nothing"),
        "caseDefinitionName": text("nothing"),
        "processFinished": lambda name, given: [Criterion("running", "eq", False)] if given.flag(name) else [],
        "processUnfinished": lambda name, given: [Criterion("running", "eq", True)] if given.flag(name) else [],
        "processVariables": variables("variable"),
        "tenantIdIn": text("nothing"),
        "taskParentTaskId": text("nothing"),
    }
)
_OWN = (
    "taskId executionId activityInstanceIdIn taskName taskNameLike taskDescription taskDescriptionLike "
    "taskDefinitionKey taskDefinitionKeyIn taskDeleteReason taskDeleteReasonLike taskAssignee taskAssigneeLike "
    "taskOwner taskOwnerLike taskPriority assigned unassigned finished unfinished taskDueDate taskDueDateBefore "
    "taskDueDateAfter withoutTaskDueDate taskFollowUpDate taskFollowUpDateBefore taskFollowUpDateAfter startedBefore "
    "startedAfter finishedBefore finishedAfter withoutTenantId"
)
_REFUSED = (
    "taskVariables variableNamesIgnoreCase variableValuesIgnoreCase taskInvolvedUser taskInvolvedGroup "
    "taskHadCandidateUser taskHadCandidateGroup withCandidateGroups withoutCandidateGroups"
)
_NAMES = " ".join(_INSTANCES.filters) + " " + _OWN
_QUERY = fields(f"{_NAMES} sortBy sortOrder firstResult maxResults", _REFUSED)
_BODY = fields(f"{_NAMES} sorting", f"{_REFUSED} orQueries")
_NOTE = f"without a process instance, the histories of all that may fit are read, up to {past.MOST_INSTANCES} instances"


def _reason(activity: PastActivity) -> str | None:
    if activity.state == "active":
        return None
    return "completed" if activity.state == "completed" else "deleted"


def _task(activity: PastActivity) -> PastTask:
    assert activity.task is not None
    return activity.task


_SORTS: dict[str, Key] = {
    "taskId": lambda found: found.id,
    "activityInstanceId": lambda found: found.id,
    "executionId": lambda found: found.id,
    "processDefinitionId": lambda found: found.instance.definition_id,
    "processInstanceId": lambda found: found.instance.id,
    "duration": lambda found: None if found.ended_at is None else found.ended_at - found.started_at,
    "endTime": lambda found: found.ended_at,
    "startTime": lambda found: found.started_at,
    "taskName": lambda found: _task(found).name,
    "taskDescription": lambda found: _task(found).documentation,
    "assignee": lambda found: _task(found).assignee,
    "owner": lambda found: _task(found).owner,
    "dueDate": lambda found: _task(found).due_at,
    "followUpDate": lambda found: _task(found).follow_up_at,
    "deleteReason": _reason,
    "taskDefinitionKey": lambda found: found.element_id,
    "priority": lambda found: _task(found).priority,
    "caseDefinitionId": lambda found: None,
    "caseInstanceId": lambda found: None,
    "caseExecutionId": lambda found: None,
    "tenantId": lambda found: None,
}
_TEXTS: dict[str, Callable[[PastActivity], str | None]] = {
    "taskName": lambda found: _task(found).name,
    "taskDescription": lambda found: _task(found).documentation,
    "taskDeleteReason": _reason,
    "taskAssignee": lambda found: _task(found).assignee,
    "taskOwner": lambda found: _task(found).owner,
}


def _tasks(tx: Transaction, given: Given) -> Iterator[PastActivity]:
    where = _INSTANCES.where(given)
    for name in ("taskId", "executionId"):
        if (place := given.text(name)) is not None:
            where.append(Criterion("id", "eq", place.partition(".")[0]))
    if (places := given.names("activityInstanceIdIn")) is not None:
        where.append(Criterion("id", "in", [place.partition(".")[0] for place in places]))
    if given.flag("unfinished"):
        where.append(Criterion("running", "eq", True))
    for story in past.read(tx, where):
        for activity in story.activities.values():
            if activity.task is not None and _fits(activity, given):
                yield activity


def _fits(activity: PastActivity, given: Given) -> bool:
    return _is_asked_for(activity, given) and _says(activity, given) and _is_so(activity, given)


def _is_asked_for(activity: PastActivity, given: Given) -> bool:
    for name in ("taskId", "executionId"):
        place = given.text(name)
        if place is not None and split_place(place)[1] not in (None, activity.number):
            return False
    for name, value in (("activityInstanceIdIn", activity.id), ("taskDefinitionKeyIn", activity.element_id)):
        wanted = given.names(name)
        if wanted is not None and value not in wanted:
            return False
    key = given.text("taskDefinitionKey")
    return key is None or key == activity.element_id


def _says(activity: PastActivity, given: Given) -> bool:
    for name, read in _TEXTS.items():
        wanted, pattern = given.text(name), given.text(f"{name}Like")
        if wanted is not None and read(activity) != wanted:
            return False
        if pattern is not None and not like(pattern, read(activity)):
            return False
    priority = given.whole("taskPriority")
    return priority is None or priority == _task(activity).priority


def _is_so(activity: PastActivity, given: Given) -> bool:
    task = _task(activity)
    for name, holds in (
        ("assigned", task.assignee is not None),
        ("unassigned", task.assignee is None),
        ("finished", activity.ended_at is not None),
        ("unfinished", activity.ended_at is None),
        ("withoutTaskDueDate", task.due_at is None),
    ):
        if given.flag(name) and not holds:
            return False
    for name, moment in (("taskDueDate", task.due_at), ("taskFollowUpDate", task.follow_up_at)):
        wanted = given.moment(name)
        if (wanted is not None and wanted != moment) or not in_time(given, name, moment):
            return False
    return in_time(given, "started", activity.started_at) and in_time(given, "finished", activity.ended_at)


def _state(activity: PastActivity) -> str:
    if activity.state == "active":
        return "Created"
    return "Completed" if activity.state == "completed" else "Deleted"


def _shape(activity: PastActivity) -> dict[str, Any]:
    task, instance = _task(activity), activity.instance
    return {
        "id": activity.id,
        "processDefinitionKey": instance.definition_key,
        "processDefinitionId": definition_ids.of(instance),
        "processInstanceId": instance.id,
        "executionId": activity.id,
        "caseDefinitionKey": None,
        "caseDefinitionId": None,
        "caseInstanceId": None,
        "caseExecutionId": None,
        "activityInstanceId": activity.id,
        "name": task.name,
        "description": task.documentation,
        "deleteReason": _reason(activity),
        "owner": task.owner,
        "assignee": task.assignee,
        "startTime": shown_moment(activity.started_at),
        "endTime": maybe_moment(activity.ended_at),
        "duration": None if activity.ended_at is None else activity.ended_at - activity.started_at,
        "taskDefinitionKey": activity.element_id,
        "priority": task.priority,
        "due": maybe_moment(task.due_at),
        "parentTaskId": None,
        "followUp": maybe_moment(task.follow_up_at),
        "tenantId": None,
        "removalTime": None,
        "rootProcessInstanceId": instance.root_id,
        "taskState": _state(activity),
    }


@routes.read("/history/task", query=_QUERY, note=_NOTE)
def list_by_get(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """User tasks as they were last."""
    return [_shape(found) for found in page(_tasks(tx, ask.query), ask.query, ask.query, _SORTS)]


@routes.ask("/history/task", query=Fields(frozenset({"firstResult", "maxResults"})), body=_BODY, note=_NOTE)
def list_by_post(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """User tasks as they were last."""
    return [_shape(found) for found in page(_tasks(tx, ask.body), ask.body, ask.query, _SORTS)]


@routes.read("/history/task/count", query=fields(_NAMES, _REFUSED))
def count_by_get(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": sum(1 for _ in _tasks(tx, ask.query))}


@routes.ask("/history/task/count", body=_BODY)
def count_by_post(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": sum(1 for _ in _tasks(tx, ask.body))}
