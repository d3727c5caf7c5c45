"""Messages brought to whoever waits for them, and signals thrown to all."""

from __future__ import annotations

from functools import partial
from typing import Any

from app.api.engine_rest import instance_shapes
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.routing import Ask, Routes
from app.api.engine_rest.values import Typed
from app.commands import executions
from app.commands import messages as commands
from app.commands.messages import Correlated
from app.db import Transaction
from app.engine import files
from app.engine.work import Work
from app.errors import InvalidRequest, InvalidState, NotFound
from app.queries import process_instances as instance_queries
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.event_subscriptions import SUBSCRIPTIONS, EventSubscription

routes = Routes()

_MESSAGE = fields(
    "messageName businessKey withoutTenantId processInstanceId correlationKeys processVariables "
    "processVariablesLocal processVariablesToTriggeredScope all resultEnabled variablesInResultEnabled "
    "localCorrelationKeys",
    "tenantId",
)


@routes.own(
    "POST",
    "/message",
    body=_MESSAGE,
    note="all: each receiver, and each process that the message starts, in a transaction of its own; "
    "local variables are taken as the others, see the deviations; "
    "localCorrelationKeys compare values as they are written",
)
async def correlate(ask: Ask) -> Any:
    """Bring a message to the one that waits for it, or start the process that it starts; with `all`, to each."""
    given = ask.body
    name = given.text("messageName") or ""
    if not name:
        raise InvalidRequest("No message name supplied")
    _payload(given)
    with_variables = given.flag("variablesInResultEnabled") or False
    if with_variables and not given.flag("resultEnabled"):
        raise InvalidRequest("`variablesInResultEnabled` needs `resultEnabled`.")
    if given.flag("all"):
        found = await _to_all(ask, given, name)
    else:
        found = [await ask.server.write(lambda tx: _correlate(tx, given, name, given.text("processInstanceId")))]
    if not given.flag("resultEnabled"):
        return None
    return await ask.server.read(lambda tx: [_result(tx, one, with_variables) for one in found])


def _correlate(tx: Work, given: Given, name: str, instance_id: str | None) -> Correlated:
    typed = _payload(given)
    try:
        found = commands.correlate(
            tx,
            name=name,
            business_key=given.text("businessKey") or None,
            correlation_keys=given.variables("correlationKeys").values,
            local_keys=given.variables("localCorrelationKeys").values,
            process_instance_id=instance_id,
            variables=typed.declare(tx),
        )
    except (NotFound, InvalidState) as problem:
        if problem.code not in ("no-receiver", "message-ambiguous"):
            raise
        raise type(problem)(
            "org.operaton.bpm.engine.MismatchingMessageCorrelationException: Cannot correlate message "
            f"'{name}': {problem.message}",
            code=problem.code,
        ) from None
    files.keep(tx, found.process_instance_id, typed.files)
    return found


def _payload(given: Given) -> Typed:
    return given.variables("processVariables", "processVariablesLocal", "processVariablesToTriggeredScope")


async def _to_all(ask: Ask, given: Given, name: str) -> list[Correlated]:
    named = [Criterion("kind", "eq", "message"), Criterion("name", "eq", name), Criterion("taken", "eq", 0)]
    where = [*named, Criterion("starts", "eq", False), *_chosen(given)]
    waiting = await ask.server.read(lambda tx: SUBSCRIPTIONS.page(tx, where))
    if not given.has("processInstanceId"):
        # Keys choose among those who wait; a process that the message starts has nothing yet to be compared with.
        waiting += await ask.server.read(lambda tx: SUBSCRIPTIONS.page(tx, [*named, Criterion("starts", "eq", True)]))
    found = []
    for one in waiting:
        bring = partial(_start if one.instance_id is None else _deliver, given=given, waiting=one, name=name)
        try:
            found.append(await ask.server.write(bring))
        except (NotFound, InvalidState):
            # It went on between the search and now, or rests: the message was for those who wait.
            continue
    return found


def _chosen(given: Given) -> list[Criterion]:
    """What narrows down those who wait."""
    where = []
    if (instance_id := given.text("processInstanceId")) is not None:
        where.append(Criterion("instance", "eq", instance_id))
    if (business_key := given.text("businessKey")) is not None:
        where.append(Criterion("business-key", "eq", business_key))
    for field, names in (("variable", "correlationKeys"), ("local-variable", "localCorrelationKeys")):
        where += [Criterion(field, "eq", pair) for pair in given.variables(names).values.items()]
    return where


def _start(tx: Work, given: Given, waiting: EventSubscription, name: str) -> Correlated:
    typed = _payload(given)
    started = commands.start(
        tx,
        waiting.definition_id,
        waiting.element_id,
        name=name,
        business_key=given.text("businessKey") or None,
        variables=typed.declare(tx),
    )
    files.keep(tx, started.process_instance_id, typed.files)
    return started


def _deliver(tx: Work, given: Given, waiting: EventSubscription, name: str) -> Correlated:
    typed = _payload(given)
    done = executions.deliver(
        tx,
        execution_id=waiting.activity_id,
        kind="message",
        name=name,
        event=waiting.element_id,
        variables=typed.declare(tx),
    )
    files.keep(tx, done.process_instance_id, typed.files)
    return Correlated(done.process_instance_id, False, done.status, done.activity_id)


def _result(tx: Transaction, found: Correlated, with_variables: bool) -> dict[str, Any]:
    row = instance_queries.get(tx, found.process_instance_id)
    shape: dict[str, Any] = {
        "resultType": "ProcessDefinition" if found.started else "Execution",
        "processInstance": None,
        "execution": None,
    }
    if found.started:
        shape["processInstance"] = instance_shapes.instance(row)
    else:
        shape["execution"] = {
            "id": found.activity_id,
            "processInstanceId": row.id,
            "ended": False,
            "tenantId": None,
        }
    if with_variables:
        shape["variables"] = instance_shapes.process_variables(tx, row.id)
    return shape
