"""What a rehearsal answers where a process waits, as people write it: a list of JSON objects, taken in order.

    {"complete": "approve", "variables": {"approved": true}}    a user task, or work that waits for a worker
    {"error": "E-17", "at": "pay", "message": "...", "variables": {...}}   a BPMN error instead of a result
    {"message": "paid", "key": "order-7", "variables": {...}}   to who waits for it, else to a start event
    {"signal": "closing", "variables": {...}}                   to all who wait for it
    {"timer": "reminder"}                                       the clock goes on until it fires
    {"pass": "PT2H"}                                            the clock goes on; what falls due until then fires
    {"set": {"amount": 5}}                                      variables of the process, by hand
    {"retry": "convert"}                                        take up a failed step again

"activity" beside an element names one of several activity instances of it by the number in the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import isodate

from bpmn.values import Value, to_json


class AnswerInvalid(ValueError):
    """An answer that is not written as one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `verb` is the first word of its form, `name` what stands there."""

    verb: str
    name: str
    at: str | None = None
    key: str | None = None
    message: str | None = None
    activity: int | None = None
    variables: Mapping[str, Value] = field(default_factory=dict)
    given: str = ""
    """As it was written."""


_TEXTS = ("at", "key", "message")
#: What may stand beside each verb.
_BESIDE: dict[str, tuple[str, ...]] = {
    "complete": ("variables", "activity"),
    "error": ("at", "message", "variables", "activity"),
    "message": ("key", "variables"),
    "signal": ("variables",),
    "timer": ("activity",),
    "pass": (),
    "set": (),
    "retry": ("activity",),
}


def read(written: Any) -> list[Answer]:
    """The answers of a list, or of a single object; raises `AnswerInvalid`."""
    items = written if isinstance(written, list) else [written]
    return [_one(number, item) for number, item in enumerate(items, 1)]


def _one(number: int, item: Any) -> Answer:
    where = f"answer {number}"
    if not isinstance(item, dict):
        raise AnswerInvalid(f"{where} is no object: {_short(item)}")
    verb = _verb(where, item)
    for name in item:
        if name != verb and name not in _BESIDE[verb]:
            fitting = ", ".join(_BESIDE[verb]) or "nothing"
            raise AnswerInvalid(f"{where}: {name!r} does not stand beside {verb!r}; {fitting} does")
    if verb == "error" and "at" not in item:
        raise AnswerInvalid(f'{where}: an error needs "at", the element where it happens')
    return Answer(
        verb,
        *_meant(where, verb, item),
        activity=_whole(where, item.get("activity")),
        variables=_object(where, item[verb] if verb == "set" else item.get("variables", {})),
        given=_short(item),
    )


def _verb(where: str, item: dict[str, Any]) -> str:
    # "message" is also what may stand beside an error.
    verbs = [name for name in _BESIDE if name in item and not (name == "message" and "error" in item)]
    if len(verbs) != 1:
        found = " and ".join(verbs) or "none"
        raise AnswerInvalid(f"{where} says {found} of {', '.join(_BESIDE)}; it says one: {_short(item)}")
    return verbs[0]


def _meant(where: str, verb: str, item: dict[str, Any]) -> tuple[str, str | None, str | None, str | None]:
    for name in (verb, *_TEXTS):
        if name in item and name != "set" and not isinstance(item[name], str):
            raise AnswerInvalid(f"{where}: {name!r} is a text, not {_short(item[name])}")
    if verb == "pass":
        duration(item[verb], where)
    name = "" if verb == "set" else item[verb]
    message = item.get("message") if verb == "error" else None
    return name, item.get("at"), item.get("key"), message


def duration(text: str, where: str = "") -> timedelta:
    """An ISO 8601 duration of fixed length; raises `AnswerInvalid`."""
    try:
        found = isodate.parse_duration(text)
    except (isodate.ISO8601Error, ValueError, ArithmeticError):
        found = None
    if not isinstance(found, timedelta) or found < timedelta(0):
        raise AnswerInvalid(f"{where}: {text!r} is no duration such as PT2H or P3D")
    return found


def _whole(where: str, number: Any) -> int | None:
    if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
        raise AnswerInvalid(f'{where}: "activity" is a number, not {_short(number)}')
    return number


def _object(where: str, variables: Any) -> dict[str, Value]:
    if not isinstance(variables, dict):
        raise AnswerInvalid(f"{where}: variables are an object, not {_short(variables)}")
    return variables


def _short(value: Any) -> str:
    text = to_json(value).decode()
    return text if len(text) <= 200 else text[:199] + "…"
