"""Databases for tests: `database_url` runs a test twice, on SQLite and on PostgreSQL, each time on a fresh database."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from app.db import migrate
from tests import postgres
from tests.driver import Driver

POSTGRES_DIRECTORY = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Agree on the directory of the run's one PostgreSQL server; the main process chooses, its workers are told."""
    told = getattr(config, "workerinput", {}).get("postgres_directory")
    config.stash[POSTGRES_DIRECTORY] = Path(told or tempfile.mkdtemp(prefix="throughline-pg-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    config: pytest.Config = node.config  # type: ignore[attr-defined]
    node.workerinput["postgres_directory"] = str(config.stash[POSTGRES_DIRECTORY])  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.stop(config.stash[POSTGRES_DIRECTORY])


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database: once of SQLite, once of PostgreSQL."""
    return cast(str, request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh, migrated SQLite database."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'throughline.db')}"


@pytest.fixture
def postgresql_url(postgresql_worker_url: str) -> str:
    """The URL of a migrated PostgreSQL database without rows and without other connections; ids go on counting."""
    postgres.empty(postgresql_worker_url)
    return postgresql_worker_url


@pytest.fixture
def driver(database_url: str) -> Iterator[Driver]:
    """A server without doors on each database; at the end of the test, its rows and its states must agree."""
    driver = Driver(database_url)
    yield driver
    driver.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new database without tables, for tests of the migrations: once of SQLite, once of PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bare.db'}"
    url: str = request.getfixturevalue("postgres_server_url")
    return postgres.create(url, f"bare_{uuid.uuid4().hex}", copy_of="template1")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_worker_url(postgres_server_url: str, worker_id: str) -> str:
    """The URL of the one migrated PostgreSQL database that the tests of this worker use, one after the other."""
    postgres.make_template(postgres_server_url, migrate)
    return postgres.create(postgres_server_url, f"tests_{worker_id}")


@pytest.fixture(scope="session")
def postgres_server_url(request: pytest.FixtureRequest) -> str:
    """The URL of the `postgres` database of the run's one PostgreSQL server."""
    return postgres.start(request.config.stash[POSTGRES_DIRECTORY])
