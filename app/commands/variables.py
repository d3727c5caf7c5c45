"""Variables set by hand."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine import advance, instances
from app.engine.variables import checked
from app.engine.work import Work
from app.errors import NotFound
from bpmn.errors import NotWaiting
from bpmn.values import Value


def set_values(tx: Work, instance_id: str, *, values: Mapping[str, Value], scope: int = 0) -> None:
    """Set variables in a scope: 0 is the process, else the number of an open activity instance.

    Raises `NotFound`, `InvalidState`, `InvalidRequest`.
    """
    given = checked(values)
    row, _ = instances.lock(tx, instance_id)
    if row.ended:
        instances.require_active(row)
    held = instances.restore(tx, row)
    try:
        held.execution.set_variables(scope, given)
    except NotWaiting:
        raise NotFound(
            f"Process instance {instance_id} has no open scope {scope}; 0 is the process itself.",
            code="scope-not-found",
        ) from None
    advance.settle(tx, held, "set-variables", {"scope": scope, "names": sorted(given)})
