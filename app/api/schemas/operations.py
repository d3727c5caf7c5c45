"""Shapes of messages, signals, jobs, incidents and health."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from app.api.schemas.common import Body, Moment, Name, Number, PageQuery, Seconds, State, Time, Values, example
from app.api.schemas.process_instances import StartedProcessInstance

YEAR = 366 * 24 * 3600
MessageName = Annotated[str, Field(min_length=1, max_length=4000, examples=["payment-received"])]


class CorrelateMessage(
    Body,
    json_schema_extra=example(name="payment-received", correlationKeys={"order": "4711"}, variables={"amount": 1250.5}),
):
    """A message for one receiver, and how it is found."""

    name: MessageName
    business_key: Name | None = None
    correlation_key: Annotated[str, Field(max_length=4000)] | None = Field(
        default=None, description="Compared with the correlation key of the diagram."
    )
    correlation_keys: dict[str, Any] = Field(
        default_factory=dict, max_length=20, description="Compared with variables of the process."
    )
    process_instance_id: Name | None = None
    variables: Values = Field(default_factory=dict)


class CorrelatedMessage(TypedDict):
    """Who got the message; `started` says whether it started this instance."""

    processInstanceId: str
    started: bool
    state: State


class PublishMessage(
    Body,
    json_schema_extra=example(
        name="payment-received", correlationKey="4711", ttlSeconds=3600, variables={"amount": 1250.5}
    ),
):
    """A message for whoever waits for it, now or within its time to live."""

    name: MessageName
    correlation_key: Annotated[str, Field(max_length=4000)] | None = None
    ttl_seconds: Annotated[Number, Seconds(most=YEAR, example=3600)] = Field(
        default=0, description="How long it is kept where nobody waits for it yet."
    )
    message_id: Name | None = Field(
        default=None, description="Another message of this name with this id is refused while this one lives."
    )
    variables: Values = Field(default_factory=dict)


class PublishedMessage(TypedDict):
    """What became of the message at once."""

    fate: Literal["delivered", "started", "buffered", "dropped"]


class ThrowSignal(Body, json_schema_extra=example(name="prices-changed", variables={"percent": 3})):
    """A signal for everybody who waits for it."""

    name: Annotated[str, Field(min_length=1, max_length=4000, examples=["prices-changed"])]
    variables: Values = Field(default_factory=dict)


class EvaluateConditions(Body, json_schema_extra=example(variables={"temperature": 31}, businessKey="hall-3")):
    """What is so, for the conditions of start events."""

    variables: Values = Field(default_factory=dict)
    business_key: Name | None = Field(default=None, description="Of every instance that is started.")
    process_definition_id: Name | None = Field(
        default=None, description="Ask this definition only; without it, the newest version of every process."
    )


class StartedByConditions(TypedDict):
    """The instances that conditional start events have started."""

    items: list[StartedProcessInstance]


class Job(TypedDict):
    """Due work of the server; without `readyAt` it rests: no retries left, or its instance is suspended."""

    id: str
    kind: str
    dueAt: Time
    readyAt: Time | None
    retries: int
    processInstanceId: str | None
    activityId: str | None
    processDefinitionId: str | None
    elementId: str | None
    error: str | None
    createdAt: Time


class JobPage(TypedDict):
    """A page of jobs."""

    items: list[Job]
    nextCursor: str | None


class JobQuery(PageQuery):
    """Which jobs are wanted."""

    kind: str | None = None
    process_instance_id: str | None = None
    process_definition_id: str | None = None
    failed: bool | None = Field(default=None, description="Whether its retries are used up.")
    due_before: Moment | None = None


class RetryJob(Body, json_schema_extra=example(retries=3)):
    """How often it is tried from now on."""

    retries: int = Field(default=1, ge=1, le=1000)


class MoveJob(Body, json_schema_extra=example(dueAt="2026-11-23T08:00:00Z")):
    """When it is due."""

    due_at: Moment


class Incident(TypedDict):
    """Part of an instance that cannot go on, or could not, without help."""

    id: str
    kind: str
    message: str
    processInstanceId: str | None
    processDefinitionId: str | None
    activityId: Annotated[str | None, Field(description="The activity instance; number 0 is the process itself.")]
    elementId: str | None
    jobId: str | None
    createdAt: Time
    resolvedAt: Time | None


class IncidentPage(TypedDict):
    """A page of incidents."""

    items: list[Incident]
    nextCursor: str | None


class IncidentQuery(PageQuery):
    """Which incidents are wanted."""

    process_instance_id: str | None = None
    process_definition_id: str | None = None
    kind: str | None = None
    resolved: bool | None = None


class Health(TypedDict):
    """Whether the server can work."""

    status: Literal["up", "down"]
    database: Literal["up", "down"]
    migrations: Literal["current", "behind", "unknown"]
    worker: Literal["up", "down", "off"]


class AdHocChoice(TypedDict):
    """An activity that can be begun now."""

    elementId: str
    type: str
    name: str | None


class OpenAdHocSubprocess(TypedDict):
    """An open ad-hoc subprocess; `activityId` is its activity instance."""

    activityId: str
    elementId: str
    name: str | None
    choices: list[AdHocChoice]


class AdHocActivities(TypedDict):
    """What can be begun in an instance's ad-hoc subprocesses."""

    items: list[OpenAdHocSubprocess]


class BeginAdHocActivity(Body, json_schema_extra=example(elementId="ask-expert", variables={"question": "Why?"})):
    """Which activity is begun, and in which of several open ad-hoc subprocesses."""

    element_id: Name
    activity_id: Name | None = None
    variables: Values = Field(default_factory=dict, description="Set in the subprocess.")


class BegunAdHocActivity(TypedDict):
    """The ad-hoc subprocess in which it was begun, and the state of the process instance after it."""

    activityId: str
    state: State
