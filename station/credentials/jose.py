"""JWS and JWK, as far as an issuer makes them (RFC 7515, 7517)."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from apdu.crypto.curves import P256, PublicKey, curve_of
from station.credentials.errors import CredentialError
from station.credentials.unsigned import CertificateChain, Unsigned


def base64url(octets: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def compact_json(value: Any) -> bytes:
    """JSON in UTF-8 without white space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def public_jwk(key: PublicKey) -> dict[str, str]:
    """The public half of a P-256 key as JWK, its members in the order of RFC 7638."""
    if curve_of(key) is not P256:
        raise CredentialError("device_key", "the device key is not on P-256")
    numbers = key.public_numbers()
    return {
        "crv": "P-256",
        "kty": "EC",
        "x": base64url(numbers.x.to_bytes(32)),
        "y": base64url(numbers.y.to_bytes(32)),
    }


def prepare_jws(typ: str, payload: Mapping[str, Any], chain: CertificateChain) -> Unsigned[str]:
    """A compact JWS under ES256 with the signer's certificates in `x5c`."""
    header = {
        "alg": "ES256",
        "typ": typ,
        "x5c": [base64.b64encode(der).decode("ascii") for der in chain],
    }
    signing_input = f"{base64url(compact_json(header))}.{base64url(compact_json(payload))}"
    return Unsigned(
        signing_input.encode("ascii"), lambda signature: f"{signing_input}.{base64url(signature)}"
    )
