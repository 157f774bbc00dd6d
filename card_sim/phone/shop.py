"""What a shop checks of a presentation: it sees what was disclosed and no more."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cbor2 import CBORTag

from apdu.crypto.curves import PublicKey
from apdu.errors import EncodingError
from card_sim.phone import cbor, cose
from card_sim.phone.checks import mdoc, others, sd_jwt
from card_sim.phone.checks.certificates import Signer
from card_sim.phone.checks.checklist import SKEW, Check, Checklist
from card_sim.phone.checks.expected import StatusReference
from card_sim.phone.claims import DOC_TYPE, VCT, from_mdoc, from_sd_jwt
from card_sim.phone.errors import Refused
from card_sim.phone.http import HttpClient
from card_sim.phone.jose import b64url, decode_jws
from card_sim.phone.presenter import KEY_BINDING_TYPE, Request, device_authentication
from card_sim.phone.status import Status, Trust, fetch

MAX_AGE = timedelta(minutes=10)
"""How old a key-binding JWT may be; the nonce is the real guard."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the shop knows after checking: the disclosed claims, the status, the checks."""

    format: str
    claims: dict[str, Any] = field(repr=False)
    status: Status
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class _Verified:
    """A presentation before its status was asked for."""

    claims: dict[str, Any] = field(repr=False)
    reference: StatusReference
    signer: Signer = field(repr=False)
    checks: tuple[Check, ...]


def check(octets: bytes, request: Request, trust: Trust, http: HttpClient) -> Seen:
    """Verify a presentation of a resident card in either format, and its status.

    Errors  `NotAuthentic`; `Refused` if the card is suspended or revoked; `Unreachable` if
            the status cannot be had: no answer is not a good answer.
    """
    form = sd_jwt.FORMAT if octets[:3] == b"eyJ" else mdoc.FORMAT
    verify = verify_sd_jwt if form == sd_jwt.FORMAT else verify_mdoc
    verified = verify(octets, request, trust)
    checks = Checklist("status")
    status = fetch(verified.reference, verified.signer, trust, http, checks)
    if status is not Status.VALID:
        code = {Status.SUSPENDED: "suspended", Status.INVALID: "revoked"}.get(status, "not_valid")
        raise Refused(code, f"The card is genuine but not valid now: {status.name}.")
    return Seen(form, verified.claims, status, (*verified.checks, *checks.held))


def verify_sd_jwt(octets: bytes, request: Request, trust: Trust) -> _Verified:
    """Issuer, holder and freshness of an SD-JWT with key binding. Errors: `NotAuthentic`."""
    own = Checklist(sd_jwt.FORMAT)
    with own.step("disclosures", "the presentation is malformed"):
        presented = octets.decode("ascii", "replace").strip()
        read = sd_jwt.decode(presented)
    signer = sd_jwt.check_issuer(read, trust.anchors, trust.now, own)
    own.require(read.claims.get("vct") == VCT, "vct", "it is no resident card")
    with own.step("device-key", "it has no usable key"):
        device_key = read.device_key
    _check_key_binding(read, device_key, request, trust.now, own)
    theirs = Checklist(sd_jwt.FORMAT, others.SD_JWT)
    challenge = others.Challenge(request.audience, request.nonce)
    others.check_sd_jwt(presented, read, theirs, challenge)
    checks = (*own.held, *theirs.held)
    return _Verified(from_sd_jwt(read.claims), sd_jwt.status_of(read), signer, checks)


def _check_key_binding(
    read: sd_jwt.SdJwt, key: PublicKey, request: Request, now: datetime, checks: Checklist
) -> None:
    """RFC 9901, 7.3, step 5."""
    with checks.step("key-binding-signature", "the phone's signature is wrong"):
        jws = decode_jws(read.key_binding)
        jws.verify(key)
    checks.require(
        jws.header.get("typ") == KEY_BINDING_TYPE, "key-binding-typ", "typ is not kb+jwt"
    )
    issued = jws.payload.get("iat")
    is_time = isinstance(issued, int) and not isinstance(issued, bool)
    recent = is_time and (now - MAX_AGE).timestamp() <= issued <= (now + SKEW).timestamp()  # type: ignore[operator]
    checks.require(recent, "key-binding-iat", "it was not made just now")
    answers = (jws.payload.get("aud"), jws.payload.get("nonce")) == (
        request.audience,
        request.nonce,
    )
    checks.require(answers, "key-binding-request", "it answers another shop or another question")
    digest = b64url(hashlib.sha256(read.signed_part.encode("ascii")).digest())
    checks.require(
        jws.payload.get("sd_hash") == digest, "key-binding-sd-hash", "it is over other claims"
    )


def verify_mdoc(octets: bytes, request: Request, trust: Trust) -> _Verified:
    """Issuer and device signature of a DeviceResponse. Errors: `NotAuthentic`."""
    own = Checklist(mdoc.FORMAT)
    with own.step("encoding", "the presentation is malformed"):
        doc_type, issuer_signed, device_signed = _document(octets)
    signer = mdoc.check_issuer(issuer_signed, trust.anchors, trust.now, own)
    same = doc_type == issuer_signed.mso.doc_type == DOC_TYPE
    own.require(same, "doctype", "it is no resident card")
    with own.step("device-signature", "the phone's signature is wrong"):
        _verify_device(device_signed, issuer_signed.mso, request)
    theirs = Checklist(mdoc.FORMAT, others.PYMDOCCBOR)
    others.check_mdoc(octets, issuer_signed, trust.anchors, theirs)
    checks = (*own.held, *theirs.held)
    claims = from_mdoc(issuer_signed.values)
    return _Verified(claims, mdoc.status_of(issuer_signed), signer, checks)


def _document(octets: bytes) -> tuple[Any, mdoc.IssuerSigned, dict[Any, Any]]:
    """The one document of a DeviceResponse. Errors: `EncodingError`."""
    response = cbor.decode(octets)
    if not isinstance(response, dict) or response.get("version") != "1.0":
        raise EncodingError("not a DeviceResponse")
    documents = response.get("documents")
    if response.get("status") != 0 or not isinstance(documents, list) or len(documents) != 1:
        raise EncodingError("not one document")
    document = documents[0]
    device_signed = document.get("deviceSigned") if isinstance(document, dict) else None
    if not isinstance(device_signed, dict):
        raise EncodingError("document without deviceSigned")
    return document.get("docType"), mdoc.from_value(document.get("issuerSigned")), device_signed


def _verify_device(device_signed: dict[Any, Any], mso: mdoc.Mso, request: Request) -> None:
    """Errors: `EncodingError`, `InvalidSignature`. Source: 9.1.3.5; claims of its own: none."""
    name_spaces = device_signed.get("nameSpaces")
    if cbor.decode_embedded(name_spaces) != {} or not isinstance(name_spaces, CBORTag):
        raise EncodingError("the device adds claims of its own")
    auth = device_signed.get("deviceAuth")
    if not isinstance(auth, dict) or set(auth) != {"deviceSignature"}:
        raise EncodingError("no device signature")
    signature = cose.decode_sign1(auth["deviceSignature"])
    if signature.payload is not None:
        raise EncodingError("the payload is not detached")
    signature.verify(mso.device_key, device_authentication(request, mso.doc_type, name_spaces))
