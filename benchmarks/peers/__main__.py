"""`make peer`: build Operaton and run it on 127.0.0.1 with a PostgreSQL server of its own until it is interrupted.

`make bench PEER=http://127.0.0.1:8090/engine-rest` and `make conformance SUITES=... PEER=...` measure it meanwhile.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from benchmarks import peers
from benchmarks.peers import BUILT, Peer
from tests import postgres

_PROJECT = Path(__file__).parent
_JAR = BUILT / "peer.jar"
_DATABASE = "peer"
_PATIENCE = 120.0
_NEEDED = {"java": "a JDK of version 17 or newer", "javac": "a JDK of version 17 or newer", "mvn": "Maven 3.8 or newer"}


def main() -> int:
    """The exit status: 0 after an interruption, 1 where the peer did not start, 2 where something is missing for it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--port", type=int, default=8090, help="where it listens on 127.0.0.1 (%(default)s)")
    asked = parser.parse_args()
    if missing := sorted({what for program, what in _NEEDED.items() if shutil.which(program) is None}):
        print(f"A peer needs {' and '.join(missing)}, which this machine does not have.", file=sys.stderr)
        return 2
    # Whoever asks it to stop in whatever way, what was started here is stopped too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    subprocess.run(["mvn", "-B", "-q", "package"], cwd=_PROJECT, check=True)
    try:
        with _database() as directory, _server(directory, asked.port) as server:
            server.wait()
    except KeyboardInterrupt:
        return 0
    print(f"The peer stopped by itself; {_log(asked.port)} tells why.", file=sys.stderr)
    return 1


@contextmanager
def _database() -> Iterator[Path]:
    """A PostgreSQL server as durable as its defaults make it, with an empty database for the peer."""
    directory = Path(tempfile.mkdtemp(prefix="throughline-peer-"))
    try:
        postgres.create(postgres.start(directory, ""), _DATABASE, copy_of="template1")
        yield directory
    finally:
        postgres.stop(directory, seconds=60)


@contextmanager
def _server(directory: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    place = {"PEER_PORT": str(port), "PEER_SOCKET": str(directory / ".s.PGSQL.5432"), "PEER_DATABASE": _DATABASE}
    with _log(port).open("wb") as output:
        server = subprocess.Popen(
            ["java", "-Xmx1g", "-jar", str(_JAR)],
            env={**os.environ, **place},
            stdout=output,
            stderr=output,
            # An interruption from the terminal reaches us alone, and we stop it before its database.
            start_new_session=True,
        )
    told = None
    try:
        base = f"http://127.0.0.1:{port}/engine-rest"
        version = _first_answer(server, base)
        told = peers.record(port, Peer(server.pid, str(directory)))
        print(f"Operaton {version} at {base}, until interrupted", flush=True)
        yield server
    finally:
        if told is not None:
            told.unlink()
        server.terminate()
        server.wait(_PATIENCE)


def _first_answer(server: subprocess.Popen[bytes], base: str) -> str:
    """Wait until it answers; the version it tells. Raises `SystemExit` where it ends or takes too long."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            return str(httpx2.get(f"{base}/version", timeout=5).raise_for_status().json()["version"])
        except httpx2.TransportError:
            time.sleep(0.2)
    raise SystemExit(f"The peer does not answer; its output is in {_log(int(base.split(':')[2].split('/')[0]))}")


def _log(port: int) -> Path:
    return BUILT / f"{port}.log"


if __name__ == "__main__":
    sys.exit(main())
