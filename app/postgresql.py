"""How transactions speak to PostgreSQL: each exchange is one pipeline of prepared statements, through libpq.

psycopg opens the connections and binds libpq; its cursors are passed by, because they cost more than all else that a
command does (docs/decisions/0003-storage-and-transactions.md has the figures). A parameter travels as binary text, as
digits, or as bytes, and PostgreSQL infers its type from the statement; so do results, by the type of their column.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any, TypeAlias, cast

import psycopg
from psycopg import pq
from psycopg.pq import ExecStatus
from sqlalchemy.pool import PoolProxiedConnection

from app.errors import Busy, InvalidRequest
from app.statements import Call, Compiled, Conflict, Duplicate, Parameters, Result, Row

_Decode: TypeAlias = Callable[[bytes], Any]
_PREPARED = "prepared statements"
_ROWS = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
# Whoever reads sees one state of the data in all statements, as in SQLite.
_BEGIN, _BEGIN_READING, _COMMIT, _ROLLBACK = (
    Compiled(text, (), {})
    for text in ("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "COMMIT", "ROLLBACK")
)
_NOTHING: Parameters = {}


class PostgresSession:
    """One transaction on a connection; it begins with the first exchange."""

    def __init__(self, connection: PoolProxiedConnection, *, writes: bool) -> None:
        self._connection = connection
        self._line = cast("psycopg.Connection[Any]", connection.driver_connection).pgconn
        self._begin: Compiled | None = _BEGIN if writes else _BEGIN_READING
        self._is_out_of_step = False

    def ask(self, calls: Iterable[Call]) -> list[Result]:
        """Run statements in one exchange."""
        if self._begin is None:
            return self._exchange(list(calls))
        results = self._exchange([(self._begin, _NOTHING), *calls])
        self._begin = None
        return results[1:]

    def commit(self, writes: Iterable[tuple[Compiled, list[Parameters]]]) -> None:
        """Run statements with their rows, and commit, in one exchange."""
        calls: list[Call] = [(compiled, row) for compiled, rows in writes for row in rows]
        if self._begin is None:
            self._exchange([*calls, (_COMMIT, _NOTHING)])
        elif calls:
            self._exchange([(self._begin, _NOTHING), *calls, (_COMMIT, _NOTHING)])

    def roll_back(self) -> None:
        """Undo everything; a connection that is broken or out of step is thrown away, which has the same effect."""
        if self._is_out_of_step or self._line.status == pq.ConnStatus.BAD:
            self._connection.invalidate()
        elif self._line.transaction_status != pq.TransactionStatus.IDLE:
            self._exchange([(_ROLLBACK, _NOTHING)])

    def _exchange(self, calls: list[Call]) -> list[Result]:
        prepared: _Prepared = self._connection.info.setdefault(_PREPARED, _Prepared())
        try:
            encoded = [_encoded(*call) for call in calls]
            self._is_out_of_step = True
            preparing = [
                _send(self._line, prepared, compiled, *values)
                for (compiled, _), values in zip(calls, encoded, strict=True)
            ]
            self._line.pipeline_sync()
            received = _receive(self._line)
            self._is_out_of_step = False
        except (psycopg.OperationalError, UnicodeEncodeError) as problem:
            raise _undeliverable(problem, committing=calls[-1][0] is _COMMIT) from problem
        return _answers(received, prepared, calls, preparing)


class _Prepared(dict[str, bytes]):
    """The names of a connection's prepared statements, by their text."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = count()


def open_pipeline(connection: psycopg.Connection[Any]) -> None:
    """Make a new connection ready for sessions; psycopg's own cursors cannot be used on it any more."""
    connection.pgconn.nonblocking = 1
    connection.pgconn.enter_pipeline_mode()


def _encoded(compiled: Compiled, parameters: Parameters) -> tuple[list[bytes | None], list[int]]:
    """The parameters of a statement as they travel: values and formats (1 is binary)."""
    constants = compiled.constants
    values: list[bytes | None] = []
    formats: list[int] = []
    for key in compiled.names:
        value = parameters[key] if key in parameters else constants[key]
        if isinstance(value, str):
            values.append(value.encode())
            formats.append(1)
        elif isinstance(value, int):
            values.append(b"%d" % value)
            formats.append(0)
        else:
            values.append(value)
            formats.append(1)
    return values, formats


def _send(
    line: pq.abc.PGconn, prepared: _Prepared, compiled: Compiled, values: list[bytes | None], formats: list[int]
) -> bool:
    """Put a statement into the pipeline; whether it is prepared there for the first time."""
    if not compiled.lasting:
        line.send_query_params(compiled.text.encode(), values, None, formats, 1)
        return False
    name = prepared.get(compiled.text)
    is_new = name is None
    if name is None:
        name = prepared[compiled.text] = b"s%d" % next(prepared.numbers)
        line.send_prepare(name, compiled.text.encode())
    line.send_query_prepared(name, values, formats, 1)
    return is_new


def _answers(
    answers: list[pq.abc.PGresult], prepared: _Prepared, calls: list[Call], preparing: list[bool]
) -> list[Result]:
    """What each statement answered; raises what the first failing one means."""
    received = iter(answers)
    results: list[Result] = []
    problem: pq.abc.PGresult | None = None
    for (compiled, _), is_new in zip(calls, preparing, strict=True):
        answer = next(received)
        if is_new:
            if answer.status != ExecStatus.COMMAND_OK:
                # Neither this one nor any behind it was prepared or run.
                del prepared[compiled.text]
            following = next(received)
            answer = following if answer.status == ExecStatus.COMMAND_OK else answer
        if answer.status in _ROWS:
            results.append(Result(_rows(answer), answer.command_tuples or 0))
        elif problem is None:
            problem = answer
    if problem is not None:
        raise _translated(problem)
    return results


def _receive(line: pq.abc.PGconn) -> list[pq.abc.PGresult]:
    """All answers up to the end of the pipeline."""
    poll = select.poll()
    poll.register(line.socket, select.POLLIN)
    answers: list[pq.abc.PGresult] = []
    flushed = False
    while True:
        if not flushed:
            flushed = line.flush() == 0
            poll.modify(line.socket, select.POLLIN if flushed else select.POLLIN | select.POLLOUT)
        while not line.is_busy():
            answer = line.get_result()
            if answer is None:
                continue
            if answer.status == ExecStatus.PIPELINE_SYNC:
                return answers
            answers.append(answer)
        poll.poll()
        line.consume_input()


def _rows(answer: pq.abc.PGresult) -> list[Row]:
    count = answer.ntuples
    if not count:
        return []
    get = answer.get_value
    decoders = [_DECODERS[answer.ftype(number)] for number in range(answer.nfields)]
    columns = list(enumerate(decoders))
    return [
        tuple(None if (value := get(row, number)) is None else decode(value) for number, decode in columns)
        for row in range(count)
    ]


def _integer(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)


# By the number of the type in pg_type: bool, bytea, int8, int2, int4, text, unknown, varchar.
_DECODERS: dict[int, _Decode] = {
    16: lambda value: value == b"\1",
    17: bytes,
    20: _integer,
    21: _integer,
    23: _integer,
    25: bytes.decode,
    705: bytes.decode,
    1043: bytes.decode,
}


def _translated(answer: pq.abc.PGresult) -> Exception:
    """What the server's refusal of a statement means to callers; bugs become psycopg's errors."""
    state = (answer.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    message = answer.error_message.decode(errors="replace")
    if state in ("40001", "40P01") or state.startswith("57P"):
        return Conflict(message)
    if state == "23505":
        return Duplicate(message)
    if state in ("55P03", "57014"):
        return Busy("Another command holds what this one needs for too long; try again.")
    if state in ("22021", "22P05"):
        return InvalidRequest("The request contains text that cannot be stored: it has a NUL.")
    if state == "22003":
        return InvalidRequest("The request contains a number of more than 64 bits where none can be stored.")
    return psycopg.DatabaseError(f"{state}: {message}")


def _undeliverable(problem: Exception, *, committing: bool) -> Exception:
    if isinstance(problem, UnicodeEncodeError):
        return InvalidRequest("The request contains text that cannot be stored: half a surrogate pair.")
    if committing:
        return Busy(
            "The connection to the database was lost during the commit; whether the command was carried out is "
            "unknown. Repeat it with the same idempotency key.",
            code="outcome-unknown",
        )
    return Conflict(f"the connection was lost: {problem}")
