"""Reading requests: JSON with exact numbers, checked against the shapes of the schemas."""

from __future__ import annotations

from decimal import InvalidOperation
from functools import cache
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from starlette.datastructures import Headers, QueryParams

from app.api.problems import UnsupportedMediaType
from app.errors import InvalidRequest
from bpmn.values import from_json

MAX_DEPTH = 100
# Each costs far more than its bytes: a body of many small values would keep all other callers waiting.
MAX_CONTAINERS = 200_000
MAX_VALUES = 1_000_000
_JSON = "application/json"


def require_json(headers: Headers) -> None:
    """Raise `UnsupportedMediaType` unless the body that these headers announce is JSON in UTF-8."""
    content_type, encoding = headers.get("content-type", ""), headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise UnsupportedMediaType(f"The body must not be compressed, and comes with the encoding {encoding[:80]!r}.")
    kind, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != _JSON or charset not in ("", "utf-8", "utf8"):
        raise UnsupportedMediaType(f"The body must be {_JSON} in UTF-8, not {content_type[:80] or 'unnamed'!r}.")


def read_json(raw: bytes) -> Any:
    """The value of a JSON text; raises `InvalidRequest` where it is none, or holds what cannot be kept."""
    containers = raw.count(b"[") + raw.count(b"{")
    if containers > MAX_DEPTH:
        _require_few(raw, containers)
    try:
        value = from_json(raw)
    except RecursionError:
        raise _too_deep() from None
    except InvalidOperation:
        raise _not_json("a number has an exponent that is too large") from None
    except UnicodeDecodeError:
        raise _not_json("it is not UTF-8, or holds half of a surrogate pair") from None
    except msgspec.MsgspecError as problem:
        raise _not_json(str(problem)) from None
    if containers > MAX_DEPTH:
        _require_shallow(value)
    if b"\\u0000" in raw:
        _require_no_nul(value)
    return value


def _require_few(raw: bytes, containers: int) -> None:
    """Raise unless there are few enough lists, objects and values; brackets and commas in texts count as well."""
    if b"[" * (MAX_DEPTH * 10) in raw:
        raise _too_deep()
    if containers > MAX_CONTAINERS or raw.count(b",") > MAX_VALUES:
        raise InvalidRequest(
            f"The body holds more than {MAX_CONTAINERS} lists and objects or {MAX_VALUES} values; send less at once.",
            code="json-too-many-values",
        )


def _not_json(why: str) -> InvalidRequest:
    return InvalidRequest(f"The body is not JSON that can be read: {why}.", code="json-invalid")


def _too_deep() -> InvalidRequest:
    return InvalidRequest(f"The body is nested deeper than {MAX_DEPTH} levels.", code="json-too-deep")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _require_shallow(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise _too_deep()


def _require_no_nul(value: Any) -> None:
    pending = [value]
    while pending:
        found = pending.pop()
        texts = [found] if isinstance(found, str) else list(found) if isinstance(found, dict) else []
        if any("\0" in text for text in texts):
            raise InvalidRequest("The body holds a NUL character, which cannot be kept.", code="nul-character")
        pending += _children(found)


def require_clean_target(raw_path: bytes, query_string: bytes) -> None:
    """Raise `InvalidRequest` where a path or query string is not UTF-8 or holds a NUL character."""
    for part in (raw_path, query_string):
        if part.isascii() and b"%" not in part and b"\0" not in part:
            continue
        decoded = unquote_to_bytes(part)
        if b"\0" in decoded:
            raise InvalidRequest("The address holds a NUL character.", code="nul-character")
        try:
            decoded.decode()
        except UnicodeDecodeError:
            raise InvalidRequest("The address is not UTF-8.", code="address-invalid") from None


def read_query(parameters: QueryParams, lists: frozenset[str]) -> dict[str, Any]:
    """Query parameters by name; those in `lists` may be repeated, others must not."""
    found: dict[str, Any] = {}
    for name, text in parameters.multi_items():
        if name in lists:
            found.setdefault(name, []).append(text)
        elif name in found:
            raise _invalid([{"location": f"query.{name}", "message": "Given more than once."}])
        else:
            found[name] = text
    return found


def checked(adapter: TypeAdapter[Any], value: Any, where: str) -> Any:
    """The value in its shape; raises `InvalidRequest` that names every place that is wrong."""
    try:
        return adapter.validate_python(value)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=False)
        raise _invalid([_error(where, error, adapter) for error in errors[:50]]) from None


def _error(where: str, error: ErrorDetails, adapter: TypeAdapter[Any]) -> dict[str, str]:
    said = f"{_plainly(error, adapter)}."
    return {"location": ".".join([where, *map(str, error["loc"])])[:500], "message": said[:500]}


def _plainly(error: ErrorDetails, adapter: TypeAdapter[Any]) -> str:
    """What is wrong, in words of JSON."""
    if error["type"] == "extra_forbidden":
        return "There is no such field"
    if error["type"] == "dict_type":
        return "Input should be an object"
    if error["type"] == "model_type":
        return f"Input should be an object{_members(adapter, error['ctx']['class_name'])}"
    return error["msg"].removeprefix("Value error, ")


@cache
def _members(adapter: TypeAdapter[Any], shape: str) -> str:
    """What an object of this shape, the adapter's own or one in it, must and may hold."""
    schema = adapter.json_schema()
    described = schema.get("$defs", {}).get(shape, schema)
    needed = described.get("required", [])
    others = [name for name in described.get("properties", {}) if name not in needed]
    return (f" with {', '.join(needed)}" if needed else "") + (f"; it may hold {', '.join(others)}" if others else "")


def _invalid(errors: list[dict[str, str]]) -> InvalidRequest:
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return InvalidRequest(f"{first['location']}: {first['message']}{more}", details={"errors": errors})
