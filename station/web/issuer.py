"""The issuer's public endpoints: OpenID4VCI, the status lists, the revocation list.

Each endpoint parses, calls one service and renders; nothing is decided here.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from station.bootstrap import Station
from station.domain.errors import StationError
from station.log import log
from station.openid4vci import metadata, nonce, notification, token
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.metadata import IssuerDescription, well_known_path
from station.services.senders import Arrived
from station.services.status import Form
from station.services.wallets import ShownWallet

MAX_BODY = 256 * 1024
SWEEP_SECONDS = 15
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_PUBLIC = {"Cache-Control": "max-age=60", "Access-Control-Allow-Origin": "*"}
_LIST_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
Endpoint = Callable[[Request], Awaitable[Response]]


class BodyTooLarge(Exception):
    """More octets than any request needs."""


def issuer_app(station: Station) -> Starlette:
    """The public application of `station`."""
    endpoints = _Endpoints(station)
    app = Starlette(
        routes=endpoints.routes(),
        lifespan=_lifespan(station),
        exception_handlers={
            OpenId4VciError: endpoints.protocol_error,
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
            await run_in_threadpool(station.delivery.sweep)
            await run_in_threadpool(station.review.checkpoint)
        except Exception as error:  # Whatever it was: the next sweep may do better.
            log("sweep.failed", error=getattr(error, "code", type(error).__name__))
        await asyncio.sleep(SWEEP_SECONDS)


class _Endpoints:
    def __init__(self, station: Station) -> None:
        self._station = station
        issuer = station.settings.issuer.credential_issuer
        trust = station.rules.trust
        self._issuer = issuer
        self._metadata = metadata.credential_issuer_metadata(
            IssuerDescription(
                issuer,
                trust.required() if trust else None,
                station.request_key,
                android=station.rules.android is not None,
            )
        )
        self._server = metadata.authorization_server_metadata(issuer, station.wallets.policy)

    def routes(self) -> list[Route]:
        base = metadata.well_known_path(self._issuer, "x").removeprefix("/.well-known/x")
        credential_issuer = well_known_path(self._issuer, "openid-credential-issuer")
        server = well_known_path(self._issuer, "oauth-authorization-server")
        return [
            Route(credential_issuer, self.metadata, methods=["GET"]),
            Route(server, self.server_metadata, methods=["GET"]),
            Route(f"{base}/offers/{{reference}}", self.offer, methods=["GET"]),
            Route(f"{base}/token", self.token, methods=["POST"]),
            Route(f"{base}/nonce", self.nonce, methods=["POST"]),
            Route(f"{base}/credential", self.credential, methods=["POST"]),
            Route(f"{base}/notification", self.notification, methods=["POST"]),
            Route(f"{base}/status", self.status_lists, methods=["GET"]),
            Route(f"{base}/status/{{number}}", self.status, methods=["GET"]),
            Route(f"{base}/crl", self.crl, methods=["GET"]),
            Route(f"{base}/healthz", self.health, methods=["GET"]),
        ]

    async def metadata(self, _request: Request) -> Response:
        return JSONResponse(self._metadata, headers=_PUBLIC)

    async def server_metadata(self, _request: Request) -> Response:
        return JSONResponse(self._server, headers=_PUBLIC)

    async def offer(self, request: Request) -> Response:
        if request.method == "HEAD":  # To look is not to fetch: the QR code stays.
            return Response(status_code=405, headers=NO_STORE | {"Allow": "GET"})
        reference = request.path_params["reference"]
        offer = await run_in_threadpool(self._station.offering.fetch, reference)
        if offer is None:
            log("offer.not_found", status=404)
            return JSONResponse({"error": "offer_not_found"}, 404, NO_STORE)
        return JSONResponse(offer, headers=NO_STORE)

    async def token(self, request: Request) -> Response:
        body = await _body(request)
        parsed = token.parse_request(body, _content_type(request))
        proof = self._station.senders.of_token_request(_arrived(request, "token"))
        await run_in_threadpool(self._station.wallets.check, _wallet(request, parsed.client_id))
        answer = await run_in_threadpool(self._station.offering.exchange, parsed, proof)
        return JSONResponse(answer, headers=self._no_store())

    async def nonce(self, request: Request) -> Response:
        await _body(request)
        answer = nonce.response(self._station.offering.nonce())
        return JSONResponse(answer, headers=self._no_store())

    async def credential(self, request: Request) -> Response:
        access_token = await self._access_token(request, "credential")
        body = await _body(request)
        issue = self._station.issuance.issue
        issued = await run_in_threadpool(issue, access_token, body, _content_type(request))
        # Runs after the last octet was handed to the socket; one that is closed takes none.
        noted = BackgroundTask(self._station.delivery.delivered, issued.credential_id)
        if await request.is_disconnected():
            return Response(status_code=204)
        return Response(
            issued.body, media_type=issued.media_type, headers=self._no_store(), background=noted
        )

    async def notification(self, request: Request) -> Response:
        access_token = await self._access_token(request, "notification")
        parsed = notification.parse_request(await _body(request), _content_type(request))
        await run_in_threadpool(self._station.delivery.notify, access_token, parsed)
        return Response(status_code=204, headers=NO_STORE)

    async def protocol_error(self, _request: Request, error: Exception) -> Response:
        assert isinstance(error, OpenId4VciError)  # noqa: S101 - registered for this type
        log("request.refused", error=error.code.value, status=error.status)
        headers = error.headers
        if error.code is ErrorCode.USE_DPOP_NONCE:
            headers |= {"DPoP-Nonce": self._station.senders.fresh_nonce()}
        return JSONResponse(error.body, error.status, headers)

    async def _access_token(self, request: Request, endpoint: str) -> str:
        arrived = _arrived(request, endpoint)
        return await run_in_threadpool(self._station.senders.access_token, arrived)

    def _no_store(self) -> dict[str, str]:
        """Headers of an answer to a wallet, with the nonce for its next DPoP proof."""
        return NO_STORE | {"DPoP-Nonce": self._station.senders.fresh_nonce()}

    async def status(self, request: Request) -> Response:
        number = request.path_params["number"]
        # As the list writes itself: "01" would be another URI, and SQLite has no larger numbers.
        if not _LIST_NUMBER.fullmatch(number):
            return JSONResponse({"error": "no_such_status_list"}, 404)
        form = _form(request.headers.get("accept", "*/*"))
        if form is None:
            return JSONResponse({"error": "only_statuslist_jwt_and_cwt"}, 406)
        published = await run_in_threadpool(self._station.status.token, int(number), form)
        if published is None:
            return JSONResponse({"error": "no_such_status_list"}, 404)
        tag = f'"{hashlib.sha256(published).hexdigest()}"'
        headers = _PUBLIC | {"ETag": tag, "Vary": "Accept"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(published, media_type=form.value, headers=headers)

    async def status_lists(self, _request: Request) -> Response:
        uris = await run_in_threadpool(self._station.status.uris)
        return JSONResponse({"status_lists": uris}, headers=_PUBLIC)

    async def crl(self, _request: Request) -> Response:
        der = await run_in_threadpool(self._station.crl.der)
        return Response(der, media_type="application/pkix-crl", headers=_PUBLIC)

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})


def _form(accept: str) -> Form | None:
    """The form of a status list that is asked for: the CWT only by name, else the JWT."""
    kinds = {each.partition(";")[0].strip().lower() for each in accept.split(",")}
    if kinds & {Form.JWT.value, "application/*", "*/*", ""}:
        return Form.JWT
    return Form.CWT if Form.CWT.value in kinds else None


async def _body(request: Request) -> bytes:
    """The whole body, never more than `MAX_BODY`. Errors: `BodyTooLarge`."""
    octets = bytearray()
    async for chunk in request.stream():
        octets += chunk
        if len(octets) > MAX_BODY:
            raise BodyTooLarge
    return bytes(octets)


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "")


def _arrived(request: Request, endpoint: str) -> Arrived:
    return Arrived(
        endpoint,
        request.url.query,
        request.headers.getlist("authorization"),
        request.headers.getlist("dpop"),
    )


def _wallet(request: Request, client_id: str | None) -> ShownWallet:
    """Which wallet a token request says it comes from."""
    attestations = request.headers.getlist("oauth-client-attestation")
    proofs = request.headers.getlist("oauth-client-attestation-pop")
    return ShownWallet(client_id, attestations, proofs)


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
