"""Definitions: found in the database, parsed outside of transactions, kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import bindparam as p
from sqlalchemy import select

from app.db import Statement, Transaction
from app.engine import decisions
from app.engine.decisions import DecisionSet
from app.engine.memory import Memory
from app.engine.versions import Versions
from app.errors import InvalidState, NotFound
from app.models import process_definition as definition
from app.models import resource
from bpmn.errors import UnusableModel
from bpmn.model import ProcessModel
from bpmn.parsing import load
from bpmn.policy import BY_DEFAULT, Policy

_COLUMNS = (
    definition.c.id,
    definition.c.key,
    definition.c.version,
    definition.c.version_tag,
    definition.c.deployment_id,
    definition.c.suspended,
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A deployed process in one version."""

    id: str
    key: str
    version: int
    version_tag: str | None
    deployment_id: str
    suspended: int


class Definitions:
    """What is made of the files of definitions, in memory, by id."""

    def __init__(self, policy: Policy = BY_DEFAULT) -> None:
        self._models = Memory(partial(_read, policy))
        self._decisions = Memory(decisions.read)

    def model(self, definition_id: str) -> ProcessModel:
        """The parsed model of a process definition; raises `ModelMissing` where it is not in memory."""
        return self._models.get(definition_id)

    def decisions(self, requirements_id: str) -> DecisionSet:
        """The decisions of a DMN file; raises `ModelMissing` where they are not in memory."""
        return self._decisions.get(requirements_id)


def _read(policy: Policy, tx: Transaction, definition_id: str) -> Callable[[], ProcessModel]:
    found = tx.fetch_one(SOURCE, {"id": definition_id})
    if found is None:
        raise NotFound(f"There is no process definition {definition_id!r}.", code="process-definition-not-found")
    content, key = found
    return lambda: _loaded(policy, definition_id, content, key)


def _loaded(policy: Policy, definition_id: str, content: bytes, key: str) -> ProcessModel:
    try:
        return load(content, key, policy)
    except UnusableModel as problem:
        raise InvalidState(
            f"Process definition {definition_id} cannot be executed by this release: {problem}.",
            code="process-definition-unusable",
        ) from None


SOURCE = Statement(
    select(resource.c.content, definition.c.key)
    .join_from(
        definition,
        resource,
        (resource.c.deployment_id == definition.c.deployment_id) & (resource.c.name == definition.c.resource_name),
    )
    .where(definition.c.id == p("id"))
)
VERSIONS = Versions(definition, Definition, *_COLUMNS)
by_id, latest, by_version, by_tag = VERSIONS.by_id, VERSIONS.latest, VERSIONS.by_version, VERSIONS.by_tag


def deployment_of(tx: Transaction, definition_id: str) -> str | None:
    """The deployment that a process definition came with; None where it is gone."""
    found = by_id(tx, definition_id)
    return None if found is None else found.deployment_id
