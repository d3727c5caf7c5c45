"""What an expression of a diagram is given besides the variables: time, chance, limits, and who it is that asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from bpmn.expressions.feel.budget import Settings
from bpmn.values import Value

Assign: TypeAlias = Callable[[str, Value], None]


@dataclass(frozen=True, slots=True)
class Instance:
    """The process instance that an expression is evaluated in; `actor` is who acts, where somebody does."""

    id: str | None = None
    business_key: str | None = None
    definition_id: str | None = None
    definition_key: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings(Settings):
    """`activity` is the number of the activity instance, 0 for the process; `assign` sets a variable where one may be
    set."""

    instance: Instance = Instance()
    activity: int = 0
    assign: Assign | None = None

    @property
    def activity_id(self) -> str | None:
        """What the activity instance is called everywhere; the instance itself by its id."""
        own = self.instance.id
        return own if own is None or not self.activity else f"{own}.{self.activity}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a diagram an expression stands: the element, whether it is a user task, and whether it may act."""

    element: str = ""
    name: str | None = None
    is_task: bool = False
    acts: bool = False
    """Whether it may set variables: the expression of a service task does something, a condition does not."""


NOWHERE = Place()
