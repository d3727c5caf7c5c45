"""Filters by variable value: `name`, operator, value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Column, ColumnElement, exists, literal, select

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
    """

    name: str
    operator: Operator
    value: Value


def matching(instance_id: Column[str], wanted: VariableFilter) -> ColumnElement[bool]:
    """The condition that the instance has such a variable; raises `InvalidRequest` where it cannot be compared."""
    search = search_text(wanted.value)
    if search is None:
        raise _meaningless(f"Variable {wanted.name!r} can be compared with text, a number, a boolean or null only.")
    conditions = [variable.c.instance_id == instance_id, variable.c.scope == 0, variable.c.name == wanted.name]
    return exists(select(literal(1)).where(*conditions, *_compared(wanted, search)))


def _compared(wanted: VariableFilter, search: str) -> list[ColumnElement[bool]]:
    value, column = wanted.value, variable.c.search
    kind = search[0]
    if wanted.operator in ("eq", "neq"):
        same = column == search
        if isinstance(value, str):
            same = same & (variable.c.value == to_json(value).decode())
        return [same] if wanted.operator == "eq" else [column.is_not(None), ~same]
    if wanted.operator == "like":
        if not isinstance(value, str):
            raise _meaningless("`like` compares texts only.")
        return [column.is_not(None), column.like("s" + _pattern(value), escape="\\")]
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
