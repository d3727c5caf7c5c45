"""Transactions, on both databases."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import bindparam as p
from sqlalchemy import delete, insert, literal_column, select

from app.db import Conflict, Database, Duplicate, Statement, Transaction
from app.errors import Busy, InvalidRequest
from app.models import history

ROW: dict[str, object] = {"instance_id": "i", "seq": 1, "at": 2**62, "actor": None, "command": "é\n", "body": b"\0\xff"}
ADD = Statement(insert(history).values({name: p(name) for name in ROW}))
ALL = Statement(select(*history.c).order_by(history.c.seq))
DROP = Statement(delete(history).where(history.c.seq == p("number")))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, busy_seconds=0.3)
    yield database
    database.close()


def write_now(database: Database, *added: dict[str, object]) -> None:
    with Transaction(database, writes=True) as tx:
        for row in added:
            tx.execute(ADD, row)


def write_later(database: Database, *added: dict[str, object]) -> None:
    with Transaction(database, writes=True) as tx:
        for row in added:
            tx.later(ADD, row)


def rows(database: Database) -> list[tuple[object, ...]]:
    with Transaction(database, writes=False) as tx:
        return tx.fetch(ALL)


def test_what_is_written_is_read_as_it_was(database: Database) -> None:
    with Transaction(database, writes=True) as tx:
        tx.execute(ADD, ROW)
        tx.later(ADD, {**ROW, "seq": 2})
        assert [row[1] for row in tx.fetch(ALL)] == [1]
    assert rows(database) == [("i", 1, 2**62, None, "é\n", b"\0\xff"), ("i", 2, 2**62, None, "é\n", b"\0\xff")]


def test_whoever_reads_sees_the_same_in_all_statements(database: Database) -> None:
    with Transaction(database, writes=False) as tx:
        assert tx.fetch(ALL) == []
        write_now(database, ROW)
        assert tx.fetch(ALL) == []
    assert len(rows(database)) == 1


def test_what_raises_leaves_nothing(database: Database) -> None:
    def write_and_fail() -> None:
        with Transaction(database, writes=True) as tx:
            tx.execute(ADD, ROW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert rows(database) == []


def test_a_transaction_that_only_writes_at_its_end_is_committed(database: Database) -> None:
    with Transaction(database, writes=True) as tx:
        tx.later(ADD, ROW)
    assert len(rows(database)) == 1


def test_an_empty_transaction_does_nothing(database: Database) -> None:
    with Transaction(database, writes=True):
        pass
    assert rows(database) == []


def test_deletions_go_before_what_is_made_again(database: Database) -> None:
    with Transaction(database, writes=True) as tx:
        tx.later(ADD, ROW)
    with Transaction(database, writes=True) as tx:
        tx.later(ADD, {**ROW, "command": "again"})
        tx.later(DROP, {"number": 1})
    assert [row[4] for row in rows(database)] == ["again"]


def test_a_row_that_exists_is_a_duplicate_and_the_connection_stays_usable(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(Duplicate):
            write_later(database, ROW, ROW)
    with pytest.raises(Duplicate):
        write_now(database, ROW, ROW)
    assert rows(database) == []


@pytest.mark.parametrize("bad", [{"actor": "\ud800"}, {"at": 2**63}])
def test_values_that_cannot_be_stored_are_refused(database: Database, bad: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        write_now(database, {**ROW, **bad})
    with pytest.raises(InvalidRequest):
        write_later(database, ROW, {**ROW, "seq": 2, **bad})
    assert rows(database) == []


def test_text_with_nul_is_kept_or_refused_but_never_cut(database: Database) -> None:
    try:
        with Transaction(database, writes=True) as tx:
            tx.execute(ADD, {**ROW, "actor": "a\0b"})
    except InvalidRequest:
        assert rows(database) == []
    else:
        assert [row[3] for row in rows(database)] == ["a\0b"]


def test_a_statement_that_is_wrong_is_a_bug_and_not_a_rejection(database: Database) -> None:
    wrong = Statement(select(literal_column("no_such_column")).select_from(history))
    for _ in range(2):
        with pytest.raises((psycopg.DatabaseError, sqlite3.OperationalError)), Transaction(database, writes=True) as tx:
            tx.fetch_each((ALL, {}), (wrong, {}), (ALL, {}))
    assert rows(database) == []


def test_a_read_sees_nothing_of_a_write_that_is_not_committed(database: Database) -> None:
    with Transaction(database, writes=True) as tx:
        tx.execute(ADD, ROW)
        assert rows(database) == []
    assert len(rows(database)) == 1


def test_many_rows_of_any_size_travel_both_ways(database: Database) -> None:
    body = bytes(range(256)) * 8000
    with Transaction(database, writes=True) as tx:
        for number in range(20):
            tx.later(ADD, {**ROW, "seq": number, "body": body})
    assert all(row[5] == body for row in rows(database))
    assert len(rows(database)) == 20


def test_a_lock_that_is_not_freed_in_time_makes_busy(database: Database) -> None:
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with Transaction(database, writes=True) as tx:
            tx.lock("name")
            locked.set()
            done.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(5)
    with pytest.raises(Busy), Transaction(database, writes=True) as tx:
        tx.lock("name")
    done.set()
    holder.join()
    with Transaction(database, writes=True) as tx:
        tx.lock("name")
        tx.share("name", "other")


def test_another_process_that_holds_sqlite_makes_busy(sqlite_url: str) -> None:
    database = Database(sqlite_url, busy_seconds=0.2)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy), Transaction(database, writes=True):
        pass
    other.execute("ROLLBACK")
    other.close()
    with Transaction(database, writes=True) as tx:
        tx.later(ADD, ROW)
    assert len(rows(database)) == 1
    database.close()


def test_a_connection_that_the_server_closed_is_a_conflict_and_then_replaced(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    with Transaction(database, writes=False) as tx:
        tx.fetch(ALL)
    with psycopg.connect(postgresql_url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(Conflict), Transaction(database, writes=True) as tx:
        tx.fetch(ALL)
    assert rows(database) == []
    database.close()


def test_transactions_that_wait_for_each_other_are_a_conflict_of_one(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def take(first: str, second: str) -> None:
        try:
            with Transaction(database, writes=True) as tx:
                tx.lock(first)
                barrier.wait()
                tx.lock(second)
            outcomes.append("done")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=take, args=names) for names in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "done"]
    database.close()
