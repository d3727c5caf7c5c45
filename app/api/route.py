"""Routes: FastAPI documents them from signature and schemas; a thin handler of ours runs them.

FastAPI's own handler costs more than all the rest of the HTTP door, and its JSON knows binary floats only.
`get_route_handler` is its documented place for another one. An endpoint is a plain function:

    @routes.post("/user-tasks/{id}/claim", "claimUserTask", "Claim a task")
    def claim(tx: Write, id: str, body: ClaimUserTask) -> AssignedTask: ...

`tx: Write` makes it a command, `tx: Read` a query; the transaction is made here, in a thread, and is committed before
the answer leaves. A coroutine with `call: Call` does that itself, and returns a response. `body` and `query` are shapes
of the schemas, other parameters come from the path. The result is a typed dictionary, or None for no content.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_origin, get_type_hints

from fastapi import Depends, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from app.api.documentation import key_header, responses
from app.api.once import REPLAYED, Once, once
from app.api.reading import checked, read_json, read_query, require_json
from app.api.server import Server
from app.db import Transaction
from app.engine.work import Work
from bpmn.values import from_json, to_json

PREFIX = "/api/v1"
F = TypeVar("F", bound=Callable[..., Any])


def _handed_in() -> None:
    """Stands for what the handler brings itself, so that FastAPI does not document it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The request and the server, for endpoints that make their transactions themselves."""

    request: Request
    server: Server


Write = Annotated[Work, Depends(_handed_in)]
Read = Annotated[Transaction, Depends(_handed_in)]
Call = Annotated[Caller, Depends(_handed_in)]
Follow = Callable[[Caller, Mapping[str, Any], bytes, Once | None], Awaitable[bytes]]


class Routes:
    """The operations of one noun."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.endpoints: list[Endpoint] = []

    def get(self, path: str, name: str, summary: str, **more: Any) -> Callable[[F], F]:
        """An operation that reads."""
        return self._operation("GET", path, name, summary, **more)

    def post(self, path: str, name: str, summary: str, **more: Any) -> Callable[[F], F]:
        """An operation that changes something, and takes an idempotency key."""
        return self._operation("POST", path, name, summary, **more)

    def put(self, path: str, name: str, summary: str, **more: Any) -> Callable[[F], F]:
        """An operation that sets something."""
        return self._operation("PUT", path, name, summary, **more)

    def delete(self, path: str, name: str, summary: str, **more: Any) -> Callable[[F], F]:
        """An operation that removes something."""
        return self._operation("DELETE", path, name, summary, **more)

    def _operation(self, method: str, path: str, name: str, summary: str, **more: Any) -> Callable[[F], F]:
        def add(function: F) -> F:
            endpoint = Endpoint(
                PREFIX + path, function, method=method, name=name, summary=summary, tag=self.tag, **more
            )
            self.endpoints.append(endpoint)
            return function

        return add


class Endpoint(APIRoute):
    """One operation.

    `example` is the answer as the documentation shows it (`examples`: others by their status), `content` one that is
    not JSON; `refusals` are statuses to document, `also` other answers.
    """

    def __init__(
        self,
        path: str,
        function: Callable[..., Any],
        *,
        method: str,
        name: str,
        summary: str,
        tag: str,
        status: int = 200,
        example: Any = None,
        examples: Mapping[int, Any] | None = None,
        content: Mapping[str, Any] | None = None,
        refusals: Sequence[int] = (),
        location: str | None = None,
        follow: Follow | None = None,
        once_only: bool = True,
        also: Mapping[int | str, Any] | None = None,
        **more: Any,
    ) -> None:
        """`location` is the collection whose new member a 201 names; `follow` goes on after the commit."""
        self.plan = _plan(function, status, location, follow)
        self.method = method
        self.handler = Handler(self.plan)
        self.examples = {
            code: shown for code, shown in {status: example, **(examples or {})}.items() if shown is not None
        }
        takes_key = method == "POST" and once_only
        self.head, self.tail = path.partition("{")[0], path.rpartition("}")[2]
        #: Addresses of other operations that look like this one's with an id in it, and are none.
        self.not_these: frozenset[str] = frozenset()
        self.slashes = range(path.count("/"), sys.maxsize if ":path}" in path else path.count("/") + 1)
        super().__init__(
            path,
            function,
            methods=[method],
            name=name,
            operation_id=name,
            summary=summary,
            tags=[tag],
            status_code=status,
            responses={
                **responses(status, content, refusals, has_body=self.plan.body is not None),
                **(also or {}),
            },
            dependencies=[Depends(key_header)] if takes_key else [],
            **more,
        )

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether this operation answers the request."""
        path: str = scope["path"]
        # The regular expression is tried only where the path is like this one: there are many routes.
        if path.startswith(self.head) and path.endswith(self.tail) and path.count("/") in self.slashes:
            return super().matches(scope) if path not in self.not_these else (Match.NONE, {})
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; without FastAPI's stacks for dependencies that our handlers do not have."""
        if scope["method"] != self.method:
            await super().handle(scope, receive, send)
            return
        response = await self.handler.handle(Request(scope, receive, send))
        await response(scope, receive, send)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Our handler in place of FastAPI's."""
        return self.handler.handle


def told_apart(endpoints: list[Endpoint]) -> list[Endpoint]:
    """The operations, none of which takes the name of another one for an id."""
    names = [endpoint.path for endpoint in endpoints if "{" not in endpoint.path]
    for endpoint in endpoints:
        if "{" in endpoint.path:
            endpoint.not_these = frozenset(name for name in names if endpoint.path_regex.match(name))
    return endpoints


@dataclass(frozen=True, slots=True)
class Plan:
    """How an endpoint is called, read from its signature once. `kind`: "write", "read", or "own" for a coroutine."""

    function: Callable[..., Any]
    status: int
    location: str | None
    follow: Follow | None
    kind: str
    body: TypeAdapter[Any] | None
    body_required: bool
    query: TypeAdapter[Any] | None
    lists: frozenset[str]


def _plan(function: Callable[..., Any], status: int, location: str | None, follow: Follow | None) -> Plan:
    hints = get_type_hints(function)
    query, body, kind = hints.get("query"), hints.get("body"), hints.get("tx")
    required = body is not None and inspect.signature(function).parameters["body"].default is inspect.Parameter.empty
    return Plan(
        function,
        status,
        location,
        follow,
        kind="own" if kind is None else "write" if kind is Work else "read",
        body=None if body is None else TypeAdapter(body),
        body_required=required,
        query=None if query is None else TypeAdapter(query),
        lists=_repeatable(query),
    )


def _repeatable(query: type[BaseModel] | None) -> frozenset[str]:
    fields = {} if query is None else query.model_fields
    return frozenset(info.alias or name for name, info in fields.items() if get_origin(info.annotation) is list)


class Handler:
    """Answers the requests of one operation."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    async def handle(self, request: Request) -> Response:
        """Read, call, answer."""
        plan = self.plan
        caller = Caller(request, request.app.state.server)
        if plan.kind == "write":
            return await self._write(caller)
        arguments = self._arguments(request, await request.body() if plan.body is not None else b"")
        if plan.kind == "read":
            return answered(plan.status, await caller.server.read(lambda tx: self._called(tx, arguments)))
        response: Response = await plan.function(call=caller, **arguments)
        return response

    async def _write(self, caller: Caller) -> Response:
        plan, request = self.plan, caller.request
        raw = await request.body()
        arguments = self._arguments(request, raw)
        only_once = once(request, raw) if request.method == "POST" else None
        replayed = False
        if only_once is None:
            body = await caller.server.write(lambda tx: self._called(tx, arguments))
        else:
            body, replayed = await caller.server.write(
                lambda tx: only_once.answer(tx, plan.status, lambda tx: self._called(tx, arguments))
            )
        if plan.follow is not None:
            body = await plan.follow(caller, arguments, body, only_once)
        return answered(plan.status, body, replayed=replayed, location=plan.location)

    def _arguments(self, request: Request, raw: bytes) -> dict[str, Any]:
        plan = self.plan
        arguments: dict[str, Any] = dict(request.path_params)
        if plan.query is not None:
            arguments["query"] = checked(plan.query, read_query(request.query_params, plan.lists), "query")
        if raw:
            require_json(request.headers)
        if plan.body is not None and (raw or plan.body_required):
            arguments["body"] = checked(plan.body, read_json(raw), "body")
        return arguments

    def _called(self, tx: Transaction, arguments: dict[str, Any]) -> bytes:
        result = self.plan.function(tx, **arguments)
        return b"" if result is None else to_json(result)


def answered(status: int, body: bytes, *, replayed: bool = False, location: str | None = None) -> Response:
    """An answer of JSON; where something was made, with its place in the collection `location`."""
    headers: dict[str, str] = {}
    if location is not None:
        headers["Location"] = f"{PREFIX}/{location}/{from_json(body)['id']}"
    if replayed:
        headers[REPLAYED] = "true"
    return Response(body, status, headers, "application/json" if body else None)
