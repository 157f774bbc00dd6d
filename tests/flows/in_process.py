"""HTTP into an application in the same process."""

import asyncio
import threading
from typing import Any

import httpx
from starlette.types import ASGIApp


class Loop:
    """An event loop in a thread, for every application under test."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


LOOP = Loop()


class AppTransport(httpx.BaseTransport):
    """HTTP into an ASGI application, as a phone would send it; background work is awaited."""

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app, raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        octets = request.read()
        headers = request.headers.raw
        again = httpx.Request(request.method, request.url, headers=headers, content=octets)
        response: httpx.Response = LOOP.run(self._answer(again))
        return response

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)
