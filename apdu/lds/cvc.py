"""Card-verifiable certificates: how a terminal proves its rights to a chip.

Source  TR-03110-3, C.1 (profile); ICAO Doc 9303-11, 7.1; DER throughout.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from apdu.crypto.signatures import verify_plain
from apdu.errors import EncodingError
from apdu.lds.chat import (
    AUTHENTICATION_TERMINAL,
    CAN_ALLOWED,
    PIN_MANAGEMENT,
    Chat,
    Role,
    read_dg,
)
from apdu.lds.cvc_keys import (
    PUBLIC_KEY,
    CvcPublicKey,
    decode_key,
    decode_reference,
    encode_key,
    encode_reference,
)
from apdu.tlv import Tlv, build, parse, parse_one

__all__ = [
    "AUTHENTICATION_TERMINAL",
    "CAN_ALLOWED",
    "PIN_MANAGEMENT",
    "CVCertificate",
    "CertificateFields",
    "Chat",
    "CvcPublicKey",
    "Role",
    "decode",
    "decode_body_and_signature",
    "issue",
    "read_dg",
    "verify_signature",
]

_KNOWN_CERTIFICATES = 64
"""Certificates kept as read: a terminal shows the same ones to every card."""

_CERTIFICATE = 0x7F21
_BODY = 0x7F4E
_SIGNATURE = 0x5F37
_EXTENSIONS = 0x65
_FIELDS = [0x5F29, 0x42, PUBLIC_KEY, 0x5F20, 0x7F4C, 0x5F25, 0x5F24]
_PROFILE_1 = b"\x00"


@dataclass(frozen=True, slots=True)
class CertificateFields:
    """What an issuer states. `car` names the issuer's key, `holder` (CHR) the certified one.

    Units   `effective` and `expires` are days, both included.
    """

    car: str
    holder: str
    public_key: CvcPublicKey
    chat: Chat
    effective: date
    expires: date
    extensions: bytes = field(default=b"", kw_only=True)  # content of 65, not interpreted


@dataclass(frozen=True, slots=True)
class CVCertificate(CertificateFields):
    """A certificate with its signed octets `body` (7F4E) and `signature` (r||s)."""

    body: bytes
    signature: bytes

    @property
    def encoded(self) -> bytes:
        """The whole certificate, 7F21."""
        return build(_CERTIFICATE, self.pso_data)

    @property
    def pso_data(self) -> bytes:
        """Body and signature without 7F21: the data of PSO: Verify Certificate."""
        return self.body + build(_SIGNATURE, self.signature)


@lru_cache(maxsize=_KNOWN_CERTIFICATES)
def decode(octets: bytes) -> CVCertificate:
    """Read a certificate 7F21. Errors: `EncodingError` for anything but the profile in DER."""
    certificate = decode_body_and_signature(parse_one(octets, _CERTIFICATE).value)
    if certificate.encoded != octets:
        raise EncodingError("certificate is not in DER")
    return certificate


@lru_cache(maxsize=_KNOWN_CERTIFICATES)
def decode_body_and_signature(octets: bytes) -> CVCertificate:
    """Read 7F4E||5F37 as PSO: Verify Certificate carries it. Errors: `EncodingError`."""
    objects = parse(octets)
    if [each.tag for each in objects] != [_BODY, _SIGNATURE]:
        raise EncodingError("certificate does not consist of 7F4E and 5F37")
    fields = _decode_body(objects[0])
    body = _encode_body(fields)
    signature = objects[1].value
    if body + build(_SIGNATURE, signature) != octets:
        raise EncodingError("certificate is not in DER")
    if not signature or len(signature) % 2:
        raise EncodingError("certificate signature is no pair of equal length")
    return _complete(fields, body, signature)


def issue(fields: CertificateFields, sign: Callable[[bytes], bytes]) -> CVCertificate:
    """Make a certificate; `sign` gets the body and returns r||s.

    Rule    Domain parameters go into CVCA certificates only; DV and terminal keys inherit.
    Errors  `EncodingError` if a field does not fit the profile.
    """
    body = _encode_body(fields)
    return decode_body_and_signature(body + build(_SIGNATURE, sign(body)))


def verify_signature(certificate: CVCertificate, issuer_key: CvcPublicKey) -> None:
    """Check the signature with the key `car` names.

    Rule    The hash is that of the issuer's key, not the one the certificate itself names.
            `issuer_key` has its domain parameters: its own, or inherited by `on`.
    Errors  pyca's `InvalidSignature`; `EncodingError` if the key is unusable.
    """
    verify_plain(issuer_key.key, certificate.signature, certificate.body, issuer_key.hash_algorithm)


def _complete(fields: CertificateFields, body: bytes, signature: bytes) -> CVCertificate:
    return CVCertificate(
        fields.car,
        fields.holder,
        fields.public_key,
        fields.chat,
        fields.effective,
        fields.expires,
        body,
        signature,
        extensions=fields.extensions,
    )


def _decode_body(body: Tlv) -> CertificateFields:
    objects = parse(body.value)
    extended = len(objects) > len(_FIELDS)
    if [each.tag for each in objects] != _FIELDS + [_EXTENSIONS] * extended:
        raise EncodingError("certificate body has a data object too many, too few or out of order")
    profile, car, key, holder, chat, effective, expires = objects[: len(_FIELDS)]
    if profile.value != _PROFILE_1:
        raise EncodingError("certificate profile is not 1")
    return CertificateFields(
        decode_reference(car.value),
        decode_reference(holder.value),
        decode_key(key),
        Chat.decode(bytes(chat)),
        decode_date(effective.value),
        decode_date(expires.value),
        extensions=objects[-1].value if extended else b"",
    )


def _encode_body(fields: CertificateFields) -> bytes:
    is_root = fields.chat.role is Role.CVCA
    if not is_root and fields.car == fields.holder:
        raise EncodingError("only a CVCA certificate may be self-signed")
    if is_root and fields.car == fields.holder and fields.public_key.curve is None:
        raise EncodingError("self-signed certificate without domain parameters")
    if fields.expires < fields.effective:
        raise EncodingError("certificate expires before it is effective")
    return build(
        _BODY,
        build(0x5F29, _PROFILE_1),
        build(0x42, encode_reference(fields.car)),
        encode_key(fields.public_key, with_curve=is_root),
        build(0x5F20, encode_reference(fields.holder)),
        fields.chat.encode(),
        build(0x5F25, encode_date(fields.effective)),
        build(0x5F24, encode_date(fields.expires)),
        build(_EXTENSIONS, fields.extensions) if fields.extensions else b"",
    )


def decode_date(octets: bytes) -> date:
    """Read YYMMDD of this century, one digit an octet (TR-03110-3, D.2.1.3)."""
    if len(octets) != 6 or max(octets) > 9:
        raise EncodingError("certificate date is not six digits")
    y, year, m, month, d, day = octets
    try:
        return date(2000 + 10 * y + year, 10 * m + month, 10 * d + day)
    except ValueError:
        raise EncodingError("certificate date is not in the calendar") from None


def encode_date(day: date) -> bytes:
    """Write YYMMDD, one digit an octet. Errors: `EncodingError` outside 2000..2099."""
    if day.year // 100 != 20:
        raise EncodingError("certificate date is outside this century")
    return bytes(int(digit) for digit in f"{day:%y%m%d}")
