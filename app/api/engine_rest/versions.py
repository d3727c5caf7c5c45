"""What clients ask first: which version answers, and for which engines."""

from __future__ import annotations

from app.api.engine_rest.routing import Ask, Routes
from app.db import Transaction

# The release of Camunda 7 whose dialect is spoken.
VERSION = "7.24.0"

routes = Routes()


@routes.read("/version", note=f"always {VERSION}: the release whose dialect is spoken")
def version(tx: Transaction, ask: Ask) -> dict[str, str]:
    """The version of the dialect."""
    return {"version": VERSION}


@routes.read("/engine")
def engines(tx: Transaction, ask: Ask) -> list[dict[str, str]]:
    """The one engine there is."""
    return [{"name": "default"}]
