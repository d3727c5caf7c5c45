"""Decisions of business rule tasks: which one is meant, and how the interpreter gets it from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from bpmn.decisions import Decisions


@dataclass(frozen=True, slots=True)
class DecisionReference:
    """What a diagram says: `binding` is one of "latest", "version", "versionTag", "deployment", `version` what it
    needs: the number or the tag."""

    key: str
    binding: str = "latest"
    version: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionInForce:
    """The decision that a reference means at this moment: the identity and version of its definition, and its logic.

    `file` names the version of the DMN file that holds it.
    """

    id: str
    version: int
    file: str
    decisions: Decisions


FindDecision: TypeAlias = Callable[[DecisionReference], DecisionInForce | None]
"""Gives the decision that is meant; None where there is none."""


def no_decisions(_wanted: DecisionReference) -> None:
    """Where nobody brings decisions, there are none."""
