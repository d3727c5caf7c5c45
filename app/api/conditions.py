"""Conditional start events over HTTP."""

from __future__ import annotations

from app.api.route import Routes, Write
from app.api.schemas.operations import EvaluateConditions, StartedByConditions
from app.api.starting import EXAMPLE, shown
from app.commands import conditions as commands

routes = Routes("Messages and signals")


@routes.post(
    "/conditions/evaluate",
    "evaluateConditions",
    "Start what is to begin when something is so",
    example={"items": [EXAMPLE]},
    refusals=[404],
)
def evaluate(tx: Write, body: EvaluateConditions) -> StartedByConditions:
    """Every conditional start event whose condition the variables make true starts an instance, which gets them."""
    started = commands.evaluate(
        tx,
        variables=body.variables,
        business_key=body.business_key,
        definition_id=body.process_definition_id,
    )
    return {"items": [shown(item) for item in started]}
