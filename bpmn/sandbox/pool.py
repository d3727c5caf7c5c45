"""The processes that scripts run in: started when they are needed, used again, killed when they misbehave."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from bpmn.sandbox.protocol import (
    JAVASCRIPT,
    PYTHON,
    Answer,
    Limits,
    Order,
    SandboxCrashed,
    SandboxesBusy,
    ScriptFailed,
    answer_of,
    read_frame,
    write_frame,
)
from bpmn.values import to_json

LANGUAGES = (PYTHON, JAVASCRIPT)
_START = "import sys; sys.path.insert(0, sys.argv[1]); from bpmn.sandbox.child import main; "
_CHILDREN = {
    PYTHON: _START + "from bpmn.sandbox.python import interpreter; main(interpreter, sys.argv[2:])",
    JAVASCRIPT: _START + "from bpmn.sandbox.javascript import interpreter; main(interpreter, sys.argv[2:])",
}
_PACKAGES = {PYTHON: "pydantic_monty", JAVASCRIPT: "quickjs"}
_ROOT = str(Path(__file__).resolve().parents[2])
_START_SECONDS = 30.0
#: A sandbox is thrown away after so many scripts, so that what one leaves behind by a fault of the library ends.
_MOST_RUNS = 500
#: The most that goes in: larger variables are not handed to scripts.
_MOST_BYTES = 64 * 1024 * 1024


def installed() -> frozenset[str]:
    """The languages whose interpreters are installed here."""
    return frozenset(language for language, package in _PACKAGES.items() if importlib.util.find_spec(package))


class Sandboxes:
    """Runs scripts, from any thread: at most `processes` at a time in each of the `languages`."""

    def __init__(
        self, languages: Iterable[str] = LANGUAGES, *, limits: Limits | None = None, processes: int = 2
    ) -> None:
        self.limits = limits or Limits()
        self.languages = frozenset(languages)
        self._idle: dict[str, list[_Child]] = {language: [] for language in self.languages}
        self._free = {language: threading.Semaphore(processes) for language in self.languages}
        self._lock = threading.Lock()
        self._closed = False

    def run(self, language: str, order: Order, *, patience: float | None = None) -> Answer:
        """Run a script, or read it where the order only checks it; `patience` is how long to wait for a free sandbox.

        Raises `ScriptFailed`, `ScriptInvalid`, `SandboxCrashed`, `SandboxesBusy`.
        """
        if language not in self.languages:
            raise ScriptFailed(f"scripts in {language} are switched off on this server")
        free = self._free[language]
        if not free.acquire(timeout=patience):
            raise SandboxesBusy(f"all sandboxes for {language} are in use")
        try:
            return self._run(language, order)
        finally:
            free.release()

    def close(self) -> None:
        """End all processes; those that run a script are killed."""
        with self._lock:
            self._closed = True
            idle = [child for children in self._idle.values() for child in children]
            for children in self._idle.values():
                children.clear()
        for child in idle:
            child.kill()

    def _run(self, language: str, order: Order) -> Answer:
        with self._lock:
            child = self._idle[language].pop() if self._idle[language] else None
        if child is None or not child.alive:
            child = _Child(language, self.limits)
        try:
            return child.run(order)
        finally:
            self._give_back(language, child)

    def _give_back(self, language: str, child: _Child) -> None:
        with self._lock:
            if not self._closed and not child.spent and child.runs < _MOST_RUNS:
                self._idle[language].append(child)
                return
        child.kill()


class _Child:
    """One process and the two pipes to it."""

    def __init__(self, language: str, limits: Limits) -> None:
        self.runs = 0
        #: Whether it is not to be used again: a script went to its limits, or is still running.
        self.spent = False
        self._limits = limits
        given = [str(limits.seconds), str(limits.megabytes), str(limits.characters)]
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-I", "-c", _CHILDREN[language], _ROOT, *given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.path.abspath(os.sep),
            # Nothing of ours: the server's environment holds the password of its database.
            env={"LANG": "C.UTF-8", "TZ": "UTC"},
            start_new_session=True,
        )
        ready = self._within(_START_SECONDS, lambda: self._read(1000))
        if ready != {"ready": True}:
            self.kill()
            raise SandboxCrashed(f"the sandbox for {language} did not start")

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def run(self, order: Order) -> Answer:
        """Run one script; raises as `Sandboxes.run` does."""
        self.runs += 1
        if len(to_json(order)) > _MOST_BYTES:
            raise ScriptFailed(f"the variables are larger than the {_MOST_BYTES:,} bytes that a script is given")
        self.spent = True
        # The child counts its own time of computing; this is for one that does not come back, or cannot.
        seconds = 2 * self._limits.seconds + 1
        message = self._within(seconds, lambda: self._exchange(order))
        if message is None:
            raise SandboxCrashed("the sandbox broke off")
        if message is _LATE:
            raise ScriptFailed(f"the script took longer than {seconds:g} seconds")
        self.spent = not isinstance(message, dict) or bool(message.get("spent"))
        try:
            return answer_of(message)
        except ValueError:
            self.spent = True
            raise SandboxCrashed("the sandbox reported what is no report") from None

    def kill(self) -> None:
        """End the process, and whatever it has started."""
        try:
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        except (ProcessLookupError, PermissionError):
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                _close(stream)

    def _exchange(self, order: Order) -> Any:
        assert self._process.stdin is not None
        try:
            write_frame(self._process.stdin, order)
        except (BrokenPipeError, ConnectionError):
            return None
        return self._read(4 * self._limits.characters + 10_000)

    def _read(self, most: int) -> Any:
        assert self._process.stdout is not None
        try:
            return read_frame(self._process.stdout, most)
        except ValueError:
            return None

    def _within(self, seconds: float, work: Any) -> Any:
        """What `work` gives; the process is killed where that takes too long, and the answer is `_LATE`."""
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            found = work()
        finally:
            timer.cancel()
        return _LATE if found is None and late.is_set() else found


_LATE = object()


def _close(stream: IO[bytes]) -> None:
    with suppress(OSError):  # what was still to be written has no reader
        stream.close()
