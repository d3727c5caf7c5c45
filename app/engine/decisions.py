"""Decisions of DMN files: found in the database, compiled outside of transactions, kept in memory, evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import select

from app.db import Statement, Transaction
from app.engine.versions import Versions
from app.errors import InvalidState, NotFound
from app.models import decision_definition as definition
from app.models import decision_requirements, resource
from bpmn.decisions import Decisions
from bpmn.decisions.files import is_decision_file, load_file
from bpmn.errors import UnusableModel


@dataclass(frozen=True, slots=True)
class DecisionDefinition:
    """A deployed decision in one version; its file is that of the requirements."""

    id: str
    key: str
    version: int
    name: str
    deployment_id: str
    requirements_id: str
    history_days: int | None = None
    """How long evaluations that no process asked for are kept; None where the server's settings say it."""


@dataclass(frozen=True, slots=True)
class DecisionSet:
    """The decisions of a file, compiled with those of the files that it imports, and their definitions by key."""

    requirements_key: str
    decisions: Decisions
    definitions: Mapping[str, DecisionDefinition]


_COLUMNS = (
    definition.c.id,
    definition.c.key,
    definition.c.version,
    definition.c.name,
    definition.c.deployment_id,
    definition.c.requirements_id,
    definition.c.history_days,
)
VERSIONS = Versions(definition, DecisionDefinition, *_COLUMNS)
_REQUIREMENTS = Statement(
    select(
        decision_requirements.c.key, decision_requirements.c.deployment_id, decision_requirements.c.resource_name
    ).where(decision_requirements.c.id == p("id"))
)
_FILES = Statement(select(resource.c.name, resource.c.content).where(resource.c.deployment_id == p("deployment_id")))
_TOGETHER = Statement(
    select(*_COLUMNS).where(definition.c.deployment_id == p("deployment_id")).order_by(definition.c.id)
)


def read(tx: Transaction, requirements_id: str) -> Callable[[], DecisionSet]:
    """What compiles the decisions of a file that was deployed; raises `NotFound`, later `InvalidState`."""
    found = tx.fetch_one(_REQUIREMENTS, {"id": requirements_id})
    if found is None:
        raise NotFound(f"There are no decisions {requirements_id!r} any more.", code="decision-not-found")
    key, deployment_id, file = found
    deployment = {"deployment_id": deployment_id}
    (files, together) = tx.fetch_each((_FILES, deployment), (_TOGETHER, deployment))
    contents = {name: bytes(content) for name, content in files if is_decision_file(name)}
    definitions = [DecisionDefinition(*row) for row in together]
    # Of several decisions of one id, that of this file is meant.
    definitions.sort(key=lambda one: one.requirements_id == requirements_id)
    return lambda: DecisionSet(key, _loaded(contents, file), {one.key: one for one in definitions})


def by_id(tx: Transaction, definition_id: str) -> DecisionDefinition:
    """The decision with this id; raises `NotFound`."""
    found = VERSIONS.by_id(tx, definition_id)
    if found is None:
        raise NotFound(f"There is no decision {definition_id!r}.", code="decision-not-found")
    return found


def by_key(tx: Transaction, key: str) -> DecisionDefinition:
    """The newest version of a decision; raises `NotFound`."""
    found = VERSIONS.latest(tx, key)
    if found is None:
        raise NotFound(f"There is no decision {key!r}.", code="decision-not-found")
    return found


def _loaded(contents: Mapping[str, bytes], file: str) -> Decisions:
    try:
        return load_file(contents, file)
    except UnusableModel as problem:
        raise InvalidState(
            f"The decisions of {file!r} cannot be evaluated by this release: {problem}.", code="decision-unusable"
        ) from None
