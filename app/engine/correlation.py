"""Messages and signals find who waits for them.

A message reaches one receiver, a signal all. Between a message that is published and a subscription that opens there
is a race: each could look for the other before the other is committed. So publishers hold the message's name alone, and
openers share it, from before they look until they commit. Publishers take no instance while they hold a name, and
openers take names before they touch any subscription: there is no circle of waiting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, insert, literal_column, null, or_, select, update
from sqlalchemy import bindparam as p

from app.db import Parameters, Statement
from app.engine import message_keys
from app.engine.instances import Locked
from app.engine.texts import clean_key
from app.engine.variables import carried
from app.engine.work import Work
from app.models import job, message, start_subscription, subscription
from bpmn.facts import MessageAwaited, MessageThrown, SignalAwaited
from bpmn.model import ProcessModel
from bpmn.values import Value, from_json, to_json


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who waits: an event at an activity instance."""

    instance_id: str
    activity: int
    event: str


_SUBSCRIPTION = (
    "instance_id",
    "activity",
    "event",
    "kind",
    "name",
    "correlation_key",
    "keyed",
    "business_key",
    "taken",
)
_OPEN = Statement(insert(subscription).values({name: p(name) for name in (*_SUBSCRIPTION, "created_at")}))
_this_one = (
    subscription.c.instance_id == p("instance"),
    subscription.c.activity == p("number"),
    subscription.c.event == p("element"),
)
_CLOSE = Statement(delete(subscription).where(*_this_one))
_RESERVE = Statement(
    update(subscription)
    .where(*_this_one, subscription.c.taken == literal_column("0"))
    .values(taken=literal_column("1"))
)
STILL_OPEN = Statement(select(subscription.c.taken).where(*_this_one))

_buffered = (
    select(message.c.id)
    .where(
        message.c.name == p("name"),
        message.c.taken == literal_column("0"),
        message.c.expires_at > p("now"),
        or_(message.c.correlation_key == p("key"), message.c.correlation_key.is_(None) & (p("keyless") == 1)),
    )
    .order_by(message.c.id)
    .limit(1)
    .with_for_update()
    .scalar_subquery()
)
_TAKE = Statement(
    update(message)
    .where(message.c.id == _buffered)
    .values(taken=literal_column("1"))
    .returning(message.c.variables, message.c.correlation_key, message.c.expires_at)
)
_waiting = (
    subscription.c.kind == "message",
    subscription.c.name == p("name"),
    subscription.c.taken == literal_column("0"),
)
_without_key = subscription.c.correlation_key.is_(None) & or_(
    subscription.c.business_key == p("key"), p("keyless") == 1
)


def _first(*which: ColumnElement[bool]) -> Statement:
    """Whoever of those has waited longest."""
    return Statement(
        select(subscription.c.instance_id, subscription.c.activity, subscription.c.event)
        .where(*_waiting, *which)
        .order_by(subscription.c.created_at, subscription.c.instance_id, subscription.c.activity)
        .limit(1)
    )


_is_keyed = subscription.c.keyed == literal_column("1")
_FIND = _first(~_is_keyed, or_(subscription.c.correlation_key == p("key"), _without_key))
_FIND_KEYED = _first(_is_keyed, subscription.c.correlation_key == p("carried"))
_FIND_OPEN = _first(_is_keyed, _without_key)
_STARTED = Statement(
    select(start_subscription.c.definition_id, start_subscription.c.element_id)
    .where(start_subscription.c.kind == "message", start_subscription.c.name == p("name"))
    .limit(2)
)


_JOB = [
    "kind",
    "due_at",
    "ready_at",
    "retries",
    "instance_id",
    "activity",
    "event",
    "definition_id",
    "payload",
    "created_at",
]
_by_name = (subscription.c.kind == "signal", subscription.c.name == p("name"))
_SIGNAL = Statement(
    insert(job).from_select(
        _JOB,
        select(
            literal_column("'signal'"),
            p("now"),
            p("now"),
            p("retries"),
            subscription.c.instance_id,
            subscription.c.activity,
            subscription.c.event,
            null(),
            p("payload"),
            p("now"),
        ).where(*_by_name, subscription.c.instance_id != p("thrower")),
    )
)
_SIGNAL_STARTS = Statement(
    insert(job).from_select(
        [*_JOB, "definition_key"],
        select(
            literal_column("'signal-start'"),
            p("now"),
            p("now"),
            p("retries"),
            null(),
            null(),
            start_subscription.c.element_id,
            start_subscription.c.definition_id,
            p("payload"),
            p("now"),
            start_subscription.c.definition_key,
        ).where(start_subscription.c.kind == "signal", start_subscription.c.name == p("name")),
    )
)


def close(tx: Work, instance_id: str, activity: int, event: str) -> None:
    """The event does not wait any more."""
    tx.later(_CLOSE, {"instance": instance_id, "number": activity, "element": event})


def open_all(tx: Work, row: Locked, model: ProcessModel, awaited: Sequence[MessageAwaited | SignalAwaited]) -> None:
    """Open subscriptions; one that a published message waits for gets it right after the commit."""
    names = {lock_name(clean_key(fact.name)) for fact in awaited if isinstance(fact, MessageAwaited)}
    if names:
        tx.share(*names)
    for fact in awaited:
        opened = {
            "instance_id": row.id,
            "activity": fact.activity,
            "event": fact.event,
            "kind": "signal",
            "name": clean_key(fact.name),
            "correlation_key": None,
            "keyed": 0,
            "business_key": None,
            "taken": 0,
            "created_at": tx.millis,
        }
        if isinstance(fact, MessageAwaited):
            key = clean_key(fact.correlation_key)
            opened.update(kind="message", correlation_key=key, business_key=clean_key(row.business_key))
            opened["keyed"] = int(fact.keyed)
            opened["taken"] = int(_take_buffered(tx, row, model, fact))
        tx.later(_OPEN, opened)


def lock_name(name: str) -> str:
    """What publishers and openers of a message hold."""
    return "message:" + name


def _take_buffered(tx: Work, row: Locked, model: ProcessModel, fact: MessageAwaited) -> bool:
    if fact.keyed and fact.correlation_key is not None:
        return _take_carrying(tx, row, model, fact)
    name = clean_key(fact.name)
    keyless = fact.correlation_key is None
    key = clean_key(row.business_key if keyless else fact.correlation_key)
    found = tx.fetch_one(_TAKE, {"name": name, "key": key, "keyless": int(keyless), "now": tx.millis})
    if found is None:
        return False
    variables, correlation_key, expires_at = found
    message = Message(name, correlation_key, from_json(variables), expires_at)
    send(tx, Receiver(row.id, fact.activity, fact.event), message)
    return True


def _take_carrying(tx: Work, row: Locked, model: ProcessModel, fact: MessageAwaited) -> bool:
    kept = message_keys.take_kept(tx, clean_key(fact.name), fact.correlation_key or "", model)
    if kept is None:
        return False
    send(tx, Receiver(row.id, fact.activity, fact.event), Message(clean_key(fact.name), *kept))
    return True


@dataclass(frozen=True, slots=True)
class Message:
    """A published message; `expires_at` is in milliseconds."""

    name: str
    correlation_key: str | None
    variables: Mapping[str, Value]
    expires_at: int


def find_receiver(tx: Work, message: Message) -> Receiver | None:
    """Reserve whoever has waited longest for this message. The name must be held.

    Those whose key the message itself carries come first, those that take any message of the name last.
    """
    keyless = int(message.correlation_key is None)
    asked: dict[str, str | int | None] = {"name": message.name, "key": message.correlation_key, "keyless": keyless}
    carried = message_keys.carried(tx, message.name, message.variables)
    searches: list[tuple[Statement, Parameters]] = [
        (_FIND_KEYED, {"name": message.name, "carried": key}) for key in carried or ()
    ]
    searches.append((_FIND, asked))
    if carried is not None:
        searches.append((_FIND_OPEN, {**asked, "keyless": int(keyless and bool(carried))}))
    for statement, parameters in searches:
        if (receiver := _reserve(tx, statement, parameters)) is not None:
            return receiver
    return None


def _reserve(tx: Work, statement: Statement, asked: Parameters) -> Receiver | None:
    while found := tx.fetch_one(statement, asked):
        receiver = Receiver(*found)
        # The instance may have gone on meanwhile, and withdrawn the subscription.
        if tx.execute(_RESERVE, {"instance": found[0], "number": found[1], "element": found[2]}):
            return receiver
    return None


def started_by(tx: Work, name: str) -> list[tuple[str, str]]:
    """Definition and start event of up to two latest versions that a message of this name starts."""
    return [(definition_id, element) for definition_id, element in tx.fetch(_STARTED, {"name": name})]


def send(tx: Work, receiver: Receiver, message: Message) -> None:
    """Leave the message as a job for its receiver, to be done right after the commit."""
    tx.add_job_at_once(
        "message",
        instance_id=receiver.instance_id,
        activity=receiver.activity,
        event=receiver.event,
        payload=_written(message),
    )


def post(tx: Work, row: Locked, fact: MessageThrown) -> None:
    """Leave a message that an instance sends as a job, to be published right after the commit.

    Not in this transaction: it holds the instance, and a publisher must hold none.
    """
    expires_at = tx.millis + int(tx.settings.sent_message_seconds * 1000)
    message = Message(clean_key(fact.name), clean_key(fact.correlation_key), fact.variables, expires_at)
    tx.add_job_at_once(
        "send-message",
        definition_id=row.definition_id,
        definition_key=row.definition_key,
        event=fact.event,
        payload=_written(message),
    )


def _written(message: Message) -> str:
    payload = {
        "variables": message.variables,
        "name": message.name,
        "correlation_key": message.correlation_key,
        "expires_at": message.expires_at,
    }
    return to_json(payload).decode()


def sent(payload: str | None) -> Message:
    """The message of a job that `send` or `post` left."""
    content = from_json(payload or "")
    return Message(content["name"], content["correlation_key"], content["variables"], content["expires_at"])


def throw_signal(tx: Work, name: str, variables: Mapping[str, Value], *, thrower: str = "") -> None:
    """Leave a job for everybody who waits for a signal now, and for every definition that it starts.

    In the instance `thrower` it has been delivered already.
    """
    asked = {
        "name": clean_key(name),
        "now": tx.millis,
        "retries": tx.settings.job_retries,
        "payload": to_json(carried(variables, tx.declared)).decode(),
    }
    tx.execute(_SIGNAL, {**asked, "thrower": thrower})
    tx.execute(_SIGNAL_STARTS, asked)
    tx.notices.add(("jobs", ""))
