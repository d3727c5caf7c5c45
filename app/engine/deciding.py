"""The decisions that business rule tasks mean, found when they are evaluated, as called processes are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.engine import decisions, definitions
from bpmn.deciding import DecisionInForce, DecisionReference

if TYPE_CHECKING:
    from app.engine.work import Work


def in_force(tx: Work, definition_id: str, wanted: DecisionReference) -> DecisionInForce | None:
    """The decision that an instance of this process definition means at this moment; raises `ModelMissing`."""
    found = decisions.VERSIONS.bound(
        tx, wanted.key, wanted.binding, wanted.version, lambda: definitions.deployment_of(tx, definition_id)
    )
    if found is None:
        return None
    known = tx.definitions.decisions(found.requirements_id)
    return DecisionInForce(found.id, found.version, found.requirements_id, known.decisions)
