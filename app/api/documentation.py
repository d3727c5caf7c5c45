"""The OpenAPI document: FastAPI's, with problems, examples and the idempotency key said once for all operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import FastAPI, Header
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from app.api.schemas.common import Problem

PROBLEM = "application/problem+json"
_REFERENCE = "#/components/schemas/"
_EVERYWHERE = (400, 503)
_WITH_BODY = (413, 415)

WHAT = {
    400: "The request is not valid; `errors` names every place.",
    404: "It does not exist, or no longer.",
    409: "It is not possible in the present state.",
    413: "The request is larger than the server accepts.",
    415: "The body is not JSON.",
    422: "A diagram cannot be executed; `report` names every problem by file, line and element.",
    503: "The server cannot do it now; nothing was changed. Repeat it after `Retry-After` seconds.",
}
_CODES = {
    400: "invalid-request",
    404: "not-found",
    409: "invalid-state",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid-model",
    503: "busy",
}

ABOUT = """A BPMN 2.0 execution server: deploy diagrams, start processes, work on their tasks, read their history.

- **Names** are in camel case, moments are RFC 3339 in UTC with milliseconds, spans of time are seconds.
- **Variables** are JSON; numbers keep every digit.
- **Lists** come in pages: `items`, and `nextCursor` where there is more; give it back as `cursor`.
- **Refusals** are problems (RFC 9457) with a stable `code`; what was refused has changed nothing.
- **Idempotency-Key**: with this header a POST is carried out once; a repetition gets the first answer again, with
  `Idempotency-Replayed: true`. Keys are kept for 24 hours.
"""


def key_header(
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=255,
            pattern=r"^[ -~]+$",
            description="Carry this out once: the same key with the same request gets the first answer again.",
            examples=["order-4711"],
        ),
    ] = None,
) -> None:
    """Documents the header; app/api/once.py reads it."""


def responses(
    status: int, content: Mapping[str, Any] | None, refusals: Sequence[int], *, has_body: bool
) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation, for its documentation."""
    found: dict[int | str, dict[str, Any]] = {status: {"description": "Done."}}
    if content is not None:
        found[status]["content"] = content
    for refusal in sorted({*_EVERYWHERE, *(_WITH_BODY if has_body else ()), *refusals}):
        found[refusal] = problem_response(refusal)
    found["default"] = {"description": "Another refusal.", "content": _problem_content()}
    return found


def problem_response(status: int) -> dict[str, Any]:
    """A refusal as the documentation shows it."""
    return {"description": WHAT[status], "content": _problem_content(_example(status))}


def _problem_content(example: dict[str, Any] | None = None) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": f"{_REFERENCE}Problem"}}
    return {PROBLEM: content if example is None else {**content, "example": example}}


def _example(status: int) -> dict[str, Any]:
    code = _CODES[status]
    return {
        "type": f"urn:throughline:problem:{code}",
        "title": WHAT[status].split(";")[0].rstrip("."),
        "status": status,
        "detail": "What was asked, what was found, and what can be done.",
        "code": code,
    }


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the application; made once."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title, version=app.version, description=ABOUT, routes=app.routes, openapi_version="3.1.0"
        )
        schema = TypeAdapter(Problem).json_schema(ref_template=_REFERENCE + "{model}")
        components = found.setdefault("components", {}).setdefault("schemas", {})
        components.update(schema.pop("$defs", {}))
        components["Problem"] = {**schema, "additionalProperties": True}
        _show_examples(app, found["paths"])
        app.openapi_schema = found
    return app.openapi_schema


def _show_examples(app: FastAPI, paths: dict[str, Any]) -> None:
    # Not given to FastAPI with the rest: it drops what is null in them.
    for route in app.routes:
        for status, example in getattr(route, "examples", {}).items():
            (method,) = route.methods  # type: ignore[attr-defined]
            answer = paths[route.path_format][method.lower()]["responses"][str(status)]  # type: ignore[attr-defined]
            answer["content"]["application/json"]["example"] = example
