"""Token Status List: two bits per credential, published as a signed JWT and as a signed CWT.

Source  draft-ietf-oauth-status-list, 4 to 5.
"""

import base64
import binascii
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

import cbor2

from station.credentials.cose import ALG, ES256, SIGN1, prepare_sign1
from station.credentials.errors import CredentialError
from station.credentials.jose import base64url, prepare_jws
from station.credentials.unsigned import CertificateChain, Unsigned, check_chain

TYP = "statuslist+jwt"
CWT_TYP = "application/statuslist+cwt"
BITS = 2
MAX_TTL = 300
MAX_ENTRIES = 1 << 24
_COSE_TYP = 16
_SUBJECT, _EXPIRES, _ISSUED_AT, _TTL, _STATUS_LIST = 2, 4, 6, 65534, 65533


class Status(IntEnum):
    """Values of an entry. Source: Token Status List, 7.1."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2
    APPLICATION = 3


@dataclass(frozen=True, slots=True)
class ListTerms:
    """A published list beside its entries. Units: `issued_at`, `expires` aware; `ttl` seconds."""

    uri: str
    issued_at: datetime
    expires: datetime
    ttl: int = MAX_TTL
    aggregation_uri: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.ttl <= MAX_TTL:
            raise ValueError(f"ttl is outside 1..{MAX_TTL} seconds")
        if self.issued_at.tzinfo is None or self.expires.tzinfo is None:
            raise ValueError("times of a list without a time zone")
        if not self.issued_at < self.expires:
            raise ValueError("the list would expire before it is issued")


def prepare_jwt(
    statuses: bytes, terms: ListTerms, chain: CertificateChain, bits: int = BITS
) -> Unsigned[str]:
    """A Status List Token ready to be signed. Units: `statuses` one octet per entry."""
    check_chain(chain)
    status_list: dict[str, Any] = {"bits": bits, "lst": encode(statuses, bits)}
    if terms.aggregation_uri is not None:
        status_list["aggregation_uri"] = terms.aggregation_uri
    payload = {
        "sub": terms.uri,
        "iat": int(terms.issued_at.timestamp()),
        "exp": int(terms.expires.timestamp()),
        "ttl": terms.ttl,
        "status_list": status_list,
    }
    return prepare_jws(TYP, payload, chain)


def prepare_cwt(
    statuses: bytes, terms: ListTerms, chain: CertificateChain, bits: int = BITS
) -> Unsigned[bytes]:
    """The same list as a CWT, a tagged COSE_Sign1. Units: `statuses` one octet per entry.

    Source  draft-ietf-oauth-status-list, 5.2; RFC 9596 (typ); RFC 8392, 4.
    """
    check_chain(chain)
    status_list: dict[str, Any] = {"bits": bits, "lst": compress(statuses, bits)}
    if terms.aggregation_uri is not None:
        status_list["aggregation_uri"] = terms.aggregation_uri
    claims = {
        _SUBJECT: terms.uri,
        _ISSUED_AT: int(terms.issued_at.timestamp()),
        _EXPIRES: int(terms.expires.timestamp()),
        _TTL: terms.ttl,
        _STATUS_LIST: status_list,
    }
    protected = cbor2.dumps({ALG: ES256, _COSE_TYP: CWT_TYP})
    unsigned = prepare_sign1(cbor2.dumps(claims), chain, protected)
    return Unsigned(
        unsigned.to_sign,
        lambda signature: cbor2.dumps(cbor2.CBORTag(SIGN1, unsigned.assemble(signature))),
    )


def encode(statuses: bytes, bits: int = BITS) -> str:
    """The `lst` member in JSON: packed, compressed, base64url. Units: one octet per entry."""
    return base64url(compress(statuses, bits))


def compress(statuses: bytes, bits: int = BITS) -> bytes:
    """The entries packed and compressed with ZLIB, as small as it gets (draft, 4.1)."""
    return zlib.compress(pack(statuses, bits), level=9)


def decode(lst: str, bits: int = BITS) -> bytes:
    """The entries of a `lst` member, one octet each, with the padding of the last octet.

    Errors  `CredentialError("status_list")` for what is no list of at most `MAX_ENTRIES`.
    """
    limit = MAX_ENTRIES * bits // 8
    inflate = zlib.decompressobj()
    try:
        compressed = base64.b64decode(lst + "=" * (-len(lst) % 4), altchars=b"-_", validate=True)
        packed = inflate.decompress(compressed, limit)
    except (binascii.Error, ValueError, zlib.error):
        raise CredentialError("status_list", "the status list cannot be read") from None
    if not inflate.eof or inflate.unused_data:
        raise CredentialError("status_list", "the status list is cut short, too long or trailed")
    return unpack(packed, bits)


def pack(statuses: bytes, bits: int = BITS) -> bytes:
    """Pack entries from the least significant bit of each octet. Units: one octet per entry.

    Whole lists are shifted as one large number: a million entries take milliseconds.
    """
    per_octet = _entries_per_octet(bits)
    if statuses and max(statuses) >= 1 << bits:
        raise ValueError(f"a status does not fit into {bits} bits")
    padded = statuses + bytes(-len(statuses) % per_octet)
    packed = 0
    for position in range(per_octet):
        packed |= int.from_bytes(padded[position::per_octet]) << (position * bits)
    return packed.to_bytes(len(padded) // per_octet)


def unpack(packed: bytes, bits: int = BITS) -> bytes:
    """The inverse of `pack`; the number of entries is a multiple of those per octet."""
    per_octet = _entries_per_octet(bits)
    number = int.from_bytes(packed)
    mask = int.from_bytes(bytes([(1 << bits) - 1]) * len(packed))
    statuses = bytearray(len(packed) * per_octet)
    for position in range(per_octet):
        entries = (number >> (position * bits)) & mask
        statuses[position::per_octet] = entries.to_bytes(len(packed))
    return bytes(statuses)


def _entries_per_octet(bits: int) -> int:
    if bits not in (1, 2, 4, 8):
        raise ValueError(f"entries of {bits} bits")
    return 8 // bits
