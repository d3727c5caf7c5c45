"""The kinds of values, and what all languages know about them: equality, text, size, index."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from bpmn.expressions.limits import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_EXPONENT,
    MAX_LENGTH,
    MAX_LITERAL_DIGITS,
    MAX_NESTING,
    MAX_RESULT_BITS,
)
from bpmn.values import Value, Variables

Number: TypeAlias = int | Decimal
Run: TypeAlias = Callable[[Variables, Any], Any]
"""An expression made ready to run: (variables, evaluation under way) to value."""
Spend: TypeAlias = Callable[[int], object]
"""Takes steps off a budget; raises `EvaluationFailed` where it is used up."""
Operator: TypeAlias = Callable[[Any, Any, Spend], Any]
"""What an operator makes of two operands."""

_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    str: "text",
    list: "list",
    dict: "map",
    datetime: "date",
}
_NUMBERS = frozenset({int, Decimal})


class Unfit(Exception):
    """Values that an operator or method cannot take; becomes `EvaluationFailed` where the place is known."""


def kind(value: object) -> str:
    """What a message calls the type of a value."""
    found = _KINDS.get(type(value))
    if found is not None:
        return found
    return next((name for known, name in _KINDS.items() if isinstance(value, known)), "value of an unknown kind")


def is_number(value: object) -> bool:
    """Whether a value is a number (true and false are not)."""
    return type(value) in _NUMBERS


def orderable(left: Value, right: Value) -> bool:
    """Whether these are two numbers or two texts, which all languages order."""
    if isinstance(left, str):
        return isinstance(right, str)
    return is_number(left) and is_number(right)


def _free(_steps: int) -> None:
    """Nobody counts."""


def same(left: Value, right: Value, spend: Spend = _free) -> bool:
    """Deep equality without any coercion: 1 is 1.0, but neither true nor "1"."""
    pending: list[tuple[Value, Value]] = [(left, right)]
    while pending:
        spend(1)
        one, other = pending.pop()
        if kind(one) != kind(other):
            return False
        if isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pending.extend(zip(one, other, strict=True))
        elif isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            pending.extend((one[key], other[key]) for key in one)
        elif one != other:
            return False
    return True


def as_text(value: Any) -> str:
    """A value as part of a text: null is empty, numbers keep their digits; raises `Unfit` for lists and maps."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if value.bit_length() > MAX_RESULT_BITS:
            raise Unfit("cannot write a number of so many digits as text")
        return str(value)
    if isinstance(value, Decimal):
        short = -40 < value.adjusted() < 40 if value.is_finite() else False
        return format(value, "f") if short else str(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise Unfit(f"cannot write a {kind(value)} as text")


_MAY_HOLD_DATES = frozenset({datetime, list, dict})


def without_dates(value: Any, level: int = 0) -> Any:
    """The value as variables hold it: dates, which stand no deeper than an expression is nested, are their texts."""
    if isinstance(value, datetime):
        return as_text(value)
    if level > MAX_DEPTH:
        return value
    if type(value) is list and any(type(item) in _MAY_HOLD_DATES for item in value):
        return [without_dates(item, level + 1) for item in value]
    if type(value) is dict and any(type(item) in _MAY_HOLD_DATES for item in value.values()):
        return {name: without_dates(item, level + 1) for name, item in value.items()}
    return value


def number_of(text: str) -> Number | None:
    """The exact number a text of ASCII digits spells, or None; None too beyond the limits of a literal."""
    if len(text) > 2 * MAX_LITERAL_DIGITS or not _spells_number(text):
        return None
    mantissa, _, exponent = text.lower().partition("e")
    digits = mantissa.lstrip("+-").replace(".", "")
    if len(digits) > MAX_LITERAL_DIGITS or len(exponent) > 6:
        return None
    if "." not in text and not exponent:
        return int(text)
    number = Decimal(text)
    return number if abs(number.adjusted()) <= MAX_EXPONENT else None


def _spells_number(text: str) -> bool:
    mantissa, mark, exponent = text.lower().partition("e")
    whole, _, fraction = (mantissa[1:] if mantissa[:1] in ("+", "-") else mantissa).partition(".")
    power = exponent[1:] if exponent[:1] in ("+", "-") else exponent
    digits = whole + fraction
    return digits.isascii() and digits.isdigit() and (not mark or (power.isascii() and power.isdigit()))


def as_index(value: Value) -> int | None:
    """A whole number as an index, or None where the value is no whole number of a reasonable size."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if isinstance(value, int):
        return value
    if not value.is_finite() or value.adjusted() > 18 or value != value.to_integral_value():
        return None
    return int(value)


def joined(parts: list[str]) -> str:
    """Texts put together; raises `Unfit` beyond `MAX_LENGTH` characters."""
    if sum(map(len, parts)) > MAX_LENGTH:
        raise Unfit(f"makes a text of more than {MAX_LENGTH:,} characters")
    return "".join(parts)


def bounded(items: list[Value]) -> list[Value]:
    """The list itself; raises `Unfit` where all that it holds exceeds the limits of a computed list."""
    held(items)
    return items


def held(items: list[Value]) -> int:
    """How many values a list holds, at all levels; raises `Unfit` where they exceed the limits of a computed list.

    Lists share what they hold, so a loop that assigns `[x, x]` to `x` would otherwise double what must be saved.
    """
    level: list[Value] = items
    seen = characters = depth = 0
    while level:
        depth += 1
        seen += len(level)
        inner: list[Value] = []
        for item in level:
            if isinstance(item, list):
                inner.extend(item)
            elif isinstance(item, dict):
                inner.extend(item.values())
                characters += sum(map(len, item))
            else:
                characters += _width(item)
            if len(inner) > MAX_LENGTH:
                break
        if seen + len(inner) > MAX_LENGTH or characters > MAX_CHARACTERS or depth > MAX_NESTING:
            raise Unfit("makes a list that holds too much")
        level = inner
    return seen


def _width(value: Value) -> int:
    """About how many characters a scalar takes."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, int):
        return value.bit_length() // 3
    return len(str(value))
