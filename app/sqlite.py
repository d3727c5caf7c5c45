"""How transactions speak to SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import cast

from sqlalchemy.pool import PoolProxiedConnection

from app.errors import Busy, InvalidRequest
from app.statements import Call, Compiled, Duplicate, Parameters, Result, Row

# Besides its own, the driver raises these for text and numbers that no column can hold.
_ERRORS = (sqlite3.Error, UnicodeEncodeError, OverflowError)


class SqliteSession:
    """One transaction on a connection; a writing one holds the database from its beginning."""

    def __init__(self, connection: PoolProxiedConnection, *, writes: bool) -> None:
        self._cursor = connection.cursor()
        self._run("BEGIN IMMEDIATE" if writes else "BEGIN", {})

    def ask(self, calls: Iterable[Call]) -> list[Result]:
        """Run statements, one after the other."""
        return [self._ask(*call) for call in calls]

    def _ask(self, compiled: Compiled, parameters: Parameters) -> Result:
        constants = compiled.constants
        self._run(compiled.text, {**constants, **parameters} if constants else parameters)
        return Result(cast(list[Row], self._cursor.fetchall()), self._cursor.rowcount)

    def commit(self, writes: Iterable[tuple[Compiled, list[Parameters]]]) -> None:
        """Run statements with their rows, and commit."""
        for compiled, rows in writes:
            for row in rows:
                self._run(compiled.text, {**compiled.constants, **row} if compiled.constants else row)
        self._run("COMMIT", {})

    def roll_back(self) -> None:
        """Undo everything."""
        self._run("ROLLBACK", {})

    def _run(self, text: str, parameters: Parameters) -> None:
        try:
            self._cursor.execute(text, parameters)
        except _ERRORS as problem:
            raise _translated(problem) from problem


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
