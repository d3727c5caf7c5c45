"""Answers kept by idempotency key."""

from __future__ import annotations

from sqlalchemy import Index, Table

from app.models.base import KEYED, blob, key, metadata, millis, number, text

idempotency = Table(
    "idempotency",
    metadata,
    key("caller"),
    key("path"),
    key("key"),
    text("request_hash"),
    number("status"),
    blob("body"),
    millis("expires_at"),
    Index(None, "expires_at"),
    **KEYED,
)
