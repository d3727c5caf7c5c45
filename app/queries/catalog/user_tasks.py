"""Open user tasks."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select

from app.db import Transaction
from app.models import attachment, comment, process_definition, task_candidate, user_task
from app.queries.catalog.criteria import Catalog, Meaning, compared, either, in_parts, listed, nothing
from app.queries.catalog.variables import by_value, having, having_near


class Task(NamedTuple):
    """An open task; times in milliseconds. `scopes`: whose variables it sees, innermost first, with commas.

    `version` is that of its definition.
    """

    id: str
    instance_id: str
    definition_id: str
    definition_key: str
    element_id: str
    name: str | None
    assignee: str | None
    owner: str | None
    delegation: str | None
    priority: int
    due_at: int | None
    follow_up_at: int | None
    form_key: str | None
    documentation: str | None
    suspended: int
    created_at: int
    updated_at: int | None
    scopes: str
    version: int


_table = user_task.c
_candidate = task_candidate.c
_from: Select[Any] = select(
    _table.id,
    _table.instance_id,
    _table.definition_id,
    _table.definition_key,
    _table.element_id,
    _table.name,
    _table.assignee,
    _table.owner,
    _table.delegation,
    _table.priority,
    _table.due_at,
    _table.follow_up_at,
    _table.form_key,
    _table.documentation,
    _table.suspended,
    _table.created_at,
    _table.updated_at,
    _table.scopes,
    process_definition.c.version,
).join_from(user_task, process_definition, process_definition.c.id == _table.definition_id)


def _offered(kind: str) -> Meaning:
    def condition(operator: str, value: Any) -> ColumnElement[bool]:
        named = compared(_candidate.name, operator, [value] if operator == "in" and isinstance(value, str) else value)
        return exists(select(literal(1)).where(_candidate.task_id == _table.id, _candidate.kind == kind, named))

    return condition


def _offered_to(_: str, value: tuple[str | None, tuple[str, ...]]) -> ColumnElement[bool]:
    """To this person, or to one of these groups."""
    user, groups = value
    named = [(_candidate.kind == "group") & _candidate.name.in_(listed(groups))]
    if user is not None:
        named.append((_candidate.kind == "user") & (_candidate.name == user))
    return exists(select(literal(1)).where(_candidate.task_id == _table.id, or_(*named)))


def _involved(_: str, user: str) -> ColumnElement[bool]:
    return (_table.assignee == user) | (_table.owner == user) | _offered("user")("eq", user)


def _has_offers(kind: str) -> ColumnElement[bool]:
    return exists(select(literal(1)).where(_candidate.task_id == _table.id, _candidate.kind == kind))


def _local(operator: str, value: Any) -> ColumnElement[bool]:
    """A variable in the scope of the task itself."""
    return having_near(_table.instance_id, _table.scopes)(operator, value)


TASKS: Catalog[Task] = Catalog(
    _from,
    lambda row: Task(*row),
    _table.id,
    {
        "id": _table.id,
        "instance": _table.instance_id,
        "business-key": _table.business_key,
        "definition": _table.definition_id,
        "definition-key": _table.definition_key,
        "definition-name": process_definition.c.name,
        "element": _table.element_id,
        "name": _table.name,
        "assignee": _table.assignee,
        "owner": _table.owner,
        "assigned": either(_table.assignee.is_not(None)),
        "group": _offered("group"),
        "user": _offered("user"),
        "offered-to": _offered_to,
        "involved": _involved,
        "has-groups": either(_has_offers("group")),
        "has-users": either(_has_offers("user")),
        "documentation": _table.documentation,
        "priority": _table.priority,
        "due": _table.due_at,
        "follow-up": _table.follow_up_at,
        "follow-up-until": lambda _, value: _table.follow_up_at.is_(None) | (_table.follow_up_at < value),
        "created": _table.created_at,
        "updated": func.coalesce(_table.updated_at, _table.created_at),
        "delegation": _table.delegation,
        "suspended": either(_table.suspended == 1),
        "variable": having(_table.instance_id),
        "local-variable": _local,
        "nothing": nothing,
    },
    {
        "id": _table.id,
        "instance": _table.instance_id,
        "due": _table.due_at,
        "follow-up": _table.follow_up_at,
        "assignee": _table.assignee,
        "created": _table.created_at,
        "updated": func.coalesce(_table.updated_at, _table.created_at),
        "documentation": _table.documentation,
        "name": _table.name,
        "name-without-case": func.lower(_table.name),
        "priority": _table.priority,
        "variable": by_value(_table.instance_id),
    },
)


class Offer(NamedTuple):
    """Somebody who may take a task; `kind` is "user" or "group"."""

    task_id: str
    kind: str
    name: str


OFFERS: Catalog[Offer] = Catalog(
    select(_candidate.task_id, _candidate.kind, _candidate.name),
    lambda row: Offer(*row),
    _candidate.name,
    {"task": _candidate.task_id, "kind": _candidate.kind},
    {"kind": _candidate.kind},
)


class Comment(NamedTuple):
    """What somebody wrote about a task or an instance."""

    id: str
    instance_id: str
    task_id: str | None
    author: str | None
    message: str
    created_at: int


COMMENTS: Catalog[Comment] = Catalog(
    select(
        comment.c.id,
        comment.c.instance_id,
        comment.c.task_id,
        comment.c.author,
        comment.c.message,
        comment.c.created_at,
    ),
    lambda row: Comment(*row),
    comment.c.id,
    {"id": comment.c.id, "task": comment.c.task_id, "instance": comment.c.instance_id},
    {"id": comment.c.id},
)


class Attachment(NamedTuple):
    """What somebody attached to a task; its content is read by itself."""

    id: str
    instance_id: str
    task_id: str | None
    name: str | None
    description: str | None
    kind: str | None
    url: str | None
    created_at: int


ATTACHMENTS: Catalog[Attachment] = Catalog(
    select(
        attachment.c.id,
        attachment.c.instance_id,
        attachment.c.task_id,
        attachment.c.name,
        attachment.c.description,
        attachment.c.kind,
        attachment.c.url,
        attachment.c.created_at,
    ),
    lambda row: Attachment(*row),
    attachment.c.id,
    {"id": attachment.c.id, "task": attachment.c.task_id},
    {"id": attachment.c.id},
)


def about(tx: Transaction, ids: list[str]) -> tuple[set[str], set[str]]:
    """Which of these tasks have comments, and which have attachments."""
    commented: set[str] = set()
    attached: set[str] = set()
    for some in in_parts(ids):
        found = tx.select(select(comment.c.task_id).where(comment.c.task_id.in_(some)).distinct())
        commented.update(name for (name,) in found)
        found = tx.select(select(attachment.c.task_id).where(attachment.c.task_id.in_(some)).distinct())
        attached.update(name for (name,) in found)
    return commented, attached


def content(tx: Transaction, attachment_id: str) -> bytes | None:
    """What is attached; None where it is somewhere else."""
    rows = tx.select(select(attachment.c.content).where(attachment.c.id == attachment_id))
    return None if not rows or rows[0][0] is None else bytes(rows[0][0])


def by_group(tx: Transaction) -> list[tuple[str | None, int]]:
    """How many open tasks that nobody has taken are offered to each group; None for those offered to none."""
    groups = (
        select(_candidate.name, func.count(_table.id))
        .select_from(user_task)
        .join(task_candidate, (_candidate.task_id == _table.id) & (_candidate.kind == "group"), isouter=True)
        .where(_table.assignee.is_(None))
        .group_by(_candidate.name)
        .order_by(_candidate.name)
    )
    return [(name, number) for name, number in tx.select(groups)]
