"""What callers are told when something is refused: RFC 9457 problems, from one table.

Exceptions know no HTTP; here each kind of rejection gets its status. What is in no table is a bug: the gate logs it and
answers 500 without details.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from app.api.answers import report_shape
from app.errors import (
    AlreadyExists,
    Busy,
    InvalidModel,
    InvalidRequest,
    InvalidState,
    NotFound,
    NotPermitted,
    Rejection,
    TooLarge,
)
from bpmn.values import to_json

MEDIA_TYPE = "application/problem+json"


class UnsupportedMediaType(Rejection):
    """The body is not of a kind that this operation reads."""

    code = "unsupported-media-type"


STATUSES: dict[type[Rejection], int] = {
    InvalidRequest: 400,
    NotPermitted: 403,
    NotFound: 404,
    AlreadyExists: 409,
    InvalidState: 409,
    TooLarge: 413,
    UnsupportedMediaType: 415,
    InvalidModel: 422,
    Busy: 503,
}

TITLES: dict[int, str] = {
    400: "The request is not valid",
    403: "Not permitted",
    404: "Not found",
    405: "The method is not supported here",
    409: "Not possible in the present state",
    413: "Too large",
    415: "Unsupported media type",
    421: "The server does not answer for this host",
    422: "The diagram cannot be executed",
    500: "Internal error",
    503: "Not possible at the moment",
}

# Inside, an instance has a status; callers know it as its state, and `status` as HTTP's.
_RENAMED = {"status": "state"}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """An answer of `application/problem+json`; `code` is stable, `members` say more."""
    body: dict[str, Any] = {
        "type": f"urn:throughline:problem:{code}",
        "title": TITLES.get(status, "The request failed"),
        "status": status,
        "detail": detail,
        "code": code,
    }
    return Response(to_json({**(members or {}), **body}), status, headers=headers, media_type=MEDIA_TYPE)


def of_rejection(rejection: Rejection) -> Response:
    """The problem that a rejection becomes."""
    status = next(STATUSES[kind] for kind in type(rejection).__mro__ if kind in STATUSES)
    members: dict[str, Any] = {_RENAMED.get(name, to_camel(name)): value for name, value in rejection.details.items()}
    if isinstance(rejection, InvalidModel):
        members["report"] = report_shape(rejection.report.entries)
    headers = {"Retry-After": str(rejection.retry_after)} if isinstance(rejection, Busy) else None
    return problem(status, rejection.code, rejection.message, headers=headers, members=members)


async def answer_rejection(_: Request, rejection: Exception) -> Response:
    """For FastAPI: a command or query was refused."""
    assert isinstance(rejection, Rejection)
    return of_rejection(rejection)


async def answer_routing(request: Request, exception: Exception) -> Response:
    """For FastAPI: there is no such path, or it does not take this method."""
    assert isinstance(exception, HTTPException)
    if exception.status_code == 405:
        allowed = ", ".join(sorted(_methods(request)))
        detail = f"{request.method} is not possible here; possible are: {allowed}."
        return problem(405, "method-not-allowed", detail, headers={"Allow": allowed})
    if exception.status_code == 404:
        return problem(404, "route-not-found", "There is nothing at this path; /docs lists what there is.")
    return problem(exception.status_code, "bad-request", str(exception.detail), headers=exception.headers)


def _methods(request: Request) -> set[str]:
    """What the path takes: several routes may answer for it."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    return {
        method
        for route in routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }


def internal_error() -> Response:
    """What a caller is told of a bug."""
    return problem(500, "internal-error", "Something went wrong in the server; its log says what.")
