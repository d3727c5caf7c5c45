"""A server that speaks the dialect for each test, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.engine_rest.client import Rest


@pytest.fixture
def rest(database_url: str) -> Iterator[Rest]:
    """The application on a fresh database; every answer must keep to the published schema."""
    with Rest(database_url) as found:
        yield found


@pytest.fixture
def sqlite_rest(sqlite_url: str) -> Iterator[Rest]:
    """The same on SQLite alone, for what has nothing to do with the database."""
    with Rest(sqlite_url) as found:
        yield found
