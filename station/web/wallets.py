"""What wallets call: offer, token, nonce, credential, deferred credential, notification.

Each endpoint parses, calls one service and renders; nothing is decided here.
"""

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from station.bootstrap import Station
from station.log import log
from station.openid4vci import nonce, notification, token
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.services.deferring import Deferred
from station.services.release import Issued
from station.web.caching import NO_STORE
from station.web.requests import arrived, body_of, content_type, scheme, shown_wallet


class WalletEndpoints:
    """The endpoints of OpenID4VCI."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def routes(self, base: str) -> list[Route]:
        return [
            Route(f"{base}/offers/{{reference}}", self.offer, methods=["GET"]),
            Route(f"{base}/token", self.token, methods=["POST"]),
            Route(f"{base}/nonce", self.nonce, methods=["POST"]),
            Route(f"{base}/credential", self.credential, methods=["POST"]),
            Route(f"{base}/deferred_credential", self.deferred_credential, methods=["POST"]),
            Route(f"{base}/notification", self.notification, methods=["POST"]),
        ]

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
        body = await body_of(request)
        parsed = token.parse_request(body, content_type(request))
        proof_of = self._station.senders.of_token_request
        proof = await run_in_threadpool(proof_of, arrived(request, "token"))
        await run_in_threadpool(
            self._station.wallets.check, shown_wallet(request, parsed.client_id)
        )
        if isinstance(parsed, token.RefreshRequest):
            answer = await run_in_threadpool(self._station.refreshing.exchange, parsed, proof)
        else:
            answer = await run_in_threadpool(self._station.offering.exchange, parsed, proof)
        return JSONResponse(answer, headers=self._no_store())

    async def nonce(self, request: Request) -> Response:
        await body_of(request)
        answer = nonce.response(self._station.offering.nonce())
        return JSONResponse(answer, headers=self._no_store())

    async def credential(self, request: Request) -> Response:
        access_token = await self._access_token(request, "credential")
        body = await body_of(request)
        issue = self._station.issuance.issue
        answer = await run_in_threadpool(issue, access_token, body, content_type(request))
        return await self._released(request, answer)

    async def deferred_credential(self, request: Request) -> Response:
        access_token = await self._access_token(request, "deferred_credential")
        body = await body_of(request)
        collect = self._station.deferring.collect
        answer = await run_in_threadpool(collect, access_token, body, content_type(request))
        return await self._released(request, answer)

    async def _released(self, request: Request, answer: Issued | Deferred) -> Response:
        headers = self._no_store()
        if isinstance(answer, Deferred):
            return Response(answer.body, 202, headers, answer.media_type)
        # Runs after the last octet was handed to the socket; one that is closed takes none.
        noted = BackgroundTask(self._station.delivery.delivered, answer.credential_id)
        if await request.is_disconnected():
            return Response(status_code=204)
        return Response(answer.body, 200, headers, answer.media_type, noted)

    async def notification(self, request: Request) -> Response:
        access_token = await self._access_token(request, "notification")
        parsed = notification.parse_request(await body_of(request), content_type(request))
        await run_in_threadpool(self._station.delivery.notify, access_token, parsed)
        return Response(status_code=204, headers=NO_STORE)

    async def protocol_error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, OpenId4VciError)  # noqa: S101 - registered for this type
        log("request.refused", error=error.code.value, status=error.status)
        headers = error.headers_under(scheme(request))
        if error.code is ErrorCode.USE_DPOP_NONCE:
            headers |= {"DPoP-Nonce": self._station.senders.fresh_nonce()}
        return JSONResponse(error.body, error.status, headers)

    async def _access_token(self, request: Request, endpoint: str) -> str:
        sent = arrived(request, endpoint)
        return await run_in_threadpool(self._station.senders.access_token, sent)

    def _no_store(self) -> dict[str, str]:
        """Headers of an answer to a wallet, with the nonce for its next DPoP proof."""
        return NO_STORE | {"DPoP-Nonce": self._station.senders.fresh_nonce()}
