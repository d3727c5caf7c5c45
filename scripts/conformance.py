"""Measure a server with the kit of a folder of conformance suites: one of ours on a fresh database, or any other.

The kit (a package `kit` with its data beside it) speaks the Camunda 7 dialect and is no part of this project.
`make conformance SUITES=<folder>` runs it; SUITE names the suite, BASE the address of another server.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
_ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)")


def main() -> int:
    """Run one suite; the exit status is the kit's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", help="the folder that holds kit/ and data/")
    parser.add_argument("--suite", default="betsy")
    parser.add_argument("--base", default="", help="the dialect's address of a server that runs already")
    options, more = parser.parse_known_args()
    folder = Path(options.suites).expanduser()
    if not options.suites or not (folder / "kit").is_dir():
        print("Name the folder that holds kit/ and data/: make conformance SUITES=<folder>", file=sys.stderr)
        return 2
    if options.base:
        return _measure(folder, options.suite, options.base, more)
    with tempfile.TemporaryDirectory(prefix="conformance-") as place, _server(Path(place)) as address:
        return _measure(folder, options.suite, f"{address}/engine-rest", more)


def _measure(folder: Path, suite: str, base: str, more: list[str]) -> int:
    command = [sys.executable, "-m", "kit", "--base", base, "--suite", suite, *more]
    return subprocess.run(command, cwd=folder, check=False).returncode


@contextmanager
def _server(place: Path) -> Iterator[str]:
    """A server of ours on a fresh database; its address."""
    environment = {**os.environ, "THROUGHLINE_DATABASE_URL": f"sqlite:///{place / 'conformance.db'}"}
    subprocess.run([sys.executable, "-m", "app", "migrate"], cwd=ROOT, env=environment, check=True)
    log = place / "server.log"
    with (
        log.open("w") as written,
        subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", "0"],
            cwd=ROOT,
            env=environment,
            stdout=written,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        try:
            yield _announced(server, log)
        finally:
            server.terminate()


def _announced(server: subprocess.Popen[bytes], log: Path) -> str:
    """The address that the server prints when it is ready; its output goes to a file, which never fills up."""
    while server.poll() is None:
        if found := _ADDRESS.search(log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.1)
    raise SystemExit("the server did not start:\n" + log.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
