"""Variables of an instance, by scope."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import select

from app.db import Statement, Transaction
from app.errors import NotFound
from app.models import process_instance, variable
from bpmn.values import Value, from_json


@dataclass(frozen=True, slots=True)
class VariableRow:
    """A variable; `scope` is 0 for the process, else the number of the activity instance that owns it."""

    name: str
    value: Value
    scope: int


_EXISTS = Statement(select(process_instance.c.id).where(process_instance.c.id == p("id")))
_ALL = Statement(
    select(variable.c.name, variable.c.value, variable.c.scope)
    .where(variable.c.instance_id == p("id"))
    .order_by(variable.c.scope, variable.c.name)
)
_ONE = Statement(
    select(variable.c.name, variable.c.value, variable.c.scope).where(
        variable.c.instance_id == p("id"), variable.c.scope == p("number"), variable.c.name == p("variable_name")
    )
)


def of_instance(tx: Transaction, instance_id: str, *, scope: int | None = None) -> list[VariableRow]:
    """All variables, or those of one scope; raises `NotFound` where there is no such instance."""
    key = {"id": instance_id}
    found, rows = tx.fetch_each((_EXISTS, key), (_ALL, key))
    if not found:
        raise NotFound(f"There is no process instance {instance_id!r}.", code="process-instance-not-found")
    return [
        VariableRow(name, from_json(text), number) for name, text, number in rows if scope is None or number == scope
    ]


def get(tx: Transaction, instance_id: str, name: str, *, scope: int = 0) -> VariableRow:
    """One variable; raises `NotFound`."""
    row = tx.fetch_one(_ONE, {"id": instance_id, "number": scope, "variable_name": name})
    if row is None:
        raise NotFound(
            f"Process instance {instance_id!r} has no variable {name!r} in scope {scope}.", code="variable-not-found"
        )
    return VariableRow(row[0], from_json(row[1]), row[2])
