"""Refusals in the dialect's shape: `{type, message, code}` at every status from 300 up.

Where Camunda answers 500 for what a client did wrong, this server answers what the client can act on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Any

from app.api.problems import STATUSES, UnsupportedMediaType
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
from bpmn.report import ReportEntry
from bpmn.values import to_json

# The Modeler knows a diagram that cannot be parsed by this beginning.
PARSE_PREFIX = "ENGINE-09005 Could not parse BPMN process. Errors: "


class NotOffered(Rejection):
    """An operation of the dialect that this server does not have."""

    code = "not-offered"


class NoSuchMethod(Rejection):
    """An address of the dialect that does not take this method."""

    code = "method-not-allowed"

    def __init__(self, method: str, allowed: Set[str]) -> None:
        self.allowed = ", ".join(sorted(allowed))
        super().__init__(f"{method[:80]} is not possible here; {self.allowed} is.")


_TYPES: dict[type[Rejection], str] = {
    InvalidRequest: "InvalidRequestException",
    NotFound: "InvalidRequestException",
    NotPermitted: "AuthorizationException",
    InvalidModel: "ParseException",
    NotOffered: "NotOfferedException",
    AlreadyExists: "RestException",
    InvalidState: "RestException",
    TooLarge: "RestException",
    Busy: "RestException",
    UnsupportedMediaType: "RestException",
    NoSuchMethod: "RestException",
}
_STATUSES: dict[type[Rejection], int] = {**STATUSES, InvalidModel: 400, NotOffered: 404, NoSuchMethod: 405}
# By code, where clients expect another status than the kind of rejection has.
_OF_CODE = {
    "external-task-not-locked": (400, "RestException"),
    "no-receiver": (400, "RestException"),
    "message-ambiguous": (400, "RestException"),
}


def refusal(rejection: Rejection) -> tuple[int, bytes]:
    """Status and body for a rejection."""
    kinds = type(rejection).__mro__
    status = next(_STATUSES[kind] for kind in kinds if kind in _STATUSES)
    name = next(_TYPES[kind] for kind in kinds if kind in _TYPES)
    status, name = _OF_CODE.get(rejection.code, (status, name))
    if isinstance(rejection, InvalidModel):
        return status, unparsed(rejection, {})
    return status, body(name, rejection.message)


def headers(rejection: Rejection) -> dict[str, str]:
    """What is told besides of some rejections."""
    if isinstance(rejection, Busy):
        return {"Retry-After": str(rejection.retry_after)}
    return {"Allow": rejection.allowed} if isinstance(rejection, NoSuchMethod) else {}


def body(name: str, message: str, **more: Any) -> bytes:
    """The body of a refusal."""
    return to_json({"type": name, "message": message, "code": 0, **more})


def _place(entry: ReportEntry) -> str:
    element = f", element id {entry.element_id}" if entry.element_id else ""
    return f"resource {entry.file}, line {entry.line}{element}"


def unparsed(rejection: InvalidModel, resources: Mapping[str, bytes]) -> bytes:
    """The body for a diagram that cannot be executed, with the columns of the elements found in its source."""
    refused = rejection.report.refused
    said = " | ".join(f"{entry.message} ({_place(entry)})" for entry in refused[:50]) or rejection.message
    details: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for entry in refused:
        found = details.setdefault(entry.file, {"errors": [], "warnings": []})
        found["errors"].append(_problem(entry, resources))
    return body("ParseException", PARSE_PREFIX + said, details=details)


def _problem(entry: ReportEntry, resources: Mapping[str, bytes]) -> dict[str, Any]:
    line, column = _position(entry, resources.get(entry.file, b""))
    return {
        "message": entry.message,
        "line": line,
        "column": column,
        "mainElementId": entry.element_id,
        "elementIds": [entry.element_id] if entry.element_id else [],
    }


def _position(entry: ReportEntry, source: bytes) -> tuple[int, int]:
    """Line and column, from 1, of where the element's tag begins; column 0 where that is not known."""
    if entry.element_id is None:
        return entry.line, 0
    wanted = re.escape(entry.element_id.encode())
    found = re.search(rb"""\sid\s*=\s*["']""" + wanted + rb"""["']""", source)
    start = source.rfind(b"<", 0, found.start()) if found is not None else -1
    if start < 0:
        return entry.line, 0
    before = source[:start]
    return before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
