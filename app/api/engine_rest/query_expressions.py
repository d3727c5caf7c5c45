"""Expressions in the place of values in queries: `${dateTime().plusDays(2)}` for dates, constants in JUEL for the rest.

A query has no variables, so whatever else is written there has nothing to read, and is refused.
"""

from __future__ import annotations

import re
from typing import Any

from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import Filter
from app.api.engine_rest.given import Given
from app.clock import from_millis, to_millis
from app.errors import InvalidRequest
from app.queries.catalog.criteria import Criterion
from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Language, compile
from bpmn.timers import parse_duration

_USER = re.compile(r"\bcurrentUser(Groups)?\s*\(")
_TIME = re.compile(
    r"\s*[$#]\{\s*(?:now\(\)|dateTime\(\)(?P<steps>(?:\.(?:plus|minus)[A-Z][a-z]+\(\d{1,6}\))*))\s*\}\s*"
)
_STEP = re.compile(r"\.(plus|minus)([A-Z][a-z]+)\((\d+)\)")
_UNITS = {
    "Years": "P{}Y",
    "Months": "P{}M",
    "Weeks": "P{}W",
    "Days": "P{}D",
    "Hours": "PT{}H",
    "Minutes": "PT{}M",
    "Seconds": "PT{}S",
}


def offered(filters: dict[str, Filter], names: str) -> dict[str, Filter]:
    """For each of these filters (with blanks between them) one that takes an expression: its name ends so."""
    return {f"{name}Expression": _evaluating(name, filters[name]) for name in names.split()}


def _evaluating(plain: str, filter: Filter) -> Filter:
    def read(name: str, given: Given) -> list[Criterion]:
        value = _value(name, given.text(name) or "", given.now)
        return filter(plain, Given({**given.values, plain: value}, given.now))

    return read


def _value(name: str, text: str, now: int) -> Any:
    if _USER.search(text):
        raise InvalidRequest(f"`{name}`: there is no current user: this server has no access control yet.")
    time = _TIME.fullmatch(text)
    if time is not None:
        return _moved(name, now, time["steps"] or "")
    try:
        return compile(text, Language.JUEL, template=True).evaluate({})
    except (ExpressionInvalid, EvaluationFailed) as problem:
        raise InvalidRequest(
            f"`{name}` cannot be evaluated: {problem}. Queries know now() and dateTime() with plus or minus Years, "
            "Months, Weeks, Days, Hours, Minutes, Seconds, and constants."
        ) from None


def _moved(name: str, now: int, steps: str) -> str:
    moment = from_millis(now)
    for direction, unit, number in _STEP.findall(steps):
        if unit not in _UNITS:
            raise InvalidRequest(f"`{name}`: dateTime() is moved by {', '.join(_UNITS)}, not by {unit}.")
        try:
            span = parse_duration(_UNITS[unit].format(number))
            moment = moment + span if direction == "plus" else moment - span
        except (EvaluationFailed, OverflowError, ValueError):
            raise InvalidRequest(f"`{name}`: {number} {unit} lead out of time.") from None
    return shown_moment(to_millis(moment))
