"""The database: connections, transactions, and statements that are compiled once.

SQLAlchemy holds tables, builds statements and keeps connections. A `Statement` is compiled once per dialect, and its
text runs on the driver's cursor with a dictionary of parameters: columns are text, integers and bytes only
(app/models/base.py), so nothing needs converting. Why: docs/decisions/storage-and-transactions.md.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias, cast

import psycopg
from alembic import command as alembic
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from psycopg import errors as pg
from psycopg.types.numeric import Int8Dumper
from sqlalchemy import create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Delete
from sqlalchemy.sql.elements import ClauseElement

from app.errors import Busy, InvalidRequest

Row: TypeAlias = tuple[Any, ...]
Parameters: TypeAlias = Mapping[str, Any]

SQLITE = "sqlite"
POSTGRESQL = "postgresql"

_DIALECTS: dict[str, Dialect] = {
    SQLITE: sqlite.dialect(paramstyle="named"),
    POSTGRESQL: cast(Any, postgresql.psycopg.dialect)(),
}
_NOTHING: dict[str, Any] = {}


class Conflict(Exception):
    """The database gave up on this transaction for another one; doing it again may well succeed. Never shown."""


class Duplicate(Exception):
    """A row that must be unique exists; the transaction can only be rolled back."""


class Statement:
    """An SQL statement that is compiled once for each dialect; `bindparam(name)` marks its parameters."""

    def __init__(self, construct: ClauseElement, *, sqlite: ClauseElement | None = None) -> None:
        """`sqlite` replaces `construct` there, where the two databases need different words."""
        self.deletes = isinstance(construct, Delete)
        self._constructs = {POSTGRESQL: construct, SQLITE: construct if sqlite is None else sqlite}
        self._texts: dict[str, tuple[str, dict[str, Any]]] = {}

    def compiled(self, dialect: str) -> tuple[str, dict[str, Any]]:
        """The text for this dialect, and the values of parameters that are the same every time."""
        found = self._texts.get(dialect)
        if found is None:
            found = self._texts[dialect] = _compile(self._constructs[dialect], dialect)
        return found


def _compile(construct: ClauseElement, dialect: str) -> tuple[str, dict[str, Any]]:
    options = {"render_postcompile": True}
    compiled = cast(SQLCompiler, construct.compile(dialect=_DIALECTS[dialect], compile_kwargs=options))
    given = {bind.key for bind in compiled.binds.values() if bind.required}
    return str(compiled), {name: value for name, value in compiled.params.items() if name not in given}


class Database:
    """Connections to one database. Commands write through `Transaction(database, writes=True)`.

    `busy_seconds` is how long a transaction waits for a connection, a lock or the writer's turn.
    """

    def __init__(
        self, url: str, *, connections: int = 10, busy_seconds: float = 10.0, synchronous: str = "FULL"
    ) -> None:
        address = make_url(url)
        self.dialect = address.get_backend_name()
        if self.dialect not in _DIALECTS:
            raise ValueError(f"THROUGHLINE_DATABASE_URL must name sqlite or postgresql, not {self.dialect!r}")
        self.busy_seconds = busy_seconds
        self._writer_turn = threading.Lock()
        arguments: dict[str, Any] = {"autocommit": True}
        if self.dialect == SQLITE:
            Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
            arguments = {"isolation_level": None, "timeout": busy_seconds, "cached_statements": 512}
        self._engine = create_engine(
            address,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=busy_seconds,
            pool_reset_on_return=None,
            connect_args=arguments,
        )
        event.listen(self._engine, "connect", self._prepare_sqlite if self.dialect == SQLITE else self._prepare_pg)
        self._pragmas = f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA case_sensitive_like=ON"

    def _prepare_sqlite(self, connection: sqlite3.Connection, _record: object) -> None:
        connection.executescript(self._pragmas)

    def _prepare_pg(self, connection: psycopg.Connection[Any], _record: object) -> None:
        # Integers always travel as int8: one prepared statement for small and large ones.
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.execute(f"SET lock_timeout = {int(self.busy_seconds * 1000)}".encode())

    def connect(self) -> PoolProxiedConnection:
        """A connection of the pool; raises `Busy` where none becomes free in time."""
        try:
            return self._engine.raw_connection()
        except PoolTimeout:
            raise Busy("All connections to the database are in use; try again.") from None
        except (psycopg.OperationalError, sqlite3.OperationalError) as problem:
            raise Busy("The database cannot be reached; try again.", code="database-unavailable") from problem

    def take_turn(self) -> None:
        """Wait until no other thread writes (SQLite); raises `Busy` where that takes too long."""
        if not self._writer_turn.acquire(timeout=self.busy_seconds):
            raise Busy("The database is busy with other commands; try again.")

    def end_turn(self) -> None:
        """Let the next thread write."""
        self._writer_turn.release()

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._engine.dispose()


class Transaction:
    """One transaction, as a context manager: committed at the end of the block, rolled back where it raises.

    Writes that nobody reads in the same transaction go by `later`, and are sent grouped just before the commit.
    """

    def __init__(self, database: Database, *, writes: bool) -> None:
        self.database = database
        self.writes = writes
        self.is_postgresql = database.dialect == POSTGRESQL
        self._dialect = database.dialect
        self._later: dict[Statement, list[Parameters]] = {}

    def __enter__(self) -> Self:
        self._committing = False
        self._turn = self.writes and not self.is_postgresql
        if self._turn:
            self.database.take_turn()
        try:
            self._connection = self.database.connect()
        except BaseException:
            self._give_turn()
            raise
        self._cursor: Any = self._connection.driver_connection.cursor()  # type: ignore[union-attr]
        self._begin = None if self._dialect == SQLITE else "BEGIN" if self.writes else "BEGIN READ ONLY"
        if self._dialect == SQLITE:
            self._begin_sqlite()
        return self

    def _begin_sqlite(self) -> None:
        try:
            self._cursor.execute("BEGIN IMMEDIATE" if self.writes else "BEGIN")
        except sqlite3.OperationalError as problem:
            self._release()
            raise Busy("The database is in use by another process; try again.") from problem

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if problem is None:
                self.commit()
            else:
                self._roll_back()
        finally:
            self._release()

    def fetch(self, statement: Statement, parameters: Parameters = _NOTHING) -> list[Row]:
        """All rows of a statement."""
        return self._rows(*self._bound(statement, parameters))

    def fetch_one(self, statement: Statement, parameters: Parameters = _NOTHING) -> Row | None:
        """The first row of a statement, if any."""
        rows = self.fetch(statement, parameters)
        return rows[0] if rows else None

    def fetch_each(self, *asked: tuple[Statement, Parameters]) -> list[list[Row]]:
        """The rows of several statements, in one exchange with the database where it can."""
        if self._dialect == SQLITE:
            return [self.fetch(statement, parameters) for statement, parameters in asked]
        return self._piped([self._bound(statement, parameters) for statement, parameters in asked])

    def select(self, construct: ClauseElement) -> list[Row]:
        """All rows of a statement made for the occasion, such as a list with filters."""
        return self._rows(*_compile(construct, self._dialect))

    def execute(self, statement: Statement, parameters: Parameters = _NOTHING) -> int:
        """Run a statement now; the number of rows that it changed."""
        self._run(*self._bound(statement, parameters))
        return cast(int, self._cursor.rowcount)

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

    def _advise(self, text: str, names: Sequence[str]) -> None:
        # SQLite has one writer at a time; the transaction itself is the lock.
        if self.is_postgresql:
            for number in sorted({_number(name) for name in names}):
                self._run(text, {"number": number})

    def commit(self) -> None:
        """Send what is to be written, and commit."""
        if self._dialect == SQLITE:
            self._commit_sqlite()
        elif self._begin is None:
            self._commit_postgresql()
        elif self._later:
            self._run(*self._begun())
            self._commit_postgresql()

    def _flush(self) -> None:
        for statement, rows in self._later.items():
            if statement.deletes:
                self._send(statement, rows)
        for statement, rows in self._later.items():
            if not statement.deletes:
                self._send(statement, rows)

    def _commit_sqlite(self) -> None:
        try:
            self._flush()
            self._committing = True
            self._cursor.execute("COMMIT")
        except _DRIVER_ERRORS as problem:
            self._roll_back()
            raise _translated(problem) from problem

    def _commit_postgresql(self) -> None:
        connection = self._connection.driver_connection
        try:
            with connection.pipeline():  # type: ignore[union-attr]
                self._flush()
                self._committing = True
                self._cursor.execute("COMMIT")
        except _DRIVER_ERRORS as problem:
            self._roll_back()
            raise _translated(problem, committing=self._committing and self._broken()) from problem

    def _send(self, statement: Statement, rows: list[Parameters]) -> None:
        text, constants = statement.compiled(self._dialect)
        if constants:
            rows = [{**constants, **row} for row in rows]
        if len(rows) == 1:
            self._cursor.execute(text, rows[0])
        else:
            self._cursor.executemany(text, rows)

    def _bound(self, statement: Statement, parameters: Parameters) -> tuple[str, Parameters]:
        text, constants = statement.compiled(self._dialect)
        return text, {**constants, **parameters} if constants else parameters

    def _rows(self, text: str, parameters: Parameters) -> list[Row]:
        if self._begin is not None:
            return self._piped([(text, parameters)])[0]
        self._run(text, parameters)
        return cast(list[Row], self._cursor.fetchall())

    def _run(self, text: str, parameters: Parameters = _NOTHING) -> None:
        if self._begin is not None and text is not self._begin:
            self._run(*self._begun())
        try:
            self._cursor.execute(text, parameters)
        except _DRIVER_ERRORS as problem:
            raise _translated(problem) from problem

    def _piped(self, asked: Iterable[tuple[str, Parameters]]) -> list[list[Row]]:
        connection = cast("psycopg.Connection[Any]", self._connection.driver_connection)
        try:
            with connection.pipeline():
                if self._begin is not None:
                    self._cursor.execute(*self._begun())
                cursors = [connection.execute(text, parameters) for text, parameters in asked]
            return [cursor.fetchall() for cursor in cursors]
        except _DRIVER_ERRORS as problem:
            raise _translated(problem) from problem

    def _begun(self) -> tuple[str, Parameters]:
        text, self._begin = self._begin, None
        return text or "", _NOTHING

    def _roll_back(self) -> None:
        if self._broken():
            self._connection.invalidate()
        elif self._dialect == POSTGRESQL:
            if self._begin is None:
                self._cursor.execute("ROLLBACK")
        elif self._connection.driver_connection.in_transaction:  # type: ignore[union-attr]
            self._cursor.execute("ROLLBACK")

    def _broken(self) -> bool:
        connection = self._connection.driver_connection
        return isinstance(connection, psycopg.Connection) and bool(connection.broken or connection.closed)

    def _release(self) -> None:
        try:
            self._connection.close()
        finally:
            self._give_turn()

    def _give_turn(self) -> None:
        if self._turn:
            self._turn = False
            self.database.end_turn()


_LOCK = "SELECT pg_advisory_xact_lock(%(number)s)"
_SHARE = "SELECT pg_advisory_xact_lock_shared(%(number)s)"


def _number(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


# Besides their own, drivers raise these for text and numbers that no column can hold.
_DRIVER_ERRORS = (psycopg.Error, sqlite3.Error, UnicodeEncodeError, OverflowError)


def _translated(problem: Exception, *, committing: bool = False) -> Exception:
    """What a driver's error means to callers; bugs stay what they are."""
    if isinstance(problem, UnicodeEncodeError) or (isinstance(problem, psycopg.DataError) and "NUL" in str(problem)):
        return InvalidRequest("The request contains text that cannot be stored: NUL or half a surrogate pair.")
    if isinstance(problem, OverflowError | pg.NumericValueOutOfRange):
        return InvalidRequest("The request contains a number of more than 64 bits where none can be stored.")
    if isinstance(problem, pg.DeadlockDetected | pg.SerializationFailure):
        return Conflict(str(problem))
    if isinstance(problem, pg.UniqueViolation):
        return Duplicate(str(problem))
    if isinstance(problem, sqlite3.IntegrityError) and "UNIQUE" in str(problem):
        return Duplicate(str(problem))
    if isinstance(problem, pg.LockNotAvailable | pg.QueryCanceled):
        return Busy("Another command holds what this one needs for too long; try again.")
    if isinstance(problem, sqlite3.OperationalError) and "locked" in str(problem):
        return Busy("The database is in use by another process; try again.")
    if committing:
        return Busy(
            "The connection to the database was lost during the commit; whether the command was carried out is "
            "unknown. Repeat it with the same idempotency key.",
            code="outcome-unknown",
        )
    if isinstance(problem, pg.AdminShutdown | pg.CrashShutdown) or (
        isinstance(problem, psycopg.OperationalError) and problem.sqlstate is None
    ):
        return Conflict(f"the connection was lost: {problem}")
    return problem


MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def migrate(url: str) -> None:
    """Bring the database to the newest schema, making an SQLite file where there is none; idle where it is current."""
    config = _migrations()
    config.attributes["url"] = url
    alembic.upgrade(config, "head")


def newest_revision() -> str | None:
    """The name of the newest migration."""
    return ScriptDirectory.from_config(_migrations()).get_current_head()


def _migrations() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
