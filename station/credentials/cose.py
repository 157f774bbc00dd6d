"""COSE_Sign1 and COSE_Key, as far as an mdoc needs them (RFC 9052)."""

from typing import Any

import cbor2

from apdu.crypto.curves import P256, PublicKey, curve_of
from station.credentials.errors import CredentialError
from station.credentials.unsigned import CertificateChain, Unsigned

ALG, ES256, X5CHAIN = 1, -7, 33
PROTECTED = cbor2.dumps({ALG: ES256})
EMBEDDED_CBOR, FULL_DATE, DATE_TIME, SIGN1 = 24, 1004, 0, 18


def embedded(value: Any) -> cbor2.CBORTag:
    """#6.24(bstr .cbor value): octets that are hashed or signed as they stand."""
    return cbor2.CBORTag(EMBEDDED_CBOR, cbor2.dumps(value))


def cose_key(key: PublicKey) -> dict[int, Any]:
    """The public half of a P-256 key as COSE_Key. Source: RFC 9053, 7.1.1."""
    numbers = key.public_numbers()
    if curve_of(key) is not P256:
        raise CredentialError("device_key", "the device key is not on P-256")
    return {1: 2, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}


def prepare_sign1(
    payload: bytes, chain: CertificateChain, protected: bytes = PROTECTED
) -> Unsigned[list[Any]]:
    """An untagged COSE_Sign1 array around `payload`, with x5chain in the unprotected header.

    Source  RFC 9052, 4.4; RFC 9360, 2: one certificate is a bstr, more are an array.
    """
    certificates: Any = chain[0] if len(chain) == 1 else list(chain)
    to_sign = cbor2.dumps(["Signature1", protected, b"", payload])
    return Unsigned(
        to_sign, lambda signature: [protected, {X5CHAIN: certificates}, payload, signature]
    )
