"""Measure a server with the kit of a folder of conformance suites: one of ours on a fresh database, or any other.

The kit (a package `kit` with its data beside it) speaks the Camunda 7 dialect and is no part of this project.
`make conformance SUITES=<folder>` runs it; SUITE names the suites, BASE the address of another server than a new one of
ours, PEER that of a second server (`make peer`), whose results are set beside those of the first.
"""

from __future__ import annotations

import argparse
import json
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


# Camunda 7 and Operaton send no message by themselves, and look for due timers every few seconds.
_FOR_A_PEER = ("--messages", "worker", "--settle", "10")


def main() -> int:
    """Run the suites; the exit status is the kit's worst."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", help="the folder that holds kit/ and data/")
    parser.add_argument("--suite", nargs="+", default=["betsy"])
    parser.add_argument("--base", default="", help="the dialect's address of a server that runs already")
    parser.add_argument("--peer", default="", help="the dialect's address of a second server, to be set beside it")
    options, more = parser.parse_known_args()
    folder = Path(options.suites).expanduser()
    if not options.suites or not (folder / "kit").is_dir():
        print("Name the folder that holds kit/ and data/: make conformance SUITES=<folder>", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="conformance-") as place:
        if options.base:
            return _measure_all(folder, options, options.base, more, Path(place))
        with _server(Path(place)) as address:
            return _measure_all(folder, options, f"{address}/engine-rest", more, Path(place))


def _measure_all(folder: Path, options: argparse.Namespace, base: str, more: list[str], place: Path) -> int:
    worst = 0
    for suite in options.suite:
        found = place / f"{suite}.json"
        worst = max(worst, _measure(folder, suite, base, [*more, "--json", str(found)]))
        if options.peer:
            beside = place / f"{suite}-peer.json"
            worst = max(worst, _measure(folder, suite, options.peer, [*_FOR_A_PEER, *more, "--json", str(beside)]))
        if options.peer and found.exists() and beside.exists():
            print("\n".join(_compared(suite, _passes(found), _passes(beside))), flush=True)
    return worst


def _measure(folder: Path, suite: str, base: str, more: list[str]) -> int:
    command = [sys.executable, "-m", "kit", "--base", base, "--suite", suite, *more]
    return subprocess.run(command, cwd=folder, check=False).returncode


def _passes(found: Path) -> dict[str, str]:
    """How each case ended, by its name."""
    results = json.loads(found.read_text(encoding="utf-8"))["results"]
    return {f"{result['group']}/{result['name']}": str(result["status"]) for result in results}


def _compared(suite: str, first: dict[str, str], peer: dict[str, str]) -> Iterator[str]:
    """Cases passed by both, by group, and each case in which they differ."""
    yield f"\n== {suite}: cases passed =="
    yield f"{'group':44}{'cases':>8}{'server':>8}{'peer':>8}"
    groups = sorted({name.rpartition("/")[0] for name in first})
    for group in [*groups, ""]:
        names = [name for name in first if name.startswith(f"{group}/" if group else "")]
        counts = (sum(results.get(name) == "pass" for name in names) for results in (first, peer))
        yield f"{group or 'all':44}{len(names):8}" + "".join(f"{count:8}" for count in counts)
    differing = [name for name in first if (first[name] == "pass") != (peer.get(name) == "pass")]
    for name in differing:
        yield f"{name}: server {first[name]}, peer {peer.get(name, 'without a result')}"


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
