"""The status of a credential from its issuer's Token Status List."""

import zlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from apdu.errors import EncodingError
from card_sim.phone.checks.certificates import Signer, check_chain
from card_sim.phone.checks.checklist import SKEW, Checklist
from card_sim.phone.checks.expected import StatusReference
from card_sim.phone.checks.sd_jwt import check_times, x5c
from card_sim.phone.errors import NotAuthentic
from card_sim.phone.http import HttpClient, require_success, require_url
from card_sim.phone.jose import decode_jws, unb64url

MEDIA_TYPE = "application/statuslist+jwt"
_MAX_LIST = 8 << 20


class Status(IntEnum):
    """Token Status List, 7.1; 3 is for the application."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2
    APPLICATION_SPECIFIC = 3


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe at `now`: `anchors` are DER certificates, none means not anchored."""

    anchors: tuple[bytes, ...] = field(repr=False)
    now: datetime


def fetch(
    reference: StatusReference, signer: Signer, trust: Trust, http: HttpClient, checks: Checklist
) -> Status:
    """The status a list gives at a credential's index.

    Rule    The list is signed under the authority that also signed the credential's `signer`.
    Errors  `NotAuthentic`, `Unreachable`.
    Source  draft-ietf-oauth-status-list, 8.3.
    """
    url = require_url(reference.uri, "The status list")
    answer = require_success(http.get(url, MEDIA_TYPE), "The status list")
    checks.require(answer.media_type == MEDIA_TYPE, "media-type", "the list is no statuslist+jwt")
    return check_list(answer.body, reference, signer, trust, checks)


def check_list(
    body: bytes, reference: StatusReference, signer: Signer, trust: Trust, checks: Checklist
) -> Status:
    """Verify a status list token and read the entry. Errors: `NotAuthentic`."""
    with checks.step("encoding", "the status list is malformed"):
        jws = decode_jws(body.decode("ascii", "replace").strip())
        chain = x5c(jws.header)
    checks.require(jws.header.get("typ") == "statuslist+jwt", "typ", "typ is not statuslist+jwt")
    publisher = check_chain(chain, trust.anchors, trust.now, checks)
    same = publisher.authority == signer.authority
    checks.require(same, "same-authority", "the list is not of the credential's issuer")
    with checks.step("signature", "the status list's signature is wrong"):
        jws.verify(publisher.key)
    checks.require(jws.payload.get("sub") == reference.uri, "sub", "it is another status list")
    _check_age(jws.payload, trust.now, checks)
    with checks.step("entry", "the list does not hold this credential"):
        value = _entry(jws.payload.get("status_list"), reference.index)
    try:
        return Status(value)
    except ValueError:
        raise NotAuthentic("status.unknown", "The list gives a status without meaning.") from None


def _check_age(payload: dict[str, Any], now: datetime, checks: Checklist) -> None:
    issued = payload.get("iat")
    is_time = isinstance(issued, int) and not isinstance(issued, bool)
    fresh = is_time and issued <= (now + SKEW).timestamp()  # type: ignore[operator]
    checks.require(fresh, "iat", "the status list is from the future")
    if "exp" in payload:
        check_times(payload, now, checks)


def _entry(status_list: Any, index: int) -> int:
    """Entries are packed from the least significant bit (5.1). Errors: `EncodingError`."""
    if not isinstance(status_list, dict) or not isinstance(status_list.get("lst"), str):
        raise EncodingError("no status_list")
    bits = status_list.get("bits")
    if isinstance(bits, bool) or bits not in (1, 2, 4, 8):
        raise EncodingError("bits is not 1, 2, 4 or 8")
    octets = _inflate(unb64url(status_list["lst"]))
    position = index * int(bits)
    if position // 8 >= len(octets):
        raise EncodingError("index is outside the list")
    return octets[position // 8] >> position % 8 & (1 << int(bits)) - 1


def _inflate(compressed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        octets = inflater.decompress(compressed, _MAX_LIST)
    except zlib.error as error:
        raise EncodingError("list is not a ZLIB stream") from error
    if not inflater.eof or inflater.unused_data:
        raise EncodingError("list is too long or its stream does not end")
    return octets
