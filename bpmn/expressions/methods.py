"""The read-only methods of JUEL and plain on texts, lists and maps, named and behaving as in Java."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bpmn.expressions.kinds import Unfit, as_index, kind, same
from bpmn.expressions.rowmethods import ROW_METHODS
from bpmn.values import Value

_BLANKS = "".join(map(chr, range(0x21)))
"""What Java's trim() cuts off."""


def _contains(receiver: Value, wanted: Value) -> Value:
    if isinstance(receiver, list):
        return any(same(item, wanted) for item in receiver)
    return _text(wanted, "its argument") in _text(receiver)


def _contains_key(receiver: Value, key: Value) -> Value:
    if not isinstance(receiver, dict):
        raise Unfit(f"does not exist on {kind(receiver)}")
    return isinstance(key, str) and key in receiver


def _size(receiver: Value) -> Value:
    if isinstance(receiver, list | dict):
        return len(receiver)
    raise Unfit(f"does not exist on {kind(receiver)}")


def _is_empty(receiver: Value) -> Value:
    if isinstance(receiver, str | list | dict):
        return not receiver
    raise Unfit(f"does not exist on {kind(receiver)}")


def _get(receiver: Value, key: Value) -> Value:
    if isinstance(receiver, dict):
        return receiver.get(key) if isinstance(key, str) else None
    if not isinstance(receiver, list):
        raise Unfit(f"does not exist on {kind(receiver)}")
    index = as_index(key)
    if index is None:
        raise Unfit(f"takes a whole number on a list, not {kind(key)}")
    if not 0 <= index < len(receiver):
        raise Unfit(f"is asked for index {_brief(index)} of a list of {len(receiver)}")
    found: Value = receiver[index]
    return found


def _equals(receiver: Value, other: Value) -> Value:
    if receiver is None:
        raise Unfit("does not exist on null")
    return same(receiver, other)


def _equals_ignoring_case(receiver: Value, other: Value) -> Value:
    text = _text(receiver)
    return other is not None and text.lower() == _text(other, "its argument").lower()


def _text(value: Value, what: str = "") -> str:
    if isinstance(value, str):
        return value
    raise Unfit(f"takes a text as {what}, not {kind(value)}" if what else f"does not exist on {kind(value)}")


def _brief(index: int) -> str:
    return str(index) if abs(index) < 10**18 else "beyond all bounds"


METHODS: Mapping[str, Callable[..., Value]] = {
    "equals": _equals,
    "equalsIgnoreCase": _equals_ignoring_case,
    "contains": _contains,
    "containsKey": _contains_key,
    "size": _size,
    "length": lambda receiver: len(_text(receiver)),
    "isEmpty": _is_empty,
    "startsWith": lambda receiver, start: _text(receiver).startswith(_text(start, "its argument")),
    "endsWith": lambda receiver, end: _text(receiver).endswith(_text(end, "its argument")),
    "get": _get,
    "toLowerCase": lambda receiver: _text(receiver).lower(),
    "toUpperCase": lambda receiver: _text(receiver).upper(),
    "trim": lambda receiver: _text(receiver).strip(_BLANKS),
    **ROW_METHODS,
}
