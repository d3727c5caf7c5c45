"""Bytes that are no HTTP, sent to a real server."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from app.db import migrate
from tests.server import PATIENCE, RunningServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server for all of these tests: what is refused leaves nothing behind."""
    url = f"sqlite:///{tmp_path_factory.mktemp('db')}/a.db"
    migrate(url)
    with RunningServer(url, worker="false") as found:
        yield found


_CHUNK = b"Host: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"


@pytest.mark.parametrize(
    ("sent", "kind", "names"),
    [
        (b"nonsense\r\n\r\n", "application/problem+json", {"type", "title", "status", "detail", "code"}),
        (b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n", "application/problem+json", None),
        (b"POST /api/v1/signals HTTP/1.1\r\n" + _CHUNK, "application/problem+json", None),
        (b"POST /engine-rest/signal HTTP/1.1\r\n" + _CHUNK, "application/json", {"type", "message", "code"}),
        (b"GET /%65ngine-rest/task?a=b HTTP/1.1\r\nContent-Length: x\r\n\r\n", "application/json", None),
    ],
)
def test_given_bytes_that_are_no_http_when_sent_then_the_refusal_is_json_and_the_connection_ends(
    server: RunningServer, sent: bytes, kind: str, names: set[str] | None
) -> None:
    address = urlsplit(server.address)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=PATIENCE) as connection:
        connection.sendall(sent)
        answer = HTTPResponse(connection)
        answer.begin()
        body = answer.read()
        assert connection.recv(1) == b""
    assert (answer.status, answer.getheader("content-type"), answer.getheader("connection")) == (400, kind, "close")
    told = json.loads(body)
    assert names is None or set(told) == names
    assert told.get("code") in (0, "http-invalid")
