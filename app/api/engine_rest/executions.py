"""Executions: an instance as a whole, named by its id, and its open activity instances, named by theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.api.engine_rest import variable_routes
from app.api.engine_rest.event_subscriptions import shape as subscription_shape
from app.api.engine_rest.filters import ANY_CASE, NO_TENANT, Filter, definition, listing, text, variables
from app.api.engine_rest.given import Fields, Given, fields
from app.api.engine_rest.incidents import number
from app.api.engine_rest.kinds import place_name
from app.api.engine_rest.pages import Key, part
from app.api.engine_rest.process_instances import RUNNING
from app.api.engine_rest.routing import Ask, Routes
from app.commands import executions as commands
from app.db import Transaction
from app.engine import files
from app.engine.work import Work
from app.errors import InvalidRequest, NotFound
from app.ids import split_place
from app.queries import places
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.event_subscriptions import SUBSCRIPTIONS
from app.queries.catalog.process_instances import Instance, batches

routes = Routes()

_INSTANCES: dict[str, Filter] = {
    "businessKey": text("business-key"),
    "processDefinitionId": definition("definition"),
    "processDefinitionKey": text("definition-key"),
    "processInstanceId": text("id"),
    "active": lambda name, given: [Criterion("status", "eq", "active")] if given.flag(name) else [],
    "suspended": lambda name, given: [Criterion("status", "eq", "suspended")] if given.flag(name) else [],
    "incidentId": lambda name, given: [Criterion("incident", "eq", number(name, given))],
    "incidentType": text("incident-kind"),
    "incidentMessage": text("open-incident-message"),
    "incidentMessageLike": text("open-incident-message", "like"),
    "variables": variables("variable"),
    "processVariables": variables("variable"),
    "tenantIdIn": NO_TENANT["tenantIdIn"],
    **ANY_CASE,
}
_LISTING = listing(_INSTANCES)
_OWN = {"activityId", "signalEventSubscriptionName", "messageEventSubscriptionName"}
_QUERY = Fields(_LISTING.query.served | _OWN, _LISTING.refused)
_BODY = Fields(_LISTING.body.served | _OWN, _LISTING.refused)
_COUNTED = Fields(_LISTING.fields.served | _OWN, _LISTING.refused)
_SORTS: dict[str, Key] = {
    "instanceId": lambda found: found[0].id,
    "definitionKey": lambda found: found[0].definition_key,
    "definitionId": lambda found: found[0].definition_id,
    "tenantId": lambda found: None,
}
Execution = tuple[Instance, str]
MOST_INSTANCES = 20_000
"""Running instances whose states one answer may read."""


def _executions(tx: Transaction, given: Given) -> Iterator[Execution]:
    element = given.text("activityId")
    left = MOST_INSTANCES
    for instances in batches(tx, RUNNING, _LISTING.where(given)):
        left -= len(instances)
        if left < 0:
            raise InvalidRequest(
                f"The executions of more than {MOST_INSTANCES} process instances would have to be read for this "
                "answer; name a process instance or a definition, or ask for a page without an order.",
                code="list-too-long",
            )
        ids = [row.id for row in instances]
        waiting, states = _waiting(tx, given, ids), places.states(tx, ids)
        for row in instances:
            yield from ((row, id) for id in _within(row.id, states.get(row.id, []), element, waiting))


def _within(
    instance_id: str, states: list[bytes], element: str | None, waiting: dict[str, list[str]] | None
) -> Iterator[str]:
    """The executions of an instance that are at an element and wait for an event, where these are asked for."""
    if element is None and (waiting is None or instance_id in waiting):
        yield instance_id
    if not states:
        return
    if element is not None and waiting is None:
        borders = places.borders_in_state(instance_id, states[0])
        yield from (around for waits_at, around in borders if waits_at == element)
    for place in places.open_in_states(instance_id, states):
        events = () if waiting is None else waiting.get(place.id, ())
        if waiting is not None and not events:
            continue
        if element is None or element in (place_name(place.element_id, place.role), *events):
            yield place.id


def _waiting(tx: Transaction, given: Given, instance_ids: list[str]) -> dict[str, list[str]] | None:
    """The activity instances that wait for a message or a signal, with the events at them; None where none is asked."""
    where = []
    for name, kind in (("messageEventSubscriptionName", "message"), ("signalEventSubscriptionName", "signal")):
        if (wanted := given.text(name)) is not None:
            where += [Criterion("kind", "eq", kind), Criterion("name", "eq", wanted)]
    if not where:
        return None
    found: dict[str, list[str]] = {}
    for row in SUBSCRIPTIONS.page(tx, [*where, Criterion("instance", "in", instance_ids)]):
        found.setdefault(row.activity_id, []).append(row.element_id)
    return found


def _shape(found: Execution) -> dict[str, Any]:
    row, execution_id = found
    return {"id": execution_id, "processInstanceId": row.id, "ended": False, "tenantId": None}


def _listed(tx: Transaction, given: Given, paging: Given) -> list[dict[str, Any]]:
    asked = part(given, paging, _SORTS)
    return [_shape(found) for found in asked.of(_executions(tx, given), _SORTS)]


_NOTE = (
    "executions are instances as a whole and their open activity instances; a count, or a list in an order, reads up "
    f"to {MOST_INSTANCES:,} running instances"
)


@routes.read("/execution", query=_QUERY, note=_NOTE)
def list_by_get(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """Executions."""
    return _listed(tx, ask.query, ask.query)


@routes.ask("/execution", query=fields("firstResult maxResults"), body=_BODY, note=_NOTE)
def list_by_post(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """Executions."""
    return _listed(tx, ask.body, ask.query)


@routes.read("/execution/count", query=_COUNTED)
def count_by_get(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": sum(1 for _ in _executions(tx, ask.query))}


@routes.ask("/execution/count", body=_BODY)
def count_by_post(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": sum(1 for _ in _executions(tx, ask.body))}


@routes.read("/execution/{id}")
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One execution."""
    instance_id, number_asked = split_place(id)
    rows = RUNNING.page(tx, [Criterion("id", "eq", instance_id)])
    is_open = rows and (number_asked is None or id in {place.id for place in places.open_in(tx, instance_id)})
    if not is_open:
        raise NotFound(f"Execution with id {id} does not exist")
    return _shape((rows[0], id))


variable_routes.offer(routes, "/execution/{id}/localVariables", what="execution", local=True)


@routes.write("POST", "/execution/{id}/signal", body=fields("variables"), note="a receive task that waits goes on")
def signal(tx: Work, ask: Ask, id: str) -> None:
    """Let a receive task go on."""
    typed = ask.body.variables("variables")
    done = commands.signal(tx, id, variables=typed.declare(tx))
    files.keep(tx, done.process_instance_id, typed.files)


def _place(execution_id: str) -> str:
    """Where something waits; the id of a subscription stands for its execution too."""
    return execution_id.partition(":")[0]


@routes.read("/execution/{id}/messageSubscriptions/{messageName}")
def message_subscription(tx: Transaction, ask: Ask, id: str, messageName: str) -> dict[str, Any]:
    """What waits for a message at an execution."""
    instance_id, number_asked = split_place(_place(id))
    where = [
        Criterion("instance", "eq", instance_id),
        Criterion("kind", "eq", "message"),
        Criterion("name", "eq", messageName),
    ]
    if number_asked is not None:
        where.append(Criterion("activity", "eq", number_asked))
    found = SUBSCRIPTIONS.page(tx, where)
    if not found:
        raise NotFound(f"Message event subscription for execution {id} named {messageName} does not exist")
    return subscription_shape(found[0], ask)


@routes.write("POST", "/execution/{id}/messageSubscriptions/{messageName}/trigger", body=fields("variables"))
def trigger(tx: Work, ask: Ask, id: str, messageName: str) -> None:
    """Bring a message to one execution."""
    typed = ask.body.variables("variables")
    place = _place(id)
    done = commands.deliver(tx, execution_id=place, kind="message", name=messageName, variables=typed.declare(tx))
    files.keep(tx, done.process_instance_id, typed.files)
