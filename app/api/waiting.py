"""Requests that wait, holding neither a thread nor a connection to the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from app.api.route import Caller
from app.api.server import Server
from app.clock import to_millis
from app.errors import Busy
from app.queries.external_tasks import available

WATCH_SECONDS = 1.0


async def wait_until(
    caller: Caller,
    bell: tuple[str, list[str]],
    reached: Callable[[], Awaitable[bool]],
    *,
    seconds: float,
    pause: float,
) -> bool:
    """Whether `reached` came true within `seconds`; asked again when the bell rings, and every `pause` seconds.

    It ends early where the client has gone or the server is about to stop.
    """
    kind, names = bell
    server, rung = caller.server, asyncio.Event()
    deadline = time.monotonic() + seconds
    server.bell.register(rung, kind, names)
    gone = asyncio.create_task(_disconnected(caller))
    try:
        while True:
            # Cleared before asking: what is committed meanwhile rings again.
            rung.clear()
            if await reached():
                return True
            left = deadline - time.monotonic()
            if left <= 0 or server.closing:
                return False
            await _rung_or_gone(rung, gone, min(left, pause))
            if gone.done():
                return False
    finally:
        gone.cancel()
        server.bell.forget(rung, kind, names)
        if rung.is_set():
            # Somebody else may want what this one was woken for.
            for name in names:
                server.bell.ring(kind, name)


async def _rung_or_gone(rung: asyncio.Event, gone: asyncio.Task[None], seconds: float) -> None:
    ringing = asyncio.create_task(_ringing(rung))
    try:
        await asyncio.wait({ringing, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ringing.cancel()


async def _ringing(rung: asyncio.Event) -> None:
    await rung.wait()


async def _disconnected(caller: Caller) -> None:
    while (await caller.request.receive())["type"] != "http.disconnect":
        pass


async def watch_topics(server: Server) -> None:
    """Wake those who wait for work that other processes committed, or whose time has come: one look for all of them."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        names = server.bell.waited_for("topic")
        if names:
            for name in await _available(server, names):
                server.bell.ring("topic", name)


async def _available(server: Server, names: list[str]) -> set[str]:
    now = to_millis(server.runtime.clock.now())
    try:
        return await server.read(lambda tx: available(tx, names, now=now))
    except Busy:
        return set()
