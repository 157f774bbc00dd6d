"""Passive authentication: were these files written by a state whose root we trust?

Nothing here returns yes or no: what does not hold raises `NotAuthentic` with a stable reason.

Source  ICAO Doc 9303-11, 5.1; 9303-12, 7.1 (path validation); 9303-10, 4.6.2; RFC 5652, 5.
        Numbers in the code are the steps of 9303-11, 5.1. Revocation lists are the caller's.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import core
from cryptography.exceptions import InvalidSignature

from apdu.errors import EncodingError
from apdu.lds.certificates import Certificate, decode_certificate
from apdu.lds.cms import CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME
from apdu.lds.der import OCTET_STRING, expect, read_oid, read_time, reading
from apdu.lds.signature_schemes import digest
from apdu.lds.sod import LdsSecurityObject, SignedObject, Signer
from apdu.protocols.certificate_path import (
    NotAuthentic,
    Reason,
    TrustStore,
    find_path,
    verify_or_refuse,
)
from apdu.tlv import Tlv

__all__ = [
    "NotAuthentic",
    "Reason",
    "SignerInfo",
    "TrustStore",
    "check_hashes",
    "verify_signed_object",
]


Attributes = Mapping[str, tuple[Tlv, ...]]


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """Who signed: the document signer, the chain above it (anchor last), the time it states."""

    certificate: Certificate
    chain: tuple[Certificate, ...]
    signing_time: datetime | None


def verify_signed_object(
    signed: SignedObject, expected_content_type: str, trust: TrustStore, at: datetime
) -> SignerInfo:
    """Authenticate EF.SOD or EF.CardSecurity.

    Units   `at` is an aware time at which all certificates of the chain must be valid.
    Rule    Exactly one signer; signed attributes are required (RFC 5652, 5.3: they must be
            there for every content type but id-data).
    Errors  `NotAuthentic`.
    """
    if signed.content_type != expected_content_type:
        raise NotAuthentic(Reason.CONTENT_TYPE)
    if len(signed.signers) != 1:
        raise NotAuthentic(Reason.SIGNER_COUNT)
    signer = signed.signers[0]
    certificate = _signer_certificate(signed, signer)  # 1
    attributes = _attributes(signer)
    _check_attributes(signed, signer, attributes)
    _check_signature(signer, certificate)  # 3
    signing_time = _signing_time(attributes)
    _check_document_signer(certificate, signing_time, at)
    return SignerInfo(certificate, find_path(certificate, trust, at), signing_time)  # 2


def check_hashes(lds: LdsSecurityObject, files: Mapping[int, bytes]) -> dict[int, bytes]:
    """Compare every data group, its octets as read, with the signed digests (step 4).

    Rule    `lds` is the content of a signed object that `verify_signed_object` accepted. A
            group the list does not name is not authentic.
    Errors  `NotAuthentic` with the reason for each failing group in `groups`.
    Returns the authentic groups with their digests: all of `files`.
    """
    failed: dict[int, Reason] = {}
    digests: dict[int, bytes] = {}
    for group, octets in files.items():
        listed = lds.hashes.get(group)
        digests[group] = _digest(lds.hash_algorithm, octets)
        if listed is None:
            failed[group] = Reason.GROUP_NOT_LISTED
        elif not hmac.compare_digest(digests[group], listed):
            failed[group] = Reason.GROUP_DIGEST
    if failed:
        raise NotAuthentic(failed[min(failed)], failed)
    return digests


def _signer_certificate(signed: SignedObject, signer: Signer) -> Certificate:
    certificates = []
    malformed = False
    for octets in signed.certificates:
        try:
            certificates.append(decode_certificate(octets))
        except EncodingError:
            malformed = True
    sid = signer.sid
    for each in certificates:
        if sid.issuer is not None:
            named = (each.issuer, each.serial_number) == (sid.issuer, sid.serial_number)
        else:
            named = sid.subject_key_id == each.extensions.subject_key_id
        if named:
            return each
    if len(certificates) == len(signed.certificates) == 1:
        return certificates[0]  # Some signers misspell the name; the signature decides.
    if malformed:
        raise NotAuthentic(Reason.SIGNER_CERTIFICATE_MALFORMED)
    raise NotAuthentic(Reason.SIGNER_CERTIFICATE_MISSING)


def _attributes(signer: Signer) -> Attributes:
    try:
        return signer.attributes()
    except EncodingError:
        raise NotAuthentic(Reason.SIGNED_ATTRIBUTES) from None


def _check_attributes(signed: SignedObject, signer: Signer, attributes: Attributes) -> None:
    try:
        content_type = read_oid(_only(attributes, CONTENT_TYPE))
        stated = expect(_only(attributes, MESSAGE_DIGEST), OCTET_STRING)
    except EncodingError:
        raise NotAuthentic(Reason.SIGNED_ATTRIBUTES) from None
    if content_type != signed.content_type:
        raise NotAuthentic(Reason.CONTENT_TYPE)
    if not hmac.compare_digest(_digest(signer.digest_algorithm, signed.content), stated):
        raise NotAuthentic(Reason.MESSAGE_DIGEST)


def _only(attributes: Attributes, kind: str) -> Tlv:
    values = attributes.get(kind, ())
    if len(values) != 1:
        raise EncodingError("signed attribute is missing or has several values")
    return values[0]


def _check_signature(signer: Signer, certificate: Certificate) -> None:
    try:
        verify_or_refuse(
            certificate,
            signer.signature_algorithm,
            signer.signature,
            signer.to_be_verified,
            signer.digest_algorithm,
        )
    except InvalidSignature:
        raise NotAuthentic(Reason.SIGNATURE) from None


def _signing_time(attributes: Attributes) -> datetime | None:
    if SIGNING_TIME not in attributes:
        return None
    try:
        return _read_time(_only(attributes, SIGNING_TIME))
    except EncodingError:
        raise NotAuthentic(Reason.SIGNED_ATTRIBUTES) from None


def _read_time(value: Tlv) -> datetime:
    try:
        return read_time(value)
    except EncodingError:
        with reading("signing time"):  # Some signers leave out the seconds, or name an offset.
            moment = core.Asn1Value.load(bytes(value)).native
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise EncodingError("signing time is not in universal time")
    return moment


def _check_document_signer(
    certificate: Certificate, signing_time: datetime | None, at: datetime
) -> None:
    extensions = certificate.extensions
    if extensions.unknown_critical:
        raise NotAuthentic(Reason.CRITICAL_EXTENSION)
    # An extended key usage means a key for something else, such as mobile documents.
    if (
        extensions.is_ca
        or extensions.extended_key_usage
        or "digital_signature" not in extensions.key_usage
    ):
        raise NotAuthentic(Reason.DS_USAGE)
    if not certificate.not_before <= at <= certificate.not_after:
        raise NotAuthentic(Reason.DS_VALIDITY)
    if signing_time and not certificate.not_before <= signing_time <= certificate.not_after:
        raise NotAuthentic(Reason.SIGNING_TIME)


def _digest(algorithm: str, octets: bytes) -> bytes:
    try:
        return digest(algorithm, octets)
    except EncodingError:
        raise NotAuthentic(Reason.ALGORITHM) from None
