"""A served application for each test, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers_clients.serving import Serving


@pytest.fixture
def serving(database_url: str) -> Iterator[Serving]:
    """A server on the loopback address."""
    with Serving(database_url) as found:
        yield found
