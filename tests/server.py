"""A real server in a process of its own, reached over the loopback address."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Self

from httpx2 import Client

ROOT = Path(__file__).parent.parent
_ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)")
PATIENCE = 30


class RunningServer:
    """`python -m app serve`, or another command that prints its address; settings are given by their names."""

    def __init__(self, database_url: str, command: str = "serve", **settings: object) -> None:
        named = {f"THROUGHLINE_{name.upper()}": str(value) for name, value in settings.items()}
        environment = {**os.environ, "THROUGHLINE_DATABASE_URL": database_url, **named, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", command, "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._printed: Queue[str | None] = Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.address = self._announced()
        self.client = Client(base_url=f"{self.address}/api/v1", timeout=PATIENCE)

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line)
            self._printed.put(line)
        self._printed.put(None)

    def _announced(self) -> str:
        while True:
            try:
                line = self._printed.get(timeout=PATIENCE)
            except Empty:
                line = None
            if line is None:
                self.process.kill()
                raise AssertionError("the server did not start:\n" + "".join(self.lines))
            if found := _ADDRESS.search(line):
                return found[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.client.close()
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            if self.process.stdout is not None:
                self.process.stdout.close()
