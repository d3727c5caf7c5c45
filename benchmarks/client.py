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

from benchmarks.doors import NATIVE, Door, Request
from benchmarks.models import Reference, task_numbers

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
        head = f"content-type: application/json\r\ncontent-length: {len(sent)}\r\n"
        return self._exchange("POST", path, head.encode(), sent)

    def get(self, path: str) -> bytes:
        """The body of the answer; raises `RuntimeError` where it is no success."""
        return self._exchange("GET", path, b"", b"")

    def close(self) -> None:
        self._socket.close()

    def _exchange(self, method: str, path: str, head: bytes, body: bytes) -> bytes:
        first = f"{method} {path} HTTP/1.1\r\nhost: {self._host}\r\n".encode()
        self._socket.sendall(first + head + b"\r\n" + body)
        status, answer = self._answer()
        if not 200 <= status < 300:
            raise RuntimeError(f"{method} {path} was answered {status}: {answer.decode()[:300]}")
        return answer

    def _answer(self) -> tuple[int, bytes]:
        head = self._until(b"\r\n\r\n").lower()
        if b"\r\ntransfer-encoding: chunked" in head:
            body = self._chunks()
        else:
            _, found, rest = head.partition(b"\r\ncontent-length:")
            body = self._take(int(rest.partition(b"\r\n")[0]) if found else 0)
        return int(head[9:12]), body

    def _chunks(self) -> bytes:
        parts = []
        while length := int(self._until(b"\r\n"), 16):
            parts.append(self._take(length))
            self._until(b"\r\n")
        self._until(b"\r\n")
        return b"".join(parts)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._receive()
        taken, _, self._buffer = self._buffer.partition(mark)
        return taken

    def _take(self, length: int) -> bytes:
        while len(self._buffer) < length:
            self._receive()
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        return taken

    def _receive(self) -> None:
        received = self._socket.recv(65536)
        if not received:
            raise RuntimeError("the server closed the connection")
        self._buffer += received


def run_instance(connection: Connection, door: Door, reference: Reference, latencies: list[float]) -> str:
    """Start an instance and complete all its tasks; its id."""
    instance_id = start_instance(connection, door, reference, latencies)
    number = len(task_numbers(reference.key))
    if door.tasks is None:
        complete_tasks(connection, door, reference, instance_id, 0, number, latencies)
    else:
        _complete_listed(connection, door, reference, instance_id, number, latencies)
    return instance_id


def start_instance(connection: Connection, door: Door, reference: Reference, latencies: list[float]) -> str:
    """Start an instance; its id."""
    answer = _timed(connection, door.start(reference.key, reference.variables), latencies)
    instance_id: str = json.loads(answer)["id"]
    return instance_id


def complete_tasks(
    connection: Connection,
    door: Door,
    reference: Reference,
    instance_id: str,
    first: int,
    end: int,
    latencies: list[float],
) -> None:
    """Complete the tasks of an instance from the one numbered `first` until before `end`, in order of opening."""
    numbers = task_numbers(reference.key, reference.turns)
    for index in range(first, end):
        results = reference.results[index % len(reference.results)]
        _timed(connection, door.complete(f"{instance_id}.{numbers[index]}", results), latencies)


def _complete_listed(
    connection: Connection, door: Door, reference: Reference, instance_id: str, number: int, latencies: list[float]
) -> None:
    """Complete so many tasks, asking which ones are open whenever none is known; asking counts as a command."""
    done, known = 0, list[str]()
    while done < number:
        if not known:
            began = time.perf_counter()
            answer = connection.get(f"{door.tasks}{instance_id}")
            latencies.append(time.perf_counter() - began)
            known = [task["id"] for task in json.loads(answer)]
            if not known:
                raise RuntimeError(f"{instance_id} of {reference.key} has no open task after {done} of {number}")
        results = reference.results[done % len(reference.results)]
        _timed(connection, door.complete(known.pop(0), results), latencies)
        done += 1


def _timed(connection: Connection, request: Request, latencies: list[float]) -> bytes:
    began = time.perf_counter()
    answer = connection.post(*request)
    latencies.append(time.perf_counter() - began)
    return answer


def load_for(port: int, door: Door, reference: Reference, clients: int, seconds: float) -> Load:
    """Let clients run instances one after the other until the time is over."""
    end = time.perf_counter() + seconds
    return _load(port, door, reference, clients, lambda done: time.perf_counter() < end)


def load_count(port: int, door: Door, reference: Reference, clients: int, instances: int) -> Load:
    """Let clients run so many instances each."""
    return _load(port, door, reference, clients, lambda done: done < instances)


def start_at(port: int, reference: Reference, turns: int) -> str:
    """Start an instance of a loop and bring it to a turn; its id."""
    connection = Connection(port)
    instance_id = start_instance(connection, NATIVE, reference, [])
    complete_tasks(connection, NATIVE, reference, instance_id, 0, turns, [])
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
    complete_tasks(connection, NATIVE, reference, instance_id, first, end, latencies)
    connection.close()
    return Load(time.perf_counter() - began, 0, latencies)


def _load(port: int, door: Door, reference: Reference, clients: int, wanted: Callable[[int], bool]) -> Load:
    latencies: list[list[float]] = [[] for _ in range(clients)]
    counts = [0] * clients
    problems: list[Exception] = []

    def client(index: int) -> None:
        connection = Connection(port)
        try:
            while wanted(counts[index]):
                run_instance(connection, door, reference, latencies[index])
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
