"""Filters by variable value in a query string: `name_operator_value`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from app.api.reading import read_json
from app.errors import InvalidRequest
from app.queries.search import OPERATORS, VariableFilter

# The first operator counts, so that values may hold underscores as they like; names should not read `_eq_`.
_FILTER = re.compile(rf"(.{{1,255}}?)_({'|'.join(OPERATORS)})_(.*)", re.DOTALL)
_JSON = re.compile(r'-?\d.*|".*"|true|false|null', re.DOTALL)


def variable_filters(texts: Iterable[str]) -> tuple[VariableFilter, ...]:
    """What the texts ask for; raises `InvalidRequest`."""
    return tuple(_filter(text) for text in texts)


def _filter(text: str) -> VariableFilter:
    match = _FILTER.fullmatch(text)
    if match is None:
        raise InvalidRequest(
            f"The variable filter {text[:80]!r} does not read name_operator_value with one of {', '.join(OPERATORS)}.",
            code="variable-filter-invalid",
        )
    name, operator, value = match.groups()
    return VariableFilter(name, operator, _value(value))  # type: ignore[arg-type]


def _value(text: str) -> Any:
    if not _JSON.fullmatch(text):
        return text
    try:
        return read_json(text.encode())
    except InvalidRequest:
        # Such as a date: it begins like a number.
        return text
