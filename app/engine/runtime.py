"""The server below its doors: how a command or a query is run, and what follows a commit."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

from app import queue
from app.clock import Clock, SystemClock
from app.config import Settings
from app.db import Conflict, Database, Transaction
from app.engine import jobs, scripts
from app.engine.decisions import DecisionDefinition, DecisionSet
from app.engine.definitions import Definitions
from app.engine.memory import ModelMissing
from app.engine.work import Work
from app.errors import Busy, Rejection
from app.log import Log
from app.queue import Claimed
from app.writer import Writer
from bpmn.model import ElementInfo
from bpmn.sandbox import Limits, SandboxCrashed, Sandboxes, SandboxesBusy, ScriptFailed, installed
from bpmn.scripts import Ran, run, told

T = TypeVar("T")
Listener = Callable[[str, str], None]

_SANDBOX_PATIENCE = 10.0
"""Seconds that a job waits for a free sandbox before others may take it."""
REPEATABLE = (ModelMissing, Conflict)
"""What a command raises that may well succeed when it is run again from its beginning."""

_ATTEMPTS = 20
_log = Log(__name__)


class Runtime:
    """Database, models, clock and settings of one process. Doors call `write` and `read`."""

    def __init__(
        self, settings: Settings, *, clock: Clock | None = None, chance: Callable[[], float] = random.random
    ) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.chance = chance
        self.sandboxes = _sandboxes(settings)
        self.definitions = Definitions(settings.policy)
        self.database = Database(
            settings.database_url,
            connections=settings.database_connections,
            busy_seconds=settings.busy_seconds,
            synchronous=settings.sqlite_synchronous,
        )
        self._writer = None if self.database.is_postgresql else Writer(self.database)
        self._listeners: list[Listener] = []
        self._listeners_lock = threading.Lock()

    def write(self, command: Callable[[Work], T], *, actor: str | None = None) -> T:
        """Run a command in one transaction, commit, and do what must be done before its caller is answered.

        A command is run again from its beginning where a model had to be loaded or the database asked for it. Raises
        the command's `Rejection`s, with nothing changed.
        """
        result, tx = self._commit(command, actor)
        self.carry_on(tx.at_once)
        return result

    def submit(self, command: Callable[[Work], T], *, actor: str | None = None) -> Future[tuple[T, Work]] | None:
        """Run a command once, together with others that wait at the same time; None where transactions run apart.

        The result comes when it is committed. What `write` does besides is left to the caller: to repeat it where it
        raises one of `REPEATABLE`, and to `carry_on` with the jobs that are to be done at once.
        """
        if self._writer is None:
            return None
        future = self._writer.submit(lambda together: self._run(command, actor, together))
        future.add_done_callback(self._tell_of)
        return future

    def read(self, query: Callable[[Transaction], T]) -> T:
        """Run a query in a transaction that sees one state of the database."""
        return self._attempt(lambda: self._read_once(query))

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(kind, name)` after each commit of this process that concerns it; the result ends that.

        Kinds: "jobs" and "scripts" (work for workers), "topic" (external tasks of this topic), "instance" (it ended).
        The listener is called from any thread and must not take long.
        """
        with self._listeners_lock:
            self._listeners = [*self._listeners, listener]
        return lambda: self._forget(listener)

    def perform(self, job: Claimed) -> None:
        """Do a claimed job; a failure is counted against its retries and never raised."""
        self.carry_on(self._perform(job))

    def elements(self, definition_id: str) -> dict[str, ElementInfo]:
        """The elements of a definition by id, with type and name; raises `NotFound`."""

        def known(_: Transaction) -> dict[str, ElementInfo]:
            return {element.id: element for element in self.definitions.model(definition_id).elements()}

        return self.read(known)

    def decision(self, find: Callable[[Transaction], DecisionDefinition]) -> tuple[DecisionDefinition, DecisionSet]:
        """A deployed decision, ready to be evaluated outside of transactions; raises what `find` raises."""

        def known(tx: Transaction) -> tuple[DecisionDefinition, DecisionSet]:
            found = find(tx)
            return found, self.definitions.decisions(found.requirements_id)

        return self.read(known)

    def close(self) -> None:
        """Let go of the database, and of the processes that run scripts."""
        self.sandboxes.close()
        if self._writer is not None:
            self._writer.close()
        self.database.close()

    def carry_on(self, claimed: list[Claimed]) -> None:
        """Do the jobs that carry a result on, and those that they leave, as long as a caller may be kept waiting."""
        if not claimed:
            return
        pending = deque(claimed)
        deadline = time.monotonic() + self.settings.return_seconds
        while pending and time.monotonic() < deadline:
            pending.extend(self._perform(pending.popleft(), patience=0))
        if pending:
            self._commit(lambda tx: _release(tx, pending), None)

    def _perform(self, job: Claimed, *, patience: float = _SANDBOX_PATIENCE) -> list[Claimed]:
        try:
            if job.kind == scripts.KIND:
                return self._run_script(job, patience)
            _, tx = self._commit(lambda tx: jobs.perform(tx, job), None)
        except Busy:
            # Nothing is wrong with the job: its lease ends and it is taken up again.
            _log.warning("job-postponed", job=job.id, kind=job.kind)
        except Rejection as problem:
            _log.warning("job-refused", job=job.id, kind=job.kind, code=problem.code, message=problem.message)
            self._count_failure(job, problem.message)
        except Exception as problem:  # noqa: BLE001 - the worker's loop: a failing job must not stop the others
            _log.exception("job-failed", job=job.id, kind=job.kind)
            self._count_failure(job, f"internal error: {type(problem).__name__}")
        else:
            return tx.at_once
        return []

    def _run_script(self, job: Claimed, patience: float) -> list[Claimed]:
        """Run a script between two transactions; a sandbox that breaks off counts against the job's retries."""
        asking, tx = self._commit(lambda tx: scripts.asked(tx, job), None)
        if asking is None:
            return tx.at_once
        given: Ran | str
        try:
            given = run(self.sandboxes, asking, patience=patience)
        except ScriptFailed as problem:
            given = told(problem)
        except SandboxesBusy:
            self._commit(lambda tx: _release(tx, [job]), None)
            return []
        except SandboxCrashed as problem:
            _log.warning("sandbox-crashed", job=job.id, language=asking.script.language, reason=str(problem))
            self._count_failure(job, str(problem))
            return []
        _, tx = self._commit(lambda tx: scripts.answered(tx, job, given), None)
        return tx.at_once

    def _count_failure(self, job: Claimed, error: str) -> None:
        self._commit(lambda tx: jobs.failed(tx, job, error), None)

    def _commit(self, command: Callable[[Work], T], actor: str | None) -> tuple[T, Work]:
        return self._attempt(lambda: self._write_once(command, actor))

    def _attempt(self, once: Callable[[], T]) -> T:
        attempt = 0
        while attempt < _ATTEMPTS:
            try:
                return once()
            except ModelMissing as missing:
                missing.load(self.database)
            except Conflict as conflict:
                attempt += 1
                _log.info("transaction-repeated", attempt=attempt, reason=str(conflict).partition("\n")[0])
                time.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 7)))
        raise Busy("Too many commands want the same; try again.")

    def _write_once(self, command: Callable[[Work], T], actor: str | None) -> tuple[T, Work]:
        submitted = self.submit(command, actor=actor)
        if submitted is not None:
            return submitted.result()
        result, tx = self._run(command, actor)
        self._tell(tx)
        return result, tx

    def _run(
        self, command: Callable[[Work], T], actor: str | None, within: Transaction | None = None
    ) -> tuple[T, Work]:
        with Work(self.database, self.settings, self.definitions, self.clock, actor, within, self.chance) as tx:
            return command(tx), tx

    def _tell_of(self, committed: Future[tuple[T, Work]]) -> None:
        if not committed.cancelled() and committed.exception() is None:
            self._tell(committed.result()[1])

    def _tell(self, tx: Work) -> None:
        for listener in self._listeners:
            for kind, name in tx.notices:
                listener(kind, name)

    def _read_once(self, query: Callable[[Transaction], T]) -> T:
        with Transaction(self.database, writes=False) as tx:
            return query(tx)

    def _forget(self, listener: Listener) -> None:
        with self._listeners_lock:
            self._listeners = [other for other in self._listeners if other is not listener]


def _sandboxes(settings: Settings) -> Sandboxes:
    """Where scripts are run: in the languages that are wanted and can be."""
    missing = set(settings.script_languages) - installed()
    if missing:
        _log.warning("script-languages-missing", languages=",".join(sorted(missing)))
    limits = Limits(settings.script_seconds, settings.script_megabytes, settings.script_characters)
    languages = set(settings.script_languages) & installed()
    return Sandboxes(languages, limits=limits, processes=settings.script_processes)


def _release(tx: Work, claimed: Iterable[Claimed]) -> None:
    """Let workers do what was to be done at once."""
    given_back = list(claimed)
    queue.release(tx, given_back, now=tx.millis)
    tx.notices.update(queue.notice(job.kind) for job in given_back)
