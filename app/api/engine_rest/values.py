"""Typed variables: `{type, value, valueInfo}` outside, JSON with exact numbers inside.

A type that the value itself does not show (a Date, a Long that is small) is declared beside the variable; files and
bytes are kept apart, and the variable refers to them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from app.api.engine_rest.dates import moment, parse_moment
from app.clock import from_millis
from app.engine.files import File, is_bytes, is_file, reference
from app.engine.variables import Declared
from app.engine.work import Work
from app.errors import InvalidRequest
from app.ids import new_id
from bpmn.values import Value, from_json, to_json

_JSON = "application/json"
_INT32 = 2**31
_INT64 = 2**63


@dataclass(slots=True)
class Typed:
    """Variables that a client gave: plain values, the types that they do not show, and the contents of files.

    `transient` are those among the values that are not to be kept.
    """

    values: dict[str, Value] = field(default_factory=dict)
    declared: dict[str, Declared] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)
    transient: dict[str, Value] = field(default_factory=dict)

    def add(self, others: Typed) -> None:
        """Take in others, over those of the same name."""
        self.values.update(others.values)
        self.declared.update(others.declared)
        self.files += others.files
        self.transient.update(others.transient)

    def declare(self, tx: Work) -> dict[str, Value]:
        """Tell the transaction what types the values have, and which are transient; the plain values."""
        tx.declared.update(self.declared)
        tx.transient.update(self.transient)
        return self.values


def read_variables(given: Any, what: str = "variables") -> Typed:
    """Variables by name as the dialect sends them; raises `InvalidRequest`."""
    found = Typed()
    if given is None:
        return found
    if not isinstance(given, dict):
        raise InvalidRequest(f"`{what}` must be an object of variables by name.")
    for name, typed in given.items():
        read_variable(found, name, typed)
    return found


def read_variable(found: Typed, name: str, given: Any) -> None:
    """Add one variable; raises `InvalidRequest`."""
    if not isinstance(given, dict):
        raise InvalidRequest(f"Variable '{name}' must be an object with value, type and valueInfo.")
    info = given.get("valueInfo") or {}
    if not isinstance(info, dict):
        raise _wrong(name, "valueInfo", "must be an object")
    kind = given.get("type")
    if kind is None or kind == "":
        found.values[name] = given.get("value")
    else:
        _read_typed(found, name, str(kind), given.get("value"), info)
    if info.get("transient") in (True, "true"):
        _make_transient(found, name)


def _read_typed(found: Typed, name: str, kind: str, given: Any, info: Mapping[str, Any]) -> None:
    read = _READERS.get(kind.lower())
    if read is None:
        raise InvalidRequest(f"Variable '{name}': Unsupported value type '{kind}'.")
    value, shown_info = read(found, name, given, info)
    found.values[name] = value
    declared = _NAMES[kind.lower()]
    if declared not in ("File", "Bytes") and (declared != inferred(value) or shown_info is not None):
        found.declared[name] = Declared(value, declared, shown_info)


def _make_transient(found: Typed, name: str) -> None:
    value = found.values[name]
    if is_file(value) or is_bytes(value):
        raise _wrong(name, "a transient variable", "is a file, and files are kept")
    found.transient[name] = value


_Read = tuple[Value, str | None]


def _text(found: Typed, name: str, value: Any, info: Mapping[str, Any]) -> _Read:
    if value is not None and not isinstance(value, str):
        raise _wrong(name, "String", "is no text")
    return value, None


def _boolean(found: Typed, name: str, value: Any, info: Mapping[str, Any]) -> _Read:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true", None
    if value is not None and not isinstance(value, bool):
        raise _wrong(name, "Boolean", "is neither true nor false")
    return value, None


def _whole(limit: int, kind: str) -> Callable[[Typed, str, Any, Mapping[str, Any]], _Read]:
    def read(found: Typed, name: str, value: Any, info: Mapping[str, Any]) -> _Read:
        number = _number(name, kind, value)
        if number is None:
            return None, None
        if number != int(number) or not -limit <= number < limit:
            raise _wrong(name, kind, "is no whole number in its range")
        return int(number), None

    return read


def _double(found: Typed, name: str, value: Any, info: Mapping[str, Any]) -> _Read:
    return _number(name, "Double", value), None


def _number(name: str, kind: str, value: Any) -> int | Decimal | None:
    if value is None or (isinstance(value, int | Decimal) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and len(value) < 400:
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and abs(number.adjusted()) < 400:
            return int(number) if number == number.to_integral_value() and "." not in value else number
    raise _wrong(name, kind, "is no number")


def _date(found: Typed, name: str, value: Any, info: Mapping[str, Any]) -> _Read:
    if value is None:
        return None, None
    if not isinstance(value, str):
        raise _wrong(name, "Date", "is no text")
    millis = parse_moment(value, f"variable '{name}'")
    return from_millis(millis).isoformat(timespec="milliseconds").replace("+00:00", "Z"), None


def _json(found: Typed, name: str, value: Any, info: Mapping[str, Any]) -> _Read:
    return _parsed(name, "Json", value), None


def _object(found: Typed, name: str, value: Any, info: Mapping[str, Any]) -> _Read:
    form = info.get("serializationDataFormat")
    if form not in (None, "", _JSON):
        raise _wrong(name, "Object", f"is serialized as {form!r}; only {_JSON} is read here")
    kept = {"objectTypeName": info.get("objectTypeName"), "serializationDataFormat": _JSON}
    return _parsed(name, "Object", value), to_json(kept).decode()


def _parsed(name: str, kind: str, value: Any) -> Value:
    if not isinstance(value, str):
        return value  # type: ignore[no-any-return]
    try:
        return from_json(value)  # type: ignore[no-any-return]
    except (msgspec.MsgspecError, UnicodeError, InvalidOperation, RecursionError):
        raise _wrong(name, kind, "is not JSON") from None


def _file(found: Typed, name: str, value: Any, info: Mapping[str, Any]) -> _Read:
    filename = info.get("filename")
    if not filename or not isinstance(filename, str):
        raise _wrong(name, "File", "has no valueInfo.filename")
    file = File(new_id(), _bytes(name, "File", value), filename, _maybe(info, "mimetype"), _maybe(info, "encoding"))
    found.files.append(file)
    return reference(file), None


def _binary(found: Typed, name: str, value: Any, info: Mapping[str, Any]) -> _Read:
    if value is None:
        return None, None
    file = File(new_id(), _bytes(name, "Bytes", value), None, None, None)
    found.files.append(file)
    return reference(file), None


def _bytes(name: str, kind: str, value: Any) -> bytes:
    if value is None:
        return b""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise _wrong(name, kind, "is not base64") from None


def _maybe(info: Mapping[str, Any], name: str) -> str | None:
    value = info.get(name)
    return value if isinstance(value, str) and value else None


def _null(found: Typed, name: str, value: Any, info: Mapping[str, Any]) -> _Read:
    return None, None


_READERS: dict[str, Callable[[Typed, str, Any, Mapping[str, Any]], _Read]] = {
    "string": _text,
    "xml": _text,
    "boolean": _boolean,
    "short": _whole(2**15, "Short"),
    "integer": _whole(_INT32, "Integer"),
    "long": _whole(_INT64, "Long"),
    "double": _double,
    "number": _double,
    "date": _date,
    "json": _json,
    "object": _object,
    "file": _file,
    "bytes": _binary,
    "null": _null,
}
_NAMES = {
    name: name.capitalize()
    for name in ("string", "xml", "boolean", "short", "integer", "long", "double", "date", "json", "object", "null")
} | {"number": "Double", "file": "File", "bytes": "Bytes"}


def _wrong(name: str, kind: str, why: str) -> InvalidRequest:
    return InvalidRequest(f"Cannot read variable '{name}' as {kind}: its value {why}.")


def inferred(value: Value) -> str:
    """The type that a plain value shows."""
    if isinstance(value, str):
        return "String"
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int):
        return "Integer" if -_INT32 <= value < _INT32 else "Long" if -_INT64 <= value < _INT64 else "Json"
    if isinstance(value, Decimal):
        return "Double"
    if value is None:
        return "Null"
    return "File" if is_file(value) else "Bytes" if is_bytes(value) else "Json"


def shown(
    value: Value, kind: str | None = None, info: str | None = None, *, deserialize: bool = True
) -> dict[str, Any]:
    """A variable as the dialect shows it. Contents of files are asked for by an address of their own."""
    kind = kind or inferred(value)
    if kind == "Date" and isinstance(value, str):
        return _pair(kind, moment(parse_moment(value, "a date")))
    if kind == "Json":
        return _pair(kind, to_json(value).decode())
    if kind == "Object":
        details = from_json(info or "{}")
        return _pair(kind, value if deserialize or value is None else to_json(value).decode(), details)
    if kind == "File" and isinstance(value, dict):
        return _pair(
            kind, None, {name: value[name] for name in ("filename", "mimetype", "encoding") if value.get(name)}
        )
    if kind == "Bytes":
        return _pair(kind, None)
    return _pair(kind, value)


def shown_as(value: Value, declared: Declared | None, *, deserialize: bool = True) -> dict[str, Any]:
    """Like `shown`, with what was declared for the variable."""
    if declared is None:
        return shown(value, deserialize=deserialize)
    return shown(value, declared.type, declared.info, deserialize=deserialize)


def _pair(kind: str, value: Any, info: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"type": kind, "value": value, "valueInfo": info or {}}
