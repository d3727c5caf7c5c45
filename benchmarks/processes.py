"""Servers as processes: started, asked whether they answer, measured by what the kernel knows of them, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_PATIENCE = 30.0
ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Server:
    """A running server; `ready_after` is the time from its start to its first answer in seconds."""

    process: subprocess.Popen[bytes]
    port: int
    ready_after: float

    def cpu(self) -> float:
        """CPU seconds that it has used."""
        return cpu_seconds(self.process.pid)

    def memory(self) -> int:
        """Resident bytes."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * _PAGE

    def stop(self) -> None:
        """Ask it to stop and wait until it has."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(arguments: list[str], port: int, log: Path, environment: Mapping[str, str] = {}) -> Server:
    """Start `python -m ...` and wait for its first answer; raises `RuntimeError` with its log where none comes."""
    began = time.perf_counter()
    process = spawn(arguments, log, environment)
    while not answers(port):
        if process.poll() is not None or time.perf_counter() - began > _PATIENCE:
            process.kill()
            raise RuntimeError(f"{' '.join(arguments)} does not answer:\n{log.read_text()[-3000:]}")
        time.sleep(0.005)
    return Server(process, port, time.perf_counter() - began)


def spawn(arguments: list[str], log: Path, environment: Mapping[str, str] = {}) -> subprocess.Popen[bytes]:
    """Start `python -m ...` with its output in a file."""
    inherited = {**os.environ, **environment}
    # A server keeps what it compiled for its next start, even where the one who measures or tests it does not.
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=inherited,
            stdout=output,
            stderr=output,
        )


def answers(port: int) -> bool:
    """Whether a server answers there, whatever it says."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
            connection.sendall(f"GET /api/v1/health HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n".encode())
            return connection.recv(12).startswith(b"HTTP/1.1 ")
    except OSError:
        return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def calibrate() -> float:
    """CPU seconds of a fixed loop of plain Python: how quick this machine is at this moment."""
    began = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number * number % 7
    return time.process_time() - began


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / _TICKS


def family_cpu_seconds(pid: int) -> float:
    """CPU seconds of a process and of all its children, such as PostgreSQL's server and its backends."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    total = cpu_seconds(pid)
    for child in children:
        try:
            total += cpu_seconds(int(child))
        except FileNotFoundError:  # it ended meanwhile, and its parent counts it now
            return family_cpu_seconds(pid)
    return total
