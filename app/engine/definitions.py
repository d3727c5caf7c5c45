"""Definitions: found in the database, parsed outside of transactions, kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import select

from app.db import Database, Row, Statement, Transaction
from app.errors import InvalidState, NotFound
from app.models import process_definition as definition
from app.models import resource
from bpmn.errors import UnusableModel
from bpmn.model import ProcessModel
from bpmn.parsing import load
from bpmn.policy import BY_DEFAULT, Policy

_KEPT = 500

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


class ModelMissing(Exception):
    """A definition that is not in memory: the door rolls back, loads it, and repeats."""

    def __init__(self, definition_id: str) -> None:
        self.definition_id = definition_id
        super().__init__(definition_id)


class Definitions:
    """The parsed models of definitions, by id; a model never changes."""

    def __init__(self, policy: Policy = BY_DEFAULT) -> None:
        self._policy = policy
        self._models: OrderedDict[str, ProcessModel] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()

    def model(self, definition_id: str) -> ProcessModel:
        """The parsed model; raises `ModelMissing` where it is not in memory."""
        model = self._models.get(definition_id)
        if model is None:
            raise ModelMissing(definition_id)
        return model

    def put(self, definition_id: str, model: ProcessModel) -> None:
        """Keep a model, and let go of the one that was put first where there are too many."""
        with self._lock:
            self._models[definition_id] = model
            while len(self._models) > _KEPT:
                self._models.popitem(last=False)

    def load(self, database: Database, definition_id: str) -> None:
        """Read the diagram in a transaction of its own, and parse it after that, for one thread at a time.

        Raises `NotFound`, `InvalidState` where this release cannot execute it any more.
        """
        with self._loading:
            if definition_id in self._models:
                return
            with Transaction(database, writes=False) as tx:
                found = tx.fetch_one(SOURCE, {"id": definition_id})
            if found is None:
                raise NotFound(
                    f"There is no process definition {definition_id!r}.", code="process-definition-not-found"
                )
            self.put(definition_id, _loaded(self._policy, definition_id, *found))


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
_newest = select(*_COLUMNS).where(definition.c.key == p("key")).order_by(definition.c.version.desc()).limit(1)
_BY_ID = Statement(select(*_COLUMNS).where(definition.c.id == p("id")))
_LATEST = Statement(_newest)
_BY_VERSION = Statement(_newest.where(definition.c.version == p("version")))
_BY_TAG = Statement(_newest.where(definition.c.version_tag == p("version_tag")))
_BY_DEPLOYMENT = Statement(_newest.where(definition.c.deployment_id == p("deployment_id")))


def by_id(tx: Transaction, definition_id: str) -> Definition | None:
    """The definition with this id."""
    return _definition(tx.fetch_one(_BY_ID, {"id": definition_id}))


def latest(tx: Transaction, key: str) -> Definition | None:
    """The newest version of a key."""
    return _definition(tx.fetch_one(_LATEST, {"key": key}))


def by_version(tx: Transaction, key: str, version: int) -> Definition | None:
    """One version of a key."""
    return _definition(tx.fetch_one(_BY_VERSION, {"key": key, "version": version}))


def by_tag(tx: Transaction, key: str, version_tag: str) -> Definition | None:
    """The newest version of a key that carries this version tag."""
    return _definition(tx.fetch_one(_BY_TAG, {"key": key, "version_tag": version_tag}))


def by_deployment(tx: Transaction, key: str, deployment_id: str) -> Definition | None:
    """The version of a key that came with this deployment."""
    return _definition(tx.fetch_one(_BY_DEPLOYMENT, {"key": key, "deployment_id": deployment_id}))


def _definition(row: Row | None) -> Definition | None:
    return None if row is None else Definition(*row)
