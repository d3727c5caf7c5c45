"""Messages: correlated to one receiver now, or published and kept for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, literal, literal_column, select
from sqlalchemy import bindparam as p

from app.db import Conflict, Row, Statement
from app.engine import advance, correlation, definitions, instances, message_keys
from app.engine.correlation import Message
from app.engine.publishing import Fate
from app.engine.publishing import publish as engine_publish
from app.engine.search import search_text
from app.engine.texts import clean_key
from app.engine.variables import checked
from app.engine.work import Work
from app.errors import InvalidRequest, InvalidState, NotFound
from app.ids import activity_id
from app.models import subscription, variable
from bpmn.errors import NotWaiting
from bpmn.values import Value, to_json


@dataclass(frozen=True, slots=True)
class Correlated:
    """Who got the message: an instance that waited for it (at this activity instance), or one that it started."""

    process_instance_id: str
    started: bool
    status: str
    activity_id: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What became of the message at once: "delivered", "started", "buffered" or "dropped" (no time to live)."""

    fate: Fate


_MOST_KEYS = 100
_STILL_OPEN = Statement(
    select(subscription.c.taken).where(
        subscription.c.instance_id == p("instance"),
        subscription.c.activity == p("number"),
        subscription.c.event == p("element"),
        subscription.c.taken == literal_column("0"),
    )
)


def correlate(
    tx: Work,
    *,
    name: str,
    business_key: str | None = None,
    correlation_key: str | None = None,
    correlation_keys: Mapping[str, Value] | None = None,
    local_keys: Mapping[str, Value] | None = None,
    process_instance_id: str | None = None,
    variables: Mapping[str, Value] | None = None,
) -> Correlated:
    """Bring a message to the one receiver that fits, or start the one process that it starts.

    `correlation_key` is compared with the key in the diagram, `correlation_keys` with variables of the process,
    `local_keys` with those of the activity that waits.
    Raises `NotFound` where nobody waits, `InvalidState` where several do or where the receiver is suspended.
    """
    given = checked(variables)
    _check_name(name)
    fits = _filters(name, business_key, correlation_key, correlation_keys, local_keys, process_instance_id)
    addressed = business_key is not None or correlation_key is not None or process_instance_id is not None
    found = _waiting(tx, fits) if addressed or correlation_keys or local_keys else _fitting(tx, fits, name, given)
    if len(found) > 1:
        raise InvalidState(
            f"Several receivers wait for the message {name!r}; say more of the one that is meant.",
            code="message-ambiguous",
        )
    if found:
        return _receive(tx, found[0], name, given)
    if process_instance_id is None and correlation_key is None:
        return _start(tx, name, business_key, given)
    raise _no_receiver(name)


def _waiting(tx: Work, fits: list[ColumnElement[bool]]) -> list[Row]:
    """Up to two who wait so."""
    return tx.select(
        select(subscription.c.instance_id, subscription.c.activity, subscription.c.event).where(*fits).limit(2)
    )


def _fitting(tx: Work, fits: list[ColumnElement[bool]], name: str, given: Mapping[str, Value]) -> list[Row]:
    """Those whose key the message carries, else those that need none of it, else those that take any key."""
    carried = message_keys.carried(tx, clean_key(name), given)
    if carried is None:
        return _waiting(tx, fits)
    exact = [subscription.c.keyed == 1, subscription.c.correlation_key.in_(carried)]
    any_key = [subscription.c.keyed == 1, subscription.c.correlation_key.is_(None)]
    return (
        _waiting(tx, [*fits, *exact])
        or _waiting(tx, [*fits, subscription.c.keyed == 0])
        or (_waiting(tx, [*fits, *any_key]) if carried else [])
    )


def _filters(
    name: str,
    business_key: str | None,
    correlation_key: str | None,
    correlation_keys: Mapping[str, Value] | None,
    local_keys: Mapping[str, Value] | None,
    instance_id: str | None,
) -> list[ColumnElement[bool]]:
    fits: list[ColumnElement[bool]] = [
        subscription.c.kind == "message",
        subscription.c.name == clean_key(name),
        subscription.c.taken == 0,
    ]
    if business_key is not None:
        fits.append(subscription.c.business_key == clean_key(business_key))
    if correlation_key is not None:
        fits.append(subscription.c.correlation_key == clean_key(correlation_key))
    if instance_id is not None:
        fits.append(subscription.c.instance_id == instance_id)
    if len(correlation_keys or ()) + len(local_keys or ()) > _MOST_KEYS:
        raise InvalidRequest(f"A message is correlated by {_MOST_KEYS} variables at most.")
    fits += [_variable_equals(key, value) for key, value in checked(correlation_keys).items()]
    fits += [_local_equals(key, value) for key, value in checked(local_keys).items()]
    return fits


def _variable_equals(name: str, value: Value) -> ColumnElement[bool]:
    search = search_text(value)
    if search is None:
        raise InvalidRequest(f"Correlation key {name!r} must be text, a number, a boolean or null.")
    same = [variable.c.instance_id == subscription.c.instance_id, variable.c.name == name, variable.c.search == search]
    if isinstance(value, str):
        same.append(variable.c.value == to_json(value).decode())
    return exists(select(literal(1)).where(*same))


def _local_equals(name: str, value: Value) -> ColumnElement[bool]:
    """Variables of inner scopes have no text to search by: they are compared as they are written."""
    here = [variable.c.instance_id == subscription.c.instance_id, variable.c.scope == subscription.c.activity]
    same = [variable.c.name == name, variable.c.value == to_json(value).decode()]
    return exists(select(literal(1)).where(*here, *same))


def _receive(tx: Work, receiver: Row, name: str, given: Mapping[str, Value]) -> Correlated:
    instance_id, activity, event = receiver
    asked = {"instance": instance_id, "number": activity, "element": event}
    row, (still_open,) = instances.lock(tx, instance_id, (_STILL_OPEN, asked))
    if not still_open:
        # Somebody else was faster between the search and the lock: search again.
        raise Conflict(f"the receiver of {name!r} went on")
    instances.require_active(row)
    held = instances.restore(tx, row)
    try:
        held.execution.trigger(activity, event, given)
    except NotWaiting as problem:
        raise InvalidState(f"The receiver cannot take the message: {problem}.", code="receiver-blocked") from None
    advance.settle(tx, held, "correlate-message", {"message": name})
    return Correlated(instance_id, False, row.status, activity_id(instance_id, activity))


def _start(tx: Work, name: str, business_key: str | None, given: Mapping[str, Value]) -> Correlated:
    started = correlation.started_by(tx, clean_key(name))
    if not started:
        raise _no_receiver(name)
    if len(started) > 1:
        raise InvalidState(
            f"Nobody waits for the message {name!r}, and it starts several processes; start one of them.",
            code="message-ambiguous",
        )
    return start(tx, *started[0], name=name, business_key=business_key, variables=given)


def start(
    tx: Work,
    definition_id: str,
    element: str,
    *,
    name: str,
    business_key: str | None = None,
    variables: Mapping[str, Value] | None = None,
) -> Correlated:
    """Start a process at the start event that waits for the message. Raises `InvalidState` where it is suspended."""
    given = checked(variables)
    definition = definitions.by_id(tx, definition_id)
    if definition is None or definition.suspended:
        raise InvalidState(
            f"The process that the message {name!r} starts is suspended; resume it first.",
            code="process-definition-suspended",
        )
    held = advance.begin(tx, definition, variables=given, business_key=business_key, start_event=element)
    advance.settle(tx, held, "correlate-message", {"message": name})
    return Correlated(held.row.id, True, held.row.status)


def _no_receiver(name: str) -> NotFound:
    return NotFound(
        f"Nobody waits for the message {name!r} with these keys, and it starts no process.", code="no-receiver"
    )


def publish(
    tx: Work,
    *,
    name: str,
    correlation_key: str | None = None,
    ttl_millis: int = 0,
    message_id: str | None = None,
    variables: Mapping[str, Value] | None = None,
) -> Published:
    """Send a message on its way, and keep it for `ttl_millis` where nobody waits for it yet.

    A receiver's correlation key must equal `correlation_key`; where the diagram gives none, its business key counts.
    Raises `AlreadyExists` where a message of this name and `message_id` has not expired, `InvalidState`.
    """
    _check_name(name)
    for text in (correlation_key, message_id):
        if text is not None and "\0" in text:
            raise InvalidRequest("Keys of messages are texts without NUL.")
    given = checked(variables)
    message = Message(clean_key(name), clean_key(correlation_key), given, tx.millis + ttl_millis)
    return Published(engine_publish(tx, message, clean_key(message_id)))


def _check_name(name: str) -> None:
    if not name or "\0" in name:
        raise InvalidRequest("A message has a name of at least one character, without NUL.", code="name-invalid")
