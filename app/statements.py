"""SQL statements: built with SQLAlchemy, compiled once for each dialect, run as text on the driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Delete
from sqlalchemy.sql.elements import ClauseElement

Row: TypeAlias = tuple[Any, ...]
Parameters: TypeAlias = Mapping[str, Any]

SQLITE = "sqlite"
POSTGRESQL = "postgresql"

_DIALECTS: dict[str, Dialect] = {
    SQLITE: sqlite.dialect(paramstyle="named"),
    POSTGRESQL: cast(Any, postgresql.psycopg.dialect)(paramstyle="numeric_dollar"),
}


class Conflict(Exception):
    """The database gave up on this transaction for another one; doing it again may well succeed. Never shown."""


class Duplicate(Exception):
    """A row that must be unique exists; the transaction can only be rolled back."""


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """The text of a statement, the names of its parameters in order, and the values that are the same every time.

    `lasting` says that it is run again and again, and worth preparing.
    """

    text: str
    names: tuple[str, ...]
    constants: dict[str, Any]
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement answered: its rows, and how many it changed."""

    rows: list[Row]
    changed: int


Call: TypeAlias = tuple[Compiled, Parameters]


class Statement:
    """An SQL statement that is compiled once for each dialect; `bindparam(name)` marks its parameters."""

    def __init__(self, construct: ClauseElement, *, sqlite: ClauseElement | None = None) -> None:
        """`sqlite` replaces `construct` there, where the two databases need different words."""
        self.deletes = isinstance(construct, Delete)
        self._constructs = {POSTGRESQL: construct, SQLITE: construct if sqlite is None else sqlite}
        self._compiled: dict[str, Compiled] = {}

    def compiled(self, dialect: str) -> Compiled:
        """The statement in the words of this dialect."""
        found = self._compiled.get(dialect)
        if found is None:
            found = self._compiled[dialect] = compiled(self._constructs[dialect], dialect)
        return found


def compiled(construct: ClauseElement, dialect: str, *, lasting: bool = True) -> Compiled:
    """A statement in the words of a dialect; lists of values become parameters of their own."""
    options = {"render_postcompile": True}
    done = cast(SQLCompiler, construct.compile(dialect=_DIALECTS[dialect], compile_kwargs=options))
    given = {bind.key for bind in done.binds.values() if bind.required}
    constants = {name: value for name, value in done.params.items() if name not in given}
    return Compiled(str(done), tuple(done.positiontup or ()), constants, lasting)
