"""The door of the dialect: below `/engine-rest` it answers itself, everything else it lets pass."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.engine_rest import errors
from app.api.engine_rest.given import NOTHING, Given, first_of_each
from app.api.engine_rest.routing import Answer, Ask, Operation, Table, Then
from app.api.reading import read_json, require_json
from app.api.server import Server
from app.clock import to_millis
from app.db import Transaction
from app.engine.drawings import DrawingsAtHand, DrawingsMissing
from app.errors import InvalidRequest, NotFound, Rejection
from bpmn.errors import UnusableModel
from bpmn.values import to_json

PREFIX = "/engine-rest"
ENGINE = "default"
WEBAPPS = "/.well-known/camunda-automation-platform/webapps"
PAGE = "/docs"
T = TypeVar("T")


class Dialect:
    """Answers the requests of the dialect for one server."""

    def __init__(self, server: Server, table: Table, published: Mapping[str, frozenset[str]]) -> None:
        self.server = server
        self.served = table
        self.table = _with_unserved(table, published)

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """The answer to a request; a refusal in the dialect's own shape."""
        try:
            operation, parameters = self._find(scope["method"], _segments(scope))
            request = Request(scope, receive)
            raw = b"" if operation.form else await request.body()
            now = to_millis(self.server.runtime.clock.now())
            query, body = Given(_query(scope), now), Given(_body(request, raw), now)
            ask = Ask(request, self.server, DrawingsAtHand(self.server.drawings), query, body, raw)
            operation.query.check(ask.query.values)
            operation.body.check(ask.body.values)
            if "orQueries" in operation.body.served:
                body.objects("orQueries")
            return _answered(await self._called(operation, ask, parameters))
        except Rejection as rejection:
            status, said = errors.refusal(rejection)
            return Answer(said, status, headers=errors.headers(rejection))
        except UnusableModel as unusable:
            text = f"The deployed diagram cannot be executed: {unusable}."
            return Answer(errors.body("ParseException", text), 400)

    def _find(self, method: str, segments: list[str]) -> tuple[Operation, dict[str, str]]:
        if len(segments) >= 2 and segments[0] == "engine":
            if segments[1] != ENGINE:
                raise NotFound(f"Process engine {segments[1][:80]} not available")
            segments = segments[2:]
        found = self.table.find(method, segments)
        if found is not None and found[0].function is not _unserved:
            return found
        methods = self.served.methods(segments)
        if methods and found is None:
            raise errors.NoSuchMethod(method, methods)
        raise errors.NotOffered(
            f"{method} /{'/'.join(segments)[:200]} is not offered by this server; docs/engine-rest.md says what is."
        )

    async def _called(self, operation: Operation, ask: Ask, parameters: dict[str, str]) -> Any:
        if operation.kind == "own":
            return await self._drawn(ask, lambda: operation.function(ask, **parameters))
        if operation.kind == "read":
            return await self._read(ask, lambda tx: operation.function(tx, ask, **parameters))
        result = await self._drawn(ask, lambda: self.server.write(lambda tx: operation.function(tx, ask, **parameters)))
        return await self._read(ask, result.read) if isinstance(result, Then) else result

    async def _read(self, ask: Ask, query: Callable[[Transaction], Any]) -> Any:
        return await self._drawn(ask, lambda: self.server.read(lambda tx: _encoded(query(tx))))

    async def _drawn(self, ask: Ask, call: Callable[[], Awaitable[T]]) -> T:
        """The result of a call, made again where drawings had to be loaded for it."""
        while True:
            try:
                return await call()
            except DrawingsMissing as missing:
                await self.server.in_thread(partial(ask.drawings.load, missing.definition_ids))


def _with_unserved(table: Table, published: Mapping[str, frozenset[str]]) -> Table:
    """The table with what is published besides: `/task/count` is not the task `count`, served or not."""
    served = {(operation.method, operation.path) for operation in table.operations}
    all_published = {(method, path) for path, methods in published.items() for method in methods}
    more = [_unserved(method, path) for method, path in sorted(all_published - served)]
    return Table([*table.operations, *more])


def _unserved(method: str, path: str) -> Operation:
    return Operation(method, path, "own", _unserved, NOTHING, NOTHING, False, "")


def _segments(scope: Scope) -> list[str]:
    """The pieces of the path behind the prefix, which may be written with percent signs as the rest may."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    prefix, _, path = raw.decode("latin-1").partition("?")[0].lstrip("/").partition("/")
    behind = unquote(prefix).removeprefix(PREFIX[1:]).split("/")[1:]
    return [*behind, *(unquote(piece) for piece in path.strip("/").split("/"))] if path.strip("/") else behind


def _query(scope: Scope) -> dict[str, str]:
    text = scope["query_string"]
    return first_of_each(parse_qsl(text.decode("latin-1"), keep_blank_values=True)) if text else {}


def _body(request: Request, raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    require_json(request.headers)
    body = read_json(raw)
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return body


def _encoded(result: Any) -> Any:
    # In the thread of the query: others are not held up by a long list.
    return result if result is None or isinstance(result, Answer) else Answer(to_json(result))


def _answered(result: Any) -> Answer:
    if result is None:
        return Answer(b"", 204)
    return result if isinstance(result, Answer) else Answer(to_json(result))


class Door:
    """Middleware: requests of the dialect end here."""

    def __init__(self, app: ASGIApp, table: Table, published: Mapping[str, frozenset[str]]) -> None:
        self.app = app
        self.table = table
        self.published = published
        self._dialect: Dialect | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let pass."""
        if scope["type"] != "http" or not is_dialect(scope["path"]):
            await self.app(scope, receive, send)
            return
        if scope["path"] == WEBAPPS:
            await respond(Answer(_webapps(scope)), send)
            return
        server: Server = scope["app"].state.server
        if self._dialect is None or self._dialect.server is not server:
            self._dialect = Dialect(server, self.table, self.published)
        await respond(await self._dialect.answer(scope, receive), send)


def is_dialect(path: str) -> bool:
    """Whether a path belongs to the dialect."""
    return path in (PREFIX, WEBAPPS) or path.startswith(PREFIX + "/")


def _webapps(scope: Scope) -> bytes:
    """Where the pages for people are: what the Modeler links to after it deployed or started something.

    It appends `process-instance/{id}` to the second: behind a # that leads to the page itself.
    """
    page = f"{scope['scheme']}://{Headers(scope=scope).get('host', '')}{PAGE}"
    return to_json({"adminUrl": page, "cockpitUrl": f"{page}#/", "tasklistUrl": page})


async def respond(answer: Answer, send: Send) -> None:
    """Send an answer. JSON goes without a character set: some clients compare the type to the letter."""
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in (answer.headers or {}).items()]
    if answer.body or answer.status not in (204, 304):
        headers.append((b"content-type", answer.media_type.encode("latin-1")))
        headers.append((b"content-length", b"%d" % len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
