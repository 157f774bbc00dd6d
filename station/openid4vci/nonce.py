"""The nonce endpoint. Source: OpenID4VCI 1.0, 7."""

from collections.abc import Callable

from station.credentials.jose import base64url

NONCE_OCTETS = 32


def new_nonce(random: Callable[[int], bytes]) -> str:
    """A fresh c_nonce of 256 random bits."""
    return base64url(random(NONCE_OCTETS))


def response(c_nonce: str) -> dict[str, str]:
    """The JSON answer; to be sent with `Cache-Control: no-store`."""
    return {"c_nonce": c_nonce}
