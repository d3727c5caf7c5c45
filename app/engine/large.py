"""Large values that were read lately: a collection that many runs go over is read once, not at each of them."""

from __future__ import annotations

import threading
from collections import OrderedDict

from bpmn.values import Value, from_json

#: Shorter texts are read faster than they are found.
_LONG = 4_096
#: How much text is remembered; what it says takes about ten times as much.
_MOST = 4_000_000

#: A text is found by its length and its ends, which takes less than to hash all of it.
_ENDS = 100

_lock = threading.Lock()
_known: OrderedDict[tuple[int, str, str], tuple[str, Value]] = OrderedDict()


def read(text: str) -> Value:
    """The value of a JSON text. It may be shared by many: values are replaced, never changed in place."""
    if len(text) < _LONG:
        value: Value = from_json(text)
        return value
    key = len(text), text[:_ENDS], text[-_ENDS:]
    with _lock:
        known = _known.get(key)
        if known is not None and known[0] == text:
            _known.move_to_end(key)
            return known[1]
    value = from_json(text)
    with _lock:
        _known[key] = text, value
        _known.move_to_end(key)
        size = sum(length for length, _, _ in _known)
        while size > _MOST:
            size -= _known.popitem(last=False)[0][0]
    return value
