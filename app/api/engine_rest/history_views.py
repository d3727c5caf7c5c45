"""What was done by command, and how often the elements of a definition were visited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.api.engine_rest import definition_ids
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import Filter, definition, listing, moment, names, nothing, text
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.kinds import place_name
from app.api.engine_rest.pages import Key, Part, part
from app.api.engine_rest.process_definitions import by_id
from app.api.engine_rest.routing import Ask, Routes
from app.db import Transaction
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.incidents import INCIDENTS
from app.queries.catalog.stories import MOST_COMMANDS, Span, Stories, UserOperation

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
_NONE: dict[str, Filter] = dict.fromkeys(
    ("caseDefinitionId", "caseInstanceId", "caseExecutionId", "batchId", "deploymentId", "jobDefinitionId"), nothing
)


def _of_operation(name: str, given: Given) -> list[Criterion]:
    """The instance of an operation, or of an activity instance."""
    return [Criterion("id", "eq", (given.text(name) or "").partition(":")[0].partition(".")[0])]


_INSTANCES = listing(
    {
        "processInstanceId": text("id"),
        "processDefinitionId": definition("definition"),
        "processDefinitionKey": text("definition-key"),
        "executionId": _of_operation,
        "taskId": _of_operation,
        "externalTaskId": _of_operation,
        "operationId": _of_operation,
        **_NONE,
    }
)
# Filters that compare a field of an entry with one text, or with several.
_SAME = {
    name: name
    for name in (
        "operationId",
        "operationType",
        "entityType",
        "category",
        "property",
        "taskId",
        "jobId",
        "executionId",
        "externalTaskId",
    )
}
_AMONG = {"entityTypeIn": "entityType", "categoryIn": "category"}
_NAMES = " ".join({*_INSTANCES.filters, *_SAME, *_AMONG, "userId", "afterTimestamp", "beforeTimestamp"})


def _asked(tx: Transaction, given: Given, descending: bool | None) -> Iterator[dict[str, Any]]:
    """Entries that fit, in the order of time or instance by instance; everything is understood before any is read."""
    where = _INSTANCES.where(given)
    same = {to: given.text(name) for name, to in _SAME.items() if given.has(name)}
    among = {to: frozenset(given.names(name) or ()) for name, to in _AMONG.items() if given.has(name)}
    span = Span(given.moment("afterTimestamp"), given.moment("beforeTimestamp"))
    commands = [name for name, words in _WORDS.items() if _may_be(words, same, among)]
    actor = given.text("userId")
    for operation in Stories(tx).operations(where, commands, span, actor=actor, descending=descending):
        for entry in _entries(operation):
            if all(entry[name] == value for name, value in same.items()) and all(
                entry[name] in values for name, values in among.items()
            ):
                yield entry


def _may_be(words: tuple[str, str, str], same: Mapping[str, str | None], among: Mapping[str, frozenset[str]]) -> bool:
    """Whether a command of these words can be among what is asked for."""
    said = dict(zip(("operationType", "entityType", "category"), words, strict=True))
    return all(same.get(name) in (None, word) and word in among.get(name, (word,)) for name, word in said.items())


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


_NOTE = (
    "operations on instances, read as far as a page without an order or in the order of time reaches; "
    f"a count reads up to {MOST_COMMANDS:,} commands; orgValue is not kept; userId is empty as long as there is no "
    "access control"
)


@routes.read("/history/user-operation", query=fields(f"{_NAMES} sortBy sortOrder firstResult maxResults"), note=_NOTE)
def operations(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """What was done by command."""
    asked = part(ask.query, ask.query, ("timestamp",))
    found = _asked(tx, ask.query, asked.order[0][1] if asked.order else None)
    return Part(asked.first, asked.most, ()).of(found, {})


@routes.read("/history/user-operation/count", query=fields(_NAMES), note=_NOTE)
def count_operations(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": sum(1 for _ in _asked(tx, ask.query, None))}


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
    given = ask.query if ask.query.has("sortBy") else Given({"sortBy": "activityId", "sortOrder": "asc"})
    sorts: dict[str, Key] = {"activityId": lambda entry: entry["id"]}
    return part(given, Given({}), sorts).of(found, sorts)


_OF_INSTANCES = listing(
    {
        "processInstanceIdIn": names("id"),
        "startedBefore": moment("started", "lteq"),
        "startedAfter": moment("started", "gteq"),
        "finishedBefore": moment("ended", "lteq"),
        "finishedAfter": moment("ended", "gteq"),
    }
)


def _visits(tx: Transaction, given: Given, definition_id: str) -> dict[str, dict[str, Any]]:
    finished, canceled = given.flag("finished"), given.flag("canceled")
    where = [Criterion("definition", "eq", definition_id), *_OF_INSTANCES.where(given)]
    if not finished and not canceled:
        # Then only what is open counts.
        where.append(Criterion("running", "eq", True))
    stories = Stories(tx, with_variables=False)
    stories.require_few(where)
    counted: dict[str, dict[str, Any]] = {}
    for story in stories.all(where):
        for activity in story.activities.values():
            name = place_name(activity.element_id, activity.role)
            entry = counted.setdefault(name, _nothing(name))
            if activity.state == "active":
                entry["instances"] += 1
            elif finished:
                entry["finished"] += 1
            if activity.state == "canceled" and canceled:
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
