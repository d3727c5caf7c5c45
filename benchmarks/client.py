"""The load: clients that run instances over HTTP, in a process of their own, and note how long each command took."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from benchmarks.models import Reference, task_numbers

STARTS = "/api/v1/process-instances"
TASKS = "/api/v1/user-tasks"
DECISIONS = "/api/v1/decisions/by-key"


@dataclass(frozen=True)
class Load:
    """What clients did in `seconds`; `latencies` are seconds per command."""

    seconds: float
    instances: int
    latencies: list[float]


class Connection:
    """One kept-alive HTTP connection; as little work as possible, because it shares the machine with the server."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"127.0.0.1:{port}"
        self._buffer = b""

    def post(self, path: str, body: Mapping[str, Any]) -> bytes:
        """The body of the answer; raises `RuntimeError` where it is no success."""
        sent = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nhost: {self._host}\r\ncontent-type: application/json\r\n"
        self._socket.sendall(f"{head}content-length: {len(sent)}\r\n\r\n".encode() + sent)
        status, answer = self._answer()
        if not 200 <= status < 300:
            raise RuntimeError(f"POST {path} was answered {status}: {answer.decode()[:300]}")
        return answer

    def close(self) -> None:
        self._socket.close()

    def _answer(self) -> tuple[int, bytes]:
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        _, found, rest = head.lower().partition(b"\r\ncontent-length:")
        length = int(rest.partition(b"\r\n")[0]) if found else 0
        while len(self._buffer) < length:
            self._receive()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return int(head[9:12]), body

    def _receive(self) -> None:
        received = self._socket.recv(65536)
        if not received:
            raise RuntimeError("the server closed the connection")
        self._buffer += received


def run_instance(connection: Connection, reference: Reference, latencies: list[float]) -> str:
    """Start an instance and complete all its tasks; its id."""
    instance_id = start_instance(connection, reference, latencies)
    complete_tasks(connection, reference, instance_id, 0, len(task_numbers(reference.key)), latencies)
    return instance_id


def start_instance(connection: Connection, reference: Reference, latencies: list[float]) -> str:
    """Start an instance; its id."""
    began = time.perf_counter()
    answer = connection.post(STARTS, {"processDefinitionKey": reference.key, "variables": reference.variables})
    latencies.append(time.perf_counter() - began)
    instance_id: str = json.loads(answer)["id"]
    return instance_id


def complete_tasks(
    connection: Connection, reference: Reference, instance_id: str, first: int, end: int, latencies: list[float]
) -> None:
    """Complete the tasks of an instance from the one numbered `first` until before `end`, in order of opening."""
    numbers = task_numbers(reference.key, reference.turns)
    for index in range(first, end):
        results = reference.results[index % len(reference.results)]
        began = time.perf_counter()
        connection.post(f"{TASKS}/{instance_id}.{numbers[index]}/complete", {"variables": results})
        latencies.append(time.perf_counter() - began)


def load_for(port: int, reference: Reference, clients: int, seconds: float) -> Load:
    """Let clients run instances one after the other until the time is over."""
    end = time.perf_counter() + seconds
    return _load(port, reference, clients, lambda done: time.perf_counter() < end)


def load_count(port: int, reference: Reference, clients: int, instances: int) -> Load:
    """Let clients run so many instances each."""
    return _load(port, reference, clients, lambda done: done < instances)


def start_at(port: int, reference: Reference, turns: int) -> str:
    """Start an instance of a loop and bring it to a turn; its id."""
    connection = Connection(port)
    instance_id = start_instance(connection, reference, [])
    complete_tasks(connection, reference, instance_id, 0, turns, [])
    connection.close()
    return instance_id


def evaluate(port: int, key: str, variables: Mapping[str, Any], times: int) -> Load:
    """Evaluate a decision so often, one after the other."""
    connection = Connection(port)
    latencies: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        connection.post(f"{DECISIONS}/{key}/evaluate", {"variables": variables})
        latencies.append(time.perf_counter() - began)
    connection.close()
    return Load(sum(latencies), 0, latencies)


def take_turns(port: int, reference: Reference, instance_id: str, first: int, end: int) -> Load:
    """Complete the tasks of the turns from `first` until before `end`."""
    connection = Connection(port)
    latencies: list[float] = []
    began = time.perf_counter()
    complete_tasks(connection, reference, instance_id, first, end, latencies)
    connection.close()
    return Load(time.perf_counter() - began, 0, latencies)


def _load(port: int, reference: Reference, clients: int, wanted: Callable[[int], bool]) -> Load:
    latencies: list[list[float]] = [[] for _ in range(clients)]
    counts = [0] * clients
    problems: list[Exception] = []

    def client(index: int) -> None:
        connection = Connection(port)
        try:
            while wanted(counts[index]):
                run_instance(connection, reference, latencies[index])
                counts[index] += 1
        except (RuntimeError, OSError) as problem:
            problems.append(problem)
        finally:
            connection.close()

    began = time.perf_counter()
    threads = [threading.Thread(target=client, args=(index,)) for index in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return Load(time.perf_counter() - began, sum(counts), list(chain(*latencies)))
