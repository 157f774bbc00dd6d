"""The two servers of a station: the issuer's for phones, the console's for this machine."""

import asyncio
import socket
from contextlib import AbstractContextManager, nullcontext
from types import FrameType

import uvicorn

from station.bootstrap import Station
from station.domain.errors import StationError
from station.web.console.app import ConsoleApp
from station.web.issuer import issuer_app

MAX_CONNECTIONS = 400  # More get 503; a public station stands behind a proxy that times out idlers.
MAX_CONSOLE_CONNECTIONS = 100
CONSOLE_ENDS_WITHIN = 3  # Seconds, for a page that is being made when the server stops.
_BACKLOG = 2048


def serve(station: Station, issuer: socket.socket, console: socket.socket | None) -> None:
    """Serve until Ctrl-C; both servers begin and end together.

    Errors  `KeyboardInterrupt`, when everything has ended.
    """
    beside = _console(station, console) if console else None
    _Issuer(_issuer(station), beside).run([issuer])


def listening(host: str, port: int) -> socket.socket:
    """Errors: `StationError("serve.address")`."""
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(_BACKLOG)  # Two that bind may both succeed; two that listen do not.
    except OSError as error:
        made.close()
        raise StationError("serve.address", f"{host}:{port}: {error.strerror}") from None
    return made


class _Console(uvicorn.Server):
    """Serves the console; signals are the issuer's to hear."""

    def __init__(self, config: uvicorn.Config, app: ConsoleApp, on: socket.socket) -> None:
        super().__init__(config)
        self._app = app
        self._on = on

    def begin(self) -> asyncio.Task[None]:
        self._app.begin()
        return asyncio.create_task(self.serve([self._on]))

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.end()
        await super().shutdown(sockets)


class _Issuer(uvicorn.Server):
    """Serves the issuer, and the console beside it once the station has recovered."""

    def __init__(self, config: uvicorn.Config, console: _Console | None) -> None:
        super().__init__(config)
        self._console = console
        self._beside: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._console is not None:
            self._beside = self._console.begin()

    async def on_tick(self, counter: int) -> bool:
        gone = self._beside is not None and self._beside.done()
        return await super().on_tick(counter) or gone

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._console is None or self._beside is None:
            await super().shutdown(sockets)
        else:
            self._console.should_exit = True
            await asyncio.gather(self._beside, super().shutdown(sockets))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._console is not None:
            self._console.force_exit = self.force_exit


def _issuer(station: Station) -> uvicorn.Config:
    issuer, folder = station.settings.issuer, station.home.folder
    return uvicorn.Config(
        issuer_app(station),
        host=issuer.host,
        port=issuer.port,
        ssl_certfile=issuer.tls_certificate and folder / issuer.tls_certificate,
        ssl_keyfile=issuer.tls_key and folder / issuer.tls_key,
        # Paths of requests hold offer references: the access log stays off.
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=20,
        limit_concurrency=MAX_CONNECTIONS,
        h11_max_incomplete_event_size=32 * 1024,
    )


def _console(station: Station, on: socket.socket) -> _Console:
    app = ConsoleApp(station)
    config = uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=CONSOLE_ENDS_WITHIN,
        limit_concurrency=MAX_CONSOLE_CONNECTIONS,
        h11_max_incomplete_event_size=32 * 1024,
    )
    return _Console(config, app, on)
