"""Open external tasks."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Select, select

from app.models import external_task, process_definition, process_instance
from app.queries.catalog.criteria import Catalog, either, nothing
from app.queries.catalog.variables import having


class ExternalTask(NamedTuple):
    """An open external task; times in milliseconds. `version` is that of its definition."""

    id: str
    instance_id: str
    definition_id: str
    definition_key: str
    version_tag: str | None
    business_key: str | None
    element_id: str
    topic: str
    priority: int
    worker_id: str | None
    lock_until: int | None
    retries: int | None
    error_message: str | None
    error_details: str | None
    created_at: int
    status: str
    version: int


_table = external_task.c
_from: Select[Any] = (
    select(
        _table.id,
        _table.instance_id,
        _table.definition_id,
        _table.definition_key,
        process_definition.c.version_tag,
        _table.business_key,
        _table.element_id,
        _table.topic,
        _table.priority,
        _table.worker_id,
        _table.lock_until,
        _table.retries,
        _table.error_message,
        _table.error_details,
        _table.created_at,
        process_instance.c.status,
        process_definition.c.version,
    )
    .join_from(external_task, process_definition, process_definition.c.id == _table.definition_id)
    .join(process_instance, process_instance.c.id == _table.instance_id)
)


EXTERNAL_TASKS: Catalog[ExternalTask] = Catalog(
    _from,
    lambda row: ExternalTask(*row),
    _table.id,
    {
        "id": _table.id,
        "instance": _table.instance_id,
        "definition": _table.definition_id,
        "definition-key": _table.definition_key,
        "definition-name": process_definition.c.name,
        "element": _table.element_id,
        "topic": _table.topic,
        "worker": _table.worker_id,
        # The value is the present moment in milliseconds: a lock that has expired is none.
        "locked": lambda _, now: _table.lock_until > now,
        "unlocked": lambda _, now: _table.lock_until.is_(None) | (_table.lock_until <= now),
        "lock-until": _table.lock_until,
        "retries-left": either(_table.retries.is_(None) | (_table.retries > 0)),
        "suspended": either(process_instance.c.status == "suspended"),
        "priority": _table.priority,
        "variable": having(_table.instance_id),
        "nothing": nothing,
    },
    {
        "id": _table.id,
        "instance": _table.instance_id,
        "definition": _table.definition_id,
        "definition-key": _table.definition_key,
        "lock-until": _table.lock_until,
        "priority": _table.priority,
        "created": _table.created_at,
    },
)
