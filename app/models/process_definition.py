"""Executable processes by key and version, and what starts their latest versions."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, Table

from app.models.base import KEYED, ident, key, metadata, millis, number, text

process_definition = Table(
    "process_definition",
    metadata,
    key("id"),
    ident("deployment_id"),
    ident("key"),
    number("version"),
    text("version_tag", nullable=True),
    text("name", nullable=True),
    text("resource_name"),
    # What the diagram says besides: its namespace, its documentation, how long its history is wanted, and whether
    # people may start the process from a list of tasks.
    text("category", nullable=True),
    text("description", nullable=True),
    text("history_time_to_live", nullable=True),
    number("startable", default="1"),
    number("suspended", default="0"),
    millis("created_at"),
    Index(None, "key", "version", unique=True),
    Index(None, "deployment_id"),
    ForeignKeyConstraint(["deployment_id"], ["deployment.id"]),
)

# Message, signal and conditional starts of the latest versions; conditions have no name. Timer starts are jobs.
start_subscription = Table(
    "start_subscription",
    metadata,
    key("definition_id"),
    key("element_id"),
    ident("definition_key"),
    ident("kind"),
    ident("name"),
    Index(None, "kind", "name"),
    Index(None, "definition_key"),
    ForeignKeyConstraint(["definition_id"], ["process_definition.id"]),
    **KEYED,
)

# How the messages of a name carry the correlation keys of a definition's processes (BPMN 8.4.2).
message_key = Table(
    "message_key",
    metadata,
    key("definition_id"),
    key("name"),
    text("reading"),
    Index(None, "name"),
    ForeignKeyConstraint(["definition_id"], ["process_definition.id"]),
    **KEYED,
)
