"""Public keys of wallets as JWK: P-256, and nothing private (RFC 7517, RFC 7638)."""

import hashlib
from typing import Any

from apdu.crypto.curves import P256, PublicKey
from apdu.errors import EncodingError
from station.credentials.jose import base64url, compact_json, public_jwk
from station.openid4vci.jws import ALGORITHM, JwsError, decode_base64url

# RFC 7518, 6.2.2, 6.3.2, 6.4.1: members that carry private or symmetric keys.
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})


def parse(jwk: Any) -> PublicKey:
    """The key of a JWK.

    Errors  `JwsError` for what is no P-256 public key meant for ES256 signatures, for coordinates
            of another length, a point off the curve, and any private member.
    """
    point = parse_point(jwk)
    _check_purpose(jwk)
    return point


def parse_point(jwk: Any) -> PublicKey:
    """The key of a JWK, whatever it is meant for. Errors: as `parse`."""
    if not isinstance(jwk, dict):
        raise JwsError("a JWK is not an object")
    if _PRIVATE & jwk.keys():
        raise JwsError("a JWK carries private key material")
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise JwsError("a JWK is not a P-256 key")
    try:
        return P256.decode_point(b"\x04" + _coordinate(jwk, "x") + _coordinate(jwk, "y"))
    except EncodingError:
        raise JwsError("a JWK is not a point on P-256") from None


def thumbprint(key: PublicKey) -> str:
    """The SHA-256 thumbprint of a key. Source: RFC 7638, 3."""
    return base64url(hashlib.sha256(compact_json(public_jwk(key))).digest())


def _check_purpose(jwk: dict[str, Any]) -> None:
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", ALGORITHM) != ALGORITHM:
        raise JwsError("a JWK is not meant for ES256 signatures")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or not ("verify" in operations or "sign" in operations):
        raise JwsError("a JWK is not meant for signatures")


def _coordinate(jwk: dict[str, Any], name: str) -> bytes:
    text = jwk.get(name)
    if not isinstance(text, str):
        raise JwsError(f"a JWK has no {name}")
    octets = decode_base64url(text)
    if len(octets) != P256.size:
        raise JwsError(f"{name} of a JWK has not {P256.size} octets")
    return octets
