"""Places in running instances: the process itself and its open activity instances, and what variables they see."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import select

from app.db import Row, Statement, Transaction
from app.engine.shelf import PARTS
from app.engine.variables import in_sight, sight
from app.errors import NotFound
from app.ids import activity_id, split_place
from app.models import process_instance, state_part
from bpmn.state import alive, behind_borders


@dataclass(frozen=True, slots=True)
class Place:
    """An open activity instance; `scope` is the number of the one around it, 0 where that is the process."""

    instance_id: str
    number: int
    element_id: str
    scope: int
    role: str = ""
    """"body" of a repetition, "run" in it, "undo" of a completed subprocess, "listener" of its scope; else empty."""

    @property
    def id(self) -> str:
        """The name of the activity instance."""
        return activity_id(self.instance_id, self.number)

    @property
    def parent_id(self) -> str:
        """The name of the place around it."""
        return activity_id(self.instance_id, self.scope) if self.scope else self.instance_id


_STATE = Statement(select(process_instance.c.state).where(process_instance.c.id == p("id")))


def open_in(tx: Transaction, instance_id: str) -> list[Place]:
    """The open activity instances of a running instance, in the order in which they began; raises `NotFound`."""
    found, parts = tx.fetch_each((_STATE, {"id": instance_id}), (PARTS, {"id": instance_id}))
    if not found or found[0][0] is None:
        raise NotFound(f"There is no running process instance {instance_id!r}.", code="process-instance-not-found")
    return open_in_states(instance_id, [state for (state,) in (found[0], *parts) if state is not None])


def states(tx: Transaction, instance_ids: list[str]) -> dict[str, list[bytes]]:
    """The states of several running instances, each with its parts behind it."""
    found = select(process_instance.c.id, process_instance.c.state).where(process_instance.c.id.in_(instance_ids))
    by_id = {instance_id: [state] for instance_id, state in tx.select(found) if state is not None}
    parts = select(state_part.c.instance_id, state_part.c.state).where(
        state_part.c.instance_id.in_(instance_ids), state_part.c.state.is_not(None)
    )
    for instance_id, state in tx.select(parts):
        by_id[instance_id].append(state)
    return by_id


def open_in_states(instance_id: str, states: list[bytes]) -> list[Place]:
    """The open activity instances of an instance in this state with its parts, in the order in which they began."""
    return [Place(instance_id, *place) for place in alive(*states)]


def borders_in_state(instance_id: str, state: bytes) -> list[tuple[str, str]]:
    """What waits for a transaction of its own: element, and the name of the place around it."""
    waiting = behind_borders(state)
    return [(element, activity_id(instance_id, scope) if scope else instance_id) for element, scope in waiting]


def at_borders(tx: Transaction, instance_id: str) -> list[tuple[str, str]]:
    """What waits for a transaction of its own: element, and the name of the place around it."""
    found = tx.fetch_one(_STATE, {"id": instance_id})
    return [] if found is None or found[0] is None else borders_in_state(instance_id, found[0])


def variables(tx: Transaction, place: str, *, local: bool = False) -> dict[str, Row]:
    """The variables that are seen from a place, or with `local` those of its own, by name: rows of scope, name, JSON
    text, declared type and info. Raises `NotFound` where the place is not open."""
    instance_id, number = split_place(place)
    scopes = _scopes(tx, place, instance_id, number or 0)
    seen = scopes[:1] if local else scopes
    return in_sight(tx.fetch(*sight(instance_id, seen)), seen)


def _scopes(tx: Transaction, place: str, instance_id: str, number: int) -> list[int]:
    outer = {found.number: found.scope for found in open_in(tx, instance_id)}
    if number and number not in outer:
        raise NotFound(f"There is no open activity instance {place!r}.", code="scope-not-found")
    scopes = [number]
    while scopes[-1]:
        scopes.append(outer[scopes[-1]])
    return scopes
