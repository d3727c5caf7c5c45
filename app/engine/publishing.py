"""A published message goes to whoever has waited longest, else starts a process, else waits itself."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import bindparam as p
from sqlalchemy import insert

from app.db import Duplicate, Statement
from app.engine import correlation, definitions
from app.engine.correlation import Message
from app.engine.work import Work
from app.errors import AlreadyExists, InvalidState
from app.models import message as table
from bpmn.values import to_json

Fate = Literal["delivered", "started", "buffered", "dropped"]

_COLUMNS = ("name", "correlation_key", "message_id", "variables", "taken", "expires_at", "created_at")
_KEEP = Statement(insert(table).values({name: p(name) for name in _COLUMNS}))


def publish(tx: Work, message: Message, message_id: str | None = None) -> Fate:
    """Send a message on its way; the transaction must hold no instance that somebody waits for with this name's lock.

    Raises `AlreadyExists` where a message of this name and `message_id` lives, `InvalidState` where several processes
    would be started.
    """
    tx.lock(correlation.lock_name(message.name))
    fate = _send(tx, message)
    if fate == "buffered" or message_id is not None:
        _keep(tx, message, message_id, taken=fate != "buffered")
    return fate


def _send(tx: Work, message: Message) -> Fate:
    receiver = correlation.find_receiver(tx, message)
    if receiver is not None:
        correlation.send(tx, receiver, message)
        return "delivered"
    started = correlation.started_by(tx, message.name)
    if len(started) > 1:
        raise InvalidState(
            f"Nobody waits for the message {message.name!r}, and it starts several processes; start one of them.",
            code="message-ambiguous",
        )
    if started:
        _start(tx, message, *started[0])
        return "started"
    return "buffered" if message.expires_at > tx.millis else "dropped"


def _start(tx: Work, message: Message, definition_id: str, element: str) -> None:
    definition = definitions.by_id(tx, definition_id)
    tx.add_job_at_once(
        "message-start",
        definition_id=definition_id,
        definition_key=None if definition is None else definition.key,
        event=element,
        payload=to_json({"variables": message.variables, "business_key": message.correlation_key}).decode(),
    )


def _keep(tx: Work, message: Message, message_id: str | None, *, taken: bool) -> None:
    row = {
        "name": message.name,
        "correlation_key": message.correlation_key,
        "message_id": message_id,
        "variables": to_json(message.variables).decode(),
        "taken": int(taken),
        "expires_at": message.expires_at,
        "created_at": tx.millis,
    }
    try:
        tx.execute(_KEEP, row)
    except Duplicate:
        raise AlreadyExists(
            f"A message {message.name!r} with the id {message_id!r} was published before and has not expired.",
            code="message-already-published",
        ) from None
