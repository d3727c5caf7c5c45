"""Variables that are files: their contents lie apart, so that a step does not carry them; the value refers to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam as p
from sqlalchemy import insert, select

from app.db import Statement, Transaction
from app.engine.work import Work
from app.models import file
from bpmn.values import Value

_FILE = "$file"
_BYTES = "$bytes"
_KEEP = Statement(insert(file).values({name: p(name) for name in ("id", "instance_id", "content", "created_at")}))
_CONTENT = Statement(select(file.c.content).where(file.c.id == p("id")))


@dataclass(frozen=True, slots=True)
class File:
    """The content of a variable; without a name, plain bytes."""

    id: str
    content: bytes
    name: str | None
    media_type: str | None
    encoding: str | None


def reference(file: File) -> dict[str, Any]:
    """The value of a variable that refers to this content."""
    if file.name is None:
        return {_BYTES: file.id}
    return {_FILE: file.id, "filename": file.name, "mimetype": file.media_type, "encoding": file.encoding}


def is_file(value: Value) -> bool:
    """Whether a value refers to a file."""
    return isinstance(value, dict) and isinstance(value.get(_FILE), str)


def is_bytes(value: Value) -> bool:
    """Whether a value refers to plain bytes."""
    return isinstance(value, dict) and isinstance(value.get(_BYTES), str)


def keep(tx: Work, instance_id: str, files: Iterable[File]) -> None:
    """Keep the contents of files with an instance, as long as it is known."""
    for item in files:
        row = {"id": item.id, "instance_id": instance_id, "content": item.content, "created_at": tx.millis}
        tx.later(_KEEP, row)


def content(tx: Transaction, value: Value) -> bytes | None:
    """The content that a value refers to; None where it refers to none, or to one that is gone."""
    if not isinstance(value, dict):
        return None
    found = tx.fetch_one(_CONTENT, {"id": value.get(_FILE) or value.get(_BYTES) or ""})
    return None if found is None else bytes(found[0])
