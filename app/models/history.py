"""What happened: one append-only row per command."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from app.models.base import KEYED, blob, ident, key, metadata, millis, text

history = Table(
    "history",
    metadata,
    key("instance_id"),
    # The revision that the command gave the instance.
    Column("seq", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    millis("at"),
    text("actor", nullable=True),
    ident("command"),
    # Packed user operation and facts (app/engine/chronicle.py).
    blob("body"),
    # For questions across instances: who did what, and what happened last.
    Index(None, "at"),
    **KEYED,
)
