"""Ids of process definitions: outside `key:version:identity`, inside the identity alone, which outside is taken too."""

from __future__ import annotations

from typing import Protocol


class OfDefinition(Protocol):
    """Whatever knows the definition that it belongs to."""

    @property
    def definition_id(self) -> str | None: ...
    @property
    def definition_key(self) -> str | None: ...
    @property
    def version(self) -> int | None: ...


def outside(key: str, version: int, identity: str) -> str:
    """The id that clients see."""
    return f"{key}:{version}:{identity}"


def of(row: OfDefinition) -> str | None:
    """The id that clients see of the definition of something; None where it has none."""
    if row.definition_id is None or row.definition_key is None or row.version is None:
        return None
    return outside(row.definition_key, row.version, row.definition_id)


def inside(given: str) -> str:
    """The identity in what a client gave."""
    return given.rpartition(":")[2]
