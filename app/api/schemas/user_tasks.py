"""Shapes of user tasks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from app.api.schemas.common import MOST, Body, Moment, Name, PageQuery, State, Time, Values, Version, example
from app.api.schemas.process_instances import VARIABLE_FILTERS


class UserTask(TypedDict):
    """An open task of a person. Its id is that of its activity instance."""

    id: str
    name: str | None
    processInstanceId: str
    processDefinitionId: str
    processDefinitionKey: str
    businessKey: str | None
    elementId: str
    assignee: str | None
    candidateUsers: list[str]
    candidateGroups: list[str]
    priority: int
    dueAt: Time | None
    followUpAt: Time | None
    formKey: str | None
    documentation: str | None
    suspended: bool
    version: Annotated[int, Field(description="Grows with every change; a command may expect it.")]
    createdAt: Time


class UserTaskDetails(UserTask):
    """A task with the variables that it sees."""

    variables: dict[str, Any]


class UserTaskPage(TypedDict):
    """A page of user tasks."""

    items: list[UserTask]
    nextCursor: str | None


class UserTaskQuery(PageQuery):
    """Which user tasks are wanted."""

    assignee: str | None = None
    assigned: bool | None = Field(default=None, description="Whether it has an assignee.")
    candidate_user: str | None = Field(default=None, description="Tasks that this person may take.")
    candidate_group: list[str] = Field(
        default_factory=list, max_length=200, description="Tasks that one of these groups may take."
    )
    process_instance_id: str | None = None
    process_definition_id: str | None = None
    process_definition_key: str | None = None
    business_key: str | None = None
    element_id: str | None = None
    name: str | None = Field(default=None, description="Tasks whose name contains this text.")
    due_before: Moment | None = None
    due_after: Moment | None = None
    created_before: Moment | None = None
    created_after: Moment | None = None
    min_priority: int | None = Field(default=None, ge=-MOST, le=MOST)
    suspended: bool | None = None
    variables: list[str] = VARIABLE_FILTERS
    sort: Literal["created", "-created", "due", "-priority"] = Field(
        default="created", description="A minus sign sorts downwards; tasks without a due date come last by `due`."
    )


class ClaimUserTask(Body, json_schema_extra=example(user="ada", version=1)):
    """Who takes the task."""

    user: Name = Field(examples=["ada"])
    version: Version | None = None


class UnclaimUserTask(Body, json_schema_extra=example(version=2)):
    """What the caller has seen of the task."""

    version: Version | None = None


class AssignUserTask(Body, json_schema_extra=example(user="bob")):
    """Who gets the task; nobody where it is null."""

    user: Name | None = Field(examples=["ada"])
    version: Version | None = None


class CompleteUserTask(Body, json_schema_extra=example(variables={"approved": True}, version=2)):
    """The results of the work."""

    variables: Values = Field(default_factory=dict, examples=[{"approved": True}])
    version: Version | None = None


class AssignedUserTask(TypedDict):
    """A task after its assignee changed."""

    id: str
    assignee: str | None
    version: int


class CompletedTask(TypedDict):
    """A task that is done, and how its process instance stands after it."""

    id: str
    processInstanceId: str
    state: State
