"""CMS SignedData as chips carry it: read with asn1crypto (BER allowed), written in DER.

Source  RFC 5652, 5; ICAO Doc 9303-10, 4.6.2.2 (EF.SOD); TR-03110-3, A.1.2.5 (EF.CardSecurity).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn1crypto import cms

from apdu.crypto.curves import PublicKey, curve_of
from apdu.errors import EncodingError
from apdu.lds.certificates import Certificate, decode_certificate
from apdu.lds.der import (
    OCTET_STRING,
    SET,
    expect,
    integer,
    oid,
    read_oid,
    read_sequence,
    reading,
    sequence,
    set_of,
)
from apdu.lds.signature_schemes import (
    ECDSA_SHA256,
    ECDSA_SHA384,
    ECDSA_SHA512,
    SHA256,
    SHA384,
    SHA512,
    decode_key,
    digest,
)
from apdu.tlv import Tlv, build, parse

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_UTC_TIME = 0x17
MAX_CERTIFICATES = 16
MAX_SIGNERS = 8

_ALGORITHMS = {256: (SHA256, ECDSA_SHA256), 384: (SHA384, ECDSA_SHA384)}


@dataclass(frozen=True, slots=True)
class SignerId:
    """How a signer names its certificate: issuer and serial number, or the key's identifier."""

    issuer: str | None = field(repr=False)
    serial_number: int | None
    subject_key_id: bytes | None


@dataclass(frozen=True, slots=True)
class Signer:
    """One SignerInfo. `signed_attributes` are the content octets as read, None if absent."""

    sid: SignerId
    digest_algorithm: str
    signature_algorithm: bytes = field(repr=False)
    signed_attributes: bytes | None = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def to_be_verified(self) -> bytes:
        """The DER SET OF the signature is over (RFC 5652, 5.4). Errors: `EncodingError`."""
        return set_of(bytes(each) for each in parse(self.signed_attributes or b""))

    def attributes(self, kind: str) -> tuple[Tlv, ...]:
        """Every value of every signed attribute of this OID. Errors: `EncodingError`."""
        values: list[Tlv] = []
        for attribute in parse(self.signed_attributes or b""):
            name, content = read_sequence(attribute, 2, 2)
            found = parse(expect(content, SET))
            if read_oid(name) == kind:
                values += found
        return tuple(values)


@dataclass(frozen=True, slots=True)
class SignedObject:
    """Signed content with whatever signers and certificates came along; nothing is verified."""

    content_type: str
    content: bytes = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    signers: tuple[Signer, ...] = field(repr=False)


def decode_signed_data(octets: bytes) -> SignedObject:
    """Read a ContentInfo with SignedData. Errors: `EncodingError`."""
    with reading("signed object"):
        info = cms.ContentInfo.load(octets, strict=True)
        if info["content_type"].dotted != _SIGNED_DATA:
            raise EncodingError("not a signed object")
        signed = info["content"]
        encapsulated = signed["encap_content_info"]
        if encapsulated["content"].native is None:
            raise EncodingError("signed object without its content")
        certificates = signed["certificates"]
        signers = signed["signer_infos"]
        if len(certificates) > MAX_CERTIFICATES or len(signers) > MAX_SIGNERS:
            raise EncodingError("signed object with too many certificates or signers")
        return SignedObject(
            content_type=encapsulated["content_type"].dotted,
            content=bytes(encapsulated["content"]),
            certificates=tuple(
                each.chosen.dump() for each in certificates if each.name == "certificate"
            ),
            signers=tuple(_read_signer(each) for each in signers),
        )


def build_signed_data(
    content_type: str,
    content: bytes,
    certificate: bytes,
    sign: Callable[[bytes], bytes],
    signing_time: datetime | None = None,
) -> bytes:
    """Write a ContentInfo with one ECDSA signer, as a personalization does.

    Rule    `sign` gets the octets to sign and returns ECDSA in DER, with the hash of
            `signer_hash(certificate)`: SHA-256 up to 256 bits, SHA-384 up to 384, else SHA-512.
    Errors  `EncodingError` if the certificate holds no usable EC key.
    """
    signer = decode_certificate(certificate)
    hash_name, signature_algorithm = _algorithms(signer)
    attributes = [
        _attribute(CONTENT_TYPE, oid(content_type)),
        _attribute(MESSAGE_DIGEST, build(OCTET_STRING, digest(hash_name, content))),
    ]
    if signing_time is not None:
        moment = f"{signing_time:%y%m%d%H%M%SZ}".encode("ascii")
        attributes.append(_attribute(SIGNING_TIME, build(_UTC_TIME, moment)))
    signer_info = sequence(
        integer(1),
        sequence(signer.issuer_octets, integer(signer.serial_number)),
        sequence(oid(hash_name)),
        set_of(attributes, tag=0xA0),
        sequence(oid(signature_algorithm)),
        build(OCTET_STRING, sign(set_of(attributes))),
    )
    signed_data = sequence(
        integer(3),
        set_of([sequence(oid(hash_name))]),
        sequence(oid(content_type), build(0xA0, build(OCTET_STRING, content))),
        build(0xA0, certificate),
        set_of([signer_info]),
    )
    return sequence(oid(_SIGNED_DATA), build(0xA0, signed_data))


def signer_hash(certificate: bytes) -> str:
    """The OID of the hash `build_signed_data` uses with this certificate."""
    return _algorithms(decode_certificate(certificate))[0]


def _algorithms(certificate: Certificate) -> tuple[str, str]:
    key = decode_key(certificate.public_key)
    if not isinstance(key, PublicKey):
        raise EncodingError("signed objects are only written with EC keys")
    return _ALGORITHMS.get(curve_of(key).n.bit_length(), (SHA512, ECDSA_SHA512))


def _attribute(kind: str, value: bytes) -> bytes:
    return sequence(oid(kind), set_of([value]))


def _read_signer(info: Any) -> Signer:
    attributes = info["signed_attrs"]
    return Signer(
        sid=_read_sid(info["sid"]),
        digest_algorithm=info["digest_algorithm"]["algorithm"].dotted,
        signature_algorithm=info["signature_algorithm"].dump(),
        signed_attributes=attributes.contents if len(attributes) else None,
        signature=info["signature"].native,
    )


def _read_sid(choice: Any) -> SignerId:
    if choice.name == "issuer_and_serial_number":
        issuer = choice.chosen["issuer"].hashable
        return SignerId(issuer, int(choice.chosen["serial_number"]), None)
    return SignerId(None, None, choice.chosen.native)
