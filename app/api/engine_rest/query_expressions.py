"""Expressions in the place of values in queries: JUEL, such as `${dateTime().plusDays(2)}`.

A query has no variables, so whatever would read one is refused.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import Filter
from app.api.engine_rest.given import Given
from app.clock import from_millis, to_millis
from app.errors import InvalidRequest
from app.queries.catalog.criteria import Criterion
from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Language, Settings, compile

_USER = re.compile(r"\bcurrentUser(Groups)?\s*\(")


def offered(filters: dict[str, Filter], names: str) -> dict[str, Filter]:
    """For each of these filters (with blanks between them) one that takes an expression: its name ends so."""
    return {f"{name}Expression": _evaluating(name, filters[name]) for name in names.split()}


def _evaluating(plain: str, filter: Filter) -> Filter:
    def read(name: str, given: Given) -> list[Criterion]:
        text = given.text(name) or ""
        value = _value(name, text, given.now)
        if text and value in (None, ""):
            # Nothing is equal to nothing: the list is not left as if it had not been asked for.
            return [Criterion("nothing", "eq", None)]
        return filter(plain, Given({**given.values, plain: value}, given.now))

    return read


def _value(name: str, text: str, now: int) -> Any:
    if _USER.search(text):
        raise InvalidRequest(f"`{name}`: there is no current user: this server has no access control yet.")
    try:
        value = compile(text, Language.JUEL, template=True).evaluate({}, Settings(now=lambda: from_millis(now)))
        return _as_dates_are_given(value)
    except (ExpressionInvalid, EvaluationFailed) as problem:
        raise InvalidRequest(
            f"`{name}` cannot be evaluated: {problem}. Queries know functions such as now() and dateTime(), and "
            "constants, but no variables."
        ) from None


def _as_dates_are_given(value: Any) -> Any:
    """A date is text in an expression's value; the filter reads it as one that was given in the query."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return shown_moment(to_millis(moment)) if moment.tzinfo is not None else value
