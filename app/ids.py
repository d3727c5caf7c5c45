"""Identities: UUIDv7 (RFC 9562, section 5.7), ascending within a process, so that rows lie in order of creation.

An activity instance, and with it its user task or external task, is named `{process instance id}.{activity number}`.
"""

from __future__ import annotations

import os
import threading
import time

from app.errors import NotFound

_UUID_LENGTH = 36
_COUNTER_BITS = 12
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A new UUIDv7; ids made by one process ascend strictly (RFC 9562, section 6.2, method 3)."""
    global _last
    fraction = time.time_ns() * (1 << _COUNTER_BITS) // 1_000_000
    with _lock:
        _last = fraction = max(fraction, _last + 1)
    return _format(fraction, int.from_bytes(os.urandom(8), "big"))


def _format(fraction: int, noise: int) -> str:
    high = fraction >> _COUNTER_BITS << 16 | 0x7000 | fraction & 0xFFF
    low = 0x8000_0000_0000_0000 | noise & 0x3FFF_FFFF_FFFF_FFFF
    text = f"{high:016x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def activity_id(instance_id: str, activity: int) -> str:
    """The public name of an activity instance."""
    return f"{instance_id}.{activity}"


def split_activity_id(name: str) -> tuple[str, int]:
    """Process instance id and activity number of an activity instance's name; raises `NotFound` where it is none."""
    instance_id, dot, number = name.partition(".")
    if len(instance_id) != _UUID_LENGTH or not dot or not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise NotFound(f"There is no activity instance {name[:80]!r}: an id reads <process instance id>.<number>.")
    return instance_id, int(number)


def split_place(name: str) -> tuple[str, int | None]:
    """Process instance id and activity number of a place in an instance; no number for the instance as a whole."""
    if "." not in name:
        return name, None
    return split_activity_id(name)
