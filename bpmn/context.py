"""Context: what an execution is told by whoever drives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bpmn.deciding import FindDecision, no_decisions
from bpmn.expressions.feel.budget import no_chance


@dataclass(frozen=True, slots=True)
class Context:
    """What comes in by the door: the time, the limits, who acts, `chance`, a number from 0 up to below 1, and the
    decisions that are deployed.

    `max_steps` elements are entered in one advance, then `ContinuationDue` asks for another; after `step_ceiling`
    without any wait the tokens stop with the failure "step-limit".
    """

    now: datetime
    max_steps: int = 1000
    step_ceiling: int = 100_000
    actor: str | None = None
    business_key: str | None = None
    instance_id: str | None = None
    definition_id: str | None = None
    chance: Callable[[], float] = no_chance
    decisions: FindDecision = no_decisions
