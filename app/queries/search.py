"""Filters by variable value: `name`, operator, value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Column, ColumnElement, exists, func, literal, select

from app.engine.search import LENGTH, search_text
from app.errors import InvalidRequest
from app.models import variable
from bpmn.values import Value, to_json

Operator = Literal["eq", "neq", "gt", "gteq", "lt", "lteq", "like"]
OPERATORS: tuple[str, ...] = get_args(Operator)


@dataclass(frozen=True, slots=True)
class VariableFilter:
    """The variable `name` of the process, compared with a value of the same kind; "like" takes % and _,
    and a backslash before them where they are meant themselves.

    Numbers compare exactly, whatever their size. Texts compare by code point, in order by their first 200 characters.
    Where the name or a text is compared in any case, that means the letters of ASCII; order heeds the case always.
    """

    name: str
    operator: Operator
    value: Value
    any_case_name: bool = False
    any_case_value: bool = False


def matching(instance_id: Column[str], wanted: VariableFilter) -> ColumnElement[bool]:
    """The condition that the instance has such a variable; raises `InvalidRequest` where it cannot be compared."""
    search = search_text(wanted.value)
    if search is None:
        raise _meaningless(f"Variable {wanted.name!r} can be compared with text, a number, a boolean or null only.")
    named = equal(variable.c.name, wanted.name, any_case=wanted.any_case_name)
    conditions = [variable.c.instance_id == instance_id, variable.c.scope == 0, named]
    return exists(select(literal(1)).where(*conditions, *_compared(wanted, search)))


def equal(column: ColumnElement[Any], text: str, *, any_case: bool) -> ColumnElement[bool]:
    """The condition that a text is this one, in any case of ASCII's letters where that is wanted."""
    return func.lower(column) == func.lower(literal(text)) if any_case else column == text


def _compared(wanted: VariableFilter, search: str) -> list[ColumnElement[bool]]:
    value, column = wanted.value, variable.c.search
    kind = search[0]
    if wanted.operator in ("eq", "neq"):
        any_case = wanted.any_case_value and isinstance(value, str)
        same = equal(column, search, any_case=any_case)
        if isinstance(value, str):
            same = same & equal(variable.c.value, to_json(value).decode(), any_case=any_case)
        return [same] if wanted.operator == "eq" else [column.is_not(None), ~same]
    if wanted.operator == "like":
        if not isinstance(value, str):
            raise _meaningless("`like` compares texts only.")
        pattern = literal("s" + _pattern(value))
        texts = (func.lower(column), func.lower(pattern)) if wanted.any_case_value else (column, pattern)
        return [column.is_not(None), texts[0].like(texts[1], escape="\\")]
    if kind not in "ns":
        raise _meaningless(f"`{wanted.operator}` compares numbers and texts only.")
    same_kind = [column >= kind, column < chr(ord(kind) + 1)]
    compare = {"gt": column > search, "gteq": column >= search, "lt": column < search, "lteq": column <= search}
    return [*same_kind, compare[wanted.operator]]


def _pattern(text: str) -> str:
    if len(text) > LENGTH:
        raise _meaningless(f"A pattern takes {LENGTH} characters at most.")
    if (len(text) - len(text.rstrip("\\"))) % 2:
        raise _meaningless("A pattern does not end with a backslash that stands before nothing.")
    return text.replace("\0", "\ufffd")


def _meaningless(message: str) -> InvalidRequest:
    return InvalidRequest(message, code="variable-filter-invalid")
