"""What an expression of a diagram sees: variables, and what surrounds it."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple, Protocol

from bpmn.expressions import Settings
from bpmn.scopes import Visible
from bpmn.values import Variables


class Sight(Protocol):
    """The variables in sight, nearest scope first, and the time, chance and limits of an evaluation."""

    @property
    def variables(self) -> Variables: ...
    @property
    def settings(self) -> Settings: ...


class Seen(NamedTuple):
    """What is seen from a place that is no scope of an instance."""

    variables: Variables = MappingProxyType({})
    settings: Settings = Settings()


def over(own: Variables, sight: Sight) -> Sight:
    """The same sight with variables before those that are seen."""
    return Seen(Visible([own, sight.variables]), sight.settings)
