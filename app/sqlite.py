"""How transactions speak to SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import cast

from sqlalchemy.pool import PoolProxiedConnection

from app.errors import Busy, InvalidRequest
from app.statements import Call, Compiled, Conflict, Duplicate, Parameters, Result, Row


class AllUndone(Conflict):
    """The transaction of which this was a part is gone with all its parts."""


# Besides its own, the driver raises these for text and numbers that no column can hold.
_ERRORS = (sqlite3.Error, UnicodeEncodeError, OverflowError)


class SqliteSession:
    """One transaction on a connection; a writing one holds the database from its beginning."""

    def __init__(self, connection: PoolProxiedConnection, *, begin: str) -> None:
        self._cursor = cast(sqlite3.Cursor, connection.cursor())
        self._run(begin, {})

    def ask(self, calls: Iterable[Call]) -> list[Result]:
        """Run statements, one after the other."""
        return [self._ask(*call) for call in calls]

    def _ask(self, compiled: Compiled, parameters: Parameters) -> Result:
        constants = compiled.constants
        self._run(compiled.text, {**constants, **parameters} if constants else parameters)
        return Result(cast(list[Row], self._cursor.fetchall()), self._cursor.rowcount)

    def commit(self, writes: Iterable[tuple[Compiled, list[Parameters]]]) -> None:
        """Run statements with their rows, and commit."""
        self._write(writes)
        self._run("COMMIT", {})

    def roll_back(self) -> None:
        """Undo everything."""
        if self._is_open():
            self._run("ROLLBACK", {})

    def _is_open(self) -> bool:
        """False where SQLite has undone everything by itself, because its disk is full or broken."""
        return bool(self._cursor.connection.in_transaction)

    def _write(self, writes: Iterable[tuple[Compiled, list[Parameters]]]) -> None:
        for compiled, rows in writes:
            for row in rows:
                self._run(compiled.text, {**compiled.constants, **row} if compiled.constants else row)

    def _run(self, text: str, parameters: Parameters) -> None:
        try:
            self._cursor.execute(text, parameters)
        except _ERRORS as problem:
            raise _translated(problem) from problem


class SqlitePart(SqliteSession):
    """A part of an open transaction that can be undone alone."""

    def __init__(self, connection: PoolProxiedConnection) -> None:
        super().__init__(connection, begin="SAVEPOINT part")

    def commit(self, writes: Iterable[tuple[Compiled, list[Parameters]]]) -> None:
        """Run statements with their rows; they are committed with the rest."""
        self._write(writes)
        self._run("RELEASE part", {})

    def roll_back(self) -> None:
        """Undo this part; raises `AllUndone` where it is too late for that."""
        if not self._is_open():
            raise AllUndone("SQLite has undone more than what failed")
        self._run("ROLLBACK TO part", {})
        self._run("RELEASE part", {})


def _translated(problem: Exception) -> Exception:
    """What an error means to callers; bugs stay what they are."""
    if isinstance(problem, UnicodeEncodeError):
        return InvalidRequest("The request contains text that cannot be stored: half a surrogate pair.")
    if isinstance(problem, OverflowError):
        return InvalidRequest("The request contains a number of more than 64 bits where none can be stored.")
    if isinstance(problem, sqlite3.IntegrityError) and "UNIQUE" in str(problem):
        return Duplicate(str(problem))
    if isinstance(problem, sqlite3.OperationalError) and "locked" in str(problem):
        return Busy("The database is in use by another process; try again.")
    return problem
