"""Conditional start events: processes that begin when somebody says what is so (BPMN 10.5.2)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import literal_column, select

from app.commands import process_instances
from app.commands.process_instances import Started
from app.db import Statement
from app.engine import definitions
from app.engine.variables import checked
from app.engine.work import Work
from app.models import start_subscription
from bpmn.expressions import Settings
from bpmn.values import Value

_STARTS = Statement(
    select(start_subscription.c.definition_id, start_subscription.c.element_id)
    .where(start_subscription.c.kind == literal_column("'condition'"))
    .order_by(start_subscription.c.definition_id, start_subscription.c.element_id)
)


def evaluate(
    tx: Work,
    *,
    variables: Mapping[str, Value] | None = None,
    business_key: str | None = None,
    definition_id: str | None = None,
) -> list[Started]:
    """Start an instance for every conditional start event whose condition these variables make true.

    The newest version of every process is asked, or just `definition_id`, of whatever version; suspended ones are not.
    Raises `NotFound`, `InvalidRequest`.
    """
    given = checked(variables)
    return [
        process_instances.start(
            tx, definition_id=found_id, business_key=business_key, variables=given, start_event=element
        )
        for found_id, element in _starts(tx, definition_id)
        if _holds(tx, found_id, element, given)
    ]


def _starts(tx: Work, definition_id: str | None) -> list[tuple[str, str]]:
    if definition_id is None:
        return [(found_id, element) for found_id, element in tx.fetch(_STARTS, {})]
    return [
        (definition_id, trigger.element)
        for trigger in tx.definitions.model(definition_id).starts
        if trigger.kind == "condition"
    ]


def _holds(tx: Work, definition_id: str, element: str, variables: Mapping[str, Value]) -> bool:
    definition = definitions.by_id(tx, definition_id)
    if definition is None or definition.suspended:
        return False
    model = tx.definitions.model(definition_id)
    trigger = next(trigger for trigger in model.starts if trigger.element == element)
    return model.starts_with(trigger, variables, Settings(now=lambda: tx.now, random=tx.chance))
