"""Writing to SQLite in groups: committed together, undone apart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest
from sqlalchemy import bindparam as p
from sqlalchemy import insert, select

from app.db import Conflict, Database, Statement, Transaction
from app.errors import Busy
from app.models import history
from app.sqlite import AllUndone
from app.writer import Writer

ROW: dict[str, object] = {"instance_id": "i", "at": 1, "actor": None, "command": "c", "body": b""}
ADD = Statement(insert(history).values({name: p(name) for name in (*ROW, "seq")}))
ALL = Statement(select(history.c.seq).order_by(history.c.seq))


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url, busy_seconds=0.3)
    yield database
    database.close()


@pytest.fixture
def writer(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Writer]:
    """A writer whose groups hold all that waits, however slow this machine is."""
    monkeypatch.setattr("app.writer._GROUP_SECONDS", 60)
    writer = Writer(database)
    yield writer
    writer.close()


def adding(database: Database, *seqs: int) -> Callable[[Transaction], list[int]]:
    """Add a row at once and the others later; what the transaction sees then."""

    def write(together: Transaction) -> list[int]:
        with Transaction(database, writes=True, within=together) as tx:
            tx.execute(ADD, {**ROW, "seq": seqs[0]})
            for seq in seqs[1:]:
                tx.later(ADD, {**ROW, "seq": seq})
            return [row[0] for row in tx.fetch(ALL)]

    return write


def failing(database: Database, *, undoing_all: bool = False) -> Callable[[Transaction], None]:
    def write(together: Transaction) -> None:
        with Transaction(database, writes=True, within=together) as tx:
            tx.execute(ADD, {**ROW, "seq": 99})
            if undoing_all:
                together._session.roll_back()
            raise ZeroDivisionError

    return write


def stored(database: Database) -> list[int]:
    with Transaction(database, writes=False) as tx:
        return [row[0] for row in tx.fetch(ALL)]


class Held:
    """Keeps the writer busy, so that what is submitted meanwhile belongs to one group."""

    def __init__(self, writer: Writer) -> None:
        self._released = threading.Event()
        self._begun = threading.Event()
        writer.submit(self._wait)
        self._begun.wait(5)

    def _wait(self, _: Transaction) -> None:
        self._begun.set()
        self._released.wait(5)

    def release(self) -> None:
        self._released.set()


def test_given_several_that_wait_when_they_are_written_then_each_sees_those_before_it_and_all_are_there(
    database: Database, writer: Writer
) -> None:
    held = Held(writer)
    futures = [writer.submit(adding(database, seq, seq + 10)) for seq in (1, 2, 3)]
    held.release()
    assert [future.result(5) for future in futures] == [[1], [1, 2, 11], [1, 2, 3, 11, 12]]
    assert stored(database) == [1, 2, 3, 11, 12, 13]


def test_given_a_group_when_it_is_written_then_nobody_hears_of_it_before_it_is_committed(
    database: Database, writer: Writer
) -> None:
    seen: list[tuple[list[int], bool]] = []

    def looking(_: Transaction) -> None:
        seen.append((stored(database), first.done()))

    held = Held(writer)
    first = writer.submit(adding(database, 1))
    last = writer.submit(looking)
    held.release()
    last.result(5)
    assert seen == [([], False)]
    assert stored(database) == [1]


def test_given_one_that_fails_when_its_group_is_written_then_it_alone_is_undone(
    database: Database, writer: Writer
) -> None:
    held = Held(writer)
    before, bad, after = (
        writer.submit(adding(database, 1, 2)),
        writer.submit(failing(database)),
        writer.submit(adding(database, 3)),
    )
    held.release()
    assert isinstance(bad.exception(5), ZeroDivisionError)
    assert before.result(5) == [1]
    assert after.result(5) == [1, 2, 3]
    assert stored(database) == [1, 2, 3]


def test_given_that_everything_was_undone_when_one_fails_then_all_of_its_group_are_to_be_repeated(
    database: Database, writer: Writer
) -> None:
    held = Held(writer)
    futures: list[Future[object]] = [
        writer.submit(adding(database, 1)),
        writer.submit(failing(database, undoing_all=True)),
    ]
    held.release()
    assert [type(future.exception(5)) for future in futures] == [AllUndone, AllUndone]
    assert issubclass(AllUndone, Conflict)
    assert stored(database) == []
    assert writer.submit(adding(database, 7)).result(5)[-1] == 7


def test_given_another_process_that_writes_when_it_takes_too_long_then_the_caller_hears_that_and_the_next_one_writes(
    database: Database, writer: Writer, sqlite_url: str
) -> None:
    other = Database(sqlite_url)
    with Transaction(other, writes=True):
        assert isinstance(writer.submit(adding(database, 1)).exception(5), Busy)
    other.close()
    assert writer.submit(adding(database, 2)).result(5) == [2]


def test_given_a_caller_that_has_gone_when_its_turn_comes_then_nothing_is_written_for_it(
    database: Database, writer: Writer
) -> None:
    held = Held(writer)
    gone, there = writer.submit(adding(database, 1)), writer.submit(adding(database, 2))
    assert gone.cancel()
    held.release()
    assert there.result(5) == [2]


def test_given_a_closed_writer_when_something_is_to_be_written_then_it_is_refused(database: Database) -> None:
    writer = Writer(database)
    last = writer.submit(adding(database, 1))
    writer.close()
    assert last.result(0) == [1]
    with pytest.raises(Busy):
        writer.submit(adding(database, 2))
