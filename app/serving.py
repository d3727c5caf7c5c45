"""Listening: a socket that is safe to open, and the HTTP server on it until it is told to stop."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.api.malformed import answer
from app.config import Settings

DANGER = "THROUGHLINE_I_KNOW_THAT_ANYONE_WHO_CAN_CONNECT_CONTROLS_EVERYTHING"
GRACE_SECONDS = 10
KEEP_ALIVE_SECONDS = 65
_BACKLOG = 2048


class CannotListen(Exception):
    """The address cannot be listened on, or should not be; the message says what can be done."""


def open_socket(settings: Settings) -> socket.socket:
    """The socket to serve on, bound but not yet listening; raises `CannotListen`."""
    host, port = settings.host, settings.port
    if not _is_loopback(host) and not settings.i_know_that_anyone_who_can_connect_controls_everything:
        raise CannotListen(
            f"There is no access control yet: on {host} anybody who can connect would control everything, so the "
            f"server does not listen there. Use 127.0.0.1, or set {DANGER}=true where a network that only trusted "
            "people reach protects it."
        )
    try:
        return _bound(host, port)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise CannotListen(
                f"Port {port} is taken by another program; stop that one, or choose another port with --port or "
                "THROUGHLINE_PORT."
            ) from None
        raise CannotListen(f"The server cannot listen on {host} port {port}: {problem.strerror or problem}.") from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    opened = socket.socket(family, kind, protocol)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind(address)
        # Listening at once: a port that another socket holds is found here, not later.
        opened.listen(_BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened


def address_of(opened: socket.socket) -> str:
    """Where a browser finds what is served on the socket."""
    host, port = opened.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: FastAPI, opened: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serve until a signal says stop; `ready` is called when the first request can be answered."""
    config = uvicorn.Config(
        app,
        http=_Protocol,
        log_config=None,
        access_log=False,
        ws="none",
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _Server(config, ready).run(sockets=[opened])


class _Protocol(HttpToolsProtocol):
    """Says as JSON, too, what is wrong with bytes that are no HTTP."""

    def send_400_response(self, msg: str) -> None:
        self.transport.write(answer(getattr(self, "url", b"")))
        self.transport.close()


class _Server(uvicorn.Server):
    """Tells when it is ready, and sends those who wait for work home before it stops."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        app = self.config.app
        if isinstance(app, FastAPI) and hasattr(app.state, "server"):
            app.state.server.close_soon()
        super().handle_exit(sig, frame)
