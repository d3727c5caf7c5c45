"""Expressions over HTTP: trial evaluations."""

from __future__ import annotations

from starlette.responses import Response

from app.api.route import Call, Routes, answered
from app.api.schemas.expressions import EvaluatedExpression, EvaluateExpression
from app.queries import expressions as queries
from bpmn.expressions import Language, Settings
from bpmn.values import to_json

routes = Routes("Expressions")


@routes.post(
    "/expressions/evaluate",
    "evaluateExpression",
    "Try an expression",
    example={"result": True, "warnings": []},
    response_model=EvaluatedExpression,
    once_only=False,
)
async def evaluate(call: Call, body: EvaluateExpression) -> Response:
    """What it yields for a context. Nothing is kept; where it goes wrong, `position` says in which place.

    It is computed as in a process: with exact numbers, the server's clock, and the same limits.
    """
    runtime = call.server.runtime
    now = runtime.clock.now()
    settings = Settings(lambda: now, runtime.chance)
    found = await call.server.compute(
        lambda: queries.evaluate(Language(body.language), body.expression, body.context, settings, runtime.sandboxes)
    )
    answer: EvaluatedExpression = {"result": found.result, "warnings": list(found.warnings)}
    return answered(200, to_json(answer))
