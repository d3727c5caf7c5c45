"""Process definitions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import func, select

from app.db import Row, Statement, Transaction
from app.errors import NotFound
from app.models import deployment, process_definition, resource
from app.queries.page import Order, Page, Paging, page


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    """A process definition."""

    suspended: bool
    id: str
    key: str
    version: int
    version_tag: str | None
    name: str | None
    resource_name: str
    deployment_id: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which definitions are wanted; what is None does not matter."""

    key: str | None = None
    version: int | None = None
    version_tag: str | None = None
    deployment_id: str | None = None
    suspended: bool | None = None
    latest: bool = False


_COLUMNS = (
    process_definition.c.id,
    process_definition.c.key,
    process_definition.c.version,
    process_definition.c.version_tag,
    process_definition.c.name,
    process_definition.c.resource_name,
    process_definition.c.deployment_id,
    process_definition.c.created_at,
    process_definition.c.suspended,
)
_ONE = Statement(select(*_COLUMNS).where(process_definition.c.id == p("id")))
_LATEST = Statement(
    select(*_COLUMNS).where(process_definition.c.key == p("key")).order_by(process_definition.c.version.desc()).limit(1)
)
_XML = Statement(
    select(resource.c.content)
    .join_from(
        process_definition,
        resource,
        (resource.c.deployment_id == process_definition.c.deployment_id)
        & (resource.c.name == process_definition.c.resource_name),
    )
    .where(process_definition.c.id == p("id"))
)
_REPORT = Statement(
    select(deployment.c.report, process_definition.c.resource_name)
    .join_from(process_definition, deployment, deployment.c.id == process_definition.c.deployment_id)
    .where(process_definition.c.id == p("id"))
)


def list_definitions(tx: Transaction, paging: Paging, filters: Filters = Filters()) -> Page[DefinitionRow]:
    """Process definitions by key, the newest version of each first."""
    chosen = select(*_COLUMNS)
    table = process_definition.c
    for column, value in (
        (table.key, filters.key),
        (table.version, filters.version),
        (table.version_tag, filters.version_tag),
        (table.deployment_id, filters.deployment_id),
        (table.suspended, None if filters.suspended is None else int(filters.suspended)),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    if filters.latest:
        other = process_definition.alias()
        newest = select(func.max(other.c.version)).where(other.c.key == table.key).scalar_subquery()
        chosen = chosen.where(table.version == newest)
    return page(tx, chosen, Order((table.key, -table.version)), paging, _row)


def get(tx: Transaction, definition_id: str) -> DefinitionRow:
    """One definition; raises `NotFound`."""
    found = tx.fetch_one(_ONE, {"id": definition_id})
    if found is None:
        raise _missing(definition_id)
    return _row(found)


def get_latest(tx: Transaction, key: str) -> DefinitionRow:
    """The newest version of a key; raises `NotFound`."""
    found = tx.fetch_one(_LATEST, {"key": key})
    if found is None:
        raise NotFound(f"There is no process definition {key!r}.", code="process-definition-not-found")
    return _row(found)


def xml(tx: Transaction, definition_id: str) -> bytes:
    """The diagram as it was uploaded; raises `NotFound`."""
    found = tx.fetch_one(_XML, {"id": definition_id})
    if found is None:
        raise _missing(definition_id)
    return bytes(found[0])


def report(tx: Transaction, definition_id: str) -> tuple[str, str]:
    """The executability report of the definition's deployment, as JSON text, and the name of the definition's file.

    Raises `NotFound`.
    """
    found = tx.fetch_one(_REPORT, {"id": definition_id})
    if found is None:
        raise _missing(definition_id)
    return found[0], found[1]


def _row(row: Row) -> DefinitionRow:
    *columns, suspended = row
    return DefinitionRow(bool(suspended), *columns)


def _missing(definition_id: str) -> NotFound:
    return NotFound(f"There is no process definition {definition_id!r}.", code="process-definition-not-found")
