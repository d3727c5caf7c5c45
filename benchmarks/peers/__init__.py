"""Other engines that speak the Camunda 7 dialect, built and started to be measured beside our server.

While one runs, `build/peer/PORT.json` tells who it is, so that a measurement that is given its address can count what
it and its database cost.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.processes import ROOT, cpu_seconds, family_cpu_seconds

BUILT = ROOT / "build" / "peer"


@dataclass(frozen=True)
class Peer:
    """A running peer: its process, and the directory of the PostgreSQL server that it keeps its database on."""

    pid: int
    postgres: str

    def cpu(self) -> float:
        """CPU seconds that it has used."""
        return cpu_seconds(self.pid)

    def database_cpu(self) -> float:
        """CPU seconds that its PostgreSQL server has used, for whichever of its databases."""
        return family_cpu_seconds(postmaster(Path(self.postgres)))


def record(port: int, peer: Peer) -> Path:
    """Note who listens there; the file to remove when it no longer does."""
    file = BUILT / f"{port}.json"
    file.write_text(json.dumps(asdict(peer)))
    return file


def at(base: str) -> Peer:
    """The peer at an address such as http://127.0.0.1:8090/engine-rest; raises `SystemExit` where none was started."""
    found = re.match(r"http://(?:127\.0\.0\.1|localhost):(\d+)/", base)
    file = BUILT / f"{found[1]}.json" if found else None
    if file is None or not file.exists():
        raise SystemExit(
            f"No peer that `make peer` started listens at {base}, and the CPU time of another one cannot be counted."
        )
    return Peer(**json.loads(file.read_text()))


def postmaster(directory: Path) -> int:
    """The process of the PostgreSQL server in a directory."""
    return int((directory / "data" / "postmaster.pid").read_text().split()[0])
