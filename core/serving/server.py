"""The server: the application with its two mounts, and a thread in which it runs."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.hosts import is_loopback
from core.serving.api import Api, Desk
from core.serving.errors import Fault, HostRefused, InvalidAddress, MethodRefused, PageRefused, UnknownAddress
from core.serving.limits import PRACTICE, Practice, Window
from core.serving.models import Load, Models
from core.serving.settings import LARGEST_PORT, Settings
from core.serving.transport import language, refusal

BASE, PRACTICE_BASE = "/v1", "/practice/v1"
NEXT_PORTS = 10  # tried where the port is taken, before any free one
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # to be called from here
CONNECTIONS = 512
THREAD = "serving-server"
DEFAULT = Settings()
GRACE, PATIENCE = 1, 20.0  # s: for calls under way when the server stops, and for it to start and stop


class NoPages:
    """Refuses what a web page sends. While only this machine can call (`host`: where it listens; None: others can, too),
    that is all that is addressed to another name: a page whose own name leads here (DNS rebinding) could read the answers.
    And always what names the page of another machine as its origin, which a browser adds to every POST of a page: such a
    page is kept from the answers by its browser, but here it does not make a model work either."""

    def __init__(self, app: ASGIApp, host: str | None) -> None:
        self._app, self._host = app, host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (fault := self._fault(Request(scope))):
            await refusal(fault, language(Request(scope)))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _fault(self, request: Request) -> Fault | None:
        if self._host is not None:
            name = _hostname(f"//{request.headers.get('host', '')}")
            if name != self._host.lower() and not is_loopback(name):
                return HostRefused()
        origin = request.headers.get("origin")
        return None if origin is None or is_loopback(_hostname(origin)) else PageRefused()


def _hostname(address: str) -> str:
    """Return the name of the machine in an address; "" if there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def app(load: Load, settings: Settings = DEFAULT, practice: Practice | None = None) -> Starlette:
    """Return the application. `load`: returns the model of a name; it is called in a thread of its own, once a model.

    `practice`: the keys of /practice/v1; without it nobody has one.
    """
    models = Models(load, settings.models, settings.loading_seconds)
    desk = Desk(settings.most_waiting)
    keys = (lambda: (settings.key,)) if settings.key else None
    known = practice or Practice()
    api = Api(models, desk, keys, Window(settings.limit), settings.most_bytes)
    practising = Api(models, desk, known.keys, Window(PRACTICE), settings.most_bytes)
    result = Starlette(
        routes=[*api.routes(BASE), *practising.routes(PRACTICE_BASE)],
        middleware=[Middleware(NoPages, host=settings.host if settings.loopback else None)],
        exception_handlers={HTTPException: _unrouted},
    )
    result.router.redirect_slashes = False
    result.state.desk = desk
    return result


async def _unrouted(request: Request, error: Exception) -> Response:
    path, method = request.url.path, request.method
    wrong: type[Fault] = MethodRefused if getattr(error, "status_code", 404) == 405 else UnknownAddress
    return refusal(wrong(path=path, method=method), language(request), getattr(error, "headers", None))


@dataclass(frozen=True)
class Running:
    """A server that answers. `url`: the `base_url` of a client; `practice`: gives the keys of the practice endpoint."""

    url: str
    practice: Practice
    _server: uvicorn.Server = field(repr=False)
    _thread: threading.Thread = field(repr=False)

    @property
    def practice_url(self) -> str:
        """The `base_url` of the practice endpoint."""
        return self.url.removesuffix(BASE) + PRACTICE_BASE

    def stop(self) -> None:
        """End the server; calls under way get a moment. Nothing happens the second time."""
        self._server.should_exit = True
        self._thread.join(PATIENCE)

    def wait(self) -> None:
        """Return when the server has ended."""
        while self._thread.is_alive():
            self._thread.join(1.0)  # in between, Ctrl-C is noticed


def start(load: Load, settings: Settings = DEFAULT) -> Running:
    """Start a server in a thread and return it when it answers. Models are loaded with the first call that wants them.

    Where the port is taken, the next free one of NEXT_PORTS is, or else any. Raises InvalidAddress if the host is not one
    of this machine.
    """
    practice = Practice()
    application = app(load, settings, practice)
    listening = listen(settings.host, settings.port)
    logging.getLogger("uvicorn.error").addFilter(worth_logging)
    server = uvicorn.Server(_config(application))
    thread = threading.Thread(target=_run, args=(server, listening, application.state.desk), daemon=True, name=THREAD)
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.005)
    if not server.started:
        raise InvalidAddress(address=f"{settings.host}:{settings.port}")
    return Running(address(settings.host, listening.getsockname()[1]), practice, server, thread)


def worth_logging(record: logging.LogRecord) -> bool:
    """Keep quiet about this server's comings and goings, and calls cut off at its end; another's log stays as it is."""
    error = record.exc_info[1] if record.exc_info else None
    return record.threadName != THREAD or not (error is None or isinstance(error, asyncio.CancelledError))


def address(host: str, port: int) -> str:
    """Return the `base_url` of a server on a host and port, as this machine reaches it."""
    name = ANYWHERE.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}{BASE}"


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the host: on the port, one of the next, or any. Raises InvalidAddress."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise InvalidAddress(address=f"{host}:{port}") from error
    trouble: OSError | None = None
    for one in _ports(port):
        listening = socket.socket(family, kind, protocol)
        try:
            if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((place[0], one, *place[2:]))
            listening.listen(CONNECTIONS)
            return listening
        except OSError as error:
            listening.close()
            trouble = error
    raise InvalidAddress(address=f"{host}:{port}") from trouble


def _ports(port: int) -> Iterator[int]:
    yield from range(port, min(port + NEXT_PORTS, LARGEST_PORT) + 1) if port else ()
    yield 0


def _config(application: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE,
    )


def _run(server: uvicorn.Server, listening: socket.socket, desk: Desk) -> None:
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()
        desk.close()
