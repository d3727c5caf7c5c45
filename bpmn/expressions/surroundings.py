"""What an expression of a diagram is given besides the variables: time, chance, limits, and who it is that asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from bpmn.expressions.feel.budget import Settings
from bpmn.values import Value, Variables

Sets: TypeAlias = Literal["nothing", "by execution", "by name"]
"""Which variables a script sets: none, those of `execution.setVariable`, or every name that it assigns."""
Assign: TypeAlias = Callable[[str, Value], None]


@dataclass(frozen=True, slots=True)
class Script:
    """A text to be run in a sandbox; `key` is unique in its process, `language` one of "python", "javascript"."""

    key: str
    language: str
    text: str
    sets: Sets = "nothing"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a script gave: a value and the variables that it set, or the code and message of a BPMN error."""

    value: Value = None
    assigned: Mapping[str, Value] = field(default_factory=dict)
    error: str | None = None
    error_message: str | None = None


class Replies(Protocol):
    """What scripts gave that have been run for the step under way."""

    def reply(self, script: Script, variables: Variables) -> Reply:
        """What a script gave for these variables; raises what stops the step until that is known."""
        ...


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
    """`activity` is the number of the activity instance, 0 for the process.

    `assign` sets a variable where one may be set; `replies` are those of scripts.
    """

    instance: Instance = Instance()
    activity: int = 0
    assign: Assign | None = None
    replies: Replies | None = None

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
    key: str = ""
    """What a script that stands there is known by."""
    sets: Sets = "nothing"
    """Which variables a script that stands there sets."""


NOWHERE = Place()
