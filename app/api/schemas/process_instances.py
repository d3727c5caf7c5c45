"""Shapes of process instances, their variables and their history."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from app.api.schemas.common import (
    MOST,
    Body,
    Moment,
    Name,
    Number,
    PageQuery,
    Query,
    Seconds,
    State,
    Text,
    Time,
    Values,
    example,
)

VARIABLE_FILTERS: Any = Field(
    default_factory=list,
    max_length=20,
    description="`name_operator_value`, once for each condition; operators: eq, neq, gt, gteq, lt, lteq, like. The "
    "value is a JSON number, true, false, null or quoted text, and else the text as it stands.",
    examples=[["amount_gt_5000", "supplier_eq_Ada"]],
)


class StartOptions(
    Body, json_schema_extra=example(businessKey="leave-2026-117", variables={"employee": "Ada", "days": 3})
):
    """How an instance is started, whatever the process."""

    business_key: Name | None = Field(default=None, description="The caller's own name for the instance.")
    unique: bool = Field(default=False, description="Refuse where an instance of this key and business key is running.")
    variables: Values = Field(default_factory=dict)
    start_event: Name | None = Field(
        default=None, description="The start event, by element id, where there are several."
    )
    wait: Literal["none", "first-wait-state", "end"] = Field(
        default="none",
        description="When to answer: at once; when nothing goes on by itself any more; or at the end. The answer then "
        "has `variables` and `ends`.",
    )
    wait_seconds: Annotated[Number, Seconds(most=1800)] = Field(
        default=30, description="How long to wait; after it the answer comes as things are then."
    )


class StartProcessInstance(
    StartOptions,
    json_schema_extra=example(
        processDefinitionKey="leave-request", businessKey="leave-2026-117", variables={"employee": "Ada", "days": 3}
    ),
):
    """Which process is started, and how."""

    process_definition_id: Name | None = None
    process_definition_key: Name | None = Field(default=None, description="The newest version, unless one is named.")
    version: Annotated[int, Field(ge=0, le=MOST)] | None = None
    version_tag: Name | None = None


class StartedProcessInstance(TypedDict):
    """A new instance; `variables` and `ends` (end events reached) where the caller waited."""

    id: str
    processDefinitionId: str
    processDefinitionKey: str
    processDefinitionVersion: int
    businessKey: str | None
    state: State
    variables: NotRequired[dict[str, Any]]
    ends: NotRequired[list[str]]


class ProcessInstance(TypedDict):
    """One run of a process definition."""

    id: str
    processDefinitionId: str
    processDefinitionKey: str
    processDefinitionVersion: int
    businessKey: str | None
    state: State
    startedAt: Time
    endedAt: Time | None
    rootProcessInstanceId: str
    callerProcessInstanceId: str | None
    callerActivityId: str | None
    ends: Annotated[list[str], Field(description="End events reached, by element id; empty while it runs.")]
    errorCode: str | None
    errorMessage: str | None
    cancelReason: str | None


class ProcessInstancePage(TypedDict):
    """A page of process instances."""

    items: list[ProcessInstance]
    nextCursor: str | None


class ActiveActivity(TypedDict):
    """An activity instance that waits, and for what: a scope waits for nothing itself."""

    id: str
    elementId: str
    waitsFor: list[Literal["user-task", "external-task", "timer", "message", "signal", "call", "help"]]


class InHierarchy(TypedDict):
    """An instance in the same call hierarchy."""

    id: str
    processDefinitionKey: str
    state: State
    callerProcessInstanceId: str | None
    callerActivityId: str | None


class OpenIncident(TypedDict):
    """What holds an instance up."""

    id: str
    kind: str
    message: str
    elementId: str | None
    createdAt: Time


class ProcessInstanceDetails(ProcessInstance):
    """An instance with what is alive in it; `hierarchy` lists those below the same root, callers first."""

    active: list[ActiveActivity]
    hierarchy: list[InHierarchy]
    incidents: list[OpenIncident]


class ProcessInstanceQuery(PageQuery):
    """Which process instances are wanted."""

    process_definition_id: str | None = None
    process_definition_key: str | None = None
    business_key: str | None = None
    state: list[State] = Field(default_factory=list, max_length=6)
    root_process_instance_id: str | None = None
    caller_activity_id: str | None = None
    called: bool | None = Field(default=None, description="Whether another instance called it.")
    started_after: Moment | None = None
    started_before: Moment | None = None
    ended_after: Moment | None = None
    ended_before: Moment | None = None
    with_incidents: bool | None = Field(default=None, description="Whether it has open incidents.")
    variables: list[str] = VARIABLE_FILTERS


class CancelProcessInstance(Body, json_schema_extra=example(reason="Entered twice.")):
    """Why an instance is ended by hand."""

    reason: Text | None = None


class InstanceVariables(TypedDict):
    """The variables of one scope; 0 is the process itself."""

    scope: int
    variables: dict[str, Any]


class Variable(TypedDict):
    """One variable with its scope."""

    name: str
    value: Any
    scope: int


class VariablesQuery(Query):
    """Which scope is meant."""

    scope: int = Field(
        default=0,
        ge=0,
        le=2**53,
        description="0 is the process, else the number after the dot in an activity instance's id.",
    )


class SetVariables(Body, json_schema_extra=example(variables={"days": 4})):
    """Variables to set; others stay as they are."""

    variables: Values


class HistoryEntry(TypedDict):
    """One thing that happened. `kind` is a participle, or a command for what was asked; `details` depend on it."""

    seq: int
    at: Time
    actor: str | None
    kind: Annotated[str, Field(examples=["user-task-opened"])]
    details: dict[str, Any]


class HistoryPage(TypedDict):
    """A page of an instance's timeline."""

    items: list[HistoryEntry]
    nextCursor: str | None


class HistoryQuery(PageQuery):
    """Which entries are wanted."""

    kind: list[str] = Field(default_factory=list, max_length=50, description="Only these kinds.")


class ActivityInstance(TypedDict):
    """One visit of an element."""

    id: str
    elementId: str
    scope: int
    role: Annotated[
        Literal["activity", "body", "run", "undo", "listener"],
        Field(
            description="`body` holds the runs of a repeated activity, each of which is a `run`; `undo` undoes a "
            "completed subprocess; a `listener` is work that its activity, or the process, waits for."
        ),
    ]
    state: Literal["active", "completed", "canceled"]
    startedAt: Time
    endedAt: Time | None


class ActivityPage(TypedDict):
    """A page of activity instances."""

    items: list[ActivityInstance]
    nextCursor: str | None
