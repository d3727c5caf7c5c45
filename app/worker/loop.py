"""The worker's loop: one thread that claims due jobs and does them, in every process that wants to."""

from __future__ import annotations

import threading

from app import queue
from app.clock import to_millis
from app.engine.runtime import Runtime
from app.engine.work import Work
from app.errors import Busy
from app.ids import new_id
from app.log import Log
from app.queue import Claimed, Lane
from app.worker.housekeeping import clean_up

CLEAN_UP_MILLIS = 60_000
_HEARD = {Lane.ALL: ("jobs", "scripts"), Lane.SCRIPTS: ("scripts",), Lane.OTHERS: ("jobs",)}
_log = Log(__name__)


class Worker:
    """Works off jobs until it is stopped. A commit of this process wakes it; others' jobs it finds by looking."""

    def __init__(self, runtime: Runtime, lane: Lane = Lane.ALL) -> None:
        self._runtime = runtime
        self._lane = lane
        # One script after the other: a claimed one that waits for another would keep its instance waiting.
        self._batch = 1 if lane is Lane.SCRIPTS else runtime.settings.worker_batch
        self._name = new_id()
        self._wanted = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._next_clean_up = 0
        self._due: int | None = None

    def start(self) -> None:
        """Begin to work, in a thread of its own."""
        self._unlisten = self._runtime.listen(self._hear)
        self._thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """Finish the job at hand and stop; jobs that were claimed and not begun go back."""
        self._stopping = True
        self._wanted.set()
        self._unlisten()
        self._thread.join(seconds)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def work_off(self) -> int:
        """Claim due jobs and do them, once; how many there were."""
        claimed = self._runtime.write(self._claim)
        for number, job in enumerate(claimed):
            if self._stopping:
                self._give_back(claimed[number:])
                break
            self._runtime.perform(job)
        return len(claimed)

    def clean_up(self) -> None:
        """Forget what has expired."""
        self._runtime.write(clean_up)

    def _claim(self, tx: Work) -> list[Claimed]:
        settings = tx.settings
        lease_end = tx.millis + int(settings.job_lease_seconds * 1000)
        return queue.claim(tx, now=tx.millis, lease_end=lease_end, owner=self._name, limit=self._batch, lane=self._lane)

    def _give_back(self, jobs: list[Claimed]) -> None:
        self._runtime.write(lambda tx: queue.release(tx, jobs, now=tx.millis))

    def _hear(self, kind: str, _name: str) -> None:
        if kind in _HEARD[self._lane]:
            self._wanted.set()

    def _run(self) -> None:
        while not self._stopping:
            self._wanted.clear()
            try:
                busy = self._round()
            except Busy as busy_database:
                _log.warning("worker-waits", reason=busy_database.message)
                busy = False
            except Exception:  # noqa: BLE001 - the worker's loop: it goes on whatever happens
                _log.exception("worker-round-failed")
                busy = False
            if not busy:
                self._wanted.wait(self._pause())

    def _round(self) -> bool:
        self._due = None
        now = to_millis(self._runtime.clock.now())
        if now >= self._next_clean_up and self._lane is not Lane.SCRIPTS:
            self._next_clean_up = now + CLEAN_UP_MILLIS
            self.clean_up()
        self._due = self._runtime.read(lambda tx: queue.next_ready(tx, self._lane))
        return self._due is not None and self._due <= now and self.work_off() > 0

    def _pause(self) -> float:
        """Seconds until the next look: not later than the poll, and sooner where a job is known to be due sooner."""
        poll = self._runtime.settings.worker_poll_seconds
        if self._due is None:
            return poll
        return min(poll, max(self._due - to_millis(self._runtime.clock.now()), 1) / 1000)
