"""User tasks over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api import answers
from app.api.answers import maybe_moment, moment
from app.api.filters import variable_filters
from app.api.route import Read, Routes, Write
from app.api.schemas.user_tasks import (
    AssignedUserTask,
    AssignUserTask,
    ClaimUserTask,
    CompletedTask,
    CompleteUserTask,
    UnclaimUserTask,
    UserTask,
    UserTaskDetails,
    UserTaskPage,
    UserTaskQuery,
)
from app.commands import user_tasks as commands
from app.errors import InvalidState, NotFound
from app.queries import user_tasks as queries
from app.queries.page import Paging

routes = Routes("User tasks")

_INSTANCE = "019aa9d6-1b2c-7d3e-9f40-a1b2c3d4e5f6"
_ID = f"{_INSTANCE}.1"
_EXAMPLE = {
    "id": _ID,
    "name": "Approve request",
    "processInstanceId": _INSTANCE,
    "processDefinitionId": "019aa9d5-3c1e-7f10-8a52-5b8f1d0c9e11",
    "processDefinitionKey": "leave-request",
    "businessKey": "leave-2026-117",
    "elementId": "approve-request",
    "assignee": None,
    "candidateUsers": [],
    "candidateGroups": ["managers"],
    "priority": 50,
    "dueAt": None,
    "followUpAt": None,
    "formKey": None,
    "documentation": None,
    "suspended": False,
    "version": 1,
    "createdAt": "2026-11-22T08:31:00.000Z",
}
_ASSIGNED = {"id": _ID, "assignee": "ada", "version": 2}
_DETAILS = {**_EXAMPLE, "variables": {"employee": "Ada", "days": 3}}
_AS_IT_IS = UnclaimUserTask()
_WITHOUT_RESULTS = CompleteUserTask()


@routes.get("/user-tasks", "listUserTasks", "List open user tasks", example={"items": [_EXAMPLE], "nextCursor": None})
def list_tasks(tx: Read, query: Annotated[UserTaskQuery, Query()]) -> UserTaskPage:
    """All conditions must hold; of a candidate user and candidate groups one is enough."""
    filters = queries.Filters(
        assignee=query.assignee,
        assigned=query.assigned,
        candidate_user=query.candidate_user,
        candidate_groups=tuple(query.candidate_group),
        process_instance_id=query.process_instance_id,
        definition_id=query.process_definition_id,
        definition_key=query.process_definition_key,
        business_key=query.business_key,
        element_id=query.element_id,
        name=query.name,
        due_before=query.due_before,
        due_after=query.due_after,
        created_before=query.created_before,
        created_after=query.created_after,
        min_priority=query.min_priority,
        suspended=query.suspended,
        variables=variable_filters(query.variables),
    )
    page = queries.list_tasks(tx, Paging(query.limit, query.cursor), filters, sorting=query.sort)
    candidates = queries.candidates(tx, [row.id for row in page.items])
    found: UserTaskPage = answers.items(page, lambda row: shape(row, candidates[row.id]))
    return found


def shape(row: queries.TaskRow, candidates: queries.Candidates) -> UserTask:
    """A task as it is answered."""
    return {
        "id": row.id,
        "name": row.name,
        "processInstanceId": row.process_instance_id,
        "processDefinitionId": row.definition_id,
        "processDefinitionKey": row.definition_key,
        "businessKey": row.business_key,
        "elementId": row.element_id,
        "assignee": row.assignee,
        "candidateUsers": list(candidates.users),
        "candidateGroups": list(candidates.groups),
        "priority": row.priority,
        "dueAt": maybe_moment(row.due_at),
        "followUpAt": maybe_moment(row.follow_up_at),
        "formKey": row.form_key,
        "documentation": row.documentation,
        "suspended": row.suspended,
        "version": row.version,
        "createdAt": moment(row.created_at),
    }


@routes.get("/user-tasks/{id}", "getUserTask", "Get an open user task", example=_DETAILS, refusals=[404])
def get(tx: Read, id: str) -> UserTaskDetails:
    """One task with the variables that it sees."""
    row = queries.get(tx, id)
    return {**shape(row, queries.candidates(tx, [id])[id]), "variables": queries.variables(tx, id)}


@routes.post(
    "/user-tasks/{id}/complete",
    "completeUserTask",
    "Complete a user task",
    example={"id": _ID, "processInstanceId": _INSTANCE, "state": "completed"},
    refusals=[404, 409],
)
def complete(tx: Write, id: str, body: CompleteUserTask = _WITHOUT_RESULTS) -> CompletedTask:
    """Its process instance goes on to its next wait states before the answer comes."""
    done = commands.complete(tx, id, variables=body.variables, expected_version=body.version)
    return {
        "id": done.id,
        "processInstanceId": done.process_instance_id,
        "state": done.status,  # type: ignore[typeddict-item]
    }


@routes.post(
    "/process-instances/{id}/user-tasks/{element}/complete",
    "completeUserTaskByElement",
    "Complete a user task by its element",
    example={"id": _ID, "processInstanceId": _INSTANCE, "state": "completed"},
    refusals=[404, 409],
)
def complete_by_element(tx: Write, id: str, element: str, body: CompleteUserTask = _WITHOUT_RESULTS) -> CompletedTask:
    """For callers that know the diagram: the one task of this element that is open in a process instance."""
    wanted = queries.Filters(process_instance_id=id, element_id=element)
    found = queries.list_tasks(tx, Paging(2), wanted).items
    if len(found) > 1:
        raise InvalidState(
            f"Several tasks of {element!r} are open in process instance {id}; complete one by its id.",
            code="user-task-ambiguous",
        )
    if not found:
        raise NotFound(f"No user task of {element!r} is open in a process instance {id!r}.", code="user-task-not-found")
    return complete(tx, found[0].id, body)


@routes.post("/user-tasks/{id}/claim", "claimUserTask", "Claim a user task", example=_ASSIGNED, refusals=[404, 409])
def claim(tx: Write, id: str, body: ClaimUserTask) -> AssignedUserTask:
    """Take a task that nobody has, or that one has oneself."""
    return _assigned(commands.claim(tx, id, user=body.user, expected_version=body.version))


@routes.post(
    "/user-tasks/{id}/unclaim",
    "unclaimUserTask",
    "Give a user task back",
    example={**_ASSIGNED, "assignee": None},
    refusals=[404, 409],
)
def unclaim(tx: Write, id: str, body: UnclaimUserTask = _AS_IT_IS) -> AssignedUserTask:
    """Everybody who may take it can claim it again."""
    return _assigned(commands.unclaim(tx, id, expected_version=body.version))


@routes.post("/user-tasks/{id}/assign", "assignUserTask", "Assign a user task", example=_ASSIGNED, refusals=[404, 409])
def assign(tx: Write, id: str, body: AssignUserTask) -> AssignedUserTask:
    """Give it to somebody, whoever has it now."""
    return _assigned(commands.assign(tx, id, user=body.user, expected_version=body.version))


def _assigned(done: commands.Assigned) -> AssignedUserTask:
    return {"id": done.id, "assignee": done.assignee, "version": done.version}
