"""Variable values as text that sorts like the values: exact equality and order for numbers of any size.

Kinds sort apart by their first letter: "b" boolean, "n" number, "s" text, "z" null. Lists and objects have none.
Of a text the first 200 characters count for the order; equality compares the whole value besides (`is_exact`). Of a
number the first 200 digits count for the order; a longer one is told from others by a digest.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

LENGTH = 200
_COMPLEMENT = str.maketrans("0123456789", "9876543210")
_SMALL = 498


def search_text(value: Any) -> str | None:
    """The text to search a value by, or None where the value is a list or an object."""
    if isinstance(value, str):
        return "s" + value[:LENGTH].replace("\0", "\ufffd")
    if isinstance(value, bool):
        return "b1" if value else "b0"
    if isinstance(value, int | Decimal):
        return _number(Decimal(value))
    return "z" if value is None else None


def is_exact(search: str) -> bool:
    """Whether equal search texts mean equal values."""
    return not search.startswith("s") or (len(search) <= LENGTH and "\ufffd" not in search)


def _number(value: Decimal) -> str:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{value} is not a number")
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return "n1"
    magnitude = _magnitude(len(text) + exponent) + _bounded(text.rstrip("0"))
    # The closing colon sorts after every digit: of two negative numbers the longer one is the smaller one.
    return f"n0{magnitude.translate(_COMPLEMENT)}:" if sign else f"n2{magnitude}"


def _magnitude(exponent: int) -> str:
    if abs(exponent) <= _SMALL:
        return f"{exponent + 500:03d}"
    return f"{'999' if exponent > 0 else '000'}{exponent + 10**19:020d}"


def _bounded(digits: str) -> str:
    if len(digits) <= LENGTH:
        return digits
    digest = hashlib.blake2b(digits.encode(), digest_size=16).digest()
    return digits[:LENGTH] + str(int.from_bytes(digest, "big"))
