"""Conditional start events."""

from __future__ import annotations

from typing import Any

from app.api.engine_rest import definition_ids, instance_shapes
from app.api.engine_rest.given import fields
from app.api.engine_rest.routing import Ask, Routes
from app.commands import conditions as commands
from app.engine import files
from app.engine.work import Work

routes = Routes()


@routes.write(
    "POST",
    "/condition",
    body=fields("variables businessKey withoutTenantId processDefinitionId", "tenantId"),
    note="suspended definitions are passed over",
)
def evaluate(tx: Work, ask: Ask) -> list[dict[str, Any]]:
    """Evaluate the conditions of conditional start events."""
    typed = ask.body.variables("variables")
    definition_id = ask.body.text("processDefinitionId")
    started = commands.evaluate(
        tx,
        variables=typed.declare(tx),
        business_key=ask.body.text("businessKey") or None,
        definition_id=None if definition_id is None else definition_ids.inside(definition_id),
    )
    for item in started:
        files.keep(tx, item.id, typed.files)
    return [instance_shapes.instance(item) for item in started]
