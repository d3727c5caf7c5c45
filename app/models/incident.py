"""Where part of an instance cannot go on without help."""

from __future__ import annotations

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from app.models.base import ident, metadata, millis, number, serial, text

_OPEN = sql("resolved_at IS NULL")

incident = Table(
    "incident",
    metadata,
    serial(),
    # Missing for the failing timer start of a definition.
    ident("instance_id", nullable=True),
    ident("definition_id", nullable=True),
    number("activity", nullable=True),
    number("job_id", nullable=True),
    text("element_id", nullable=True),
    ident("kind"),
    text("message"),
    # What an operator wrote beside it.
    text("annotation", nullable=True),
    millis("created_at"),
    millis("resolved_at", nullable=True),
    Index(None, "instance_id"),
    Index("ix_incident_open", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
)
