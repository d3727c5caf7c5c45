"""The application: routes, problems, gate, documentation, and what runs beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app import __version__
from app.api import (
    ad_hoc_activities,
    conditions,
    decisions,
    deployments,
    expressions,
    external_tasks,
    health,
    history,
    incidents,
    jobs,
    messages,
    process_definitions,
    process_instances,
    signals,
    user_tasks,
    variables,
)
from app.api.documentation import document
from app.api.engine_rest.door import Door
from app.api.engine_rest.operations import PUBLISHED, TABLE
from app.api.engine_rest.porch import Porch
from app.api.gate import Gate
from app.api.heads import Heads
from app.api.problems import answer_rejection, answer_routing
from app.api.route import told_apart
from app.api.server import Server
from app.api.waiting import watch_topics
from app.clock import Clock
from app.config import Settings
from app.engine.runtime import Runtime
from app.errors import Rejection
from app.queue import Lane
from app.worker.loop import Worker

# Those that are asked most come first: routes are tried in this order.
_NOUNS = (
    user_tasks,
    process_instances,
    external_tasks,
    messages,
    variables,
    history,
    process_definitions,
    deployments,
    decisions,
    signals,
    conditions,
    jobs,
    incidents,
    expressions,
    ad_hoc_activities,
    health,
)


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """The server as an ASGI application; its lifespan opens the database and works off jobs."""
    app: FastAPI = FastAPIOffline(
        title="Throughline",
        version=__version__,
        redoc_url=None,
        redirect_slashes=False,
        static_url="/docs-assets",
        lifespan=_lifespan(settings, clock),
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=[
            Middleware(Heads),
            Middleware(Porch),
            Middleware(Gate, settings=settings),
            Middleware(Door, table=TABLE, published=PUBLISHED),
        ],
        swagger_ui_parameters={"defaultModelsExpandDepth": 0},
    )
    # Before the pages of the documentation, which are there already.
    app.router.routes[:0] = told_apart([endpoint for noun in _NOUNS for endpoint in noun.routes.endpoints])
    app.router.routes.append(Route("/", _to_documentation))
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    app.add_exception_handler(Rejection, answer_rejection)
    app.add_exception_handler(HTTPException, answer_routing)
    return app


async def _to_documentation(_: Request) -> Response:
    """Whoever opens the bare address in a browser comes to the page that is there."""
    return RedirectResponse("/docs")


def _lifespan(settings: Settings, clock: Clock | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        runtime = Runtime(settings, clock=clock)
        workers = _workers(runtime)
        server = Server(runtime, worker_alive=lambda: all(worker.alive for worker in workers) if workers else None)
        server.bell.attach()
        app.state.server = server
        watching = asyncio.create_task(watch_topics(server))
        for worker in workers:
            worker.start()
        yield
        watching.cancel()
        server.close_soon()
        await asyncio.gather(*(asyncio.to_thread(worker.stop) for worker in workers))
        server.close()
        runtime.close()

    return lifespan


def _workers(runtime: Runtime) -> list[Worker]:
    """One for jobs, and as many for scripts as may run at a time."""
    if not runtime.settings.worker:
        return []
    scripts = [Worker(runtime, Lane.SCRIPTS) for _ in range(runtime.settings.script_processes)]
    return [Worker(runtime, Lane.OTHERS), *scripts]
