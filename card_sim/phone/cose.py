"""COSE_Sign1 with ES256 and COSE_Key on P-256, the form mdoc uses them in."""

from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes

from apdu.crypto.curves import P256, PublicKey, encode_point
from apdu.crypto.signatures import verify_plain
from apdu.errors import EncodingError
from card_sim.phone import cbor
from card_sim.phone.jose import Sign

X5CHAIN = 33
_PROTECTED_ES256 = b"\xa1\x01\x26"


@dataclass(frozen=True, slots=True)
class Sign1:
    """An untagged COSE_Sign1; `payload` is None where it travels apart (detached)."""

    protected: bytes
    unprotected: dict[int | str, Any] = field(repr=False)
    payload: bytes | None = field(repr=False)
    signature: bytes = field(repr=False)

    def verify(self, key: PublicKey, detached: bytes | None = None) -> None:
        """Check the signature over the payload, or over `detached` where there is none in it.

        Errors  pyca's `InvalidSignature`.
        Source  RFC 9052, 4.4.
        """
        payload = self.payload if detached is None else detached
        if payload is None or key.curve.name != P256.algorithm.name:
            raise InvalidSignature
        verify_plain(key, self.signature, _to_sign(self.protected, payload), hashes.SHA256())

    def chain(self) -> tuple[bytes, ...]:
        """The certificates of x5chain, leaf first. Errors: `EncodingError`."""
        found = self.unprotected.get(X5CHAIN)
        certificates = found if isinstance(found, list) else [found]
        if not certificates or not all(isinstance(each, bytes) for each in certificates):
            raise EncodingError("COSE: x5chain is missing or malformed")
        if isinstance(found, list) and len(found) == 1:
            raise EncodingError("COSE: one certificate is a byte string, not an array")
        return tuple(certificates)


def decode_sign1(value: Any) -> Sign1:
    """Read a COSE_Sign1 whose protected header is exactly {1: -7}. Errors: `EncodingError`."""
    if not isinstance(value, list) or len(value) != 4:
        raise EncodingError("COSE: not an untagged COSE_Sign1")
    protected, unprotected, payload, signature = value
    if not isinstance(protected, bytes) or cbor.decode(protected) != {1: -7}:
        raise EncodingError("COSE: protected header is not ES256 alone")
    if not isinstance(unprotected, dict) or 1 in unprotected or 2 in unprotected:
        raise EncodingError("COSE: unprotected header is not accepted")
    if not isinstance(payload, bytes | None) or not isinstance(signature, bytes):
        raise EncodingError("COSE: payload or signature is malformed")
    return Sign1(protected, unprotected, payload, signature)


def sign1_detached(payload: bytes, sign: Sign) -> list[Any]:
    """A COSE_Sign1 over `payload` that does not carry it."""
    return [_PROTECTED_ES256, {}, None, sign(_to_sign(_PROTECTED_ES256, payload))]


def _to_sign(protected: bytes, payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", protected, b"", payload])


def cose_key(key: PublicKey) -> dict[int, int | bytes]:
    """RFC 9053, 7.1.1: EC2 key on P-256."""
    point = encode_point(key)
    return {1: 2, -1: 1, -2: point[1:33], -3: point[33:]}


def decode_key(value: Any) -> PublicKey:
    """The P-256 key of a COSE_Key with both coordinates. Errors: `EncodingError`."""
    if not isinstance(value, dict) or value.get(1) != 2 or value.get(-1) != 1:
        raise EncodingError("COSE: not a P-256 key")
    x, y = value.get(-2), value.get(-3)
    if not isinstance(x, bytes) or not isinstance(y, bytes) or -4 in value:
        raise EncodingError("COSE: key without two public coordinates")
    return P256.decode_point(b"\x04" + x + y)
