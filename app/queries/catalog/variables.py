"""Variables of instances, by scope; and what other nouns find by the values of variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, cast, exists, func, literal, select, tuple_

from app.db import Row
from app.errors import InvalidRequest
from app.models import process_definition, process_instance, variable
from app.queries.catalog.criteria import Catalog, Meaning, either, listed, nothing
from app.queries.search import VariableFilter, equal, matching
from bpmn.values import Value, from_json, to_json


class Variable(NamedTuple):
    """A variable; `scope` is 0 for the process, else the number of the activity instance that owns it.

    `type` and `info` are what a client declared; `version` is that of the definition.
    """

    instance_id: str
    scope: int
    name: str
    value: Value
    type: str | None
    info: str | None
    definition_id: str
    definition_key: str
    root_id: str
    started_at: int
    ended_at: int | None
    version: int


class OfVariable(NamedTuple):
    """The order of the values of a variable of the process; `kind` is "text", "number", "boolean" or "date"."""

    name: str
    kind: str


class Having(NamedTuple):
    """A variable that is asked for by name and value; "any case" is that of the letters of ASCII."""

    name: str
    value: Value
    any_case_name: bool = False
    any_case_value: bool = False


_table = variable.c
_instance = process_instance.c
_chosen: Select[Any] = select(
    _table.instance_id,
    _table.scope,
    _table.name,
    _table.value,
    _table.type,
    _table.info,
    _instance.definition_id,
    _instance.definition_key,
    _instance.root_id,
    _instance.started_at,
    _instance.ended_at,
    process_definition.c.version,
)
_from = _chosen.join_from(variable, process_instance, _instance.id == _table.instance_id).join(
    process_definition, process_definition.c.id == _instance.definition_id
)


def _row(row: Row) -> Variable:
    instance_id, scope, name, text, *others = row
    return Variable(instance_id, scope, name, from_json(text), *others)


def _place(_: str, places: Any) -> ColumnElement[bool]:
    """Scopes of instances: pairs of instance and number."""
    return tuple_(_table.instance_id, _table.scope).in_(listed(places))


VARIABLES: Catalog[Variable] = Catalog(
    _from,
    _row,
    _table.name,
    {
        "instance": _table.instance_id,
        "place": _place,
        "name": _table.name,
        "having": lambda operator, value: _named(Having(*value)) & having(_table.instance_id)(operator, value),
        "definition": _instance.definition_id,
        "definition-key": _instance.definition_key,
        "running": lambda _, value: _instance.ended_at.is_(None) if value else _instance.ended_at.is_not(None),
        "declared": either(_table.type.is_not(None)),
        "nothing": nothing,
    },
    {"name": _table.name, "instance": _table.instance_id, "scope": _table.scope, "type": _table.type},
)


def _named(asked: Having) -> ColumnElement[bool]:
    return equal(_table.name, asked.name, any_case=asked.any_case_name)


def having(instance_id: Any) -> Meaning:
    """What "has a variable with such a value" means to a noun; a value is a `Having`, or a pair of name and value."""

    def condition(operator: str, value: Any) -> ColumnElement[bool]:
        asked = Having(*value)
        if operator == "not-like":
            other = variable.alias()
            named = equal(other.c.name, asked.name, any_case=asked.any_case_name)
            texts = select(literal(1)).where(
                other.c.instance_id == instance_id, other.c.scope == 0, named, other.c.search.like("s%")
            )
            return exists(texts) & ~condition("like", value)
        wanted = VariableFilter(asked.name, operator, asked.value, asked.any_case_name, asked.any_case_value)  # type: ignore[arg-type]
        return matching(instance_id, wanted)

    return condition


_KINDS = {"text": "s", "date": "s", "number": "n", "boolean": "b"}
_DATE = "Date"


def by_value(instance_id: Any) -> Callable[[OfVariable], ColumnElement[Any]]:
    """What a noun is ordered by: the value of a variable of its process, where that is of the kind that is meant."""

    def order(asked: OfVariable) -> ColumnElement[Any]:
        kind = _KINDS[asked.kind]
        here = [_table.instance_id == instance_id, _table.scope == 0, _table.name == asked.name]
        of_kind = [_table.search >= kind, _table.search < chr(ord(kind) + 1)]
        if kind == "s":
            declared = func.coalesce(_table.type, "")
            of_kind.append(declared == _DATE if asked.kind == "date" else declared != _DATE)
        return select(_table.search).where(*here, *of_kind).scalar_subquery()

    return order


def having_at(instance_id: Any, scope: Any) -> Meaning:
    """Like `having`, for a variable of one scope, inner ones too: compared as they are written, for equality."""

    def condition(_: str, value: Any) -> ColumnElement[bool]:
        asked = Having(*value)
        here = [_table.instance_id == instance_id, _table.scope == scope, _table.name == asked.name]
        return exists(select(literal(1)).where(*here, _table.value == to_json(asked.value).decode()))

    return condition


def having_near(instance_id: Any, scopes: Any) -> Meaning:
    """Like `having`, for a variable in the innermost scope of a task.

    Variables of inner scopes have no text to search by: they are compared as they are written, for equality only.
    """

    def condition(operator: str, value: Any) -> ColumnElement[bool]:
        asked = Having(*value)
        if operator not in ("eq", "neq"):
            raise InvalidRequest("Variables of tasks can be compared by `eq` and `neq` only.")
        own = cast(_table.scope, Text)
        here = [_table.instance_id == instance_id, _named(asked), scopes.startswith(own + ",")]
        any_case = asked.any_case_value and isinstance(asked.value, str)
        same = equal(_table.value, to_json(asked.value).decode(), any_case=any_case)
        return exists(select(literal(1)).where(*here, same if operator == "eq" else ~same))

    return condition
