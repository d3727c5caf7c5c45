"""Run a server with something watching from inside of its process. Only for what cannot be seen from outside.

python -m benchmarks.inside count FILE app serve      one line per SQLite statement is added to FILE
python -m benchmarks.inside profile FILE app serve    cProfile of all threads, written to FILE at the end
"""

from __future__ import annotations

import cProfile
import runpy
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

_connect: Callable[..., sqlite3.Connection] = sqlite3.connect


def count(file: Path) -> None:
    """Note every statement that any SQLite connection runs from now on."""
    output = file.open("a", buffering=1)

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = _connect(*arguments, **options)
        connection.set_trace_callback(lambda text: print(text.partition("\n")[0], file=output))
        return connection

    sqlite3.connect = sqlite3.dbapi2.connect = connect  # type: ignore[assignment]


def profile(arguments: list[str], file: Path) -> None:
    """Run the server under cProfile, the threads that run commands included."""
    profiles: list[cProfile.Profile] = []
    original = threading.Thread.run

    def run(self: threading.Thread) -> None:
        profiler = cProfile.Profile()
        profiles.append(profiler)
        profiler.runcall(original, self)

    threading.Thread.run = run  # type: ignore[method-assign]
    main = cProfile.Profile()
    # The HTTP server gives the signal that stopped it to whoever handled it before.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        main.runcall(serve, arguments)
    finally:
        main.dump_stats(f"{file}.main")
        for number, profiler in enumerate(profiles):
            profiler.create_stats()
            if profiler.getstats():
                profiler.dump_stats(f"{file}.{number}")


def serve(arguments: list[str]) -> None:
    """What `python -m` with these arguments does."""
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def main() -> None:
    how, file, *arguments = sys.argv[1:]
    if how == "profile":
        profile(arguments, Path(file))
    else:
        count(Path(file))
        serve(arguments)


if __name__ == "__main__":
    main()
