"""The process of a sandbox: reads scripts, runs them, reports; started by `pool.py` with an empty environment.

It gives up what it does not need before it reads the first script: opening files, writing them, memory without end.
What keeps a script in is the interpreter; this is for the day on which that has a hole.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any, TypeAlias

from bpmn.sandbox.protocol import Limits, read_frame, write_frame

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

_MEGABYTE = 1024 * 1024
_MOST_BYTES = 100 * _MEGABYTE
#: Address space besides what scripts may use: the interpreter, its libraries, what goes in and comes out.
_OWN_MEGABYTES = 1536

Run: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]


def main(interpreter: Callable[[Limits], Run], given: list[str]) -> None:
    """Serve until the other side closes the pipe."""
    limits = Limits(float(given[0]), int(given[1]), int(given[2]))
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Whatever prints prints nowhere, and not into the answers.
    with open(os.devnull, "r+b", buffering=0) as nowhere:
        os.dup2(nowhere.fileno(), 0)
        os.dup2(nowhere.fileno(), 1)
    _limit("RLIMIT_AS", (_OWN_MEGABYTES + 4 * limits.megabytes) * _MEGABYTE)
    run = interpreter(limits)
    _give_up()
    write_frame(sink, {"ready": True})
    while (order := read_frame(source, _MOST_BYTES)) is not None:
        _limit_computing(limits)
        write_frame(sink, run(order))


def _give_up() -> None:
    """Leave no traces, and open nothing any more."""
    _limit("RLIMIT_CORE", 0)
    _limit("RLIMIT_FSIZE", 0)
    free = os.dup(0)
    os.close(free)
    _limit("RLIMIT_NOFILE", free)


def _limit(name: str, value: int) -> None:
    kinds = {} if resource is None else vars(resource)
    if name in kinds:
        hard = resource.getrlimit(kinds[name])[1]
        lower = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kinds[name], (lower, lower))


def _limit_computing(limits: Limits) -> None:
    """Let the system end this process where a script computes beyond its time and nothing else notices."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = math.ceil(used.ru_utime + used.ru_stime + limits.seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
