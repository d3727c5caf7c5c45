"""Fetching external tasks, and waiting for them without a thread or a connection."""

from __future__ import annotations

from typing import Any

from app.api.engine_rest import definition_ids
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.routing import Ask, Routes
from app.api.engine_rest.values import shown_as
from app.api.route import Caller
from app.api.waiting import wait_until
from app.commands import external_tasks as commands
from app.commands.external_tasks import Fetched, Topic
from app.errors import InvalidRequest

routes = Routes()

MOST_MILLIS = 1_800_000
MOST_TOPICS = 500

_FETCH = fields("workerId maxTasks usePriority asyncResponseTimeout topics sorting")
_TOPIC = fields(
    "topicName lockDuration variables businessKey processDefinitionId processDefinitionIdIn processDefinitionKey "
    "processDefinitionKeyIn processDefinitionVersionTag withoutTenantId processVariables deserializeValues "
    "includeExtensionProperties localVariables",
    "tenantIdIn",
)


@routes.own(
    "POST",
    "/external-task/fetchAndLock",
    body=_FETCH,
    note="the most important first, whatever usePriority says; sorting: createTime",
)
async def fetch_and_lock(ask: Ask) -> Any:
    """Lend tasks to a worker, as soon as there are any."""
    given = ask.body
    worker_id = given.required("workerId")
    asked = given.objects("topics")
    if len(asked) > MOST_TOPICS:
        raise InvalidRequest(f"A worker fetches tasks of {MOST_TOPICS} topics at once at most.")
    topics = [_topic(one) for one in asked]
    patience = given.whole("asyncResponseTimeout") or 0
    if not 0 <= patience <= MOST_MILLIS:
        raise InvalidRequest(
            f"The asynchronous response timeout cannot be set to a value less than 0 or greater than {MOST_MILLIS} "
            "milliseconds"
        )
    given.flag("usePriority")
    oldest_first = _check_sorting(given)
    most = max(given.whole("maxTasks") or 0, 0)
    fetched: list[Fetched] = []

    async def fetch() -> bool:
        nonlocal fetched
        fetched = await ask.server.write(
            lambda tx: commands.fetch_and_lock(
                tx, worker_id=worker_id, topics=topics, max_tasks=most, oldest_first=oldest_first
            )
        )
        return bool(fetched)

    if patience:
        caller = Caller(ask.request, ask.server)
        names = [topic.name for topic in topics]
        await wait_until(caller, ("topic", names), fetch, seconds=patience / 1000, pause=patience / 1000)
    else:
        await fetch()
    await ask.server.have(ask.drawings, (task.definition_id for task in fetched))
    return [_locked(task, ask, asked[task.wish], worker_id) for task in fetched]


def _check_sorting(given: Given) -> bool | None:
    """Whether the oldest come first, or the newest; None where it is not said."""
    orders = [(one.text("sortBy"), one.text("sortOrder")) for one in given.objects("sorting")]
    if not all(by == "createTime" and order in ("asc", "desc") for by, order in orders):
        raise InvalidRequest("`sorting`: only createTime is known, asc or desc.")
    return orders[0][1] == "asc" if orders else None


def _topic(given: Given) -> Topic:
    _TOPIC.check(given.values, "topics.")
    for name in ("deserializeValues", "includeExtensionProperties", "withoutTenantId"):
        # They are read when the tasks are lent already: a wrong one must be told before.
        given.flag(name)
    name = given.required("topicName")
    lock = given.span("lockDuration")
    if lock is None or lock <= 0:
        raise InvalidRequest(f"Cannot fetch topic '{name}': its lockDuration must be greater than 0.")
    wanted = given.names("variables")
    ids = [*(given.names("processDefinitionIdIn") or ()), *_single(given, "processDefinitionId")]
    keys = [*(given.names("processDefinitionKeyIn") or ()), *_single(given, "processDefinitionKey")]
    return Topic(
        name,
        lock,
        None if wanted is None else tuple(wanted),
        business_key=given.text("businessKey"),
        definition_ids=tuple(map(definition_ids.inside, ids)),
        definition_keys=tuple(keys),
        version_tag=given.text("processDefinitionVersionTag"),
        equal=dict(given.object("processVariables").values),
        local_only=given.flag("localVariables") or False,
    )


def _single(given: Given, name: str) -> list[str]:
    value = given.text(name)
    return [] if value is None else [value]


def _locked(task: Fetched, ask: Ask, asked: Given, worker_id: str) -> dict[str, Any]:
    deserialize = asked.deserialized(unless_said=False)
    drawing = ask.drawings.get(task.definition_id)
    element = drawing.elements.get(task.element_id)
    with_properties = asked.flag("includeExtensionProperties") and element is not None
    return {
        "activityId": task.element_id,
        "activityInstanceId": task.id,
        "errorMessage": task.error_message,
        "errorDetails": task.error_details,
        "executionId": task.id,
        "id": task.id,
        "lockExpirationTime": shown_moment(task.lock_until),
        "processDefinitionId": definition_ids.outside(
            task.definition_key, ask.drawings.version(task.definition_id), task.definition_id
        ),
        "processDefinitionKey": task.definition_key,
        "processDefinitionVersionTag": drawing.version_tag,
        "processInstanceId": task.process_instance_id,
        "retries": task.retries,
        "suspended": False,
        "workerId": worker_id,
        "topicName": task.topic,
        "tenantId": None,
        "variables": {
            name: shown_as(value, task.declared.get(name), deserialize=deserialize)
            for name, value in task.variables.items()
        },
        "priority": task.priority,
        "businessKey": task.business_key,
        "extensionProperties": dict(element.properties) if with_properties and element is not None else {},
        "createTime": shown_moment(task.created_at),
    }
