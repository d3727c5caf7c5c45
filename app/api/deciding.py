"""Evaluating decisions for both dialects: read, evaluate with no transaction open, remember."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.api.server import Server
from app.commands import decisions as commands
from app.db import Transaction
from app.engine import evaluations
from app.engine.decisions import DecisionDefinition
from bpmn.decisions import Outcome
from bpmn.expressions import Settings
from bpmn.values import Variables

Find = Callable[[Transaction], DecisionDefinition]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was evaluated; `id` is that of the evaluation in the history, None where it is not kept."""

    id: str | None
    definition: DecisionDefinition
    outcome: Outcome


async def decide(server: Server, find: Find, variables: Variables) -> Decided:
    """Evaluate the decision that `find` gives; raises `NotFound`, `InvalidRequest` beyond the budget."""
    runtime = server.runtime
    definition, known = await server.in_thread(lambda: runtime.decision(find))
    now = runtime.clock.now()
    settings = Settings(lambda: now, runtime.chance)
    outcome = await server.compute(lambda: evaluations.evaluate(definition, known, variables, settings))
    kept = await server.write(lambda tx: commands.remember(tx, definition, known, outcome))
    return Decided(kept, definition, outcome)
