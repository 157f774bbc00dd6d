"""A page of the console's make whose server a test holds in its hand."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from station.web.console.files import Files
from station.web.console.forms import fields
from station.web.console.qr import qr_code
from station.web.console.texts import Texts
from station.web.templating import environment

_PAGE = """{% extends "base.html" %}
{% block live %} data-live="/events"{% endblock %}
{% block main %}PLACE{% endblock %}"""
_CHANGED = "event: changed\ndata:\n\n"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@dataclass
class Stage:
    """`main` is a template; `locked` sends every page to `/locked`; `posted`: forms that came."""

    main: str = "<h1>One</h1>"
    locked: bool = False
    idle_seconds: int = 0
    posted: list[dict[str, str]] = field(default_factory=list)
    answer: str = ""
    asked: int = 0
    _heard: list[tuple[asyncio.AbstractEventLoop, asyncio.Queue[str]]] = field(default_factory=list)

    def change(self, main: str) -> None:
        """The page is another one, and whoever listens is told."""
        self.main = main
        self.tell(_CHANGED)

    def tell(self, octets: str) -> None:
        """To whoever listens; empty: the stream ends."""
        for loop, queue in self._heard:
            loop.call_soon_threadsafe(queue.put_nowait, octets)

    @property
    def listeners(self) -> int:
        return len(self._heard)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/page", self._page),
                Route("/styles/{template}", self._styles),
                Route("/locked", self._lock),
                Route("/events", self._events),
                Route("/form", self._form, methods=["POST"]),
                Mount("/static", Files()),
            ]
        )

    async def _page(self, request: Request) -> Response:
        self.asked += request.headers.get("x-fragment") == "main"
        return RedirectResponse("/locked", 303) if self.locked else self._render(self.main)

    async def _styles(self, request: Request) -> Response:
        """Every component; the query says in which language and theme."""
        made = environment("station.web.console").get_template(request.path_params["template"])
        shown = self._context() | {"qr": qr_code("q" * 90)} | dict(request.query_params)
        return HTMLResponse(made.render(shown | {"t": Texts().speaker(str(shown["language"]))}))

    async def _lock(self, _: Request) -> Response:
        return self._render("<h1>Locked</h1>", "/locked")

    async def _form(self, request: Request) -> Response:
        self.posted.append(fields(await request.body()))
        return self._render(self.answer) if self.answer else RedirectResponse("/page", 303)

    async def _events(self, _: Request) -> Response:
        mine = (asyncio.get_running_loop(), asyncio.Queue[str]())
        self._heard.append(mine)

        async def told() -> AsyncIterator[str]:
            try:
                yield _CHANGED  # As the station's own streams begin.
                while octets := await mine[1].get():
                    yield octets
            finally:
                self._heard.remove(mine)

        return StreamingResponse(told(), media_type="text/event-stream")

    def _render(self, main: str, path: str = "/page") -> Response:
        made = environment("station.web.console").from_string(_PAGE.replace("PLACE", main))
        return HTMLResponse(made.render(self._context() | {"path": path}))

    def _context(self) -> dict[str, Any]:
        return {
            "t": Texts().speaker("en"),
            "language": "en",
            "theme": "auto",
            "csrf": "token",
            "path": "/page",
            "demo": True,
            "office": "TEST",
            "officer": SimpleNamespace(title="TEST kim") if self.idle_seconds else None,
            "idle_seconds": self.idle_seconds,
            "menu": [],
            "message": "",
            "failure": None,
            "until": NOW + timedelta(seconds=90),
        }
