"""Jobs over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api import answers
from app.api.answers import maybe_moment, moment
from app.api.route import Read, Routes, Write
from app.api.schemas.operations import Job, JobPage, JobQuery, MoveJob, RetryJob
from app.commands import jobs as commands
from app.ids import activity_id
from app.queries import jobs as queries
from app.queries.page import Paging

routes = Routes("Jobs and incidents")

_INSTANCE = "019aa9d6-1b2c-7d3e-9f40-a1b2c3d4e5f6"
_EXAMPLE = {
    "id": "17",
    "kind": "timer",
    "dueAt": "2026-11-22T12:31:00.000Z",
    "readyAt": "2026-11-22T12:31:00.000Z",
    "retries": 3,
    "processInstanceId": _INSTANCE,
    "activityId": f"{_INSTANCE}.2",
    "processDefinitionId": "019aa9d5-3c1e-7f10-8a52-5b8f1d0c9e11",
    "elementId": "deadline",
    "error": None,
    "createdAt": "2026-11-22T08:31:00.000Z",
}
_ONCE_MORE = RetryJob()


@routes.get("/jobs", "listJobs", "List jobs", example={"items": [_EXAMPLE], "nextCursor": None})
def list_jobs(tx: Read, query: Annotated[JobQuery, Query()]) -> JobPage:
    """Timers and other due work of the server, the oldest first."""
    filters = queries.Filters(
        query.kind, query.process_instance_id, query.process_definition_id, query.failed, query.due_before
    )
    found: JobPage = answers.items(queries.list_jobs(tx, Paging(query.limit, query.cursor), filters), shape)
    return found


def shape(row: queries.JobRow) -> Job:
    """A job as it is answered."""
    has_activity = row.process_instance_id is not None and row.activity is not None
    return {
        "id": row.id,
        "kind": row.kind,
        "dueAt": moment(row.due_at),
        "readyAt": maybe_moment(row.ready_at),
        "retries": row.retries,
        "processInstanceId": row.process_instance_id,
        "activityId": activity_id(row.process_instance_id or "", row.activity or 0) if has_activity else None,
        "processDefinitionId": row.definition_id,
        "elementId": row.element_id,
        "error": row.error,
        "createdAt": moment(row.created_at),
    }


@routes.get("/jobs/{id}", "getJob", "Get a job", example=_EXAMPLE, refusals=[404])
def get(tx: Read, id: str) -> Job:
    """One job that is not done yet."""
    return shape(queries.get(tx, id))


@routes.post("/jobs/{id}/retry", "retryJob", "Retry a job", status=204, refusals=[404, 409])
def retry(tx: Write, id: str, body: RetryJob = _ONCE_MORE) -> None:
    """It is tried again at once, and its incident is resolved."""
    commands.retry(tx, id, retries=body.retries)


@routes.put("/jobs/{id}/due-date", "moveJob", "Move a job", status=204, refusals=[404, 409])
def move(tx: Write, id: str, body: MoveJob) -> None:
    """A timer fires at another time than the diagram says."""
    commands.set_due(tx, id, due_millis=body.due_at)
