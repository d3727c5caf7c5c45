"""Variables that live for one command only: the execution sees them, and the database never does.

What the execution makes of their values is kept like everything else.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from app.engine.instances import Held
from app.engine.work import Work
from app.errors import InvalidRequest
from bpmn.facts import Fact, MessageThrown, ProcessCalled, SignalThrown, VariableSet
from bpmn.values import Value


def forget(tx: Work, held: Held) -> None:
    """Take the transient variables of this command out of what is about to be recorded of an instance.

    Raises `InvalidRequest` where a variable of the same name is kept there already.
    """
    if tx.transient:
        held.facts = [*_lasting(held, tx.transient)]


def _lasting(held: Held, transient: Mapping[str, Value]) -> list[Fact]:
    hidden: set[tuple[int, str]] = set()
    kept: list[Fact] = []
    for fact in held.facts:
        if isinstance(fact, VariableSet) and fact.name in transient:
            place = (fact.scope, fact.name)
            if fact.value == transient[fact.name]:
                hidden.add(place)
            if place in hidden:
                _require_new(held, place)
                continue
        kept.append(_cleared(fact, transient))
    return kept


def _require_new(held: Held, place: tuple[int, str]) -> None:
    if place in held.variables:
        raise InvalidRequest(
            f"Cannot set transient variable '{place[1]}': a variable of this name is kept in process instance "
            f"{held.row.id} already."
        )


def _cleared(fact: Fact, transient: Mapping[str, Value]) -> Fact:
    """What goes to others without the transient variables: it reaches them by way of the database."""
    if isinstance(fact, ProcessCalled | SignalThrown | MessageThrown):
        return msgspec.structs.replace(fact, variables=without(transient, fact.variables))
    return fact


def without(transient: Mapping[str, Value], variables: Mapping[str, Value]) -> dict[str, Value]:
    """The variables that are not transient."""
    return {name: value for name, value in variables.items() if name not in transient or transient[name] != value}
