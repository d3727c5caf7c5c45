"""Named JSON values in the scopes of an instance."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table
from sqlalchemy import text as sql

from app.models.base import KEYED, ident, key, metadata, text

_SEARCHABLE = sql("search IS NOT NULL")

variable = Table(
    "variable",
    metadata,
    key("instance_id"),
    Column("scope", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    key("name"),
    # JSON text; numbers with every digit.
    text("value"),
    # Sorts like the value (app/engine/search.py); only in the scope of the process, and not for lists and objects.
    ident("search", nullable=True),
    # What a client declared that the value does not show: a type such as "Date", and JSON text about it.
    text("type", nullable=True),
    text("info", nullable=True),
    Index(None, "name", "search", postgresql_where=_SEARCHABLE, sqlite_where=_SEARCHABLE),
    **KEYED,
)
