"""What the routes share in one process: the runtime, threads to call it in, and a bell for those who wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from app.db import Transaction
from app.engine.drawings import Drawings, DrawingsAtHand, DrawingsMissing
from app.engine.runtime import REPEATABLE, Runtime
from app.engine.work import Work

T = TypeVar("T")

ONE_AT_A_TIME = "topic"


class Bell:
    """Wakes coroutines that wait for something to be committed; rung from any thread.

    For an instance all wake who wait for it. For a topic one wakes, the one that waits longest: it rings for the next
    one when it has got work, so that a hundred waiting workers do not all ask for one task.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], dict[asyncio.Event, None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def attach(self) -> None:
        """From now on events belong to the running loop."""
        self._loop = asyncio.get_running_loop()

    def register(self, event: asyncio.Event, kind: str, names: list[str]) -> None:
        """Set the event when one of these is rung for."""
        for name in names:
            self._waiting.setdefault((kind, name), {})[event] = None

    def forget(self, event: asyncio.Event, kind: str, names: list[str]) -> None:
        """Take back a registration."""
        for name in names:
            events = self._waiting.get((kind, name), {})
            events.pop(event, None)
            if not events:
                self._waiting.pop((kind, name), None)

    def ring(self, kind: str, name: str) -> None:
        """Something of this kind and name was committed."""
        if (kind, name) in self._waiting and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, kind, name)

    def waited_for(self, kind: str) -> list[str]:
        """The names of this kind that somebody waits for."""
        return [name for other, name in self._waiting if other == kind]

    def wake_all(self) -> None:
        """Wake everybody."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def _wake(self, kind: str, name: str) -> None:
        for event in self._waiting.get((kind, name), ()):
            if not event.is_set():
                event.set()
                if kind == ONE_AT_A_TIME:
                    return

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()


class Server:
    """The process behind the HTTP door."""

    def __init__(self, runtime: Runtime, *, worker_alive: Callable[[], bool | None]) -> None:
        """`worker_alive` says whether the worker of this process works; None where it has none."""
        self.runtime = runtime
        self.worker_alive = worker_alive
        self.bell = Bell()
        self.drawings = Drawings(runtime.database)
        self.closing = False
        # Of their own: what computes for seconds must not take the threads of those who only ask the database.
        self._computing = ThreadPoolExecutor(2, thread_name_prefix="computing")
        # A file may take as long to be read as the settings allow, which nobody else should wait for.
        self._reading = ThreadPoolExecutor(2, thread_name_prefix="reading")
        self._pool = ThreadPoolExecutor(runtime.settings.database_connections, thread_name_prefix="command")
        self._unlisten: Callable[[], None] = runtime.listen(self.bell.ring)

    def close_soon(self) -> None:
        """Send those who wait home, so that the server can stop."""
        self.closing = True
        self.bell.wake_all()

    def close(self) -> None:
        """Stop hearing of commits, and let the threads end."""
        self._unlisten()
        self._pool.shutdown()
        self._computing.shutdown(cancel_futures=True)
        self._reading.shutdown(cancel_futures=True)

    async def in_thread(self, call: Callable[[], T]) -> T:
        """Run something that waits or computes, without holding up others."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    async def compute(self, call: Callable[[], T]) -> T:
        """Run something that may compute for seconds, a few at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._computing, call)

    async def read_files(self, call: Callable[[], T]) -> T:
        """Read the files of a deployment, a few at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, call)

    async def write(self, command: Callable[[Work], T]) -> T:
        """Run a command in a transaction of its own; it is committed when this returns."""
        submitted = self.runtime.submit(command)
        if submitted is None:
            return await self.in_thread(lambda: self.runtime.write(command))
        try:
            result, tx = await asyncio.wrap_future(submitted)
        except REPEATABLE:
            return await self.in_thread(lambda: self.runtime.write(command))
        if tx.at_once:
            await self.in_thread(lambda: self.runtime.carry_on(tx.at_once))
        return result

    async def have(self, drawings: DrawingsAtHand, definition_ids: Iterable[str]) -> None:
        """Have the drawings of these definitions at hand; raises `NotFound`, and `InvalidRequest` for too many."""
        try:
            drawings.require(definition_ids)
        except DrawingsMissing as missing:
            await self.in_thread(partial(drawings.load, missing.definition_ids))

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run a query."""
        return await self.in_thread(lambda: self.runtime.read(query))
