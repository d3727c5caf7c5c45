"""Decisions: named by id, or by key for the newest version; and the files that hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.api.deciding import decide
from app.api.engine_rest import decision_shapes
from app.api.engine_rest.filters import NO_TENANT, heeded, listing, moment, names, only, text, whole
from app.api.engine_rest.given import fields
from app.api.engine_rest.routing import Answer, Ask, Routes
from app.db import Transaction
from app.engine import decisions
from app.engine.decisions import DecisionDefinition
from app.errors import InvalidRequest, NotFound
from app.queries import decisions as queries
from app.queries import deployments as files
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.decisions import DECISIONS, REQUIREMENTS, Decision, Requirements
from bpmn.values import to_json

routes = Routes()

_LISTING = listing(
    {
        "decisionDefinitionId": text("id"),
        "decisionDefinitionIdIn": names("id"),
        "name": text("name"),
        "nameLike": text("name", "like"),
        "deploymentId": text("deployment"),
        "deployedAfter": moment("created", "gt"),
        "deployedAt": moment("created", "eq"),
        "key": text("key"),
        "keyLike": text("key", "like"),
        "version": whole("version"),
        "latestVersion": only("latest"),
        "resourceName": text("resource"),
        "resourceNameLike": text("resource", "like"),
        "decisionRequirementsDefinitionId": text("requirements"),
        "decisionRequirementsDefinitionKey": text("requirements-key"),
        "withoutDecisionRequirementsDefinition": only("nothing"),
        "versionTag": text("version-tag"),
        "versionTagLike": text("version-tag", "like"),
        "includeDecisionDefinitionsWithoutTenantId": heeded,
        **NO_TENANT,
    },
    refused="category categoryLike",
    sorts={
        "key": "key",
        "id": "id",
        "name": "name",
        "version": "version",
        "deploymentId": "deployment",
        "deployTime": "created",
        "versionTag": "version-tag",
        "decisionRequirementsDefinitionKey": "requirements-key",
        "category": "id",
        "tenantId": "id",
    },
)
routes.catalog(
    "/decision-definition", DECISIONS, _LISTING, lambda row, ask: decision_shapes.definition(row), post=False
)

_FILES = listing(
    {
        "decisionRequirementsDefinitionId": text("id"),
        "decisionRequirementsDefinitionIdIn": names("id"),
        "name": text("name"),
        "nameLike": text("name", "like"),
        "deploymentId": text("deployment"),
        "key": text("key"),
        "keyLike": text("key", "like"),
        "version": whole("version"),
        "latestVersion": only("latest"),
        "resourceName": text("resource"),
        "resourceNameLike": text("resource", "like"),
        "includeDecisionRequirementsDefinitionsWithoutTenantId": heeded,
        **NO_TENANT,
    },
    refused="category categoryLike",
    sorts={
        "key": "key",
        "id": "id",
        "name": "name",
        "version": "version",
        "deploymentId": "deployment",
        "category": "id",
        "tenantId": "id",
    },
)
routes.catalog(
    "/decision-requirements-definition",
    REQUIREMENTS,
    _FILES,
    lambda row, ask: decision_shapes.requirements(row),
    post=False,
    note="one for each DMN file, also of one decision",
)


def _decision(tx: Transaction, named: dict[str, str]) -> Decision:
    found = [] if "tenant_id" in named else DECISIONS.page(tx, _criteria(named))
    if not found:
        raise NotFound(f"No decision definition found for {_said(named)}")
    return found[0]


def _requirements(tx: Transaction, named: dict[str, str]) -> Requirements:
    found = [] if "tenant_id" in named else REQUIREMENTS.page(tx, _criteria(named))
    if not found:
        raise NotFound(f"No decision requirements definition found for {_said(named)}")
    return found[0]


def _criteria(named: dict[str, str]) -> list[Criterion]:
    if "id" in named:
        return [Criterion("id", "eq", named["id"])]
    return [Criterion("key", "eq", named["key"]), Criterion("latest", "eq", True)]


def _said(named: dict[str, str]) -> str:
    return " and ".join(f"{name.replace('_', '-')} {value!r}" for name, value in named.items())


def _offer_decision(prefix: str) -> None:
    """The operations on one decision, under one way of naming it; a tenant can only be named in vain."""

    @routes.read(prefix)
    def get(tx: Transaction, ask: Ask, **named: str) -> dict[str, Any]:
        return decision_shapes.definition(_decision(tx, named))

    @routes.read(f"{prefix}/xml")
    def xml(tx: Transaction, ask: Ask, **named: str) -> dict[str, Any]:
        found = _decision(tx, named)
        return {"id": found.id, "dmnXml": queries.xml(tx, found.id).decode(errors="replace")}

    @routes.read(f"{prefix}/diagram", note="always 204: no pictures are made")
    def diagram(tx: Transaction, ask: Ask, **named: str) -> None:
        _decision(tx, named)

    @routes.own("POST", f"{prefix}/evaluate", body=fields("variables"))
    async def evaluate(ask: Ask, **named: str) -> Answer:
        return await _evaluated(ask, lambda tx: _named(tx, named))


def _offer_requirements(prefix: str) -> None:
    """The operations on one file, under one way of naming it."""

    @routes.read(prefix)
    def get(tx: Transaction, ask: Ask, **named: str) -> dict[str, Any]:
        return decision_shapes.requirements(_requirements(tx, named))

    @routes.read(f"{prefix}/xml")
    def xml(tx: Transaction, ask: Ask, **named: str) -> dict[str, Any]:
        found = _requirements(tx, named)
        content = files.content(tx, found.deployment_id, found.resource_name)
        return {"id": found.id, "dmnXml": content.decode(errors="replace")}

    @routes.read(f"{prefix}/diagram", note="always 204: no pictures are made")
    def diagram(tx: Transaction, ask: Ask, **named: str) -> None:
        _requirements(tx, named)


for _way in ("{id}", "key/{key}", "key/{key}/tenant-id/{tenant-id}"):
    _offer_decision(f"/decision-definition/{_way}")
    _offer_requirements(f"/decision-requirements-definition/{_way}")


def _named(tx: Transaction, named: dict[str, str]) -> DecisionDefinition:
    return decisions.by_id(tx, _decision(tx, named).id)


async def _evaluated(ask: Ask, find: Callable[[Transaction], DecisionDefinition]) -> Answer:
    typed = ask.body.variables("variables")
    if typed.files:
        raise InvalidRequest("Files and bytes cannot be given to a decision.")
    decided = await decide(ask.server, find, typed.values)
    return Answer(to_json(decision_shapes.result(decided.outcome)))
