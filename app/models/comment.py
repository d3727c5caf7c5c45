"""What people write and attach to their tasks, kept as long as the instance is known."""

from __future__ import annotations

from sqlalchemy import Index, Table

from app.models.base import blob, ident, key, metadata, millis, text

comment = Table(
    "comment",
    metadata,
    key("id"),
    ident("instance_id"),
    ident("task_id", nullable=True),
    text("author", nullable=True),
    text("message"),
    millis("created_at"),
    Index(None, "instance_id"),
)

attachment = Table(
    "attachment",
    metadata,
    key("id"),
    ident("instance_id"),
    ident("task_id", nullable=True),
    text("author", nullable=True),
    text("name", nullable=True),
    text("description", nullable=True),
    # What the client says it is, such as a media type.
    text("kind", nullable=True),
    # Where it is, unless its content is here.
    text("url", nullable=True),
    blob("content", nullable=True),
    millis("created_at"),
    Index(None, "instance_id"),
)
