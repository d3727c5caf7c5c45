"""A server that is killed and started again, at random moments of its life and sometimes of its birth."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import TypeAlias

from app import cli
from benchmarks import processes

# A job of a server that was killed is taken over after this.
SETTINGS = {"THROUGHLINE_JOB_LEASE_SECONDS": "1", "THROUGHLINE_LOG_LEVEL": "WARNING"}
PATIENCE = 30.0

Process: TypeAlias = "subprocess.Popen[bytes] | ForkServerProcess"

# Starting Python and importing everything takes most of a start; a fork of a process that has done so does the rest.
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["app.cli"])


def serve(environment: Mapping[str, str], log: Path) -> None:
    """What `python -m app serve` does, in this process."""
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    cli.main(["serve"])


class MortalServer:
    """`restarts` holds the seconds to the first answer, for starts by the command line and by a fork."""

    def __init__(self, database_url: str, log: Path, seed: int = 0) -> None:
        self.port = processes.free_port()
        self.restarts: dict[bool, list[float]] = {True: [], False: []}
        self._random = random.Random(seed)
        self._log = log
        own = {"THROUGHLINE_DATABASE_URL": database_url, "THROUGHLINE_PORT": str(self.port)}
        self._environment = {**own, **SETTINGS}

    def live_and_die(self, *, by_command: bool, at_birth: bool) -> None:
        """Start, live a moment, be killed; or be killed before anybody was answered."""
        began = time.monotonic()
        process = self._begin(by_command=by_command)
        if at_birth:
            time.sleep(self._random.uniform(0.0, 1.0 if by_command else 0.2))
        else:
            self._await_answer(process)
            self.restarts[by_command].append(time.monotonic() - began)
            time.sleep(self._random.uniform(0.02, 0.8))
        _end(process, signal.SIGKILL)

    @contextmanager
    def alive(self) -> Iterator[None]:
        """A server that is stopped as it should be."""
        process = self._begin(by_command=False)
        try:
            self._await_answer(process)
            yield
        finally:
            _end(process, signal.SIGTERM)

    def _begin(self, *, by_command: bool) -> Process:
        if by_command:
            return processes.spawn(["app", "serve"], self._log, self._environment)
        process = _forks.Process(target=serve, args=(self._environment, self._log))
        process.start()
        return process

    def _await_answer(self, process: Process) -> None:
        deadline = time.monotonic() + PATIENCE
        while not processes.answers(self.port):
            ended = process.poll() if isinstance(process, subprocess.Popen) else process.exitcode
            assert ended is None, self._log.read_text()[-3000:]
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.005)


def _end(process: Process, how: signal.Signals) -> None:
    assert process.pid is not None
    os.kill(process.pid, how)
    if isinstance(process, subprocess.Popen):
        process.wait(PATIENCE)
    else:
        process.join(PATIENCE)
