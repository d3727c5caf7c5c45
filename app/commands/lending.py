"""Lending external tasks to workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy import bindparam as p

from app.db import Row, Statement
from app.engine.texts import KEY_LENGTH
from app.engine.variables import Declared, holds, in_sight, sight
from app.engine.work import Work
from app.errors import InvalidRequest
from app.models import external_task as task
from app.models import process_definition
from bpmn.values import Value, from_json


@dataclass(frozen=True, slots=True)
class Topic:
    """What a worker asks for: `lock_millis` from now on; `variables` names those it wants (None: all that it sees).

    The rest narrows it down: `equal` are values that variables of the process must have; `local_only` leaves out the
    variables of outer scopes.
    """

    name: str
    lock_millis: int
    variables: tuple[str, ...] | None = None
    business_key: str | None = None
    definition_ids: tuple[str, ...] = ()
    definition_keys: tuple[str, ...] = ()
    version_tag: str | None = None
    equal: Mapping[str, Value] = field(default_factory=dict)
    local_only: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A task as its worker gets it, by which of the worker's wishes, counted from 0; times in milliseconds."""

    wish: int
    variables: dict[str, Value]
    declared: dict[str, Declared]
    id: str
    process_instance_id: str
    definition_id: str
    definition_key: str
    business_key: str | None
    element_id: str
    topic: str
    priority: int
    retries: int | None
    lock_until: int
    created_at: int
    error_message: str | None
    error_details: str | None


_MOST_CONDITIONS = 100
_available = select(task.c.id).where(task.c.topic == p("topic_name"), task.c.available_at <= p("now")).limit(p("limit"))
_important_first = (task.c.priority.desc(), task.c.available_at, task.c.id)
_lent: dict[str, Any] = {"worker_id": p("worker"), "lock_until": p("until"), "available_at": p("until")}
_FETCHED = (
    task.c.id,
    task.c.instance_id,
    task.c.definition_id,
    task.c.definition_key,
    task.c.business_key,
    task.c.element_id,
    task.c.topic,
    task.c.priority,
    task.c.retries,
    task.c.lock_until,
    task.c.created_at,
    task.c.error_message,
    task.c.error_details,
    task.c.scopes,
)


def _lending(wanted: Select[Any]) -> Statement:
    # A common table expression: PostgreSQL may run a plain subquery once for every row, and lock others each time.
    chosen = wanted.with_for_update(skip_locked=True).cte("chosen")
    return Statement(
        update(task).where(task.c.id.in_(select(chosen.c.id))).values(_lent).returning(*_FETCHED),
        sqlite=update(task).where(task.c.id.in_(wanted)).values(_lent).returning(*_FETCHED),
    )


_FETCH = _lending(_available.order_by(*_important_first))


def fetch_and_lock(
    tx: Work, *, worker_id: str, topics: Sequence[Topic], max_tasks: int, oldest_first: bool | None = None
) -> list[Fetched]:
    """Lend up to `max_tasks` tasks to a worker, topic by topic, the most important and the longest waiting first.

    A topic may be asked for more than once, each time on conditions of its own: the first that a task fits counts.

    With `oldest_first`, the oldest (or where it is false, the newest) come first, whatever their priority.
    """
    check_worker(worker_id)
    for topic in topics:
        _check(topic)
    fetched: list[Fetched] = []
    for wish, topic in enumerate(topics):
        if len(fetched) < max_tasks:
            fetched += _fetch(tx, worker_id, wish, topic, max_tasks - len(fetched), oldest_first)
    return fetched


def _check(topic: Topic) -> None:
    conditions = (topic.definition_ids, topic.definition_keys, topic.equal)
    if sum(map(len, conditions)) > _MOST_CONDITIONS:
        raise InvalidRequest(
            f"Tasks of topic {topic.name[:80]!r} are fetched by {_MOST_CONDITIONS} definitions and variables at most."
        )


def _fetch(tx: Work, worker_id: str, wish: int, topic: Topic, limit: int, oldest_first: bool | None) -> list[Fetched]:
    asked = {
        "topic_name": topic.name,
        "now": tx.millis,
        "limit": limit,
        "worker": worker_id,
        "until": tx.millis + topic.lock_millis,
    }
    rows = tx.fetch(_statement(topic, oldest_first), asked)
    if not rows:
        return []
    by_age = {None: lambda row: (-row[7], row[0]), True: lambda row: (row[10], row[0]), False: lambda row: -row[10]}
    rows.sort(key=by_age[oldest_first])
    values = tx.fetch_each(*(sight(row[1], [int(scope) for scope in row[-1].split(",")]) for row in rows))
    return [_fetched(wish, topic, found, row) for found, row in zip(values, rows, strict=True)]


def _statement(topic: Topic, oldest_first: bool | None) -> Statement:
    conditions = list(_conditions(topic))
    if not conditions and oldest_first is None:
        return _FETCH
    age = task.c.created_at.asc() if oldest_first else task.c.created_at.desc()
    order = _important_first if oldest_first is None else (age, task.c.id)
    return _lending(_available.where(*conditions).order_by(*order))


def _conditions(topic: Topic) -> Iterator[ColumnElement[bool]]:
    if topic.business_key is not None:
        yield task.c.business_key == topic.business_key
    if topic.definition_ids:
        yield or_(*(task.c.definition_id == wanted for wanted in topic.definition_ids))
    if topic.definition_keys:
        yield or_(*(task.c.definition_key == wanted for wanted in topic.definition_keys))
    if topic.version_tag is not None:
        tagged = select(process_definition.c.id).where(process_definition.c.version_tag == topic.version_tag)
        yield task.c.definition_id.in_(tagged)
    for name, value in topic.equal.items():
        yield holds(task.c.instance_id, name, value)


def _fetched(wish: int, topic: Topic, values: Sequence[Row], row: Row) -> Fetched:
    *columns, scopes = row
    seen = in_sight(values, map(int, scopes.split(",")[: 1 if topic.local_only else None]), topic.variables)
    declared = {name: Declared(None, kind, info) for name, (_, _, _, kind, info) in seen.items() if kind is not None}
    return Fetched(wish, {name: from_json(found[2]) for name, found in seen.items()}, declared, *columns)


def check_worker(worker_id: str) -> None:
    """Raise `InvalidRequest` unless a worker may be named so."""
    if not worker_id or len(worker_id) > KEY_LENGTH or "\0" in worker_id:
        raise InvalidRequest(f"A worker id takes 1 to {KEY_LENGTH} characters without NUL.", code="worker-invalid")
