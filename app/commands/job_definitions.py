"""Freezing the jobs of a definition: its timers and continuations are not done until they are allowed again."""

from __future__ import annotations

from app.engine.suspension import change
from app.engine.work import Work


def freeze(
    tx: Work,
    definition_id: str | None = None,
    *,
    key: str | None = None,
    element_id: str | None = None,
    with_jobs: bool = False,
    at_millis: int | None = None,
) -> None:
    """Keep jobs of a definition (or of all versions of a key), or of one element of it, from being done.

    With `with_jobs` those too that are there; later where `at_millis` says so.
    """
    change(tx, "freeze", definition_id, key=key, at_millis=at_millis, element_id=element_id, with_jobs=with_jobs)


def thaw(
    tx: Work,
    definition_id: str | None = None,
    *,
    key: str | None = None,
    element_id: str | None = None,
    with_jobs: bool = False,
    at_millis: int | None = None,
) -> None:
    """Let jobs be done again; with `with_jobs` those too that were kept. Named as in `freeze`."""
    change(tx, "thaw", definition_id, key=key, at_millis=at_millis, element_id=element_id, with_jobs=with_jobs)
