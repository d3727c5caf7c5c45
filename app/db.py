"""The database: its connections, and transactions over them.

SQLAlchemy holds tables, builds statements and keeps connections; the text of a statement runs on the driver itself
(app/statements.py): columns are text, integers and bytes only, so nothing needs converting.
Why: docs/decisions/0003-storage-and-transactions.md.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from alembic import command as alembic
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.elements import ClauseElement

from app.errors import Busy
from app.postgresql import PostgresSession, open_pipeline
from app.sqlite import SqlitePart, SqliteSession
from app.statements import (
    POSTGRESQL,
    SQLITE,
    Call,
    Compiled,
    Conflict,
    Duplicate,
    Parameters,
    Row,
    Statement,
    compiled,
)

__all__ = [
    "Conflict",
    "Database",
    "Duplicate",
    "Parameters",
    "Row",
    "Statement",
    "Transaction",
    "migrate",
    "newest_revision",
]

_NOTHING: Parameters = {}


class Database:
    """Connections to one database. Commands write through `Transaction(database, writes=True)`.

    `busy_seconds` is how long a transaction waits for a connection, a lock or the writer's turn.
    """

    def __init__(
        self, url: str, *, connections: int = 10, busy_seconds: float = 10.0, synchronous: str = "FULL"
    ) -> None:
        address = make_url(url)
        self.dialect = address.get_backend_name()
        if self.dialect not in (SQLITE, POSTGRESQL):
            raise ValueError(f"THROUGHLINE_DATABASE_URL must name sqlite or postgresql, not {self.dialect!r}")
        self.busy_seconds = busy_seconds
        self.is_postgresql = self.dialect == POSTGRESQL
        self._turn = threading.Lock()
        self._writer: PoolProxiedConnection | None = None
        arguments: dict[str, Any] = {"autocommit": True}
        if self.dialect == SQLITE:
            Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
            arguments = {"isolation_level": None, "timeout": busy_seconds, "cached_statements": 512}
        self._engine = create_engine(
            address,
            pool_size=connections,
            max_overflow=1,
            pool_timeout=busy_seconds,
            pool_reset_on_return=None,
            connect_args=arguments,
        )
        event.listen(self._engine, "connect", self._prepare_sqlite if self.dialect == SQLITE else self._prepare_pg)
        self._pragmas = f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA case_sensitive_like=ON"

    def _prepare_sqlite(self, connection: sqlite3.Connection, _record: object) -> None:
        connection.executescript(self._pragmas)

    def _prepare_pg(self, connection: psycopg.Connection[Any], _record: object) -> None:
        connection.execute(f"SET lock_timeout = {int(self.busy_seconds * 1000)}".encode())
        open_pipeline(connection)

    def connect(self) -> PoolProxiedConnection:
        """A connection of the pool; raises `Busy` where none becomes free in time."""
        try:
            return self._engine.raw_connection()
        except PoolTimeout:
            raise Busy("All connections to the database are in use; try again.") from None
        except (psycopg.OperationalError, sqlite3.OperationalError) as problem:
            raise Busy("The database cannot be reached; try again.", code="database-unavailable") from problem

    def take_turn(self) -> PoolProxiedConnection:
        """The one connection that writes to SQLite, once no other thread has it; raises `Busy`."""
        if not self._turn.acquire(timeout=self.busy_seconds):
            raise Busy("The database is busy with other commands; try again.")
        if self._writer is None:
            try:
                self._writer = self.connect()
            except BaseException:
                self._turn.release()
                raise
        return self._writer

    def end_turn(self) -> None:
        """Let the next thread write."""
        self._turn.release()

    def close(self) -> None:
        """Close all connections that are not in use."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._engine.dispose()


class Transaction:
    """One transaction, as a context manager: committed at the end of the block, rolled back where it raises.

    Writes that nobody reads in the same transaction go by `later`, and are sent together just before the commit.
    """

    def __init__(self, database: Database, *, writes: bool, within: Transaction | None = None) -> None:
        """`within` is a transaction of SQLite that this one is a part of: undone alone, committed with it."""
        self.database = database
        self.writes = writes
        self.is_postgresql = database.is_postgresql
        self._dialect = database.dialect
        self._within = within
        self._later: dict[Statement, list[Parameters]] = {}

    def __enter__(self) -> Self:
        self._session: PostgresSession | SqliteSession
        self._connection: PoolProxiedConnection
        if self._within is not None:
            self._session = SqlitePart(self._within._connection)
            return self
        self._has_turn = self.writes and not self.is_postgresql
        self._connection = self.database.take_turn() if self._has_turn else self.database.connect()
        try:
            self._session = self._begun()
        except BaseException:
            self._release()
            raise
        return self

    def _begun(self) -> PostgresSession | SqliteSession:
        if self.is_postgresql:
            return PostgresSession(self._connection, writes=self.writes)
        return SqliteSession(self._connection, begin="BEGIN IMMEDIATE" if self.writes else "BEGIN")

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if problem is None:
                self._commit()
            else:
                self._session.roll_back()
        finally:
            self._release()

    def _commit(self) -> None:
        try:
            self._session.commit(self._grouped())
        except BaseException:
            self._session.roll_back()
            raise

    def _grouped(self) -> Iterator[tuple[Compiled, list[Parameters]]]:
        for wanted in (True, False):
            for statement, rows in self._later.items():
                if statement.deletes is wanted:
                    yield statement.compiled(self._dialect), rows

    def _release(self) -> None:
        if self._within is not None:
            return
        if self._has_turn:
            self.database.end_turn()
        else:
            self._connection.close()

    def fetch(self, statement: Statement, parameters: Parameters = _NOTHING) -> list[Row]:
        """All rows of a statement."""
        return self._session.ask([(statement.compiled(self._dialect), parameters)])[0].rows

    def fetch_one(self, statement: Statement, parameters: Parameters = _NOTHING) -> Row | None:
        """The first row of a statement, if any."""
        rows = self.fetch(statement, parameters)
        return rows[0] if rows else None

    def fetch_each(self, *asked: tuple[Statement, Parameters]) -> list[list[Row]]:
        """The rows of several statements, in one exchange with the database where it can."""
        calls: list[Call] = [(statement.compiled(self._dialect), parameters) for statement, parameters in asked]
        return [result.rows for result in self._session.ask(calls)]

    def select(self, construct: ClauseElement) -> list[Row]:
        """All rows of a statement made for the occasion, such as a list with filters."""
        return self._session.ask([(compiled(construct, self._dialect, lasting=False), _NOTHING)])[0].rows

    def execute(self, statement: Statement, parameters: Parameters = _NOTHING) -> int:
        """Run a statement now; the number of rows that it changed."""
        return self._session.ask([(statement.compiled(self._dialect), parameters)])[0].changed

    def later(self, statement: Statement, row: Parameters) -> None:
        """Run a statement just before the commit.

        Runs of one statement are sent together, in order of their first; deletions go before everything else, so that
        what is made again under the same name stays.
        """
        rows = self._later.get(statement)
        if rows is None:
            rows = self._later[statement] = []
        rows.append(row)

    def lock(self, *names: str) -> None:
        """Wait until no other transaction holds one of these names, and hold them until the end of this one."""
        self._advise(_LOCK, names)

    def share(self, *names: str) -> None:
        """Like `lock`, but others may share the names at the same time."""
        self._advise(_SHARE, names)

    def _advise(self, lock: Compiled, names: Sequence[str]) -> None:
        # SQLite has one writer at a time; the transaction itself is the lock.
        if self.is_postgresql:
            numbers = sorted({_number(name) for name in names})
            self._session.ask([(lock, {"number": number}) for number in numbers])


_LOCK = Compiled("SELECT pg_advisory_xact_lock($1) IS NULL", ("number",), {})
_SHARE = Compiled("SELECT pg_advisory_xact_lock_shared($1) IS NULL", ("number",), {})


def _number(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def migrate(url: str) -> None:
    """Bring the database to the newest schema, making an SQLite file where there is none; idle where it is current."""
    config = _migrations()
    config.attributes["url"] = url
    alembic.upgrade(config, "head")


def lacks_file(url: str) -> bool:
    """Whether there is no file where the address of an SQLite database says; connecting would make one."""
    address = make_url(url)
    return address.get_backend_name() == SQLITE and not Path(address.database or "").exists()


def newest_revision() -> str | None:
    """The name of the newest migration."""
    return ScriptDirectory.from_config(_migrations()).get_current_head()


def _migrations() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
