"""The issuer's public application: its endpoints, what runs beside them, and its errors."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from station.bootstrap import Station
from station.domain.errors import StationError
from station.log import log
from station.openid4vci.errors import OpenId4VciError
from station.web.caching import NO_STORE
from station.web.published import PublishedEndpoints
from station.web.requests import BodyTooLarge
from station.web.wallets import WalletEndpoints

SWEEP_SECONDS = 15


def issuer_app(station: Station) -> Starlette:
    """The public application of `station`."""
    wallets, published = WalletEndpoints(station), PublishedEndpoints(station)
    base = urlsplit(station.settings.issuer.credential_issuer).path
    app = Starlette(
        routes=[*wallets.routes(base), *published.routes(base)],
        lifespan=_lifespan(station),
        exception_handlers={
            OpenId4VciError: wallets.protocol_error,
            StationError: _station_error,
            BodyTooLarge: _too_large,
            ClientDisconnect: _gone,
            Exception: _bug,
        },
    )
    app.router.redirect_slashes = False  # A redirect would repeat the Host header it was sent.
    return app


def _lifespan(station: Station) -> Callable[[Starlette], Any]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        station.runs.begin()
        recovered = await run_in_threadpool(station.delivery.recover)
        log("recovered", count=recovered)
        sweeping = asyncio.create_task(_sweep(station))
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping

    return lifespan


async def _sweep(station: Station) -> None:
    while True:
        try:
            await run_in_threadpool(station.upkeep.run)
            await run_in_threadpool(station.review.checkpoint)
        except Exception as error:  # Whatever it was: the next sweep may do better.
            log("sweep.failed", error=getattr(error, "code", type(error).__name__))
        await asyncio.sleep(SWEEP_SECONDS)


async def _station_error(_request: Request, error: Exception) -> Response:
    """A rule of the station said no: the wallet learns that it was denied, not why."""
    assert isinstance(error, StationError)  # noqa: S101
    log("request.failed", code=error.code, status=500)
    return JSONResponse({"error": "server_error"}, 500, NO_STORE)


async def _gone(_request: Request, _error: Exception) -> Response:
    log("request.refused", error="client_disconnected", status=400)
    return JSONResponse({"error": "invalid_request"}, 400, NO_STORE)


async def _too_large(_request: Request, _error: Exception) -> Response:
    log("request.refused", error="too_large", status=413)
    return JSONResponse({"error": "invalid_request"}, 413, NO_STORE)


async def _bug(_request: Request, error: Exception) -> Response:
    log("bug", error=type(error).__name__, status=500)
    return JSONResponse({"error": "server_error"}, 500, NO_STORE)
