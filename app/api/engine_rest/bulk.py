"""What is done to several instances or external tasks at once: to each in a transaction of its own."""

from __future__ import annotations

from functools import partial

from app.api.engine_rest import external_tasks, history_processes, process_instances
from app.api.engine_rest.filters import of_definition
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.process_instances import RUNNING
from app.api.engine_rest.routing import Ask, Routes
from app.commands import external_tasks as external_task_commands
from app.db import Transaction
from app.engine.work import Work
from app.errors import InvalidRequest, NotFound
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.external_tasks import EXTERNAL_TASKS
from app.queries.catalog.process_instances import INSTANCES

routes = Routes()

_EACH = "each in a transaction of its own; one that is over meanwhile is left out"


def _instance_ids(tx: Transaction, given: Given) -> list[str]:
    """The instances that are named, and those that are found in either way; raises `NotFound`."""
    ids = list(given.names("processInstanceIds") or ())
    known = {row.id for row in INSTANCES.page(tx, [Criterion("id", "in", ids)])} if ids else set()
    for unknown in [id for id in ids if id not in known]:
        raise NotFound(f"Process instance with id {unknown} does not exist")
    if given.has("processInstanceQuery"):
        where = process_instances.LISTING.where(given.object("processInstanceQuery"))
        ids += [row.id for row in RUNNING.page(tx, where)]
    if given.has("historicProcessInstanceQuery"):
        where = history_processes.LISTING.where(given.object("historicProcessInstanceQuery"))
        ids += [row.id for row in INSTANCES.page(tx, where)]
    return list(dict.fromkeys(ids))


_INSTANCES = ("processInstanceIds", "processInstanceQuery", "historicProcessInstanceQuery")


def _any_given(given: Given, names: tuple[str, ...]) -> bool:
    return any(given.has(name) for name in names)


@routes.own(
    "PUT",
    "/process-instance/suspended",
    body=fields(
        "suspended processInstanceIds processDefinitionId processDefinitionKey processDefinitionWithoutTenantId "
        "processInstanceQuery historicProcessInstanceQuery",
        "processDefinitionTenantId",
    ),
    note=_EACH,
)
async def suspend(ask: Ask) -> None:
    """Suspend instances, or let them go on."""
    given = ask.body
    suspended = process_instances.suspended_asked(given)
    of_one = of_definition(given)
    if not of_one and not _any_given(given, _INSTANCES):
        raise InvalidRequest(
            "Either processInstanceId, processDefinitionId or processDefinitionKey should be set to update the "
            "suspension state."
        )

    def found(tx: Transaction) -> list[str]:
        return [*_instance_ids(tx, given), *(row.id for row in (RUNNING.page(tx, of_one) if of_one else ()))]

    for instance_id in await ask.server.read(found):
        await ask.server.write(partial(_suspend, id=instance_id, suspended=suspended))


def _suspend(tx: Work, id: str, suspended: bool) -> None:
    try:
        process_instances.set_suspension(tx, id, suspended)
    except NotFound:
        # It came to its end before its turn.
        return


@routes.own(
    "PUT",
    "/external-task/retries",
    body=fields(
        "retries externalTaskIds externalTaskQuery processInstanceIds processInstanceQuery historicProcessInstanceQuery"
    ),
    note=_EACH,
)
async def set_retries(ask: Ask) -> None:
    """Give external tasks other attempts: those that are named, and those that are found in any way."""
    retries = ask.body.retries()
    if not _any_given(ask.body, ("externalTaskIds", "externalTaskQuery", *_INSTANCES)):
        raise InvalidRequest("externalTaskIds, or another way of saying which external tasks are meant, is required.")
    for task_id in dict.fromkeys(await ask.server.read(lambda tx: _task_ids(tx, ask.body))):
        await ask.server.write(partial(_set_retries, task_id=task_id, retries=retries))


def _task_ids(tx: Transaction, given: Given) -> list[str]:
    ids = list(given.names("externalTaskIds") or ())
    known = {row.id for row in EXTERNAL_TASKS.page(tx, [Criterion("id", "in", ids)])} if ids else set()
    for unknown in [id for id in ids if id not in known]:
        raise external_tasks.missing(unknown)
    if given.has("externalTaskQuery"):
        where = external_tasks.LISTING.where(given.object("externalTaskQuery"))
        ids += [row.id for row in EXTERNAL_TASKS.page(tx, where)]
    for instance_id in _instance_ids(tx, given):
        ids += [row.id for row in EXTERNAL_TASKS.page(tx, [Criterion("instance", "eq", instance_id)])]
    return ids


def _set_retries(tx: Work, task_id: str, retries: int) -> None:
    try:
        external_task_commands.set_retries(tx, task_id, retries=retries)
    except NotFound:
        return
