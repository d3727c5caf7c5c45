"""What was done by command, and how often the elements of a definition were visited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.api.engine_rest import definition_ids
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import of_definition
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.history_activities import in_time
from app.api.engine_rest.pages import page
from app.api.engine_rest.process_definitions import by_id
from app.api.engine_rest.routing import Ask, Routes
from app.db import Transaction
from app.queries.catalog import past
from app.queries.catalog.criteria import AnyOf, Criterion
from app.queries.catalog.incidents import INCIDENTS
from app.queries.catalog.past import UserOperation

routes = Routes()

_TASK_WORKER, _OPERATOR = "TaskWorker", "Operator"
# Our commands in the dialect's words: type of operation, type of entity, category.
_WORDS = {
    "start-process-instance": ("Create", "ProcessInstance", _OPERATOR),
    "cancel-process-instance": ("Delete", "ProcessInstance", _OPERATOR),
    "suspend-process-instance": ("Suspend", "ProcessInstance", _OPERATOR),
    "resume-process-instance": ("Activate", "ProcessInstance", _OPERATOR),
    "complete-user-task": ("Complete", "Task", _TASK_WORKER),
    "claim-user-task": ("Claim", "Task", _TASK_WORKER),
    "unclaim-user-task": ("Claim", "Task", _TASK_WORKER),
    "assign-user-task": ("Assign", "Task", _TASK_WORKER),
    "delegate-user-task": ("Delegate", "Task", _TASK_WORKER),
    "resolve-user-task": ("Resolve", "Task", _TASK_WORKER),
    "change-user-task": ("Update", "Task", _TASK_WORKER),
    "offer-user-task": ("AddUserLink", "IdentityLink", _TASK_WORKER),
    "withdraw-user-task": ("DeleteUserLink", "IdentityLink", _TASK_WORKER),
    "add-comment": ("AddComment", "Comment", _TASK_WORKER),
    "change-comment": ("UpdateComment", "Comment", _TASK_WORKER),
    "remove-comment": ("DeleteComment", "Comment", _TASK_WORKER),
    "remove-comments": ("DeleteComment", "Comment", _TASK_WORKER),
    "add-attachment": ("AddAttachment", "Attachment", _TASK_WORKER),
    "remove-attachment": ("DeleteAttachment", "Attachment", _TASK_WORKER),
    "set-variables": ("SetVariable", "Variable", _OPERATOR),
    "correlate-message": ("CorrelateMessage", "ProcessInstance", _OPERATOR),
    "retry-job": ("SetJobRetries", "Job", _OPERATOR),
    "set-job-due": ("SetDueDate", "Job", _OPERATOR),
    "set-job-priority": ("SetPriority", "Job", _OPERATOR),
    "suspend-job": ("SuspendJob", "Job", _OPERATOR),
    "resume-job": ("ActivateJob", "Job", _OPERATOR),
    "set-retries": ("SetExternalTaskRetries", "ExternalTask", _OPERATOR),
    "set-priority": ("SetPriority", "ExternalTask", _OPERATOR),
    "resolve-incident": ("Resolve", "Incident", _OPERATOR),
}
_NAMES = (
    "processDefinitionId processDefinitionKey processInstanceId executionId taskId externalTaskId jobId userId "
    "operationId operationType entityType entityTypeIn category categoryIn property afterTimestamp beforeTimestamp "
    "caseDefinitionId caseInstanceId caseExecutionId batchId deploymentId jobDefinitionId"
)
_QUERY = fields(f"{_NAMES} sortBy sortOrder firstResult maxResults")
_NONE = ("caseDefinitionId", "caseInstanceId", "caseExecutionId", "batchId", "deploymentId", "jobDefinitionId")


def _operations(tx: Transaction, given: Given) -> Iterator[dict[str, Any]]:
    if any(given.has(name) for name in _NONE):
        return
    where: list[Criterion | AnyOf] = [*of_definition(given)]
    if (value := given.text("processInstanceId")) is not None:
        where.append(Criterion("id", "eq", value))
    for name in ("executionId", "taskId", "externalTaskId", "operationId"):
        if (place := given.text(name)) is not None:
            where.append(Criterion("id", "eq", place.partition(":")[0].partition(".")[0]))
    for story in past.read(tx, where):
        for operation in story.operations:
            if operation.command in _WORDS:
                yield from (entry for entry in _entries(operation) if _fits(entry, operation, given))


def _entries(operation: UserOperation) -> Iterator[dict[str, Any]]:
    """One entry for each property that was changed, or one without any."""
    kind, entity, category = _WORDS[operation.command]
    details, instance = operation.details, operation.instance
    task = details.get("task")
    is_external = entity == "ExternalTask"
    changed = _changed(operation)
    for number, (name, value) in enumerate(changed or [(None, None)]):
        yield {
            "id": f"{instance.id}:{operation.seq}:{number}",
            "deploymentId": None,
            "processDefinitionId": definition_ids.of(instance),
            "processDefinitionKey": instance.definition_key,
            "processInstanceId": instance.id,
            "executionId": task or instance.id,
            "caseDefinitionId": None,
            "caseInstanceId": None,
            "caseExecutionId": None,
            "taskId": None if is_external else task,
            "externalTaskId": task if is_external else None,
            "batchId": None,
            "jobId": details.get("job"),
            "jobDefinitionId": None,
            "userId": operation.actor,
            "timestamp": shown_moment(operation.at),
            "operationId": f"{instance.id}:{operation.seq}",
            "operationType": kind,
            "entityType": entity,
            "category": category,
            "annotation": None,
            "property": name,
            "orgValue": None,
            "newValue": value,
            "removalTime": None,
            "rootProcessInstanceId": instance.root_id,
        }


def _changed(operation: UserOperation) -> list[tuple[str, str | None]]:
    details = operation.details
    pairs: list[tuple[str, Any]] = []
    if "user" in details:
        pairs.append(("assignee", details["user"]))
    pairs += details.get("changed", {}).items()
    pairs += [("name", name) for name in details.get("names", ())]
    pairs += [(name, details[name]) for name in ("retries", "priority", "due_at", "reason") if name in details]
    return [(name, None if value is None else str(value)) for name, value in pairs]


def _fits(entry: dict[str, Any], operation: UserOperation, given: Given) -> bool:
    for name in ("userId", "operationId", "operationType", "entityType", "category", "property", "taskId", "jobId"):
        wanted = given.text(name)
        if wanted is not None and entry[name] != wanted:
            return False
    for name, field in (("entityTypeIn", "entityType"), ("categoryIn", "category")):
        several = given.names(name)
        if several is not None and entry[field] not in several:
            return False
    for name in ("executionId", "externalTaskId"):
        wanted = given.text(name)
        if wanted is not None and entry[name] != wanted:
            return False
    after, before = given.moment("afterTimestamp"), given.moment("beforeTimestamp")
    return (after is None or operation.at >= after) and (before is None or operation.at <= before)


_NOTE = "operations on instances; orgValue is not kept; userId is empty as long as there is no access control"


@routes.read("/history/user-operation", query=_QUERY, note=_NOTE)
def operations(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """What was done by command."""
    found = _operations(tx, ask.query)
    return page(found, ask.query, ask.query, {"timestamp": lambda entry: entry["timestamp"]})


@routes.read("/history/user-operation/count", query=fields(_NAMES))
def count_operations(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": sum(1 for _ in _operations(tx, ask.query))}


@routes.read(
    "/history/process-definition/{id}/statistics",
    query=fields(
        "canceled finished incidents startedBefore startedAfter finishedBefore finishedAfter processInstanceIdIn "
        "sortBy sortOrder",
        "completeScope",
    ),
)
def statistics(tx: Transaction, ask: Ask, id: str) -> list[dict[str, Any]]:
    """How often the elements of a definition were visited, and how that ended."""
    definition_id = by_id(tx, id=id).id
    counted = _visits(tx, ask.query, definition_id)
    if ask.query.flag("incidents"):
        for row in INCIDENTS.page(tx, [Criterion("definition", "eq", definition_id)]):
            if row.element_id is not None:
                entry = counted.setdefault(row.element_id, _nothing(row.element_id))
                entry["openIncidents" if row.resolved_at is None else "resolvedIncidents"] += 1
    found = [entry for entry in counted.values() if any(value for name, value in entry.items() if name != "id")]
    asked = ask.query if ask.query.has("sortBy") else Given({"sortBy": "activityId", "sortOrder": "asc"})
    return page(found, asked, Given({}), {"activityId": lambda entry: entry["id"]})


def _visits(tx: Transaction, given: Given, definition_id: str) -> dict[str, dict[str, Any]]:
    where: list[Criterion | AnyOf] = [Criterion("definition", "eq", definition_id)]
    if (ids := given.names("processInstanceIdIn")) is not None:
        where.append(Criterion("id", "in", ids))
    counted: dict[str, dict[str, Any]] = {}
    for story in past.read(tx, where):
        instance = story.instance
        if not (in_time(given, "started", instance.started_at) and in_time(given, "finished", instance.ended_at)):
            continue
        for activity in story.activities.values():
            entry = counted.setdefault(activity.element_id, _nothing(activity.element_id))
            if activity.state == "active":
                entry["instances"] += 1
            elif given.flag("finished"):
                entry["finished"] += 1
            if activity.state == "canceled" and given.flag("canceled"):
                entry["canceled"] += 1
    return counted


def _nothing(element_id: str) -> dict[str, Any]:
    numbers = (
        "instances",
        "canceled",
        "finished",
        "completeScope",
        "openIncidents",
        "resolvedIncidents",
        "deletedIncidents",
    )
    return {"id": element_id, **dict.fromkeys(numbers, 0)}
