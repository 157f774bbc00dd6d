"""The console beside an issuer whose every thread waits: for a registry that hangs, say."""

import asyncio

import httpx
from anyio import to_thread

from station.web.console.app import ConsoleApp
from tests.station.web.console.browser import FOLLOWED, HERE

PATIENCE = 10


def test_console_answers_while_every_thread_of_the_issuer_waits(console: ConsoleApp) -> None:
    async def asked() -> httpx.Response:
        issuers = to_thread.current_default_thread_limiter()
        for _ in range(int(issuers.total_tokens)):
            issuers.acquire_on_behalf_of_nowait(object())
        transport = httpx.ASGITransport(app=console)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            async with asyncio.timeout(PATIENCE):
                return await client.get("/sign-in", headers=FOLLOWED)

    assert asyncio.run(asked()).status_code == 200
