"""What is answered to bytes that are no HTTP: no application ever sees such a request."""

from __future__ import annotations

from urllib.parse import unquote

from app.api.engine_rest import errors
from app.api.engine_rest.door import is_dialect
from app.api.problems import problem

_SAID = "What was sent is not HTTP/1.1: a request line, a header, a length or a chunk is broken."


def answer(target: bytes) -> bytes:
    """The whole answer, to be written as it is; `target` is what was read of the request's address, if anything."""
    path = unquote(target.decode("latin-1").partition("?")[0])
    if is_dialect(path):
        kind, body = "application/json", errors.body("RestException", _SAID)
    else:
        refused = problem(400, "http-invalid", _SAID)
        kind, body = refused.headers["content-type"], bytes(refused.body)
    head = f"content-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return b"HTTP/1.1 400 Bad Request\r\n" + head.encode() + body
