"""Who waits for messages and signals, and what was published and not yet received."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table
from sqlalchemy import text as sql

from app.models.base import KEYED, ident, key, metadata, millis, number, serial, text

_NAMED = sql("message_id IS NOT NULL")

subscription = Table(
    "subscription",
    metadata,
    key("instance_id"),
    # The activity instance, and the event at it that waits.
    Column("activity", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    key("event"),
    # "message" or "signal"
    ident("kind"),
    ident("name"),
    ident("correlation_key", nullable=True),
    # 1 where the key is one that messages carry in their payload, see message_key.
    number("keyed", default="0"),
    # Of the instance: what a message finds its receiver by where the diagram gives no correlation key.
    ident("business_key", nullable=True),
    # 1 where a message is on its way to it, so that no second one is sent after it.
    number("taken", default="0"),
    millis("created_at"),
    Index(None, "kind", "name", "correlation_key"),
    **KEYED,
)

message = Table(
    "message",
    metadata,
    serial(),
    ident("name"),
    ident("correlation_key", nullable=True),
    # The sender's own name for it: unique among messages of this name while it lives.
    ident("message_id", nullable=True),
    text("variables"),
    # 1 where it was received and is kept for its message id only.
    number("taken", default="0"),
    millis("expires_at"),
    millis("created_at"),
    Index(None, "name", "id"),
    Index(None, "expires_at"),
    Index(None, "name", "message_id", unique=True, postgresql_where=_NAMED, sqlite_where=_NAMED),
)
