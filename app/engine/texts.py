"""Text and numbers from diagrams, as the database can hold them: no NUL, keys of bounded length, 64 bits."""

from __future__ import annotations

import hashlib
from typing import overload

KEY_LENGTH = 255
_MOST = 2**63 - 1


@overload
def clean(text: str) -> str: ...
@overload
def clean(text: None) -> None: ...
def clean(text: str | None) -> str | None:
    """The text without NUL, which PostgreSQL cannot hold."""
    return text.replace("\0", "\ufffd") if text is not None and "\0" in text else text


@overload
def clean_key(text: str) -> str: ...
@overload
def clean_key(text: None) -> None: ...
def clean_key(text: str | None) -> str | None:
    """The text as it stands in an index: a longer one than 255 characters keeps its beginning, and a digest of all."""
    text = clean(text)
    if text is None or len(text) <= KEY_LENGTH:
        return text
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return text[: KEY_LENGTH - len(digest)] + digest


def int64(number: int) -> int:
    """The number, or the nearest one of 64 bits."""
    return max(-_MOST, min(number, _MOST))
