"""One run of a definition, with its state. The row is the lock: a command holds it before it reads anything else."""

from __future__ import annotations

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from app.models.base import KEYED, blob, ident, key, metadata, millis, number, text

process_instance = Table(
    "process_instance",
    metadata,
    key("id"),
    ident("definition_id"),
    ident("definition_key"),
    text("business_key", nullable=True),
    # "active", "suspended", or how it ended: "completed", "terminated", "canceled", "error".
    ident("status"),
    # The activity instance of the caller that waits for this instance, and the topmost caller (itself where none).
    ident("caller_id", nullable=True),
    ident("root_id"),
    number("depth"),
    # Grows with every command; the sequence number of the history row that the command wrote.
    number("revision"),
    # Missing when the instance is over.
    blob("state", nullable=True),
    # Whether rows of these kinds were ever written, so that ending a task need not look for them.
    number("has_candidates", default="0"),
    number("has_incidents", default="0"),
    millis("started_at"),
    millis("ended_at", nullable=True),
    # How it ended, as JSON text: end events reached, error code and message, reason of the cancellation.
    text("ending", nullable=True),
    Index(None, "definition_id", "id"),
    Index(
        None,
        "business_key",
        postgresql_where=sql("business_key IS NOT NULL"),
        sqlite_where=sql("business_key IS NOT NULL"),
    ),
    Index(None, "caller_id", postgresql_where=sql("caller_id IS NOT NULL"), sqlite_where=sql("caller_id IS NOT NULL")),
    Index(None, "root_id", postgresql_where=sql("caller_id IS NOT NULL"), sqlite_where=sql("caller_id IS NOT NULL")),
    **KEYED,
)
