"""User tasks as the dialect shows them, and how lists of them are asked for."""

from __future__ import annotations

from typing import Any

from app.api.engine_rest import definition_ids, forms
from app.api.engine_rest.dates import maybe_moment
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import (
    ANY_CASE,
    NO_TENANT,
    Filter,
    definition,
    heeded,
    listing,
    moment,
    names,
    nothing,
    only,
    text,
    variables,
    whole,
)
from app.api.engine_rest.given import Given
from app.api.engine_rest.query_expressions import offered
from app.api.engine_rest.routing import Ask
from app.errors import InvalidRequest
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.user_tasks import Task


def _offered(name: str, given: Given) -> list[Criterion]:
    """Tasks that a person, or one of some groups, may take; assigned ones only where they are asked for."""
    user = given.text("candidateUser")
    groups = [*(given.names("candidateGroups") or ()), *_single(given, "candidateGroup")]
    if name == "candidateUser":
        return [Criterion("offered-to", "eq", (user, ()), _still_open(given))]
    if name == "candidateGroupLike":
        return [Criterion("group", "like", given.text(name), _still_open(given))]
    return [Criterion("group", "in", tuple(groups), _still_open(given))]


def _still_open(given: Given) -> tuple[Criterion, ...]:
    return () if given.flag("includeAssignedTasks") else (Criterion("assigned", "eq", False),)


def _single(given: Given, name: str) -> list[str]:
    value = given.text(name)
    return [] if value is None else [value]


def _has_offers(to: str, wanted: bool) -> Filter:
    def read(name: str, given: Given) -> list[Criterion]:
        if not given.flag(name):
            return []
        return [Criterion(to, "eq", wanted, _still_open(given))]

    return read


def _delegation(name: str, given: Given) -> list[Criterion]:
    state = (given.text(name) or "").lower()
    if state not in ("pending", "resolved"):
        raise InvalidRequest(f"Valid values for property 'delegationState' are 'PENDING' or 'RESOLVED', not '{state}'")
    return [Criterion("delegation", "eq", state)]


FILTERS: dict[str, Filter] = {
    "taskId": text("id"),
    "taskIdIn": names("id"),
    "processInstanceId": text("instance"),
    "processInstanceIdIn": names("instance"),
    "processInstanceBusinessKey": text("business-key"),
    "processInstanceBusinessKeyIn": names("business-key"),
    "processInstanceBusinessKeyLike": text("business-key", "like"),
    "processDefinitionId": definition("definition"),
    "processDefinitionKey": text("definition-key"),
    "processDefinitionKeyIn": names("definition-key"),
    "processDefinitionName": text("definition-name"),
    "processDefinitionNameLike": text("definition-name", "like"),
    "executionId": text("id"),
    "activityInstanceIdIn": names("id"),
    "caseInstanceId": nothing,
    "caseInstanceBusinessKey": nothing,
    "caseInstanceBusinessKeyLike": nothing,
    "caseDefinitionId": nothing,
    "caseDefinitionKey": nothing,
    "caseDefinitionName": nothing,
    "caseDefinitionNameLike": nothing,
    "caseExecutionId": nothing,
    "assignee": text("assignee"),
    "assigneeLike": text("assignee", "like"),
    "assigneeIn": names("assignee"),
    "assigneeNotIn": names("assignee", "not-in"),
    "owner": text("owner"),
    "candidateGroup": _offered,
    "candidateGroups": _offered,
    "candidateGroupLike": _offered,
    "candidateUser": _offered,
    "includeAssignedTasks": heeded,
    "involvedUser": text("involved"),
    "assigned": only("assigned"),
    "unassigned": only("assigned", False),
    "taskDefinitionKey": text("element"),
    "taskDefinitionKeyIn": names("element"),
    "taskDefinitionKeyNotIn": names("element", "not-in"),
    "taskDefinitionKeyLike": text("element", "like"),
    "name": text("name"),
    "nameNotEqual": text("name", "neq"),
    "nameLike": text("name", "like"),
    "nameNotLike": text("name", "not-like"),
    "description": text("documentation"),
    "descriptionLike": text("documentation", "like"),
    "priority": whole("priority"),
    "maxPriority": whole("priority", "lteq"),
    "minPriority": whole("priority", "gteq"),
    "dueDate": moment("due", "eq"),
    "dueAfter": moment("due", "gt"),
    "dueBefore": moment("due", "lt"),
    "withoutDueDate": only("due", True, "null"),
    "followUpDate": moment("follow-up", "eq"),
    "followUpAfter": moment("follow-up", "gt"),
    "followUpBefore": moment("follow-up", "lt"),
    "followUpBeforeOrNotExistent": moment("follow-up-until", "lt"),
    "createdOn": moment("created", "eq"),
    "createdAfter": moment("created", "gt"),
    "createdBefore": moment("created", "lt"),
    "updatedAfter": moment("updated", "gt"),
    "delegationState": _delegation,
    "withCandidateGroups": _has_offers("has-groups", True),
    "withoutCandidateGroups": _has_offers("has-groups", False),
    "withCandidateUsers": _has_offers("has-users", True),
    "withoutCandidateUsers": _has_offers("has-users", False),
    "active": only("suspended", False),
    "suspended": only("suspended"),
    "taskVariables": variables("local-variable"),
    "processVariables": variables("variable"),
    "caseInstanceVariables": nothing,
    "parentTaskId": nothing,
    "withCommentAttachmentInfo": heeded,
    "withTaskVariablesInReturn": heeded,
    "withTaskLocalVariablesInReturn": heeded,
    **ANY_CASE,
    **NO_TENANT,
}
_EXPRESSIONS = (
    "processInstanceBusinessKey processInstanceBusinessKeyLike assignee assigneeLike owner candidateGroup "
    "candidateGroups candidateUser involvedUser dueDate dueAfter dueBefore followUpDate followUpAfter followUpBefore "
    "followUpBeforeOrNotExistent createdOn createdAfter createdBefore updatedAfter"
)
LISTING = listing(
    FILTERS | offered(FILTERS, _EXPRESSIONS),
    sorts={
        "instanceId": "instance",
        "dueDate": "due",
        "followUpDate": "follow-up",
        "executionId": "id",
        "assignee": "assignee",
        "created": "created",
        "lastUpdated": "updated",
        "description": "documentation",
        "id": "id",
        "name": "name",
        "nameCaseInsensitive": "name-without-case",
        "priority": "priority",
        "caseInstanceId": "id",
        "caseExecutionId": "id",
        "caseInstanceVariable": "id",
        "caseExecutionVariable": "id",
    },
    by_variable={"processVariable": "variable"},
    or_queries=True,
)


def shape(row: Task, ask: Ask) -> dict[str, Any]:
    """A task; raises `DrawingsMissing`."""
    drawn = ask.drawings.get(row.definition_id).elements.get(row.element_id)
    referred = forms.reference(drawn.form if drawn is not None else None)
    return {
        "id": row.id,
        "name": row.name,
        "assignee": row.assignee,
        "created": shown_moment(row.created_at),
        "lastUpdated": maybe_moment(row.updated_at),
        "due": maybe_moment(row.due_at),
        "followUp": maybe_moment(row.follow_up_at),
        "delegationState": None if row.delegation is None else row.delegation.upper(),
        "description": row.documentation,
        "executionId": row.id,
        "owner": row.owner,
        "parentTaskId": None,
        "priority": row.priority,
        "processDefinitionId": definition_ids.of(row),
        "processInstanceId": row.instance_id,
        "taskDefinitionKey": row.element_id,
        "caseExecutionId": None,
        "caseInstanceId": None,
        "caseDefinitionId": None,
        "suspended": bool(row.suspended),
        "formKey": None if referred is not None else row.form_key,
        "camundaFormRef": referred,
        "operatonFormRef": referred,
        "tenantId": None,
        "taskState": open_state(changed=row.updated_at is not None),
    }


def open_state(*, changed: bool) -> str:
    """The state of a task that is open, in the dialect's words, now and in its history."""
    return "Updated" if changed else "Created"
