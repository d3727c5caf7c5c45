"""How definitions of any kind are found: by id, or by key and what says which version is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import Column, Table, select
from sqlalchemy import bindparam as p

from app.db import Row, Statement, Transaction
from app.engine.texts import clean

T = TypeVar("T")

LATEST, VERSION, VERSION_TAG, DEPLOYMENT = "latest", "version", "versionTag", "deployment"


class Versions(Generic[T]):
    """The definitions of a table with the columns id, key, version, version_tag and deployment_id."""

    def __init__(self, table: Table, build: Callable[..., T], *columns: Column[object]) -> None:
        self._build = build
        chosen = select(*columns)
        newest = chosen.where(table.c.key == p("key")).order_by(table.c.version.desc()).limit(1)
        self._by_id = Statement(chosen.where(table.c.id == p("id")))
        self._latest = Statement(newest)
        self._by_version = Statement(newest.where(table.c.version == p("version")))
        self._by_tag = Statement(newest.where(table.c.version_tag == p("version_tag")))
        self._by_deployment = Statement(newest.where(table.c.deployment_id == p("deployment_id")))

    def by_id(self, tx: Transaction, definition_id: str) -> T | None:
        """The definition with this id."""
        return self._built(tx.fetch_one(self._by_id, {"id": definition_id}))

    def latest(self, tx: Transaction, key: str) -> T | None:
        """The newest version of a key."""
        return self._built(tx.fetch_one(self._latest, {"key": key}))

    def by_version(self, tx: Transaction, key: str, version: int) -> T | None:
        """One version of a key."""
        return self._built(tx.fetch_one(self._by_version, {"key": key, "version": version}))

    def by_tag(self, tx: Transaction, key: str, version_tag: str) -> T | None:
        """The newest version of a key that carries this version tag."""
        return self._built(tx.fetch_one(self._by_tag, {"key": key, "version_tag": version_tag}))

    def by_deployment(self, tx: Transaction, key: str, deployment_id: str) -> T | None:
        """The version of a key that came with this deployment."""
        return self._built(tx.fetch_one(self._by_deployment, {"key": key, "deployment_id": deployment_id}))

    def bound(
        self, tx: Transaction, key: str, binding: str, version: str | None, deployment_id: Callable[[], str | None]
    ) -> T | None:
        """The definition that a diagram means at this moment; `deployment_id` gives that of the diagram."""
        key = clean(key)
        if binding == VERSION:
            number = version or ""
            fits = number.isascii() and number.isdigit() and len(number) < 18
            return self.by_version(tx, key, int(number)) if fits else None
        if binding == VERSION_TAG:
            return self.by_tag(tx, key, clean(version or ""))
        if binding == DEPLOYMENT:
            own = deployment_id()
            return None if own is None else self.by_deployment(tx, key, own)
        return self.latest(tx, key)

    def _built(self, row: Row | None) -> T | None:
        return None if row is None else self._build(*row)
