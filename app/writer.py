"""The one thread that writes to SQLite. What waits for it at the same time is committed together.

Each part is undone alone where it fails, and nobody is answered before all of them are committed: callers share the
commit and its sync of the disk, and no threads wait for each other (docs/decisions/0003-storage-and-transactions.md).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias, TypeVar

from app.db import Database, Transaction
from app.errors import Busy
from app.sqlite import AllUndone

T = TypeVar("T")
Write: TypeAlias = Callable[[Transaction], T]

# After this a group is committed although more is waiting: those who are in it wait for all of it.
_GROUP_SECONDS = 0.02


class Writer:
    """Takes what is to be written from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: SimpleQueue[_Asked | None] = SimpleQueue()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, write: Write[T]) -> Future[T]:
        """Call `write` in the writer's thread, with the transaction that it is to be a part of.

        What it returns comes when that transaction is committed; what it raises comes then as well. Raises `Busy`
        after `close`.
        """
        if self._is_closed:
            raise Busy("The server is stopping.")
        asked = _Asked(write)
        self._waiting.put(asked)
        return asked.answer

    def close(self) -> None:
        """Write what waits, and end the thread."""
        self._is_closed = True
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            try:
                self._commit_together(group)
            except BaseException as problem:  # noqa: BLE001 - it is raised again where its callers wait
                for asked in group:
                    asked.problem = asked.problem or problem
            for asked in group:
                asked.tell()

    def _commit_together(self, group: list[_Asked]) -> None:
        deadline = time.monotonic() + _GROUP_SECONDS
        with Transaction(self._database, writes=True) as together:
            # The group grows by what comes while it is carried out.
            for asked in group:
                asked.carry_out(together)
                if time.monotonic() < deadline:
                    group += self._next()

    def _next(self) -> list[_Asked]:
        try:
            asked = self._waiting.get_nowait()
        except Empty:
            return []
        if asked is None:
            self._waiting.put(None)
            return []
        return [asked]


@dataclass(slots=True)
class _Asked:
    """What a caller wants to write, and what came of it."""

    write: Write[Any]
    answer: Future[Any] = field(default_factory=Future)
    result: Any = None
    problem: BaseException | None = None

    def carry_out(self, together: Transaction) -> None:
        """Do it, unless the caller has gone; raises `AllUndone` where nothing of the group is left."""
        if not self.answer.set_running_or_notify_cancel():
            return
        try:
            self.result = self.write(together)
        except AllUndone:
            raise
        except BaseException as problem:  # noqa: BLE001 - it is raised again where its caller waits
            self.problem = problem

    def tell(self) -> None:
        """Let the caller know."""
        if self.answer.cancelled():
            return
        if self.problem is None:
            self.answer.set_result(self.result)
        else:
            self.answer.set_exception(self.problem)
