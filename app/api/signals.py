"""Signals over HTTP."""

from __future__ import annotations

from app.api.route import Routes, Write
from app.api.schemas.operations import ThrowSignal
from app.commands import signals as commands

routes = Routes("Messages and signals")


@routes.post("/signals", "throwSignal", "Throw a signal", status=204)
def throw(tx: Write, body: ThrowSignal) -> None:
    """It reaches everybody who waits for it now, and starts every process that it starts."""
    commands.throw(tx, name=body.name, variables=body.variables)
