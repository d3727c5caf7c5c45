"""The history of user tasks, told from the histories of their instances."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from operator import eq, ge, le
from typing import Any

from app.api.engine_rest import definition_ids, past_lists
from app.api.engine_rest.dates import maybe_moment
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import (
    ANY_CASE,
    NO_TENANT,
    Listing,
    definition,
    listing,
    names,
    nothing,
    only,
    text,
    variables,
)
from app.api.engine_rest.given import Given
from app.api.engine_rest.history_activities import BETWEEN, of_place
from app.api.engine_rest.past_lists import Holds, PastList, Test, flag, one_of, pattern
from app.api.engine_rest.past_tasks import PastUserTask, with_variables
from app.api.engine_rest.routing import Ask, Routes
from app.db import Transaction
from app.ids import split_place
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.past import Past

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
        "processFinished": only("running", False),
        "processUnfinished": only("running"),
        "processVariables": variables("variable"),
        "taskId": of_place,
        "executionId": of_place,
        "activityInstanceIdIn": lambda name, given: [
            Criterion("id", "in", [place.partition(".")[0] for place in given.names(name) or ()])
        ],
        "caseInstanceId": nothing,
        "caseExecutionId": nothing,
        "caseDefinitionId": nothing,
        "caseDefinitionKey": nothing,
        "caseDefinitionName": nothing,
        "taskParentTaskId": nothing,
        **BETWEEN,
        **ANY_CASE,
        **NO_TENANT,
    }
)


def _entries(ask: Ask, story: Past, numbers: Collection[int] | None) -> Iterator[PastUserTask]:
    for number in sorted(story.activities if numbers is None else numbers):
        activity = story.activities[number]
        if activity.task is not None:
            yield PastUserTask(activity, activity.task, story)


def _at_place(name: str, given: Given) -> Holds[PastUserTask]:
    number = split_place(given.text(name) or "")[1]
    return lambda found: number in (None, found.activity.number)


def _whole(name: str, given: Given) -> Holds[PastUserTask]:
    wanted = given.whole(name)
    return lambda found: wanted is None or found.task.priority == wanted


def _linked(*kinds: str) -> Test[PastUserTask]:
    """Whether somebody, or a group, ever had to do with the task in one of these ways."""

    def test(name: str, given: Given) -> Holds[PastUserTask]:
        wanted = {(kind, given.text(name) or "") for kind in kinds}
        return lambda found: not wanted.isdisjoint(found.task.links)

    return test


def _to_groups(found: PastUserTask) -> bool:
    return any(kind == "group" for kind, _ in found.task.links)


_TESTS: dict[str, Test[PastUserTask]] = {
    "taskId": _at_place,
    "executionId": _at_place,
    "activityInstanceIdIn": one_of(lambda found: found.activity.id),
    "taskDefinitionKey": past_lists.text(lambda found: found.activity.element_id),
    "taskDefinitionKeyIn": one_of(lambda found: found.activity.element_id),
    "taskName": past_lists.text(lambda found: found.task.name),
    "taskNameLike": pattern(lambda found: found.task.name),
    "taskDescription": past_lists.text(lambda found: found.task.documentation),
    "taskDescriptionLike": pattern(lambda found: found.task.documentation),
    "taskDeleteReason": past_lists.text(lambda found: found.delete_reason),
    "taskDeleteReasonLike": pattern(lambda found: found.delete_reason),
    "taskAssignee": past_lists.text(lambda found: found.task.assignee),
    "taskAssigneeLike": pattern(lambda found: found.task.assignee),
    "taskOwner": past_lists.text(lambda found: found.task.owner),
    "taskOwnerLike": pattern(lambda found: found.task.owner),
    "taskPriority": _whole,
    "taskInvolvedUser": _linked("assignee", "owner", "user"),
    "taskInvolvedGroup": _linked("group"),
    "taskHadCandidateUser": _linked("user"),
    "taskHadCandidateGroup": _linked("group"),
    "withCandidateGroups": flag(_to_groups),
    "withoutCandidateGroups": flag(lambda found: not _to_groups(found)),
    "assigned": flag(lambda found: found.task.assignee is not None),
    "unassigned": flag(lambda found: found.task.assignee is None),
    "finished": flag(lambda found: found.activity.ended_at is not None),
    "unfinished": flag(lambda found: found.activity.ended_at is None),
    "startedBefore": past_lists.moment(lambda found: found.activity.started_at, le),
    "startedAfter": past_lists.moment(lambda found: found.activity.started_at, ge),
    "finishedBefore": past_lists.moment(lambda found: found.activity.ended_at, le),
    "finishedAfter": past_lists.moment(lambda found: found.activity.ended_at, ge),
    "taskDueDate": past_lists.moment(lambda found: found.task.due_at, eq),
    "taskDueDateBefore": past_lists.moment(lambda found: found.task.due_at, le),
    "taskDueDateAfter": past_lists.moment(lambda found: found.task.due_at, ge),
    "withoutTaskDueDate": flag(lambda found: found.task.due_at is None),
    "taskFollowUpDate": past_lists.moment(lambda found: found.task.follow_up_at, eq),
    "taskFollowUpDateBefore": past_lists.moment(lambda found: found.task.follow_up_at, le),
    "taskFollowUpDateAfter": past_lists.moment(lambda found: found.task.follow_up_at, ge),
    "taskVariables": with_variables,
}


def _shape(found: PastUserTask) -> dict[str, Any]:
    activity, task, instance = found.activity, found.task, found.activity.instance
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
        "deleteReason": found.delete_reason,
        "owner": task.owner,
        "assignee": task.assignee,
        "startTime": shown_moment(activity.started_at),
        "endTime": maybe_moment(activity.ended_at),
        "duration": found.duration,
        "taskDefinitionKey": activity.element_id,
        "priority": task.priority,
        "due": maybe_moment(task.due_at),
        "parentTaskId": None,
        "followUp": maybe_moment(task.follow_up_at),
        "tenantId": None,
        "removalTime": None,
        "rootProcessInstanceId": instance.root_id,
        "taskState": found.state,
    }


def _shown(tx: Transaction, ask: Ask, found: list[PastUserTask]) -> list[dict[str, Any]]:
    return [_shape(one) for one in found]


LIST: PastList[PastUserTask] = PastList(
    instances=_INSTANCES,
    entries=_entries,
    instance_of=lambda found: found.activity.instance.id,
    tests=_TESTS,
    sorts={
        "taskId": lambda found: found.activity.id,
        "activityInstanceId": lambda found: found.activity.id,
        "executionId": lambda found: found.activity.id,
        "processDefinitionId": lambda found: definition_ids.of(found.activity.instance),
        "processInstanceId": lambda found: found.activity.instance.id,
        "duration": lambda found: found.duration,
        "endTime": lambda found: found.activity.ended_at,
        "startTime": lambda found: found.activity.started_at,
        "taskName": lambda found: found.task.name,
        "taskDescription": lambda found: found.task.documentation,
        "assignee": lambda found: found.task.assignee,
        "owner": lambda found: found.task.owner,
        "dueDate": lambda found: found.task.due_at,
        "followUpDate": lambda found: found.task.follow_up_at,
        "deleteReason": lambda found: found.delete_reason,
        "taskDefinitionKey": lambda found: found.activity.element_id,
        "priority": lambda found: found.task.priority,
        "caseDefinitionId": lambda found: None,
        "caseInstanceId": lambda found: None,
        "caseExecutionId": lambda found: None,
        "tenantId": lambda found: None,
    },
    shape=_shown,
    by_time={"startTime": "start", "endTime": "end"},
    of_variables=frozenset({"taskVariables"}),
    or_queries=True,
)
LIST.offer(routes, "/history/task")
