"""Variables set by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress

from sqlalchemy import bindparam as p
from sqlalchemy import delete

from app.db import Statement
from app.engine import advance, instances
from app.engine.instances import Held
from app.engine.variables import checked
from app.engine.work import Work
from app.errors import NotFound
from app.ids import split_place
from app.models import variable
from bpmn.errors import NotWaiting
from bpmn.values import Value

_DROP = Statement(
    delete(variable).where(
        variable.c.instance_id == p("instance"), variable.c.scope == p("number"), variable.c.name == p("variable_name")
    )
)


def set_values(tx: Work, instance_id: str, *, values: Mapping[str, Value], scope: int = 0) -> None:
    """Set variables in a scope: 0 is the process, else the number of an open activity instance.

    Raises `NotFound`, `InvalidState`, `InvalidRequest`.
    """
    given = checked(values)
    row, _ = instances.lock(tx, instance_id)
    if row.ended:
        instances.require_active(row)
    held = instances.restore(tx, row)
    try:
        held.execution.set_variables(scope, given)
    except NotWaiting:
        raise NotFound(
            f"Process instance {instance_id} has no open scope {scope}; 0 is the process itself.",
            code="scope-not-found",
        ) from None
    advance.settle(tx, held, "set-variables", {"scope": scope, "names": sorted(given)})


def change(
    tx: Work, place: str, *, values: Mapping[str, Value], remove: Collection[str] = (), local: bool = False
) -> str:
    """Set and remove variables as they are seen from a place: an instance, or an open activity instance of it.

    A variable is set where it is, else in the process; with `local`, always at the place itself. What is to be removed
    and is not there is removed already. Returns the id of the instance. Raises `NotFound`, `InvalidState`,
    `InvalidRequest`.
    """
    given = checked(values)
    instance_id, number = split_place(place)
    row, _ = instances.lock(tx, instance_id)
    if row.ended:
        instances.require_active(row)
    held = instances.restore(tx, row)
    scopes = _scopes(held, number or 0)
    by_scope: dict[int, dict[str, Value]] = {}
    for name, value in given.items():
        by_scope.setdefault(_scope_of(held, scopes, name, 0, local), {})[name] = value
    for scope, some in by_scope.items():
        held.execution.set_variables(scope, some)
    removed = _remove(tx, held, scopes, [name for name in remove if name not in given], local)
    operation = {"place": place, "names": sorted(given), "removed": removed}
    advance.settle(tx, held, "set-variables", operation)
    return instance_id


def _scopes(held: Held, number: int) -> list[int]:
    """The scopes that are seen from an activity instance, innermost first."""
    try:
        return held.execution.scopes_of(number)
    except NotWaiting:
        raise NotFound(
            f"Process instance {held.row.id} has no open scope {number}; 0 is the process itself.",
            code="scope-not-found",
        ) from None


def _scope_of(held: Held, scopes: list[int], name: str, otherwise: int, local: bool) -> int:
    if local:
        return scopes[0]
    return next((scope for scope in scopes if (scope, name) in held.variables), otherwise)


def _remove(tx: Work, held: Held, scopes: list[int], names: list[str], local: bool) -> list[list[int | str]]:
    removed: list[list[int | str]] = []
    for name in names:
        scope = _scope_of(held, scopes, name, -1, local)
        if (scope, name) in held.variables:
            tx.later(_DROP, {"instance": held.row.id, "number": scope, "variable_name": name})
            removed.append([scope, name])
    for scope in dict.fromkeys(int(scope) for scope, _ in removed):
        if not held.execution.ended:
            _tell(held, scope, [str(name) for around, name in removed if around == scope])
    return removed


def _tell(held: Held, scope: int, names: list[str]) -> None:
    """Let conditions see that variables are gone; a scope that ended meanwhile has none any more."""
    with suppress(NotWaiting):
        held.execution.remove_variables(scope, names)
