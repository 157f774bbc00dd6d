"""What is taken from a request before anything is decided."""

from starlette.requests import Request

from station.services.senders import Arrived
from station.services.wallets import ShownWallet

MAX_BODY = 256 * 1024


class BodyTooLarge(Exception):
    """More octets than any request needs."""


async def body_of(request: Request) -> bytes:
    """The whole body, never more than `MAX_BODY`. Errors: `BodyTooLarge`."""
    octets = bytearray()
    async for chunk in request.stream():
        octets += chunk
        if len(octets) > MAX_BODY:
            raise BodyTooLarge
    return bytes(octets)


def content_type(request: Request) -> str:
    return request.headers.get("content-type", "")


def arrived(request: Request, endpoint: str) -> Arrived:
    """What a request says about its sender."""
    return Arrived(
        endpoint,
        request.url.query,
        request.headers.getlist("authorization"),
        request.headers.getlist("dpop"),
    )


def scheme(request: Request) -> str:
    """Under which scheme a request shows its access token."""
    shown = request.headers.get("authorization", "").partition(" ")[0]
    return "DPoP" if shown.lower() == "dpop" else "Bearer"


def shown_wallet(request: Request, client_id: str | None) -> ShownWallet:
    """Which wallet a token request says it comes from."""
    attestations = request.headers.getlist("oauth-client-attestation")
    proofs = request.headers.getlist("oauth-client-attestation-pop")
    return ShownWallet(client_id, attestations, proofs)
