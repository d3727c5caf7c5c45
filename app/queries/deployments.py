"""Deployments and their files."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import select

from app.db import Statement, Transaction
from app.errors import NotFound
from app.models import decision_definition, deployment, process_definition, resource
from app.queries.page import Order, Page, Paging, page


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """A deployment in a list."""

    id: str
    name: str
    source: str | None
    created_at: int


@dataclass(frozen=True, slots=True)
class DefinitionOfDeployment:
    """A process that came with a deployment."""

    id: str
    key: str
    version: int
    version_tag: str | None
    name: str | None
    resource_name: str


@dataclass(frozen=True, slots=True)
class DecisionOfDeployment:
    """A decision that came with a deployment."""

    id: str
    key: str
    version: int
    version_tag: str | None
    name: str
    resource_name: str


@dataclass(frozen=True, slots=True)
class DeploymentDetails:
    """A deployment with the names of its files and with what came of them; `report` is JSON text."""

    resources: tuple[str, ...]
    definitions: tuple[DefinitionOfDeployment, ...]
    decisions: tuple[DecisionOfDeployment, ...]
    id: str
    name: str
    source: str | None
    created_at: int
    report: str


_COLUMNS = (deployment.c.id, deployment.c.name, deployment.c.source, deployment.c.created_at)
_ONE = Statement(select(*_COLUMNS, deployment.c.report).where(deployment.c.id == p("id")))
_RESOURCES = Statement(select(resource.c.name).where(resource.c.deployment_id == p("id")).order_by(resource.c.position))
_CONTENT = Statement(
    select(resource.c.content).where(resource.c.deployment_id == p("id"), resource.c.name == p("resource_name"))
)
_DEFINITIONS = Statement(
    select(
        process_definition.c.id,
        process_definition.c.key,
        process_definition.c.version,
        process_definition.c.version_tag,
        process_definition.c.name,
        process_definition.c.resource_name,
    )
    .where(process_definition.c.deployment_id == p("id"))
    .order_by(process_definition.c.id)
)

_DECISIONS = Statement(
    select(
        decision_definition.c.id,
        decision_definition.c.key,
        decision_definition.c.version,
        decision_definition.c.version_tag,
        decision_definition.c.name,
        decision_definition.c.resource_name,
    )
    .where(decision_definition.c.deployment_id == p("id"))
    .order_by(decision_definition.c.id)
)


def list_deployments(tx: Transaction, paging: Paging, *, name: str | None = None) -> Page[DeploymentRow]:
    """Deployments, the newest first."""
    chosen = select(*_COLUMNS)
    if name is not None:
        chosen = chosen.where(deployment.c.name == name)
    return page(tx, chosen, Order((deployment.c.id,), descending=True), paging, lambda row: DeploymentRow(*row))


def get(tx: Transaction, deployment_id: str) -> DeploymentDetails:
    """One deployment; raises `NotFound`."""
    key = {"id": deployment_id}
    asked = [(statement, key) for statement in (_ONE, _RESOURCES, _DEFINITIONS, _DECISIONS)]
    (found, files, definitions, decisions) = tx.fetch_each(*asked)
    if not found:
        raise _missing(deployment_id)
    return DeploymentDetails(
        tuple(name for (name,) in files),
        tuple(DefinitionOfDeployment(*row) for row in definitions),
        tuple(DecisionOfDeployment(*row) for row in decisions),
        *found[0],
    )


def content(tx: Transaction, deployment_id: str, resource_name: str) -> bytes:
    """One file as it was uploaded; raises `NotFound`."""
    found = tx.fetch_one(_CONTENT, {"id": deployment_id, "resource_name": resource_name})
    if found is None:
        raise NotFound(
            f"There is no file {resource_name!r} in a deployment {deployment_id!r}.", code="resource-not-found"
        )
    return bytes(found[0])


def _missing(deployment_id: str) -> NotFound:
    return NotFound(f"There is no deployment {deployment_id!r}.", code="deployment-not-found")
