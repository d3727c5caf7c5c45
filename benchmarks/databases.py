"""The databases that are measured: migrated, asked for their size, their CPU time and the statements they were sent."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeAlias

import psycopg

from app.db import migrate
from benchmarks.processes import family_cpu_seconds
from tests import postgres

Counting: TypeAlias = tuple[tuple[str, ...], Callable[[], int]]

# A statement in PostgreSQL's log; a prepared one is logged each time that it is executed.
_LOGGED = re.compile(r"LOG:  (?:statement|execute [^:]*): ")


class Database(Protocol):
    """A database server, of which each measured server gets a database of its own."""

    name: str

    def create(self, name: str) -> str:
        """The URL of a new, migrated database."""

    def cpu(self) -> float:
        """CPU seconds spent outside of the measured server."""

    def size(self, url: str) -> int:
        """Bytes of all tables and indexes without free space."""

    def counting(self, file: Path) -> AbstractContextManager[Counting]:
        """Count statements inside of the block: what a server must be wrapped in for it, and how many came so far."""

    def stop(self) -> None:
        """Stop, and forget everything."""


class SQLite:
    """A file; its work is done in the process of the server."""

    name = "sqlite"

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def create(self, name: str) -> str:
        url = f"sqlite:///{self._directory / name}.db"
        migrate(url)
        return url

    def cpu(self) -> float:
        return 0.0

    def size(self, url: str) -> int:
        copy = self._directory / "compact.db"
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute("VACUUM INTO ?", [str(copy)])
        connection.close()
        size = copy.stat().st_size
        copy.unlink()
        return size

    @contextmanager
    def counting(self, file: Path) -> Iterator[Counting]:
        file.touch()
        yield ("benchmarks.inside", "count", str(file)), lambda: file.read_text().count("\n")

    def stop(self) -> None:
        shutil.rmtree(self._directory)


class PostgreSQL:
    """A server of its own with PostgreSQL's default durability."""

    name = "postgresql"

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._url = postgres.start(directory, "")
        self._pid = int((directory / "data" / "postmaster.pid").read_text().split()[0])

    def create(self, name: str) -> str:
        url = postgres.create(self._url, name, copy_of="template1")
        migrate(url)
        return url

    def cpu(self) -> float:
        return family_cpu_seconds(self._pid)

    def size(self, url: str) -> int:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM FULL")
            found = connection.execute(
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
                " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            ).fetchone()
        assert found is not None
        return int(found[0])

    @contextmanager
    def counting(self, file: Path) -> Iterator[Counting]:
        log = self._directory / "log"
        self._set("log_statement = 'all'")
        yield (), lambda: len(_LOGGED.findall(log.read_text()))
        self._set("log_statement = 'none'")

    def _set(self, setting: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")

    def stop(self) -> None:
        postgres.stop(self._directory, seconds=60)
