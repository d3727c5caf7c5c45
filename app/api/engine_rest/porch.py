"""In front of the gate: refusals of the server as a whole get the dialect's shape, and the Modeler may come in.

The Modeler is a desktop program whose pages are files; they name `file://` as their origin, which no page of the web
can do (a web page's is a host, and a sandboxed one's is `null`).
"""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.engine_rest.door import is_dialect, respond
from app.api.engine_rest.errors import body
from app.api.engine_rest.routing import Answer
from app.api.gate import ALLOWED_HEADERS, METHODS
from app.api.problems import MEDIA_TYPE
from bpmn.values import from_json

MODELER = "file://"


class Porch:
    """The outermost middleware; what does not belong to the dialect passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass, with the Modeler's origin taken off, and translate refusals."""
        if scope["type"] != "http" or not is_dialect(scope["path"]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("origin") == MODELER:
            send = _shared(send)
            if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
                allowed = {"Access-Control-Allow-Methods": METHODS, "Access-Control-Allow-Headers": ALLOWED_HEADERS}
                await respond(Answer(b"", 204, headers=allowed), send)
                return
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"origin"]}
        await self.app(scope, receive, _translating(send))


def _shared(send: Send) -> Send:
    async def sharing(message: Message) -> None:
        if message["type"] == "http.response.start":
            shared = [(b"access-control-allow-origin", MODELER.encode()), (b"vary", b"Origin")]
            message = {**message, "headers": [*message["headers"], *shared]}
        await send(message)

    return sharing


def _translating(send: Send) -> Send:
    """Problems of the gate become `{type, message, code}`."""
    begun: dict[str, Any] = {}
    parts: list[bytes] = []

    async def translating(message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            begun.update(message)
            return
        if not begun:
            await send(message)
            return
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            await _send_translated(begun, b"".join(parts), send)

    return translating


def _is_problem(message: Message) -> bool:
    kind = Headers(raw=list(message["headers"])).get("content-type", "")
    return message["status"] >= 300 and kind.startswith(MEDIA_TYPE)


async def _send_translated(begun: Message, problem: bytes, send: Send) -> None:
    said = body("RestException", from_json(problem)["detail"])
    kept = [pair for pair in begun["headers"] if pair[0].lower() not in (b"content-type", b"content-length")]
    headers = [*kept, (b"content-type", b"application/json"), (b"content-length", b"%d" % len(said))]
    await send({**begun, "headers": headers})
    await send({"type": "http.response.body", "body": said})
