"""Suspending and resuming definitions, with their instances where that is wanted."""

from __future__ import annotations

from app.engine.suspension import change
from app.engine.work import Work


def suspend(
    tx: Work,
    definition_id: str | None = None,
    *,
    key: str | None = None,
    with_instances: bool = False,
    at_millis: int | None = None,
) -> None:
    """Let no new instances of a definition, or of all versions of a key, start; with `with_instances`, let the running
    ones rest too. Not now but later where `at_millis` says so. Raises `NotFound`, `InvalidState` (it is so already)."""
    change(tx, "suspend", definition_id, key=key, at_millis=at_millis, with_instances=with_instances)


def resume(
    tx: Work,
    definition_id: str | None = None,
    *,
    key: str | None = None,
    with_instances: bool = False,
    at_millis: int | None = None,
) -> None:
    """Let instances start again, and timers that fell due fire now; with `with_instances`, let the resting ones go on.

    Named and raising as `suspend`.
    """
    change(tx, "resume", definition_id, key=key, at_millis=at_millis, with_instances=with_instances)
