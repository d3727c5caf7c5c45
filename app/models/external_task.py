"""Open work for programs that fetch it by topic. Finished work leaves the table; the history keeps it."""

from __future__ import annotations

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from app.models.base import KEYED, ident, key, metadata, millis, number, text

_FETCHABLE = sql("available_at IS NOT NULL")

external_task = Table(
    "external_task",
    metadata,
    # {instance id}.{activity number}
    key("id"),
    ident("instance_id"),
    ident("definition_id"),
    ident("definition_key"),
    text("business_key", nullable=True),
    text("element_id"),
    ident("topic"),
    number("priority"),
    text("worker_id", nullable=True),
    millis("lock_until", nullable=True),
    # From when on it may be fetched: the end of a lock or of a pause; missing where retries are used up or the
    # instance is suspended.
    millis("available_at", nullable=True),
    # Missing until a worker reports a failure.
    number("retries", nullable=True),
    text("error_message", nullable=True),
    text("error_details", nullable=True),
    text("scopes"),
    millis("created_at"),
    Index(None, "topic", "available_at", postgresql_where=_FETCHABLE, sqlite_where=_FETCHABLE),
    **KEYED,
)
