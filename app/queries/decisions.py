"""Decisions, and what was evaluated."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import func, select

from app.db import Row, Statement, Transaction
from app.engine.evaluations import unpack
from app.errors import NotFound
from app.ids import activity_id
from app.models import decision_definition, decision_evaluation, deployment, resource
from app.queries.page import Order, Page, Paging, page
from bpmn.decisions import DecisionRecord


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision in one version; `created_at` in milliseconds."""

    id: str
    key: str
    version: int
    version_tag: str | None
    name: str
    resource_name: str
    deployment_id: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which decisions are wanted; what is None does not matter."""

    key: str | None = None
    version: int | None = None
    version_tag: str | None = None
    deployment_id: str | None = None
    latest: bool = False


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """A decision that was evaluated, at a time in milliseconds; `root_id` is the one that it was evaluated for."""

    id: str
    root_id: str | None
    decision_id: str
    decision_key: str
    name: str
    at: int
    actor: str | None
    instance_id: str | None
    activity_id: str | None
    element_id: str | None
    record: DecisionRecord


@dataclass(frozen=True, slots=True)
class EvaluationFilters:
    """Which evaluations are wanted; what is None does not matter."""

    decision_id: str | None = None
    decision_key: str | None = None
    instance_id: str | None = None
    root_id: str | None = None


_table, _made = decision_definition.c, decision_evaluation.c
_COLUMNS = (
    _table.id,
    _table.key,
    _table.version,
    _table.version_tag,
    _table.name,
    _table.resource_name,
    _table.deployment_id,
    _table.created_at,
)
_ONE = Statement(select(*_COLUMNS).where(_table.id == p("id")))
_LATEST = Statement(select(*_COLUMNS).where(_table.key == p("key")).order_by(_table.version.desc()).limit(1))
_XML = Statement(
    select(resource.c.content)
    .join_from(
        decision_definition,
        resource,
        (resource.c.deployment_id == _table.deployment_id) & (resource.c.name == _table.resource_name),
    )
    .where(_table.id == p("id"))
)
_REPORT = Statement(
    select(deployment.c.report, _table.resource_name)
    .join_from(decision_definition, deployment, deployment.c.id == _table.deployment_id)
    .where(_table.id == p("id"))
)
_EVALUATED = (
    _made.id,
    _made.root_id,
    _made.definition_id,
    _made.definition_key,
    _made.name,
    _made.at,
    _made.actor,
    _made.instance_id,
    _made.activity,
    _made.element_id,
    _made.body,
)
_ONE_EVALUATION = Statement(select(*_EVALUATED).where(_made.id == p("id")))


def list_decisions(tx: Transaction, paging: Paging, filters: Filters = Filters()) -> Page[DecisionRow]:
    """Decisions by key, the newest version of each first."""
    chosen = select(*_COLUMNS)
    for column, value in (
        (_table.key, filters.key),
        (_table.version, filters.version),
        (_table.version_tag, filters.version_tag),
        (_table.deployment_id, filters.deployment_id),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    if filters.latest:
        other = decision_definition.alias()
        newest = select(func.max(other.c.version)).where(other.c.key == _table.key).scalar_subquery()
        chosen = chosen.where(_table.version == newest)
    return page(tx, chosen, Order((_table.key, -_table.version)), paging, lambda row: DecisionRow(*row))


def get(tx: Transaction, decision_id: str) -> DecisionRow:
    """One decision; raises `NotFound`."""
    found = tx.fetch_one(_ONE, {"id": decision_id})
    if found is None:
        raise missing(decision_id)
    return DecisionRow(*found)


def get_latest(tx: Transaction, key: str) -> DecisionRow:
    """The newest version of a key; raises `NotFound`."""
    found = tx.fetch_one(_LATEST, {"key": key})
    if found is None:
        raise missing(key)
    return DecisionRow(*found)


def xml(tx: Transaction, decision_id: str) -> bytes:
    """The file as it was uploaded; raises `NotFound`."""
    found = tx.fetch_one(_XML, {"id": decision_id})
    if found is None:
        raise missing(decision_id)
    return bytes(found[0])


def report(tx: Transaction, decision_id: str) -> tuple[str, str]:
    """The report of the decision's deployment, as JSON text, and the name of the decision's file; raises `NotFound`."""
    found = tx.fetch_one(_REPORT, {"id": decision_id})
    if found is None:
        raise missing(decision_id)
    return found[0], found[1]


def missing(wanted: str) -> NotFound:
    return NotFound(f"There is no decision {wanted!r}.", code="decision-not-found")


def list_evaluations(
    tx: Transaction, paging: Paging, filters: EvaluationFilters = EvaluationFilters()
) -> Page[EvaluationRow]:
    """Evaluations, the latest first; with a root, that one and those that were evaluated for it."""
    chosen = select(*_EVALUATED)
    for column, value in (
        (_made.definition_id, filters.decision_id),
        (_made.definition_key, filters.decision_key),
        (_made.instance_id, filters.instance_id),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    if filters.root_id is not None:
        chosen = chosen.where((_made.id == filters.root_id) | (_made.root_id == filters.root_id))
    return page(tx, chosen, Order((_made.id,), descending=True), paging, _evaluation)


def get_evaluation(tx: Transaction, evaluation_id: str) -> EvaluationRow:
    """One evaluation; raises `NotFound`."""
    found = tx.fetch_one(_ONE_EVALUATION, {"id": evaluation_id})
    if found is None:
        raise NotFound(f"There is no evaluation {evaluation_id!r}.", code="decision-evaluation-not-found")
    return _evaluation(found)


def _evaluation(row: Row) -> EvaluationRow:
    id_, root_id, decision_id, decision_key, name, at, actor, instance_id, activity, element_id, body = row
    place = None if instance_id is None else activity_id(instance_id, activity)
    record = unpack(bytes(body))
    return EvaluationRow(
        id_, root_id, decision_id, decision_key, name, at, actor, instance_id, place, element_id, record
    )
