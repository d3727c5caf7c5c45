"""The operations of the dialect: what is called for a method and a path, and which fields it takes.

An operation is a plain function. `tx` makes it a command or a query, as its decorator says; `ask` holds what the client
sent; other parameters come from the path. The result becomes JSON; None becomes 204.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from starlette.requests import Request

from app.api.engine_rest.filters import Listing
from app.api.engine_rest.given import NOTHING, NOTHING_GIVEN, Fields, Given
from app.api.server import Server
from app.db import Transaction
from app.engine.drawings import DrawingsAtHand
from app.queries.catalog.criteria import Catalog

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
Kind = Literal["read", "write", "own"]


@dataclass(slots=True)
class Ask:
    """A request: query string and body by name, the body as bytes, and the server."""

    request: Request
    server: Server
    drawings: DrawingsAtHand
    query: Given
    body: Given
    raw: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no JSON, or not 200."""

    body: bytes
    status: int = 200
    media_type: str = "application/json"
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Then:
    """What is read in a transaction of its own, after the command was committed; its result is the answer."""

    read: Callable[[Transaction], Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `kind`: a query ("read"), a command ("write"), or a coroutine that does it all itself ("own").

    `form` says that the body is no JSON. `note` is for the documentation.
    """

    method: str
    path: str
    kind: Kind
    function: Callable[..., Any]
    query: Fields
    body: Fields
    form: bool
    note: str


class Routes:
    """The operations of one noun."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def read(self, path: str, *, query: Fields = NOTHING, note: str = "") -> Callable[[F], F]:
        """A query by GET."""
        return self._add("GET", path, "read", query, NOTHING, False, note)

    def ask(self, path: str, *, query: Fields = NOTHING, body: Fields = NOTHING, note: str = "") -> Callable[[F], F]:
        """A query by POST."""
        return self._add("POST", path, "read", query, body, False, note)

    def write(
        self,
        method: str,
        path: str,
        *,
        query: Fields = NOTHING,
        body: Fields = NOTHING,
        form: bool = False,
        note: str = "",
    ) -> Callable[[F], F]:
        """A command."""
        return self._add(method, path, "write", query, body, form, note)

    def own(
        self,
        method: str,
        path: str,
        *,
        query: Fields = NOTHING,
        body: Fields = NOTHING,
        form: bool = False,
        note: str = "",
    ) -> Callable[[F], F]:
        """A coroutine that makes its transactions itself."""
        return self._add(method, path, "own", query, body, form, note)

    def _add(
        self, method: str, path: str, kind: Kind, query: Fields, body: Fields, form: bool, note: str
    ) -> Callable[[F], F]:
        def add(function: F) -> F:
            self.operations.append(Operation(method, path, kind, function, query, body, form, note))
            return function

        return add

    def catalog(
        self,
        path: str,
        catalog: Catalog[T],
        how: Listing,
        shape: Callable[[T, Ask], Any],
        *,
        post: bool = True,
        drawn: bool = False,
        finish: Callable[[Transaction, Ask, list[Any]], list[Any]] | None = None,
        served: str = "",
        note: str = "",
    ) -> None:
        """A list with its count, by GET, and with `post` by POST too.

        `drawn` says that entries show something of the diagrams; `finish` adds what one row does not hold.
        """

        def entries(tx: Transaction, ask: Ask) -> list[Any]:
            given = ask.body if ask.request.method == "POST" else ask.query
            rows = catalog.page(tx, how.where(given), how.window(given, ask.query))
            if drawn:
                ask.drawings.require(row.definition_id for row in rows)  # type: ignore[attr-defined]
            shaped = [shape(row, ask) for row in rows]
            return shaped if finish is None else finish(tx, ask, shaped)

        def count(tx: Transaction, ask: Ask) -> dict[str, int]:
            return {"count": catalog.count(tx, how.where(ask.query))}

        def count_by_post(tx: Transaction, ask: Ask) -> dict[str, int]:
            # It makes no difference to the count, but a wrong order is told as it would be of the list.
            how.window(ask.body, NOTHING_GIVEN)
            return {"count": catalog.count(tx, how.where(ask.body))}

        more = frozenset(served.split())
        self.read(path, query=Fields(how.query.served | more, how.refused), note=note)(entries)
        self.read(f"{path}/count", query=how.fields, note=note)(count)
        if post:
            self.ask(path, query=Fields(more | {"firstResult", "maxResults"}), body=how.body, note=note)(entries)
            self.ask(f"{path}/count", body=how.body, note=note)(count_by_post)


class Table:
    """All operations, found by the segments of a path; fixed segments go before parameters."""

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations
        self._root: _Place = _Place({}, {})
        for operation in operations:
            place, names = self._root, []
            for segment in operation.path.strip("/").split("/"):
                is_parameter = segment.startswith("{")
                if is_parameter:
                    names.append(segment[1:-1].replace("-", "_"))
                place = place.below.setdefault("" if is_parameter else segment, _Place({}, {}))
            if operation.method in place.methods:
                raise ValueError(f"{operation.method} {operation.path} is there twice")
            place.methods[operation.method] = (operation, names)

    def find(self, method: str, segments: list[str]) -> tuple[Operation, dict[str, str]] | None:
        """The operation for a method and a path, with the values of its parameters."""
        for place, values in self._places(self._root, segments, 0, []):
            if method in place.methods:
                operation, names = place.methods[method]
                return operation, dict(zip(names, values, strict=True))
        return None

    def methods(self, segments: list[str]) -> set[str]:
        """The methods that a path takes."""
        return {method for place, _ in self._places(self._root, segments, 0, []) for method in place.methods}

    def _places(
        self, place: _Place, segments: list[str], at: int, values: list[str]
    ) -> Iterator[tuple[_Place, list[str]]]:
        if at == len(segments):
            yield place, values
            return
        # An empty piece is no id.
        fixed = place.below.get(segments[at]) if segments[at] else None
        if fixed is not None:
            yield from self._places(fixed, segments, at + 1, values)
        if "" in place.below and segments[at]:
            yield from self._places(place.below[""], segments, at + 1, [*values, segments[at]])


@dataclass(frozen=True, slots=True)
class _Place:
    below: dict[str, _Place]
    methods: dict[str, tuple[Operation, list[str]]]
