"""Variable rows: loaded with their instance, written by changed name, deleted with their scope."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, case, delete, exists, literal, literal_column, select
from sqlalchemy import bindparam as p
from sqlalchemy.dialects import postgresql, sqlite

from app.db import Parameters, Row, Statement, Transaction
from app.engine import large
from app.engine.search import search_text
from app.errors import InvalidRequest
from app.models import state_part, variable
from bpmn.values import Value, from_json, to_json

MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class Declared:
    """The type that a client declared for a value; `info` is JSON text about it."""

    value: Value
    type: str
    info: str | None = None


_KEY = ["instance_id", "scope", "name"]
_CHANGING = ("value", "search", "type", "info")
_ROW: dict[str, Any] = {name: p(name) for name in (*_KEY, *_CHANGING)}

_loaded = (variable.c.scope, variable.c.name, variable.c.value)
_typed = (*_loaded, variable.c.type, variable.c.info)
_of_instance = variable.c.instance_id == p("id")
_has_parts = exists(select(literal_column("1")).where(state_part.c.instance_id == p("id")))
_plain = select(*_loaded).where(_of_instance)
# What a command restores an instance with: all, but of an instance with parts only those of the process. Each database
# is asked so that it does not look at the others.
LOAD = Statement(
    _plain.where(variable.c.scope == literal_column("0")).union_all(
        _plain.where(variable.c.scope > literal_column("0"), ~_has_parts)
    ),
    sqlite=_plain.where(
        variable.c.scope
        <= select(case((_has_parts, literal_column("0")), else_=literal_column(str(2**63 - 1)))).scalar_subquery()
    ),
)
LOAD_ALL = Statement(select(*_loaded).where(_of_instance))
LOAD_SCOPE = Statement(select(*_loaded).where(_of_instance, variable.c.scope == p("number")))
# With the declared types.
LOAD_TYPED = Statement(select(*_typed).where(_of_instance))
_SIGHT = [f"scope{number}" for number in range(8)]
_LOAD_SIGHT = Statement(select(*_typed).where(_of_instance, variable.c.scope.in_([p(name) for name in _SIGHT])))
_to_postgresql = postgresql.insert(variable).values(_ROW)
_to_sqlite = sqlite.insert(variable).values(_ROW)
_PUT = Statement(
    _to_postgresql.on_conflict_do_update(
        index_elements=_KEY, set_={name: _to_postgresql.excluded[name] for name in _CHANGING}
    ),
    sqlite=_to_sqlite.on_conflict_do_update(
        index_elements=_KEY, set_={name: _to_sqlite.excluded[name] for name in _CHANGING}
    ),
)
_DROP_SCOPE = Statement(
    delete(variable).where(variable.c.instance_id == p("instance"), variable.c.scope == p("number"))
)


def sight(instance_id: str, scopes: Sequence[int]) -> tuple[Statement, Parameters]:
    """The statement that reads the variables of these scopes, with their declared types (and maybe those of others)."""
    if len(scopes) > len(_SIGHT):
        return LOAD_TYPED, {"id": instance_id}
    padded = [*scopes, *[-1] * (len(_SIGHT) - len(scopes))]
    return _LOAD_SIGHT, {"id": instance_id, **dict(zip(_SIGHT, padded, strict=True))}


def values(rows: Iterable[Row]) -> dict[tuple[int, str], Value]:
    """The values of rows that `LOAD` found, by scope and name."""
    return {(scope, name): large.read(text) for scope, name, text in rows}


def put(
    tx: Transaction, instance_id: str, scope: int, name: str, value: Value, declared: Declared | None = None
) -> None:
    """Write a variable, new or changed. Only those of the process can be searched.

    `declared` counts where the value is the one that it was declared for.
    """
    fits = declared is not None and declared.value == value and type(declared.value) is type(value)
    row = {
        "instance_id": instance_id,
        "scope": scope,
        "name": name,
        "value": to_json(value).decode(),
        "search": search_text(value) if scope == 0 else None,
        "type": declared.type if fits and declared is not None else None,
        "info": declared.info if fits and declared is not None else None,
    }
    tx.later(_PUT, row)


def carried(variables: Mapping[str, Value], declared: Mapping[str, Declared]) -> dict[str, Any]:
    """What a job's payload says of variables and of the types that were declared for them."""
    types = {
        name: (declared[name].type, declared[name].info)
        for name, value in variables.items()
        if name in declared and declared[name].value == value
    }
    return {"variables": variables, "types": types}


def arrived(payload: Mapping[str, Any]) -> tuple[dict[str, Value], dict[str, Declared]]:
    """Variables of a job's payload, and the types that were declared for them."""
    values: dict[str, Value] = payload.get("variables", {})
    return values, {name: Declared(values[name], *told) for name, told in payload.get("types", {}).items()}


def drop_scope(tx: Transaction, instance_id: str, scope: int) -> None:
    """Delete the variables of a scope that has ended."""
    tx.later(_DROP_SCOPE, {"instance": instance_id, "number": scope})


def visible(rows: Sequence[Row], scopes: str, names: Container[str] | None = None) -> dict[str, Value]:
    """The variables that an activity instance sees; an inner scope hides the outer ones. `scopes`: innermost first."""
    return {name: from_json(row[2]) for name, row in in_sight(rows, map(int, scopes.split(",")), names).items()}


def in_sight(rows: Sequence[Row], scopes: Iterable[int], names: Container[str] | None = None) -> dict[str, Row]:
    """The rows of `visible`, by name. `scopes`: innermost first."""
    by_scope: dict[int, list[Row]] = {}
    for row in rows:
        if names is None or row[1] in names:
            by_scope.setdefault(row[0], []).append(row)
    return {row[1]: row for scope in reversed(list(scopes)) for row in by_scope.get(scope, ())}


def checked(variables: Mapping[str, Any] | None) -> dict[str, Value]:
    """Variables that a caller gave, if they can be kept; raises `InvalidRequest`."""
    for name, value in (variables or {}).items():
        if not name or len(name) > MAX_NAME or "\0" in name:
            raise InvalidRequest(
                f"The variable name {name[:40]!r} cannot be used: it takes 1 to {MAX_NAME} characters without NUL.",
                code="variable-name-invalid",
            )
        try:
            to_json(name), to_json(value)
        except (UnicodeEncodeError, TypeError, ValueError, RecursionError) as problem:
            raise InvalidRequest(
                f"The value of variable {name[:40]!r} is not JSON: {problem}.", code="variable-value-invalid"
            ) from None
    return dict(variables or {})


def holds(instance_id: Column[str], name: str, value: Value) -> ColumnElement[bool]:
    """The condition that a variable of the process has this value; raises `InvalidRequest` for lists and objects."""
    search = search_text(value)
    if search is None:
        raise InvalidRequest(f"Variable {name!r} can be compared with text, a number, a boolean or null only.")
    same = [variable.c.instance_id == instance_id, variable.c.scope == 0, variable.c.name == name]
    same.append(variable.c.search == search)
    if isinstance(value, str):
        same.append(variable.c.value == to_json(value).decode())
    return exists(select(literal(1)).where(*same))
