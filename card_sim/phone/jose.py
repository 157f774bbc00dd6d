"""Compact JWS with ES256, JWKs and strict JSON: the phone's own code, ES256 and P-256 only."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes

from apdu.crypto.curves import P256, PublicKey, encode_point
from apdu.crypto.signatures import verify_plain
from apdu.errors import EncodingError

Json = dict[str, Any]
Sign = Callable[[bytes], bytes]
"""Signs octets with ES256; answers r||s."""


def b64url(octets: bytes) -> str:
    """Base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def unb64url(text: str) -> bytes:
    """The octets of `text`; only the one spelling that `b64url` writes is read.

    Errors  `EncodingError`: padding, other characters, or leftover bits that are not zero.
    """
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise EncodingError("not base64url") from error
    if b64url(octets) != text:
        raise EncodingError("not canonical base64url")
    return octets


def parse_json(octets: bytes) -> Any:
    """JSON in UTF-8 without duplicate names, NaN or Infinity. Errors: `EncodingError`."""
    try:
        return json.loads(
            octets.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise EncodingError("not strict JSON") from error


def parse_object(octets: bytes) -> Json:
    """A JSON object. Errors: `EncodingError`."""
    value = parse_json(octets)
    if not isinstance(value, dict):
        raise EncodingError("not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("duplicate name")
    return dict(pairs)


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS, taken apart and not yet verified."""

    header: Json
    payload: Json = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def verify(self, key: PublicKey) -> None:
        """Errors: pyca's `InvalidSignature`."""
        if key.curve.name != P256.algorithm.name:
            raise InvalidSignature
        verify_plain(key, self.signature, self.signing_input, hashes.SHA256())


def decode_jws(compact: str) -> Jws:
    """Take a JWS apart.

    Rule    alg is ES256 and nothing else; `crit` names extensions this code does not know.
    Errors  `EncodingError`.
    Source  RFC 7515, 5.2; RFC 8725, 3.1.
    """
    parts = compact.split(".")
    if len(parts) != 3:
        raise EncodingError("a compact JWS has three parts")
    header, payload = parse_object(unb64url(parts[0])), parse_object(unb64url(parts[1]))
    if header.get("alg") != "ES256" or "crit" in header:
        raise EncodingError("JWS algorithm or extension is not accepted")
    signing_input = f"{parts[0]}.{parts[1]}".encode("ascii")
    return Jws(header, payload, signing_input, unb64url(parts[2]))


def sign_jws(header: Json, payload: Json, sign: Sign) -> str:
    """A compact JWS; the header gets alg ES256."""
    octets = (_compact(part) for part in ({"alg": "ES256", **header}, payload))
    signing_input = ".".join(b64url(part) for part in octets)
    return f"{signing_input}.{b64url(sign(signing_input.encode('ascii')))}"


def _compact(value: Json) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def jwk_of(key: PublicKey) -> Json:
    """The public JWK of a P-256 key (RFC 7518, 6.2.1)."""
    point = encode_point(key)
    return {"kty": "EC", "crv": "P-256", "x": b64url(point[1:33]), "y": b64url(point[33:])}


def key_of(jwk: Any) -> PublicKey:
    """The P-256 key of a public JWK. Errors: `EncodingError`, also for a private one."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise EncodingError("not a P-256 JWK")
    if "d" in jwk:
        raise EncodingError("a private key has no place here")
    x, y = jwk.get("x"), jwk.get("y")
    if not isinstance(x, str) or not isinstance(y, str):
        raise EncodingError("JWK without coordinates")
    return P256.decode_point(b"\x04" + unb64url(x) + unb64url(y))


def thumbprint(key: PublicKey) -> bytes:
    """SHA-256 JWK thumbprint (RFC 7638, 3)."""
    ordered = json.dumps(jwk_of(key), separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(ordered.encode("ascii")).digest()
