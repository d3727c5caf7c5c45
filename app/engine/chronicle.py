"""History rows: one for each command on an instance, with the user's operation and the facts of the advance, packed.

Why packed: docs/decisions/0004-history.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import bindparam as p
from sqlalchemy import insert

from app.db import Statement, Transaction
from app.models import history
from bpmn.facts import Fact

Operation: TypeAlias = dict[str, Any]
"""What a person asked for, besides the command's name: {"task": ..., "user": ...}."""

_COMPRESSED = b"z"
_WORTH_COMPRESSING = 1024

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(tuple[Operation | None, list[Fact]], float_hook=Decimal)

_operation_decoder = msgspec.json.Decoder(tuple[Operation | None, msgspec.Raw], float_hook=Decimal)

_APPEND = Statement(
    insert(history).values({name: p(name) for name in ("instance_id", "seq", "at", "actor", "command", "body")})
)


def append(
    tx: Transaction,
    instance_id: str,
    seq: int,
    *,
    at: int,
    actor: str | None,
    command: str,
    operation: Operation | None,
    facts: Sequence[Fact],
) -> None:
    """Add to the history what a command did to an instance; `at` is in milliseconds."""
    row = {
        "instance_id": instance_id,
        "seq": seq,
        "at": at,
        "actor": actor,
        "command": command,
        "body": pack(operation, facts),
    }
    tx.later(_APPEND, row)


def pack(operation: Operation | None, facts: Sequence[Fact]) -> bytes:
    """The stored form; compressed where it is long."""
    body = _encoder.encode((operation, facts))
    return body if len(body) < _WORTH_COMPRESSING else _COMPRESSED + zlib.compress(body, 1)


def unpack(body: bytes) -> tuple[Operation | None, list[Fact]]:
    """The operation and the facts of a stored body."""
    return _decoder.decode(_plain(body))


def operation_of(body: bytes) -> Operation | None:
    """The operation of a stored body alone."""
    return _operation_decoder.decode(_plain(body))[0]


def _plain(body: bytes) -> bytes:
    return zlib.decompress(body[1:]) if body[:1] == _COMPRESSED else body
