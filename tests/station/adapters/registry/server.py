"""A small HTTP registry on loopback that can be made silent, slow, broken and wrong."""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

PAUSE = 0.005
Behaviour = Callable[[Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """What a request was, as a log of the server might have it, and its body."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Registry:
    """What the server knows; `behaviours` are what it does instead of answering, each once.

    `always`: what it does when none of these is left.
    """

    residents: dict[str, Any] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    token: str | None = None
    asked: list[Asked] = field(default_factory=list)
    behaviours: list[Behaviour] = field(default_factory=list)
    always: Behaviour | None = None

    def app(self) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        honest = Starlette(
            routes=[
                Route("/residents/find", self._find, methods=["POST"]),
                Route("/changes", self._changes, methods=["GET"]),
            ]
        )

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return
            request = Request(scope, receive)
            body = await request.body()
            query, headers = dict(request.query_params), dict(request.headers)
            self.asked.append(Asked(request.method, request.url.path, query, headers, body))
            behave = self.behaviours.pop(0) if self.behaviours else self.always
            if behave is not None:
                await behave(receive, send)
                return
            await honest(scope, _again(body), send)

        return app

    async def _find(self, request: Request) -> Response:
        if not self._permitted(request):
            return JSONResponse({"error": "unauthorized"}, 401)
        rrn = json.loads(await request.body())["rrn"]
        return JSONResponse({"resident": self.residents.get(rrn)})

    async def _changes(self, request: Request) -> Response:
        if not self._permitted(request):
            return JSONResponse({"error": "unauthorized"}, 401)
        after, limit = (int(request.query_params[name]) for name in ("after", "limit"))
        found = [each for each in self.changes if each["sequence"] > after][:limit]
        last = max((each["sequence"] for each in self.changes), default=0)
        return JSONResponse({"last": last, "changes": found})

    def _permitted(self, request: Request) -> bool:
        return self.token is None or request.headers.get("authorization") == f"Bearer {self.token}"


def _again(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def silent(receive: Receive, send: Send) -> None:
    """Nothing, until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def dripping(receive: Receive, send: Send) -> None:
    """An answer that comes octet by octet and never ends: no read waits long for the next."""
    await send(_start())
    while True:
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSE):
                await silent(receive, send)
                return


async def cut_off(receive: Receive, send: Send) -> None:
    """The connection ends in the middle of the answer."""
    await send(_start((b"content-length", b"1000")))
    await send({"type": "http.response.body", "body": b'{"resident": null'})


def answering(
    body: bytes, status: int = 200, kind: str = "application/json", **headers: str
) -> Behaviour:
    """This, whatever is asked."""
    more = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def behave(receive: Receive, send: Send) -> None:
        start = _start((b"content-length", str(len(body)).encode()), *more, status=status)
        start["headers"][0] = (b"content-type", kind.encode())
        await send(start)
        await send({"type": "http.response.body", "body": body})

    return behave


def _start(*headers: tuple[bytes, bytes], status: int = 200) -> Message:
    kind = (b"content-type", b"application/json")
    return {"type": "http.response.start", "status": status, "headers": [kind, *headers]}


@contextmanager
def serving(registry: Registry, **tls: Any) -> Iterator[str]:
    """Serve on a free port of loopback; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(registry.app(), log_config=None, lifespan="off", **tls)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            port = listening.getsockname()[1]
            yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


@contextmanager
def raw(behave: Callable[[socket.socket], object]) -> Iterator[str]:
    """A port whose connections are left to `behave`, one after the other; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    link, _ = listening.accept()
                    with link, suppress(OSError):
                        behave(link)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def mutual_tls(certificate: Path, key: Path, clients: Path | None) -> dict[str, Any]:
    """How `serving` speaks TLS; with `clients`, only to those they vouch for."""
    known = {"ssl_certfile": str(certificate), "ssl_keyfile": str(key)}
    if clients is None:
        return known
    return known | {"ssl_ca_certs": str(clients), "ssl_cert_reqs": ssl.CERT_REQUIRED}
