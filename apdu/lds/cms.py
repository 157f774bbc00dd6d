"""CMS SignedData as chips carry it, read and written in DER; `cms_ber` reads what is not in DER.

Source  RFC 5652, 5; ICAO Doc 9303-10, 4.6.2.2 (EF.SOD); TR-03110-3, A.1.2.5 (EF.CardSecurity).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from apdu.crypto.curves import PublicKey, curve_of
from apdu.errors import EncodingError
from apdu.lds.certificates import Certificate, decode_certificate, prepared_name
from apdu.lds.der import (
    OCTET_STRING,
    SEQUENCE,
    SET,
    UTC_TIME,
    expect,
    integer,
    oid,
    read_integer,
    read_oid,
    read_sequence,
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
from apdu.tlv import Tlv, build, find, parse, parse_one

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
SIGNED_DATA = "1.2.840.113549.1.7.2"
MAX_CERTIFICATES = 16
MAX_SIGNERS = 8

_CERTIFICATES, _REVOCATIONS = 0xA0, 0xA1
_SUBJECT_KEY_ID, _SIGNED_ATTRIBUTES, _UNSIGNED_ATTRIBUTES = 0x80, 0xA0, 0xA1

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

    def attributes(self) -> dict[str, tuple[Tlv, ...]]:
        """Every value of every signed attribute, by its OID. Errors: `EncodingError`."""
        values: dict[str, tuple[Tlv, ...]] = {}
        for attribute in parse(self.signed_attributes or b""):
            name, content = read_sequence(attribute, 2, 2)
            kind = read_oid(name)
            values[kind] = values.get(kind, ()) + parse(expect(content, SET))
        return values


@dataclass(frozen=True, slots=True)
class SignedObject:
    """Signed content with whatever signers and certificates came along; nothing is verified."""

    content_type: str
    content: bytes = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    signers: tuple[Signer, ...] = field(repr=False)


def decode_signed_data(octets: bytes) -> SignedObject:
    """Read a ContentInfo with SignedData in DER. Errors: `EncodingError`."""
    kind, content = read_sequence(parse_one(octets), 2, 2)
    if read_oid(kind) != SIGNED_DATA:
        raise EncodingError("not a signed object")
    fields = read_sequence(parse_one(expect(content, 0xA0)), 4, 6)
    _version, _digest_algorithms, encapsulated, *optional, signers = fields
    tags = [each.tag for each in optional]
    if tags != [tag for tag in (_CERTIFICATES, _REVOCATIONS) if tag in tags]:
        raise EncodingError("signed object with a field too many or out of order")
    content_type, content = read_sequence(encapsulated, 2, 2)
    certificates = parse(find(optional, _CERTIFICATES) or b"")
    infos = parse(expect(signers, SET))
    check_numbers(certificates, infos)
    return SignedObject(
        content_type=read_oid(content_type),
        content=parse_one(expect(content, 0xA0), OCTET_STRING).value,
        certificates=tuple(build(SEQUENCE, expect(each, SEQUENCE)) for each in certificates),
        signers=tuple(_read_signer(each) for each in infos),
    )


def check_numbers(certificates: Sequence[object], signers: Sequence[object]) -> None:
    """Errors: `EncodingError` for more than anybody needs."""
    if len(certificates) > MAX_CERTIFICATES or len(signers) > MAX_SIGNERS:
        raise EncodingError("signed object with too many certificates or signers")


def _read_signer(info: Tlv) -> Signer:
    _version, sid, digest_algorithm, *rest = read_sequence(info, 5, 7)
    attributes = rest.pop(0).value if rest[0].tag == _SIGNED_ATTRIBUTES else b""
    if len(rest) == 3:
        expect(rest.pop(), _UNSIGNED_ATTRIBUTES)
    if len(rest) != 2:
        raise EncodingError("signer with a field too many or too few")
    algorithm, signature = rest
    return Signer(
        sid=_read_sid(sid),
        digest_algorithm=read_oid(read_sequence(digest_algorithm, 1, 2)[0]),
        signature_algorithm=build(SEQUENCE, expect(algorithm, SEQUENCE)),
        signed_attributes=attributes or None,
        signature=expect(signature, OCTET_STRING),
    )


def _read_sid(sid: Tlv) -> SignerId:
    if sid.tag == _SUBJECT_KEY_ID:
        return SignerId(None, None, sid.value)
    issuer, serial_number = read_sequence(sid, 2, 2)
    return SignerId(prepared_name(bytes(issuer)), read_integer(serial_number), None)


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
        attributes.append(_attribute(SIGNING_TIME, build(UTC_TIME, moment)))
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
    return sequence(oid(SIGNED_DATA), build(0xA0, signed_data))


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
