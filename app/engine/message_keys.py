"""Correlation keys that messages carry in their payload: how definitions read them, and what they read (BPMN 8.4.2)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam as p
from sqlalchemy import insert, literal_column, select, update

from app.db import Statement
from app.engine.texts import clean_key
from app.engine.work import Work
from app.models import message, message_key
from bpmn.conversations import keys_read
from bpmn.model import ProcessModel
from bpmn.values import Value, from_json

_ADD = Statement(insert(message_key).values({name: p(name) for name in ("definition_id", "name", "reading")}))
_READINGS = Statement(select(message_key.c.reading).distinct().where(message_key.c.name == p("name")))
_KEPT = Statement(
    select(message.c.id, message.c.correlation_key, message.c.variables, message.c.expires_at)
    .where(message.c.name == p("name"), message.c.taken == literal_column("0"), message.c.expires_at > p("now"))
    .order_by(message.c.id)
)
_TAKE = Statement(
    update(message)
    .where(message.c.id == p("message"), message.c.taken == literal_column("0"))
    .values(taken=literal_column("1"))
)


def note(tx: Work, definition_id: str, model: ProcessModel) -> None:
    """Remember how a new definition reads the keys of messages."""
    for name, reading in model.conversations.readings().items():
        tx.later(_ADD, {"definition_id": definition_id, "name": clean_key(name), "reading": reading})


def carried(tx: Work, name: str, variables: Mapping[str, Value]) -> list[str] | None:
    """The keys that a message carries, as any definition reads them; None where no definition knows a key for it."""
    readings = [reading for (reading,) in tx.fetch(_READINGS, {"name": name})]
    if not readings:
        return None
    return list(dict.fromkeys(clean_key(key) for reading in readings for key in keys_read(reading, variables)))


def take_kept(tx: Work, name: str, key: str, model: ProcessModel) -> tuple[str | None, Mapping[str, Value], int] | None:
    """Take the first published message of a name that carries a key: its own key, its variables, when it expires.

    The name must be shared.
    """
    for number, own_key, written, expires_at in tx.fetch(_KEPT, {"name": name, "now": tx.millis}):
        variables = from_json(written)
        if key in model.message_keys(name, variables) and tx.execute(_TAKE, {"message": number}):
            return own_key, variables, expires_at
    return None
