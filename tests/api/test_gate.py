"""Who may use the server, and how much they may bring."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.api.route import Endpoint
from app.config import Settings
from app.serving import CannotListen, open_socket
from tests.api.client import Api
from tests.driver import ONE_TASK

OURS = "https://intranet.example"


@pytest.fixture
def guarded(sqlite_url: str) -> Iterator[Api]:
    """A server that one web page may use, and that takes small requests only."""
    with Api(sqlite_url, allowed_origins=[OURS], max_request_bytes=20_000) as found:
        yield found


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "[::1]"])
def test_given_a_name_of_this_machine_when_it_is_asked_for_then_the_server_answers(guarded: Api, host: str) -> None:
    assert guarded.client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8080", "", "[::2]"])
def test_given_another_name_when_it_is_asked_for_then_the_server_does_not_answer_for_it(
    guarded: Api, host: str
) -> None:
    answer = guarded.client.get("/health", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "host-not-allowed")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000", "http://[", "x"])
def test_given_a_page_of_a_stranger_when_it_uses_the_server_then_nothing_happens(guarded: Api, origin: str) -> None:
    for method in ("POST", "GET", "OPTIONS"):
        answer = guarded.client.request(method, "/signals", json={"name": "s"}, headers={"Origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "origin-not-allowed")
        assert "access-control-allow-origin" not in answer.headers


def test_given_the_servers_own_page_when_it_uses_the_server_then_it_may(guarded: Api) -> None:
    answer = guarded.client.post("/signals", json={"name": "s"}, headers={"Origin": "http://localhost:8080"})
    assert answer.status_code == 204
    assert "access-control-allow-origin" not in answer.headers


def test_given_a_configured_page_when_it_asks_first_and_then_acts_then_the_browser_is_told_that_it_may(
    guarded: Api,
) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    preflight = guarded.client.options("/signals", headers={"Origin": OURS, **asked})
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "Idempotency-Key" in preflight.headers["access-control-allow-headers"]
    answer = guarded.client.post("/signals", json={"name": "s"}, headers={"Origin": OURS})
    for found in (preflight, answer):
        assert found.headers["access-control-allow-origin"] == OURS
        assert "Origin" in found.headers["vary"]
    assert "Location" in answer.headers["access-control-expose-headers"]


def test_given_a_configured_page_when_it_is_refused_then_it_can_read_why(guarded: Api) -> None:
    answer = guarded.client.post("/signals", json={}, headers={"Origin": OURS})
    assert answer.status_code == 400
    assert answer.headers["access-control-allow-origin"] == OURS


@pytest.mark.parametrize("chunked", [False, True])
def test_given_a_request_that_is_too_large_when_it_comes_then_it_is_refused(guarded: Api, chunked: bool) -> None:
    content: Any = b'{"name":"' + b"x" * 30_000 + b'"}'
    if chunked:
        content = iter([content[:15_000], content[15_000:]])
    answer = guarded.client.post("/signals", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")
    files = {"files": ("p.bpmn", ONE_TASK + b" " * 30_000)}
    assert guarded.client.post("/deployments", files=files).status_code == 413


def test_given_a_file_that_is_too_large_when_it_is_deployed_then_it_is_refused(sqlite_url: str) -> None:
    with Api(sqlite_url, max_resource_bytes=2_000, max_resources=2) as api:
        assert api.deploy(ONE_TASK + b" " * 2_000, status=413)["code"] == "too-large"
        assert api.deploy(ONE_TASK, ONE_TASK, ONE_TASK, status=400)["code"] == "form-invalid"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "example.org"])
def test_given_an_address_that_others_reach_when_the_danger_is_not_named_then_the_server_does_not_listen(
    host: str,
) -> None:
    with pytest.raises(CannotListen, match="no access control yet"):
        open_socket(Settings(host=host, port=0))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_given_an_address_of_this_machine_alone_when_it_is_listened_on_then_it_is_open(host: str) -> None:
    open_socket(Settings(host=host, port=0)).close()


def test_given_the_danger_is_named_when_every_address_is_listened_on_then_it_is_open() -> None:
    settings = Settings(host="0.0.0.0", port=0, i_know_that_anyone_who_can_connect_controls_everything=True)
    open_socket(settings).close()


def test_given_a_taken_port_when_it_is_listened_on_then_the_message_says_what_to_do() -> None:
    with open_socket(Settings(port=0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"Port {port} is taken .* choose another port with --port"):
            open_socket(Settings(port=port))


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/docs-assets/swagger-ui-bundle.js"])
def test_given_the_documentation_when_it_is_opened_then_everything_comes_from_this_server(
    guarded: Api, path: str
) -> None:
    answer = guarded.client.get(f"http://localhost:8080{path}")
    assert answer.status_code == 200
    if path == "/docs":
        assert "://" not in answer.text
        assert "/docs-assets/swagger-ui-bundle.js" in answer.text


def test_given_a_bug_when_it_is_met_then_the_caller_sees_no_details_and_the_log_all(
    guarded: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("app.commands.signals.throw", broken)
    problem = guarded.post("/signals", {"name": "s"}, 500)
    assert problem["code"] == "internal-error"
    assert "secret" not in str(problem)
    assert "ZeroDivisionError: secret" in caplog.text


def test_given_no_such_path_or_method_when_it_is_asked_for_then_the_problem_says_so(guarded: Api) -> None:
    assert guarded.get("/nothing", 404)["code"] == "route-not-found"
    assert guarded.post("/health", status=405)["code"] == "method-not-allowed"
    assert guarded.client.post("/health").headers["allow"] == "GET"
    assert guarded.client.get("/process-instances/x/variables").status_code == 404
    assert guarded.client.delete("/process-instances/x/variables").headers["allow"] == "GET, PUT"
    assert guarded.client.get("/health/").json()["code"] == "route-not-found"


def test_given_a_caller_who_leaves_while_sending_when_noticed_then_it_is_no_failure(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    came: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": b'{"na', "more_body": True}, {"type": "http.disconnect"}]
    )
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"content-length", b"2000")]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/signals", "headers": headers, "query_string": b""}
    scope |= {"http_version": "1.1", "scheme": "http", "root_path": "", "raw_path": b"/api/v1/signals"}
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return next(came)

    async def send(message: Any) -> None:
        sent.append(message)

    with Api(sqlite_url) as api, caplog.at_level("INFO"):
        asyncio.run(api.app(scope, receive, send))
    assert sent == []
    assert [record.levelname for record in caplog.records if record.levelname != "INFO"] == []


def test_given_an_address_without_get_when_asked_for_by_get_or_head_then_405_says_what_it_takes(guarded: Api) -> None:
    operations = [route for route in guarded.app.routes if isinstance(route, Endpoint)]
    readable = {route.path for route in operations if route.method == "GET"}
    for path in {route.path for route in operations} - readable:
        address = re.sub(r"{[^}]*}", "1", path)
        for method in ("GET", "HEAD"):
            answer = guarded.client.request(method, f"http://localhost:8080{address}")
            assert (answer.status_code, "GET" in answer.headers["allow"]) == (405, False), address
