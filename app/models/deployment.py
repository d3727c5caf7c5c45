"""One atomic upload, and its files."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, Table

from app.models.base import blob, key, metadata, millis, number, text

deployment = Table(
    "deployment",
    metadata,
    key("id"),
    text("name"),
    text("source", nullable=True),
    text("content_hash"),
    # What the executability report said, as JSON text.
    text("report"),
    millis("created_at"),
    Index(None, "name", "id"),
)

resource = Table(
    "resource",
    metadata,
    key("deployment_id"),
    key("name"),
    number("position"),
    blob("content"),
    ForeignKeyConstraint(["deployment_id"], ["deployment.id"]),
)
