"""What one evaluation may use, and what it is given from outside: the time, chance, limits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from bpmn.errors import EvaluationFailed
from bpmn.expressions.limits import MAX_CALLS, MAX_LENGTH, MAX_SECONDS, MAX_STEPS, MAX_WARNINGS

_LOOK_EVERY = 200
"""Steps between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`steps`: rounds of loops, items that functions visit and calls; `seconds`: computing time of one evaluation."""

    steps: int = MAX_STEPS
    seconds: float = MAX_SECONDS


def no_chance() -> float:
    """Where nobody brings chance in."""
    raise EvaluationFailed("random number() has no source of chance here")


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """`now` gives the time of `now()` and `today()`, zone-aware; `random` gives a number from 0 up to below 1."""

    now: Callable[[], datetime] = _utc_now
    random: Callable[[], float] = no_chance
    budget: Budget = Budget()


DEFAULTS = Settings()


class Runtime:
    """One evaluation: what is left of its budget, and its warnings. One that is shared makes several share them.

    A class with defaults and no constructor, since one is made for every evaluation, most of which never touch it.
    """

    settings: Settings = DEFAULTS
    left: int = MAX_STEPS
    look_at: int = MAX_STEPS - _LOOK_EVERY
    deadline: float = 0.0
    calls: int = 0
    warnings: tuple[str, ...] | list[str] = ()
    records: list[Any] | None = None
    """What decisions note on the way, where somebody wants to know."""

    def spend(self, steps: int = 1) -> None:
        """Take steps off the budget; raises `EvaluationFailed` where it is used up."""
        self.left -= steps
        if self.left < self.look_at:
            self._look()

    def _look(self) -> None:
        budget = self.settings.budget
        if self.left < 0:
            raise EvaluationFailed(f"the expression takes more than {budget.steps:,} steps")
        # Of this thread, so that a busy machine stops nothing.
        now = time.thread_time()
        if not self.deadline:
            self.deadline = now + budget.seconds
        if now > self.deadline:
            raise EvaluationFailed(f"the expression takes longer than {budget.seconds:g} seconds")
        self.look_at = max(self.left - _LOOK_EVERY, 0)

    def weigh(self, value: Any) -> Any:
        """Take the size of a value that was made off the budget, and give the value."""
        if type(value) in (str, list, dict):
            self.spend(len(value) >> 6)
        elif type(value) is int and value.bit_length() > 1_000:
            self.spend(value.bit_length() >> 9)
        return value

    def warn(self, message: str, position: int | None = None) -> Any:
        """Say why something is null, and give that null; the first `MAX_WARNINGS` are kept."""
        if position is not None:
            message = f"{message} (at character {position + 1})"
        if not self.warnings:
            self.warnings = []
        if isinstance(self.warnings, list) and len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(message)
        return None

    def enter(self) -> None:
        """A function of the expression is called; raises `EvaluationFailed` where calls nest too deeply."""
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise EvaluationFailed(f"functions call each other more than {MAX_CALLS} levels deep")
        self.spend()

    def leave(self) -> None:
        self.calls -= 1


def runtime(settings: Settings | None) -> Runtime:
    """A new evaluation under these settings."""
    made = Runtime()
    if settings is not None:
        made.settings = settings
        made.left = settings.budget.steps
        made.look_at = max(made.left - _LOOK_EVERY, 0)
        made.deadline = 0.0
    return made


def located(failed: EvaluationFailed, position: int) -> EvaluationFailed:
    """The failure with the place it comes from, unless it has one already."""
    if failed.position is None:
        failed.position = position
    return failed


def sized(length: int, what: str) -> None:
    """Refuse a "text" or "list" that grows too large; raises `EvaluationFailed`."""
    if length > MAX_LENGTH:
        parts = "characters" if what == "text" else "items"
        raise EvaluationFailed(f"the expression makes a {what} of more than {MAX_LENGTH:,} {parts}")


Run: TypeAlias = Callable[[Any, Runtime], Any]
"""An expression made ready: (variables or scope, evaluation) to value."""
