"""Idempotency keys at the HTTP door: the same key with the same request gets the same answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from app.commands import idempotency
from app.engine.work import Work
from app.errors import InvalidRequest

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_CALLER = ""


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is to be carried out once: its key, the path and a digest of all that it asks."""

    key: str
    path: str
    request_hash: str

    def answer(self, tx: Work, status: int, command: Callable[[Work], bytes]) -> tuple[bytes, bool]:
        """The answer of the command, or the one that was given before; whether it is the latter."""
        names = {"key": self.key, "caller": _CALLER, "path": self.path, "request_hash": self.request_hash}
        kept = idempotency.begin(tx, **names)
        if kept is not None:
            return kept.body, True
        body = command(tx)
        idempotency.keep(tx, **names, status=status, body=body)
        return body, False

    def amend(self, tx: Work, body: bytes) -> None:
        """Keep a fuller answer than the one that was kept when the command was committed."""
        idempotency.amend(tx, key=self.key, caller=_CALLER, path=self.path, body=body)


def once(request: Request, *asked: bytes) -> Once | None:
    """How often this request is to be carried out: once for its key, or as often as it comes where it has none."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= idempotency.MAX_KEY or not key.isascii() or not key.isprintable():
        raise InvalidRequest(
            f"An idempotency key takes 1 to {idempotency.MAX_KEY} printable ASCII characters.",
            code="idempotency-key-invalid",
        )
    digest = hashlib.sha256()
    for part in (request.scope["query_string"], *asked):
        digest.update(b"%d:" % len(part) + part)
    return Once(key, request.url.path, digest.hexdigest())
