"""Due work for a worker."""

from __future__ import annotations

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from app.models.base import KEYED, ident, key, metadata, millis, number, serial, text

_READY = sql("ready_at IS NOT NULL")
_OF_INSTANCE = sql("instance_id IS NOT NULL")
_OF_DEFINITION = sql("definition_key IS NOT NULL")

# Jobs of these elements of a definition are not done until an operator allows it; an empty id stands for all.
job_freeze = Table(
    "job_freeze",
    metadata,
    key("definition_id"),
    key("element_id"),
    # Jobs that were there before it may go on.
    millis("since"),
    **KEYED,
)

job = Table(
    "job",
    metadata,
    serial(),
    # "timer", "timer-start", "continue", "return", "signal", "signal-start", "message",
    # "message-start", "send-message", "escalate", "heard", "cancel-child", "script", "suspension"
    ident("kind"),
    millis("due_at"),
    # From when on it may be claimed: due, end of a lease, or end of a pause; missing where retries are used up or
    # the instance is suspended.
    millis("ready_at", nullable=True),
    # Who works on it, while it does.
    ident("owner", nullable=True),
    number("retries"),
    # Of the next attempt, counting from 1.
    number("attempt", default="1"),
    ident("instance_id", nullable=True),
    number("activity", nullable=True),
    # The event at the activity instance, or the start event of the definition.
    text("event", nullable=True),
    ident("definition_id", nullable=True),
    ident("definition_key", nullable=True),
    # Which repetition of a cycle this is, counting from 1.
    number("repetition", default="1"),
    # JSON text, by kind.
    text("payload", nullable=True),
    text("error", nullable=True),
    number("priority", default="0"),
    # 1 where an operator keeps it from being done.
    number("suspended", default="0"),
    millis("created_at"),
    Index(None, "ready_at", postgresql_where=_READY, sqlite_where=_READY),
    Index(None, "instance_id", postgresql_where=_OF_INSTANCE, sqlite_where=_OF_INSTANCE),
    Index(None, "definition_key", postgresql_where=_OF_DEFINITION, sqlite_where=_OF_DEFINITION),
)
