"""What the published schema says of an operation: names and types of its fields, and whether an answer keeps to it.

published.json holds names and types only: of query parameters, of bodies, and of answers.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from app.api.engine_rest.door import PREFIX
from app.api.engine_rest.operations import TABLE

_TABLE: dict[str, Any] = json.loads(Path(__file__).with_name("published.json").read_text(encoding="utf-8"))
OPERATIONS: dict[str, dict[str, Any]] = _TABLE["operations"]
TYPES: dict[str, Any] = _TABLE["types"]

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")
# Operaton renamed a field; clients of either name find theirs.
_BESIDE = frozenset({"camundaFormRef"})
# Fields that are there only where they are asked for.
_ON_REQUEST = frozenset({"variables", "attachment", "comment", "details", "itemCount", "inputs", "outputs"})
_SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "number": (int, float),
}


def violations(method: str, path: str, status: int, content_type: str | None, body: bytes) -> list[str]:
    """What an answer has against the published schema; `path` with the prefix."""
    if method == "HEAD":
        return [f"a body with HEAD: {body[:50]!r}"] if body else []
    if status >= 300:
        return [*_kind(content_type), *_fits("ExceptionDto", json.loads(body), "body", extra=frozenset({"details"}))]
    if method == "OPTIONS":
        return []
    operation = _operation(method, path)
    if operation is None:
        return [f"{method} {path} is no operation"]
    answers = OPERATIONS[operation]["answer"]
    if status == 204:
        return [f"a body with 204: {body[:50]!r}"] if body else []
    if str(status) not in answers:
        return [f"the status {status} is not published; {sorted(answers)} are"]
    expected = answers[str(status)]
    if content_type is None or not content_type.startswith("application/json"):
        return [] if expected is None or isinstance(expected, str) else [f"JSON is published, not {content_type}"]
    if isinstance(expected, str) and ("/" in expected or expected == "binary"):
        return []
    return [*_kind(content_type), *_fits(expected, json.loads(body), "body")]


def _kind(content_type: str | None) -> list[str]:
    return [] if content_type == "application/json" else [f"the content type is {content_type!r}"]


def _operation(method: str, path: str) -> str | None:
    segments = [part for part in path.removeprefix(PREFIX).partition("?")[0].split("/") if part]
    if segments[:2] == ["engine", "default"]:
        segments = segments[2:]
    found = TABLE.find(method, segments)
    return None if found is None else f"{found[0].method} {found[0].path}"


def _fits(expected: Any, value: Any, where: str, *, extra: frozenset[str] = frozenset()) -> list[str]:
    if value is None or expected in ("any", None):
        return []
    if isinstance(expected, str) and expected in TYPES:
        return _fits(TYPES[expected], value, where, extra=extra)
    if isinstance(expected, list):
        if not isinstance(value, list):
            return [f"{where} is no list: {value!r}"]
        return [found for number, item in enumerate(value) for found in _fits(expected[0], item, f"{where}[{number}]")]
    if isinstance(expected, dict):
        return _object(expected, value, where, extra)
    return _scalar(expected, value, where)


def _object(expected: dict[str, Any], value: Any, where: str, extra: frozenset[str]) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where} is no object: {value!r}"]
    if "*" in expected:
        return [found for name, item in value.items() for found in _fits(expected["*"], item, f"{where}.{name}")]
    unknown = value.keys() - expected.keys() - _BESIDE - extra
    missing = expected.keys() - value.keys() - _ON_REQUEST
    found = [f"{where}.{name} is not published" for name in sorted(unknown)]
    found += [f"{where}.{name} is missing" for name in sorted(missing)]
    for name in expected.keys() & value.keys():
        found += _fits(expected[name], value[name], f"{where}.{name}")
    return found


def _scalar(expected: str, value: Any, where: str) -> list[str]:
    if expected == "date":
        fits = isinstance(value, str) and _DATE.fullmatch(value) is not None
    else:
        fits = isinstance(value, _SCALARS[expected]) and (expected == "boolean" or not isinstance(value, bool))
    return [] if fits else [f"{where} is no {expected}: {value!r}"]


class Checked:
    """An application whose answers in the dialect are compared with the published schema as they pass."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.found: list[str] = []
        self.seen: set[str] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        started: dict[str, Any] = {}
        parts: list[bytes] = []

        async def noting(message: Any) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                parts.append(message.get("body", b""))
            await send(message)

        await self.app(scope, receive, noting)
        kind = dict(started["headers"]).get(b"content-type")
        method, path = scope["method"], (scope.get("raw_path") or scope["path"].encode()).decode()
        self.seen.add(f"{_operation(method, path)} {started['status']}")
        for said in violations(method, path, started["status"], kind and kind.decode(), b"".join(parts)):
            self.found.append(f"{method} {path} {started['status']}: {said}")
