"""Measures the server and the floor in turn, on one database."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

import httpx2

from benchmarks import client, doors, processes
from benchmarks.client import Load
from benchmarks.databases import Database
from benchmarks.doors import NATIVE, Door
from benchmarks.expressions import cpu, rules
from benchmarks.models import Reference, growth
from benchmarks.processes import Server
from bpmn import decisions
from bpmn.values import Value

P = ParamSpec("P")
T = TypeVar("T")
OURS, FLOOR, DIALECT = "server", "floor", "dialect"
YOUNG = 10
_WINDOW = 50


# What is measured in each round: which server, by which door.
_WAYS: dict[str, tuple[str, Door]] = {
    OURS: (OURS, NATIVE),
    FLOOR: (FLOOR, NATIVE),
    DIALECT: (OURS, doors.DIALECT),
}


@dataclass(frozen=True)
class Options:
    """How much is measured: rounds of so many seconds per process and server, with so many clients at once."""

    rounds: int = 5
    seconds: float = 1.5
    clients: int = 8
    grown: int = 5_000
    """The turn at which an instance counts as old."""
    weighed: int = 400
    """Instances that are run to find out what one of them stores."""


@dataclass(frozen=True)
class Sample:
    """One round of one reference process on one server; seconds and counts."""

    commands_per_second: float
    instances_per_second: float
    latencies: list[float]
    server_cpu: float
    database_cpu: float

    @property
    def cpu(self) -> float:
        """CPU seconds per command, of server and database."""
        return self.server_cpu + self.database_cpu


@dataclass
class Measured:
    """What was found on one database, by server and key of the reference process."""

    database: str
    ready_after: dict[str, float] = field(default_factory=dict)
    idle_memory: dict[str, int] = field(default_factory=dict)
    samples: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)
    bytes_stored: dict[tuple[str, str], float] = field(default_factory=dict)
    statements: dict[tuple[str, str], float] = field(default_factory=dict)
    grown: dict[int, list[Sample]] = field(default_factory=dict)
    calibration: list[float] = field(default_factory=list)
    decided: list[Sample] = field(default_factory=list)
    """Evaluations of a decision table of 1,000 rules over HTTP, kept in the history."""
    evaluation: float = 0.0
    """CPU seconds of one of them in process."""


class Bench:
    """Server and floor, each on a database of its own."""

    def __init__(self, database: Database, executor: Executor, options: Options, directory: Path) -> None:
        self.database = database
        self.options = options
        self.measured = Measured(database.name)
        self._directory = directory
        self._executor = executor
        self.urls = {name: database.create(name) for name in (OURS, FLOOR)}
        self.servers: dict[str, Server] = {}

    def start(self) -> None:
        """Start both, and see what they take before they are asked for anything."""
        for name in (OURS, FLOOR):
            self.servers[name] = self._start(name)
            self.measured.ready_after[name] = self.servers[name].ready_after
        time.sleep(1.0)
        for name, server in self.servers.items():
            self.measured.idle_memory[name] = server.memory()

    def _start(self, name: str, *wrapped_in: str) -> Server:
        port = processes.free_port()
        url = self.urls[name]
        arguments = ["app", "serve"] if name == OURS else ["benchmarks.floor", url, str(port)]
        environment = {"THROUGHLINE_DATABASE_URL": url, "THROUGHLINE_PORT": str(port)}
        return processes.start([*wrapped_in, *arguments], port, self._directory / f"{name}.log", environment)

    def stop(self) -> None:
        for server in self.servers.values():
            server.stop()

    def deploy(self, reference: Reference) -> None:
        """Upload a diagram to the server."""
        upload(f"http://127.0.0.1:{self.servers[OURS].port}", NATIVE, reference)

    def warm_up(self, reference: Reference) -> None:
        """Let them run the process for a moment, so that everything is prepared."""
        for name, door in _WAYS.values():
            self._client(client.load_for, self.servers[name].port, door, reference, self.options.clients, 0.3)

    def round(self, reference: Reference, number: int) -> None:
        """Measure each way once, in another order each time."""
        ways, options = list(_WAYS), self.options
        for way in ways[number % 3 :] + ways[: number % 3]:
            name, door = _WAYS[way]
            port = self.servers[name].port
            sample = self._sample(name, client.load_for, port, door, reference, options.clients, options.seconds)
            self.measured.samples.setdefault((way, reference.key), []).append(sample)

    def weigh(self, reference: Reference) -> None:
        """Find out what a finished instance leaves in tables and indexes."""
        clients = self.options.clients
        for name in (OURS, FLOOR):
            before = self.database.size(self.urls[name])
            port = self.servers[name].port
            load = self._client(
                client.load_count, port, NATIVE, reference, clients, -(-self.options.weighed // clients)
            )
            stored = (self.database.size(self.urls[name]) - before) / load.instances
            self.measured.bytes_stored[name, reference.key] = stored

    def count_statements(self, references: Iterable[Reference]) -> None:
        """Count the statements of a command; this slows a server down, so nothing else is measured here."""
        for name in (OURS, FLOOR):
            with self.database.counting(self._directory / f"{name}.statements") as (wrapped_in, count):
                server = self._start(name, *wrapped_in) if wrapped_in else self.servers[name]
                for reference in references:
                    self._client(client.load_count, server.port, NATIVE, reference, 1, 5)
                    before = count()
                    load = self._client(client.load_count, server.port, NATIVE, reference, 1, 20)
                    self.measured.statements[name, reference.key] = (count() - before) / len(load.latencies)
                if wrapped_in:
                    server.stop()

    def grow(self) -> None:
        """Compare commands on a young instance with those on an old one, in alternating windows."""
        turns, windows = self.options.grown, self.options.rounds * 2
        reference = growth(turns + _WINDOW * windows)
        self.deploy(reference)
        port = self.servers[OURS].port
        old = self._client(client.start_at, port, reference, turns)
        for number in range(windows):
            young = self._client(client.start_at, port, reference, YOUNG)
            for instance_id, age, first in ((young, YOUNG, YOUNG), (old, turns, turns + number * _WINDOW)):
                sample = self._sample(OURS, client.take_turns, port, reference, instance_id, first, first + _WINDOW)
                self.measured.grown.setdefault(age, []).append(sample)

    def decide(self) -> None:
        """Evaluate a decision table of 1,000 rules."""
        port = self.servers[OURS].port
        _upload(f"http://127.0.0.1:{port}", NATIVE, "rules.dmn", rules(1_000))
        variables: dict[str, Value] = {"country": "c7", "age": 515}
        table = decisions.load({"rules.dmn": rules(1_000)})
        self.measured.evaluation = cpu(lambda: table.evaluate("t", variables))
        self._client(client.evaluate, port, "t", variables, 20)
        for _ in range(self.options.rounds):
            sample = self._sample(OURS, client.evaluate, port, "t", variables, self.options.weighed)
            self.measured.decided.append(sample)

    def _client(self, work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Let the process of the clients do something."""
        return self._executor.submit(work, *arguments, **options).result()

    def _sample(self, name: str, work: Callable[P, Load], *arguments: P.args, **options: P.kwargs) -> Sample:
        server_before, database_before = self.servers[name].cpu(), self.database.cpu()
        load = self._client(work, *arguments, **options)
        commands = len(load.latencies)
        return Sample(
            commands / load.seconds,
            load.instances / load.seconds,
            load.latencies,
            (self.servers[name].cpu() - server_before) / commands,
            (self.database.cpu() - database_before) / commands,
        )


def upload(address: str, door: Door, reference: Reference) -> None:
    """Upload a diagram to the server at an address."""
    _upload(address, door, f"{reference.key}.bpmn", reference.xml)


def _upload(address: str, door: Door, name: str, content: bytes) -> None:
    file = {"file": (name, content, "application/xml")}
    httpx2.post(address + door.deployments, files=file, timeout=30).raise_for_status()


def median(samples: list[Sample], of: Callable[[Sample], float]) -> float:
    return statistics.median(of(sample) for sample in samples)


def percentile(samples: list[Sample], percent: int) -> float:
    """Seconds within which so many percent of all commands were answered."""
    latencies = sorted(latency for sample in samples for latency in sample.latencies)
    return latencies[min(len(latencies) - 1, len(latencies) * percent // 100)]
