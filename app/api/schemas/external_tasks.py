"""Shapes of external tasks."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from app.api.schemas.common import MOST, Body, Name, Number, PageQuery, Seconds, Text, Time, Values, example

MONTH = 30 * 24 * 3600
LockSeconds = Annotated[Number, Seconds(least=1, most=MONTH, example=60)]


class Topic(Body):
    """A kind of work that is wanted."""

    name: Name = Field(examples=["payment"])
    lock_seconds: LockSeconds = Field(default=60, description="How long the worker has the task to itself.")
    variables: list[Name] | None = Field(
        default=None,
        max_length=500,
        description="Which variables the worker needs; all that the task sees where missing.",
    )


class FetchAndLock(
    Body,
    json_schema_extra=example(
        workerId="payment-worker-1", topics=[{"name": "payment", "lockSeconds": 60}], maxTasks=10, waitSeconds=30
    ),
):
    """What a worker asks for."""

    worker_id: Name = Field(examples=["payment-worker-1"])
    topics: list[Topic] = Field(min_length=1, max_length=100)
    max_tasks: Annotated[int, Field(ge=1, le=200)] = 10
    wait_seconds: Annotated[Number, Seconds(most=1800, example=30)] = Field(
        default=0, description="How long to wait for work where there is none."
    )


class LockedTask(TypedDict):
    """A task as its worker gets it."""

    id: str
    topic: str
    processInstanceId: str
    processDefinitionId: str
    processDefinitionKey: str
    businessKey: str | None
    elementId: str
    priority: int
    retries: int | None
    lockedUntil: Time
    createdAt: Time
    variables: dict[str, Any]
    headers: Annotated[
        dict[str, str],
        Field(description="What the diagram says to workers: the task's headers (Zeebe), or properties (Camunda)."),
    ]


class LockedTasks(TypedDict):
    """What the worker may work on now."""

    items: list[LockedTask]


class ExternalTask(TypedDict):
    """Open work of a topic; without `availableAt` nobody may fetch it."""

    id: str
    topic: str
    processInstanceId: str
    processDefinitionId: str
    processDefinitionKey: str
    businessKey: str | None
    elementId: str
    priority: int
    workerId: str | None
    lockedUntil: Time | None
    availableAt: Time | None
    retries: int | None
    errorMessage: str | None
    errorDetails: str | None
    createdAt: Time


class ExternalTaskPage(TypedDict):
    """A page of external tasks."""

    items: list[ExternalTask]
    nextCursor: str | None


class ExternalTaskQuery(PageQuery):
    """Which external tasks are wanted."""

    topic: str | None = None
    worker_id: str | None = None
    process_instance_id: str | None = None
    process_definition_key: str | None = None


class CompleteExternalTask(Body, json_schema_extra=example(workerId="payment-worker-1", variables={"paid": True})):
    """The results of the work."""

    worker_id: Name = Field(examples=["payment-worker-1"])
    variables: Values = Field(default_factory=dict, examples=[{"paid": True}])


class FailExternalTask(
    Body,
    json_schema_extra=example(
        workerId="payment-worker-1", message="The bank does not answer.", retries=2, retrySeconds=60
    ),
):
    """Why the attempt failed, and whether there is another one."""

    worker_id: Name = Field(examples=["payment-worker-1"])
    message: Text | None = None
    details: Annotated[str, Field(max_length=100_000)] | None = None
    retries: int = Field(
        default=0, ge=0, le=MOST, description="Attempts left; without any the failure becomes an incident."
    )
    retry_seconds: Annotated[Number, Seconds(most=MONTH)] = Field(
        default=0, description="Pause before the next attempt."
    )


class BpmnError(
    Body,
    json_schema_extra=example(workerId="payment-worker-1", code="payment-refused", message="The account is empty."),
):
    """An exception that the diagram may know."""

    worker_id: Name = Field(examples=["payment-worker-1"])
    code: Name = Field(examples=["payment-refused"])
    message: Text | None = None
    variables: Values = Field(default_factory=dict)


class ExtendLock(Body, json_schema_extra=example(workerId="payment-worker-1", lockSeconds=300)):
    """How much longer the worker needs."""

    worker_id: Name = Field(examples=["payment-worker-1"])
    lock_seconds: LockSeconds = Field(description="From now on.")


class Lock(TypedDict):
    """The lock of a task."""

    id: str
    lockedUntil: Time


class UnlockExternalTask(Body, json_schema_extra=example(workerId="payment-worker-1")):
    """Whose lock is taken away: anybody's where no worker is named."""

    worker_id: Name | None = None


class SetRetries(Body, json_schema_extra=example(retries=3)):
    """How many attempts there are from now on."""

    retries: int = Field(ge=0, le=MOST, examples=[3])
