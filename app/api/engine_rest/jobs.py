"""Jobs: timers, continuations, and whatever has failed."""

from __future__ import annotations

from functools import partial
from typing import Any

from app.api.engine_rest import definition_ids
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.dates import parse_moment
from app.api.engine_rest.filters import (
    NO_TENANT,
    Filter,
    definition,
    heeded,
    listing,
    names,
    only,
    text,
    whole,
)
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.incidents import number
from app.api.engine_rest.job_ids import definition_criteria, job_definition_id
from app.api.engine_rest.routing import Answer, Ask, Routes
from app.commands import jobs as commands
from app.db import Transaction
from app.engine.work import Work
from app.errors import InvalidRequest, InvalidState, NotFound
from app.ids import activity_id
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.jobs import DATED, JOBS, TIMERS, Job

routes = Routes()


def _id(name: str, given: Given) -> list[Criterion]:
    return [Criterion("id", "eq", number(name, given))]


def _ids(name: str, given: Given) -> list[Criterion]:
    found = [number("id", Given({"id": one})) for one in given.names(name) or ()]
    return [Criterion("id", "in", found)]


def _execution(name: str, given: Given) -> list[Criterion]:
    instance_id, _, activity = (given.text(name) or "").partition(".")
    found = [Criterion("instance", "eq", instance_id)]
    if activity:
        found.append(Criterion("activity", "eq", number("activity", Given({"activity": activity}))))
    return found


def _dates(to: str) -> Filter:
    """Conditions such as `gt_2013-01-23T14:42:45.000+0200,lt_...`, or objects of operator and value."""

    def read(name: str, given: Given) -> list[Criterion]:
        value = given.values[name]
        if isinstance(value, str):
            parts = [part.partition("_")[::2] for part in value.split(",")]
        else:
            parts = [(one.text("operator") or "", one.text("value") or "") for one in given.objects(name)]
        return [_date(to, operator, text_given) for operator, text_given in parts]

    return read


def _date(to: str, operator: str, value: str) -> Criterion:
    if operator not in ("gt", "lt"):
        raise InvalidRequest(f"Invalid due date comparator specified: {operator[:20]}")
    return Criterion(to, operator, parse_moment(value.replace(" ", "+"), "a date"))


_LISTING = listing(
    {
        "jobId": _id,
        "jobIds": _ids,
        "jobDefinitionId": lambda name, given: definition_criteria(given.text(name) or ""),
        "processInstanceId": text("instance"),
        "processInstanceIds": names("instance"),
        "executionId": _execution,
        "processDefinitionId": definition("definition"),
        "processDefinitionKey": text("definition-key"),
        "activityId": text("element"),
        "failedActivityId": lambda name, given: [
            Criterion("element", "eq", given.text(name)),
            Criterion("failed", "eq", True),
        ],
        "withRetriesLeft": only("retries-left"),
        "noRetriesLeft": only("retries-left", False),
        "executable": lambda name, given: [Criterion("executable", "eq", given.now)] if given.flag(name) else [],
        "timers": only("kind", TIMERS, "in"),
        "messages": only("kind", TIMERS, "not-in"),
        "dueDates": _dates("due"),
        "createTimes": _dates("created"),
        "withException": only("failed"),
        "exceptionMessage": text("error"),
        "active": only("rests", False),
        "suspended": only("rests"),
        "priorityLowerThanOrEquals": whole("priority", "lteq"),
        "priorityHigherThanOrEquals": whole("priority", "gteq"),
        "includeJobsWithoutTenantId": heeded,
        "acquired": lambda name, given: [Criterion("acquired", "eq", (given.flag(name), given.now))],
        **NO_TENANT,
    },
    sorts={
        "jobId": "id",
        "executionId": "activity",
        "processInstanceId": "instance",
        "processDefinitionId": "definition",
        "processDefinitionKey": "definition-key",
        "jobPriority": "priority",
        "jobRetries": "retries",
        "jobDueDate": "due",
        "tenantId": "id",
    },
)


def _shape(row: Job, ask: Ask) -> dict[str, Any]:
    place = row.instance_id
    if row.instance_id is not None and row.activity:
        place = activity_id(row.instance_id, row.activity)
    return {
        "id": str(row.id),
        "jobDefinitionId": job_definition_id(row),
        "dueDate": shown_moment(row.due_at) if row.kind in DATED else None,
        "processInstanceId": row.instance_id,
        "executionId": place,
        "processDefinitionId": definition_ids.of(row),
        "processDefinitionKey": row.definition_key,
        "retries": row.retries,
        "exceptionMessage": row.error,
        "failedActivityId": row.element_id if row.error is not None else None,
        "suspended": bool(row.rests),
        "priority": row.priority,
        "tenantId": None,
        "createTime": shown_moment(row.created_at),
        "batchId": None,
    }


routes.catalog(
    "/job",
    JOBS,
    _LISTING,
    _shape,
    note="timers, continuations, planned suspensions; deliveries of messages, signals and results where they failed",
)


def _one(tx: Transaction, id: str) -> Job:
    found = JOBS.page(tx, [Criterion("id", "eq", number("id", Given({"id": id})))])
    if not found:
        raise NotFound(f"Job with id {id} does not exist")
    return found[0]


@routes.read("/job/{id}")
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One job."""
    return _shape(_one(tx, id), ask)


@routes.read("/job/{id}/stacktrace", note="the message of the failure: there are no Java traces")
def stacktrace(tx: Transaction, ask: Ask, id: str) -> Answer:
    """Why the last attempt failed; 204 where none did."""
    error = _one(tx, id).error
    return Answer(b"", 204) if error is None else Answer(error.encode(), 200, "text/plain")


@routes.own("POST", "/job/{id}/execute", note="409 where it fails: Camunda answers 500")
async def execute(ask: Ask, id: str) -> None:
    """Do a job now."""
    claimed = await ask.server.write(lambda tx: commands.claim(tx, id))
    await ask.server.in_thread(partial(ask.server.runtime.perform, claimed))
    error = await ask.server.read(lambda tx: [row.error for row in JOBS.page(tx, [Criterion("id", "eq", claimed.id)])])
    if error and error[0] is not None:
        raise InvalidState(f"The execution of job {id} failed: {error[0]}")


@routes.write("PUT", "/job/{id}/retries", body=fields("retries dueDate"))
def set_retries(tx: Work, ask: Ask, id: str) -> None:
    """Give a job other attempts, and another due date where one is given."""
    commands.retry(tx, id, retries=ask.body.retries(), due_millis=ask.body.moment("dueDate"))


@routes.write("PUT", "/job/{id}/duedate", body=fields("duedate cascade"))
def set_due(tx: Work, ask: Ask, id: str) -> None:
    """Move a job to another time; without one, to now."""
    due = ask.body.moment("duedate")
    cascade = ask.body.flag("cascade") or False
    commands.set_due(tx, id, due_millis=tx.millis if due is None else due, cascade=cascade)


@routes.write("PUT", "/job/{id}/suspended", body=fields("suspended"))
def suspend(tx: Work, ask: Ask, id: str) -> None:
    """Keep a job from being done, or let it be done again."""
    suspended = ask.body.flag("suspended")
    if suspended is None:
        raise InvalidRequest("`suspended` is required.")
    (commands.suspend if suspended else commands.resume)(tx, id)


@routes.write("PUT", "/job/{id}/priority", body=fields("priority"), note="noted; jobs are done when they are due")
def set_priority(tx: Work, ask: Ask, id: str) -> None:
    """Note how urgent a job is."""
    priority = ask.body.whole("priority")
    if priority is None:
        raise InvalidRequest(f"Priority for job '{id}' cannot be null.")
    commands.set_priority(tx, id, priority=priority)
