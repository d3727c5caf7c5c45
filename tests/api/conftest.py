"""A server over HTTP for each test, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.client import Api


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    """The application on a fresh database; afterwards state and rows must agree."""
    with Api(database_url) as found:
        yield found


@pytest.fixture
def sqlite_api(sqlite_url: str) -> Iterator[Api]:
    """The application on SQLite alone, for what has nothing to do with the database."""
    with Api(sqlite_url) as found:
        yield found
