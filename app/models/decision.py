"""Decisions by key and version, the files that hold them, and what was decided."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, Table
from sqlalchemy import text as sql

from app.models.base import KEYED, blob, ident, key, metadata, millis, number, text

_ALONE = sql("instance_id IS NULL")

# One DMN file in one version: its decisions, and what they require.
decision_requirements = Table(
    "decision_requirements",
    metadata,
    key("id"),
    ident("deployment_id"),
    ident("key"),
    number("version"),
    text("name"),
    text("resource_name"),
    millis("created_at"),
    Index(None, "key", "version", unique=True),
    Index(None, "deployment_id"),
    ForeignKeyConstraint(["deployment_id"], ["deployment.id"]),
)

decision_definition = Table(
    "decision_definition",
    metadata,
    key("id"),
    ident("deployment_id"),
    ident("requirements_id"),
    ident("key"),
    number("version"),
    text("version_tag", nullable=True),
    # How long evaluations that no process asked for are kept; where it says nothing, the server's settings do.
    number("history_days", nullable=True),
    text("name"),
    text("resource_name"),
    millis("created_at"),
    Index(None, "key", "version", unique=True),
    Index(None, "deployment_id"),
    ForeignKeyConstraint(["deployment_id"], ["deployment.id"]),
    ForeignKeyConstraint(["requirements_id"], ["decision_requirements.id"]),
)

# One row for each decision that was evaluated, by a business rule task or asked for by itself.
decision_evaluation = Table(
    "decision_evaluation",
    metadata,
    key("id"),
    # The one that was asked for, where this one was evaluated for it.
    ident("root_id", nullable=True),
    ident("definition_id"),
    ident("definition_key"),
    text("name"),
    ident("requirements_id"),
    ident("requirements_key"),
    millis("at"),
    text("actor", nullable=True),
    # The process instance that asked, its activity and element.
    ident("instance_id", nullable=True),
    number("activity", nullable=True),
    text("element_id", nullable=True),
    # When it is forgotten; one that a process instance asked for is so with it.
    millis("remove_at", nullable=True),
    # Packed record (app/engine/evaluations.py).
    blob("body"),
    Index(None, "instance_id"),
    Index(None, "definition_key", "id"),
    # Those that nothing else deletes.
    Index("ix_decision_evaluation_alone", "remove_at", postgresql_where=_ALONE, sqlite_where=_ALONE),
    **KEYED,
)
