"""Our server beside a running peer, through the door that both have, with one client on one PostgreSQL server.

Both run the reference processes a to c; a client asks for the ids of the tasks that it completes, as every client of
that door does. Both have run the same number of instances before: a virtual machine needs thousands to become quick.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from app.db import migrate
from benchmarks import client, peers, processes
from benchmarks.client import Load
from benchmarks.doors import ASKING, DIALECT_PREFIX
from benchmarks.measure import OURS, Options, Sample, median, percentile, upload
from benchmarks.models import REFERENCES, Reference
from benchmarks.peers import Peer
from tests import postgres

WARMED = 21_000
PEER = "peer"
_MODELS = ("a", "b", "c")


@dataclass(frozen=True)
class _Measured:
    """One of the two: where it listens, and the CPU seconds that it has used."""

    address: str
    cpu: Callable[[], float]

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])


@dataclass
class Bench:
    """Both servers, and what was found by name and key of the reference process."""

    peer: Peer
    executor: Executor
    options: Options
    servers: dict[str, _Measured]
    samples: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)

    def warm_up(self, reference: Reference, instances: int) -> None:
        """Let both run so many instances."""
        clients = self.options.clients
        for server in self.servers.values():
            self._load(server, reference, client.load_count, -(-instances // clients))

    def round(self, reference: Reference, number: int) -> None:
        """Measure both once, in alternating order."""
        for name in sorted(self.servers, reverse=bool(number % 2)):
            server = self.servers[name]
            server_before, database_before = server.cpu(), self.peer.database_cpu()
            load = self._load(server, reference, client.load_for, self.options.seconds)
            commands = len(load.latencies)
            sample = Sample(
                commands / load.seconds,
                load.instances / load.seconds,
                load.latencies,
                (server.cpu() - server_before) / commands,
                (self.peer.database_cpu() - database_before) / commands,
            )
            self.samples.setdefault((name, reference.key), []).append(sample)

    def _load(self, server: _Measured, reference: Reference, work: Callable[..., Load], amount: float) -> Load:
        asked = (server.port, ASKING, reference, self.options.clients, amount)
        return self.executor.submit(work, *asked).result()


def measure(base: str, executor: Executor, options: Options, warmed: int) -> Bench:
    """Run both; raises `SystemExit` where no peer that `make peer` started is at the address."""
    peer = peers.at(base)
    references = [reference for reference in REFERENCES if reference.key in _MODELS]
    with _ours(peer) as server:
        servers = {
            OURS: _Measured(f"http://127.0.0.1:{server.port}", server.cpu),
            PEER: _Measured(base.removesuffix(DIALECT_PREFIX), peer.cpu),
        }
        bench = Bench(peer, executor, options, servers)
        for reference in references:
            for one in servers.values():
                upload(one.address, ASKING, reference)
            bench.warm_up(reference, warmed // len(references))
        for number in range(options.rounds):
            for reference in references:
                bench.round(reference, number)
    return bench


@contextmanager
def _ours(peer: Peer) -> Iterator[processes.Server]:
    """Our server on a new database of the peer's PostgreSQL server."""
    port = processes.free_port()
    with (
        tempfile.TemporaryDirectory(prefix="throughline-bench-") as directory,
        _database(postgres.start(Path(peer.postgres), "")) as url,
    ):
        environment = {"THROUGHLINE_DATABASE_URL": url, "THROUGHLINE_PORT": str(port)}
        server = processes.start(["app", "serve"], port, Path(directory) / "server.log", environment)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def _database(server: str) -> Iterator[str]:
    """The URL of a migrated database that is dropped afterwards."""
    name = f"beside_{os.getpid()}"
    url = postgres.create(server, name, copy_of="template1")
    try:
        migrate(url)
        yield url
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name}".encode())


def lines(bench: Bench, warmed: int) -> Iterator[str]:
    """Everything found; figures are medians of the rounds, percentiles are over all commands."""
    yield f"== beside the peer, on one PostgreSQL, each after {warmed} instances =="
    columns = ("inst/core-s", "CPU ms/inst", "of server", "of database", "inst/s", "p50 ms", "p99 ms")
    yield f"{'process':12}" + "".join(name.rjust(13) for name in columns)
    for key in _MODELS:
        for name in (OURS, PEER):
            samples = bench.samples[name, key]
            cells = _cells(samples, samples[0].commands_per_second / samples[0].instances_per_second)
            yield f"{f'{key} {name}':12}" + "".join(cell.rjust(13) for cell in cells)
    for key in _MODELS:
        pairs = zip(bench.samples[PEER, key], bench.samples[OURS, key], strict=True)
        ratios = [peer.cpu / ours.cpu for peer, ours in pairs]
        yield (
            f"{key}: {statistics.median(ratios):.1f} times the instances per core-second of the peer"
            f" (rounds {min(ratios):.1f} to {max(ratios):.1f})"
        )


def _cells(samples: list[Sample], commands: float) -> Iterator[str]:
    """The figures of one line; an instance takes so many commands."""
    cpu = median(samples, lambda sample: sample.cpu) * commands
    yield f"{1 / cpu:.0f}"
    yield f"{cpu * 1000:.2f}"
    yield f"{median(samples, lambda sample: sample.server_cpu) * commands * 1000:.2f}"
    yield f"{median(samples, lambda sample: sample.database_cpu) * commands * 1000:.2f}"
    yield f"{median(samples, lambda sample: sample.instances_per_second):.0f}"
    yield f"{percentile(samples, 50) * 1000:.2f}"
    yield f"{percentile(samples, 99) * 1000:.2f}"
