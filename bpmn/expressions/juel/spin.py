"""JSON as Camunda's Spin reads it: `S(text)`, `order.prop("lines").elements().get(0).prop("sku").stringValue()`.

There is no wrapper: what `prop` and `elements` give are the values themselves, and these methods read them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from bpmn.expressions.kinds import Unfit, bounded, kind
from bpmn.expressions.limits import MAX_LENGTH
from bpmn.expressions.methods import ANY, Method, method, text_of
from bpmn.values import from_json

_STEP = re.compile(r"\.([^.\[\]*?()@\s]+)|\[(\d{1,9})\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")
_DEEPEST = 100


def parsed(runtime: Any, _variables: Any, value: Any) -> Any:
    """`S(...)` and `JSON(...)`: the value of a JSON text; what is a value already stays one."""
    if not isinstance(value, str):
        return value
    if len(value) > MAX_LENGTH:
        raise Unfit(f"reads at most {MAX_LENGTH:,} characters")
    runtime.weigh(value)
    try:
        found = from_json(value)
    except (msgspec.DecodeError, RecursionError):
        raise Unfit("is given a text that is no JSON") from None
    return bounded(found) if isinstance(found, list) else found


def _property(runtime: Any, entries: dict[str, Any], name: Any) -> Any:
    key = text_of(name)
    if key not in entries:
        raise Unfit(f"is asked for {key[:40]!r}, which the map does not have")
    return entries[key]


def _read(wanted: str) -> Method:
    """Reads a value of one kind; any other is a failure, as in Spin."""

    def read(runtime: Any, value: Any) -> Any:
        if kind(value) != wanted:
            raise Unfit(f"reads {wanted}, not {kind(value)}")
        return value

    return method(0, any=read)


def _asks(answer: Callable[[Any], bool]) -> Method:
    every = dict.fromkeys(("null", ANY), lambda runtime, value: answer(value))
    return Method(0, 0, every)


def _json_path(runtime: Any, value: Any, path: Any) -> Any:
    """What a plain path such as `$.lines[0].sku` leads to; null where it leads nowhere."""
    text = text_of(path)
    at, steps = 1, 0
    while text.startswith("$") and at < len(text) and steps < _DEEPEST:
        found = _STEP.match(text, at)
        if found is None:
            break
        value = _stepped(value, found)
        at, steps = found.end(), steps + 1
    if not text.startswith("$") or at < len(text):
        raise Unfit("takes a plain path, such as $.lines[0].sku")
    return value


def _stepped(value: Any, found: re.Match[str]) -> Any:
    name, index, quoted, double_quoted = found.groups()
    if index is not None:
        return value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
    key = next(part for part in (name, quoted, double_quoted) if part is not None)
    return value.get(key) if isinstance(value, dict) else None


_itself = method(0, any=lambda runtime, value: value)

METHODS: Mapping[str, Method] = {
    "prop": method(1, map=_property),
    "hasProp": method(1, map=lambda runtime, entries, name: text_of(name) in entries),
    "fieldNames": method(0, map=lambda runtime, entries: list(entries)),
    "elements": method(0, list=lambda runtime, items: items),
    "stringValue": _read("text"),
    "numberValue": _read("number"),
    "boolValue": _read("boolean"),
    "value": _itself,
    "element": _itself,
    "unwrap": _itself,
    "isObject": _asks(lambda value: isinstance(value, dict)),
    "isArray": _asks(lambda value: isinstance(value, list)),
    "isValue": _asks(lambda value: not isinstance(value, list | dict)),
    "isString": _asks(lambda value: isinstance(value, str)),
    "isNumber": _asks(lambda value: kind(value) == "number"),
    "isBoolean": _asks(lambda value: isinstance(value, bool)),
    "isNull": _asks(lambda value: value is None),
    "jsonPath": Method(1, 1, {"map": _json_path, "list": _json_path}),
}
