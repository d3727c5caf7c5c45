"""The methods of JUEL: those of Java's texts, numbers, lists, maps and dates that change nothing, and Spin's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any

from bpmn.expressions import arithmetic
from bpmn.expressions.feel.regex import compile as compile_pattern
from bpmn.expressions.juel import dates, spin
from bpmn.expressions.kinds import Number, Unfit, as_text, is_number, joined, kind, number_of, same
from bpmn.expressions.limits import MAX_LENGTH
from bpmn.expressions.methods import ANY, Method, brief, holds, index_of, method, text_of
from bpmn.expressions.methods import METHODS as SHARED
from bpmn.values import to_json

_SMALLEST_SCALE, _LARGEST_SCALE = -100, 100
_ROUNDINGS = {
    "HALF_UP": ROUND_HALF_UP,
    "HALF_EVEN": ROUND_HALF_EVEN,
    "UP": ROUND_UP,
    "DOWN": ROUND_DOWN,
    "FLOOR": ROUND_FLOOR,
    "CEILING": ROUND_CEILING,
}


# Texts


def _between(text: str, start: int, end: int) -> str:
    if not 0 <= start <= end <= len(text):
        raise Unfit(f"is asked for {brief(start)} to {brief(end)} of a text of {len(text)} characters")
    return text[start:end]


def _substring(runtime: Any, text: str, start: Any, end: Any = None) -> str:
    return _between(text, index_of(start), len(text) if end is None else index_of(end))


def _char_at(runtime: Any, text: str, at: Any) -> str:
    return _between(text, index_of(at), index_of(at) + 1)


def _index_in_text(runtime: Any, text: str, part: Any, start: Any = 0) -> int:
    return runtime.weigh(text).find(text_of(part), max(index_of(start), 0))  # type: ignore[no-any-return]


def _replace(runtime: Any, text: str, old: Any, new: Any) -> str:
    old, new = text_of(old), text_of(new)
    found = runtime.weigh(text).count(old)
    if len(text) + found * (len(new) - len(old)) > MAX_LENGTH:
        raise Unfit(f"makes a text of more than {MAX_LENGTH:,} characters")
    return text.replace(old, new)


def _matches(runtime: Any, text: str, pattern: Any) -> bool:
    return compile_pattern(f"^(?:{text_of(pattern)})$", "").matches(runtime, text)


def _replace_all(runtime: Any, text: str, pattern: Any, new: Any) -> str:
    return compile_pattern(text_of(pattern), "").replace(runtime, text, text_of(new))


def _split(runtime: Any, text: str, pattern: Any) -> list[str]:
    parts = compile_pattern(text_of(pattern), "").split(runtime, text) if text else [""]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()  # Java leaves out empty texts at the end
    runtime.spend(len(parts))
    return parts


def _repeat(runtime: Any, text: str, times: Any) -> str:
    count = index_of(times)
    if count < 0 or len(text) * count > MAX_LENGTH:
        raise Unfit(f"makes a text of more than {MAX_LENGTH:,} characters, or repeats less than never")
    return runtime.weigh(text * count)  # type: ignore[no-any-return]


def _compare_texts(runtime: Any, text: str, other: Any) -> int:
    against = text_of(other)
    return _sign_of_difference(text, against)


# Numbers


def _whole(runtime: Any, value: Number) -> int:
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() > 6_200:
        raise Unfit("makes a number that is too large")
    return int(value)


def _operand(value: Any) -> Number:
    number = number_of(value) if isinstance(value, str) else value
    if number is None or not is_number(number):
        raise Unfit(f"takes a number as its argument, not {kind(value)}")
    return number


def _computed(compute: Callable[[Number, Number], Number]) -> Method:
    return method(1, number=lambda runtime, value, other: runtime.weigh(compute(value, _operand(other))))


def _chosen(choose: Callable[[Any, Any], Any]) -> Method:
    return method(1, number=lambda runtime, value, other: choose(value, _operand(other)))


def _set_scale(runtime: Any, value: Number, scale: Any, rounding: Any = "HALF_UP") -> Number:
    digits = index_of(scale)
    how = _ROUNDINGS.get(text_of(rounding))
    if how is None or not _SMALLEST_SCALE <= digits <= _LARGEST_SCALE:
        raise Unfit(f"takes a scale up to {_LARGEST_SCALE} and one of {', '.join(_ROUNDINGS)}")
    return arithmetic.rounded(value, digits, how)


def _sign_of_difference(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


# Lists and maps


def _index_in_list(runtime: Any, items: list[Any], wanted: Any) -> int:
    return next((at for at, item in enumerate(items) if same(item, wanted, runtime.spend)), -1)


def _last_index_in_list(runtime: Any, items: list[Any], wanted: Any) -> int:
    places = range(len(items) - 1, -1, -1)
    return next((at for at in places if same(items[at], wanted, runtime.spend)), -1)


def _contains_all(runtime: Any, items: list[Any], wanted: Any) -> bool:
    if not isinstance(wanted, list):
        raise Unfit(f"takes a list as its argument, not {kind(wanted)}")
    return all(holds(runtime, items, one) for one in wanted)


def _sub_list(runtime: Any, items: list[Any], start: Any, end: Any) -> list[Any]:
    first, last = index_of(start), index_of(end)
    if not 0 <= first <= last <= len(items):
        raise Unfit(f"is asked for {brief(first)} to {brief(last)} of a list of {len(items)}")
    return runtime.weigh(items[first:last])  # type: ignore[no-any-return]


def _get_or_default(runtime: Any, entries: dict[str, Any], key: Any, default: Any) -> Any:
    return entries.get(key, default) if isinstance(key, str) else default


def _to_string(runtime: Any, value: Any) -> str:
    if isinstance(value, list | dict):
        return joined([runtime.weigh(to_json(value).decode())])
    return as_text(value)


def _getter(get: Callable[[Any], Any], *kinds: str) -> Method:
    return Method(0, 0, dict.fromkeys(kinds, lambda runtime, value: get(value)))


METHODS: Mapping[str, Method] = {
    **SHARED,
    **dates.METHODS,
    **spin.METHODS,
    # texts
    "substring": Method(1, 2, {"text": _substring}),
    "charAt": method(1, text=_char_at),
    "concat": method(1, text=lambda runtime, text, other: joined([text, runtime.weigh(text_of(other))])),
    "indexOf": Method(1, 2, {"text": _index_in_text, "list": _index_in_list}),
    "lastIndexOf": method(
        1, text=lambda runtime, text, part: runtime.weigh(text).rfind(text_of(part)), list=_last_index_in_list
    ),
    "replace": method(2, text=_replace),
    "replaceAll": method(2, text=_replace_all),
    "matches": method(1, text=_matches),
    "split": method(1, text=_split),
    "repeat": method(1, text=_repeat),
    "isBlank": _getter(lambda text: not text.strip(), "text"),
    "strip": _getter(lambda text: text.strip(), "text"),
    "compareToIgnoreCase": method(
        1, text=lambda runtime, text, other: _compare_texts(runtime, text.lower(), text_of(other).lower())
    ),
    # numbers
    **dict.fromkeys(("intValue", "longValue", "shortValue", "toBigInteger"), method(0, number=_whole)),
    **dict.fromkeys(("doubleValue", "floatValue", "bigDecimalValue"), _getter(lambda value: value, "number")),
    "toPlainString": _getter(as_text, "number"),
    "signum": _getter(lambda value: _sign_of_difference(value, 0), "number"),
    "abs": _getter(lambda value: arithmetic.negate(value) if value < 0 else value, "number"),
    "negate": _getter(arithmetic.negate, "number"),
    "add": _computed(arithmetic.add),
    "subtract": _computed(arithmetic.subtract),
    "multiply": _computed(arithmetic.multiply),
    "divide": _computed(arithmetic.divide),
    "remainder": _computed(arithmetic.remainder),
    "min": _chosen(min),
    "max": _chosen(max),
    "setScale": Method(1, 2, {"number": _set_scale}),
    "booleanValue": _getter(lambda value: value, "boolean"),
    # lists and maps
    "containsAll": method(1, list=_contains_all),
    "subList": method(2, list=_sub_list),
    "containsValue": method(1, map=lambda runtime, entries, value: holds(runtime, list(entries.values()), value)),
    "getOrDefault": method(2, map=_get_or_default),
    "keySet": _getter(list, "map"),
    "values": _getter(lambda entries: list(entries.values()), "map"),
    # anything
    "toString": Method(0, 1, {ANY: _to_string, "date": dates.TO_STRING}),
    "compareTo": method(
        1,
        text=_compare_texts,
        number=lambda runtime, value, other: _sign_of_difference(value, _operand(other)),
        date=lambda runtime, moment, other: dates.COMPARED(moment, other),
    ),
}
