"""Answers kept by idempotency key, in the transaction of the command that they answer.

A second request with the same key waits for the first one, then gets the first one's answer. Only successes are kept:
what was refused changed nothing, and may be tried again.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import delete, insert, select, update

from app.db import Statement
from app.engine.texts import clean_key
from app.engine.work import Work
from app.errors import AlreadyExists, InvalidRequest
from app.models import idempotency

MAX_KEY = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """A kept answer."""

    status: int
    body: bytes


_same = (idempotency.c.caller == p("who"), idempotency.c.path == p("where"), idempotency.c.key == p("which"))
_FIND = Statement(
    select(idempotency.c.request_hash, idempotency.c.status, idempotency.c.body, idempotency.c.expires_at).where(*_same)
)
_FORGET = Statement(delete(idempotency).where(*_same))
_AMEND = Statement(update(idempotency).where(*_same).values(body=p("fuller")))
_KEEP = Statement(
    insert(idempotency).values(
        {name: p(name) for name in ("caller", "path", "key", "request_hash", "status", "body", "expires_at")}
    )
)


def begin(tx: Work, *, key: str, caller: str, path: str, request_hash: str) -> Answer | None:
    """The answer that was given to this request before, if it was; a twin that is under way is waited for.

    Raises `AlreadyExists` where the key was used for another request, `InvalidRequest` where it cannot be one.
    """
    if not key or len(key) > MAX_KEY or not key.isprintable():
        raise InvalidRequest(
            f"An idempotency key takes 1 to {MAX_KEY} printable characters.", code="idempotency-key-invalid"
        )
    path = clean_key(path)
    tx.lock(f"idempotency:{caller}:{path}:{key}")
    named = {"who": caller, "where": path, "which": key}
    found = tx.fetch_one(_FIND, named)
    if found is None:
        return None
    known_hash, status, body, expires_at = found
    if expires_at <= tx.millis:
        tx.later(_FORGET, named)
        return None
    if known_hash != request_hash:
        raise AlreadyExists(
            "This idempotency key was used for another request; use a new one.", code="idempotency-key-reused"
        )
    return Answer(status, body)


def keep(tx: Work, *, key: str, caller: str, path: str, request_hash: str, status: int, body: bytes) -> None:
    """Keep the answer of a command that succeeded."""
    row = {
        "caller": caller,
        "path": clean_key(path),
        "key": key,
        "request_hash": request_hash,
        "status": status,
        "body": body,
        "expires_at": tx.millis + int(tx.settings.idempotency_hours * 3_600_000),
    }
    tx.later(_KEEP, row)


def amend(tx: Work, *, key: str, caller: str, path: str, body: bytes) -> None:
    """Replace a kept answer by a fuller one, before anybody was given the first."""
    tx.later(_AMEND, {"who": caller, "where": clean_key(path), "which": key, "fuller": body})
