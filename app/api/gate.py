"""The outermost part of the HTTP door: who may come in, how much they may bring, and what they see of a bug.

Until there is access control, whoever reaches the server controls it. A web page in a visitor's browser must not reach
it: the Host header must name this server (against DNS rebinding), and a request that names an Origin must come from the
server's own pages or from a configured one.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import internal_error, of_rejection, problem
from app.api.reading import require_clean_target
from app.config import Settings
from app.errors import Rejection, TooLarge
from app.log import Log

METHODS = "GET, POST, PUT, DELETE"
ALLOWED_HEADERS = "Accept, Authorization, Content-Type, Idempotency-Key"
EXPOSED_HEADERS = "Location, Retry-After, Idempotency-Replayed"
PREFLIGHT_SECONDS = "600"
_log = Log(__name__)


class Gate:
    """Checks a request before anything else of the server sees it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.hosts = {host.lower() for host in settings.allowed_hosts}
        self.origins = {origin.rstrip("/").lower() for origin in settings.allowed_origins}
        self.max_bytes = settings.max_request_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        refused = self._refused(scope, headers, origin)
        if refused is None and origin is not None:
            send = _sharing(send, origin, shared=self._is_configured(origin))
            refused = self._preflight(scope, headers)
        if refused is not None:
            await refused(scope, receive, send)
            return
        await self._guarded(scope, _counted(receive, self.max_bytes), send)

    def _refused(self, scope: Scope, headers: Headers, origin: str | None) -> Response | None:
        named = headers.getlist("host")
        if len(named) != 1 or host_of(named[0]) not in self.hosts:
            said = named[0][:100] if named else "none"
            return problem(
                421,
                "host-not-allowed",
                f"The server does not answer for the host {said!r}; THROUGHLINE_ALLOWED_HOSTS names those it does.",
            )
        if not self._may_ask(scope, headers, origin, named[0]):
            return problem(
                403,
                "origin-not-allowed",
                f"Web pages from {(origin or 'elsewhere')[:100]!r} may not use the server; "
                "THROUGHLINE_ALLOWED_ORIGINS names those that may.",
            )
        try:
            require_clean_target(scope.get("raw_path") or scope["path"].encode(), scope["query_string"])
            self._require_size(headers)
        except Rejection as rejection:
            return of_rejection(rejection)
        return None

    def _may_ask(self, scope: Scope, headers: Headers, origin: str | None, host: str) -> bool:
        if origin is None:
            # Browsers name the origin of what changes something; where one does not, it still says where it comes from.
            is_reading = scope["method"] in ("GET", "HEAD", "OPTIONS")
            return is_reading or headers.get("sec-fetch-site", "none").lower() != "cross-site"
        return self._is_configured(origin) or _is_own(origin, host)

    def _is_configured(self, origin: str) -> bool:
        return origin.lower() in self.origins

    def _require_size(self, headers: Headers) -> None:
        announced = headers.get("content-length", "0")
        if announced.isascii() and announced.isdigit() and int(announced[:20]) > self.max_bytes:
            raise _too_large(self.max_bytes)

    def _preflight(self, scope: Scope, headers: Headers) -> Response | None:
        """What a browser is told that asks before it sends a request of another origin's page."""
        if scope["method"] != "OPTIONS" or "access-control-request-method" not in headers:
            return None
        allowed = {
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": ALLOWED_HEADERS,
            "Access-Control-Max-Age": PREFLIGHT_SECONDS,
        }
        return Response(status_code=204, headers=allowed)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = False

        async def noting(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except ClientDisconnect:
            _log.info("caller-gone", method=scope["method"], path=scope["path"][:500])
        except Exception:
            _log.exception("request-failed", method=scope["method"], path=scope["path"][:500])
            if began:
                raise
            await internal_error()(scope, receive, send)


def host_of(header: str) -> str:
    """The host of a Host header, without the port, in lower case."""
    host = header.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _is_own(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin.lower()).netloc == host.strip().lower() != ""
    except ValueError:
        return False


def _too_large(most: int) -> TooLarge:
    return TooLarge(
        f"The request has more than {most} bytes; THROUGHLINE_MAX_REQUEST_BYTES says how many are accepted.",
        code="request-too-large",
    )


def _counted(receive: Receive, most: int) -> Receive:
    """The same messages, until there are more bytes than `most`."""
    received = 0

    async def counting() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise _too_large(most)
        return message

    return counting


def _sharing(send: Send, origin: str, *, shared: bool) -> Send:
    """Send what lets a browser show the answer to a page of another origin."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.append("Vary", "Origin")
            if shared:
                headers["Access-Control-Allow-Origin"] = origin
                headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        await send(message)

    return with_headers
