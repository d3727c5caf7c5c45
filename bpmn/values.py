"""What a variable may hold: JSON, with exact numbers.

A number with a fraction or an exponent is a `Decimal`, never a binary float; integers have any size.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

Value: TypeAlias = bool | int | Decimal | str | list[Any] | dict[str, Any] | None
Variables: TypeAlias = Mapping[str, Value]

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def to_json(value: object) -> bytes:
    """The JSON text of a value; numbers keep every digit."""
    return _encoder.encode(value)


def same(one: object, other: object) -> bool:
    """Whether two values are the same to the last digit and type: 1 is not true, and 1.0 is not 1.00."""
    if type(one) is not type(other) or one != other:
        return False
    return isinstance(one, bool | int | str | None) or to_json(one) == to_json(other)


def from_json(text: bytes | str) -> Any:
    """The value of a JSON text; raises `msgspec.DecodeError` where it is not JSON."""
    return _decoder.decode(text)
