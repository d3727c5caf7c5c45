"""Open tasks of people, and who may take them. A closed task leaves these tables; the history keeps it."""

from __future__ import annotations

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from app.models.base import KEYED, ident, key, metadata, millis, number, text

_ASSIGNED = sql("assignee IS NOT NULL")

user_task = Table(
    "user_task",
    metadata,
    # {instance id}.{activity number}
    key("id"),
    ident("instance_id"),
    ident("definition_id"),
    ident("definition_key"),
    text("business_key", nullable=True),
    text("element_id"),
    text("name", nullable=True),
    text("assignee", nullable=True),
    number("priority"),
    millis("due_at", nullable=True),
    millis("follow_up_at", nullable=True),
    text("form_key", nullable=True),
    text("documentation", nullable=True),
    # Scopes whose variables the task sees, innermost first, as numbers with commas.
    text("scopes"),
    number("suspended", default="0"),
    # Who answers for it while its assignee does the work; "pending" or "resolved" where it was delegated.
    text("owner", nullable=True),
    text("delegation", nullable=True),
    # Missing until something about it is changed.
    millis("updated_at", nullable=True),
    # Grows with every change of this row: the version that callers expect.
    number("version"),
    millis("created_at"),
    Index(None, "assignee", postgresql_where=_ASSIGNED, sqlite_where=_ASSIGNED),
    **KEYED,
)

task_candidate = Table(
    "task_candidate",
    metadata,
    key("task_id"),
    # "user" or "group"
    key("kind"),
    key("name"),
    Index(None, "kind", "name"),
    **KEYED,
)
