"""Whether the server can work."""

from __future__ import annotations

import sqlite3

import psycopg
from starlette.responses import Response

from app.api.route import Call, Routes, answered
from app.api.schemas.operations import Health
from app.db import newest_revision
from app.errors import Busy
from app.queries import health as queries
from bpmn.values import to_json

routes = Routes("Health")

_EXAMPLE = {"status": "up", "database": "up", "migrations": "current", "worker": "up"}
_DOWN = {"description": "The server cannot work.", "model": Health}


@routes.get(
    "/health",
    "getHealth",
    "See whether the server can work",
    example=_EXAMPLE,
    response_model=Health,
    examples={503: {**_EXAMPLE, "status": "down", "database": "down", "migrations": "unknown"}},
    also={503: _DOWN},
)
async def get(call: Call) -> Response:
    """For load balancers and people: 200 where database, schema and worker are as they should be, else 503."""
    health = await _health(call)
    return answered(200 if health["status"] == "up" else 503, to_json(health))


async def _health(call: Call) -> Health:
    alive = call.server.worker_alive()
    worker = "off" if alive is None else "up" if alive else "down"
    found: Health = {"status": "down", "database": "up", "migrations": "current", "worker": worker}  # type: ignore[typeddict-item]
    try:
        revision = await call.server.read(queries.revision)
    except Busy:
        return {**found, "database": "down", "migrations": "unknown"}
    except (sqlite3.Error, psycopg.Error):
        return {**found, "migrations": "behind"}
    if revision != await call.server.in_thread(newest_revision):
        return {**found, "migrations": "behind"}
    return {**found, "status": "down" if worker == "down" else "up"}
