"""Contents of variables that are files; the variable itself refers to them."""

from __future__ import annotations

from sqlalchemy import Index, Table

from app.models.base import blob, ident, key, metadata, millis

file = Table(
    "file",
    metadata,
    key("id"),
    ident("instance_id"),
    blob("content"),
    millis("created_at"),
    Index(None, "instance_id"),
)
