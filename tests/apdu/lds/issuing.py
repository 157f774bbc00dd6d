"""Certificates and signed files made to measure, also wrong ones no library would issue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from apdu.crypto.curves import BRAINPOOL_P256, P256, PrivateKey
from apdu.lds.der import BIT_STRING, OCTET_STRING, PRINTABLE_STRING, SET, integer, oid, sequence
from apdu.lds.signature_schemes import ECDSA_SHA256
from apdu.lds.subject_keys import encode_explicit
from apdu.tlv import build

DAY = datetime(2026, 11, 23, tzinfo=UTC)
CSCA_KEY = BRAINPOOL_P256.private_key(0x1001)
NEW_CSCA_KEY = BRAINPOOL_P256.private_key(0x1002)
ROGUE_KEY = BRAINPOOL_P256.private_key(0x1666)
DS_KEY = P256.private_key(0x2001)

KEY_CERT_SIGN = b"\x03\x02\x01\x06"  # and cRLSign
DIGITAL_SIGNATURE = b"\x03\x02\x07\x80"


def extension(name: str, value: bytes, *, critical: bool = False) -> bytes:
    flag = b"\x01\x01\xff" if critical else b""
    return sequence(oid(name), flag, build(OCTET_STRING, value))


def key_usage(bits: bytes) -> bytes:
    return extension("2.5.29.15", bits, critical=True)


def basic_constraints(*, ca: bool) -> bytes:
    return extension("2.5.29.19", sequence(b"\x01\x01\xff" if ca else b""), critical=True)


def subject_key_id(value: bytes) -> bytes:
    return extension("2.5.29.14", build(OCTET_STRING, value))


def authority_key_id(value: bytes) -> bytes:
    return extension("2.5.29.35", sequence(build(0x80, value)))


def extended_key_usage(purpose: str) -> bytes:
    return extension("2.5.29.37", sequence(oid(purpose)))


def ca_extensions(own: bytes, issuer: bytes) -> tuple[bytes, ...]:
    return (
        basic_constraints(ca=True),
        key_usage(KEY_CERT_SIGN),
        subject_key_id(own),
        authority_key_id(issuer),
    )


def signer_extensions(issuer: bytes) -> tuple[bytes, ...]:
    return key_usage(DIGITAL_SIGNATURE), authority_key_id(issuer)


@dataclass(frozen=True)
class Draft:
    """Everything in a certificate that a test may want otherwise."""

    subject: str = "TEST DS"
    issuer: str = "TEST CSCA"
    serial: int = 7
    begins: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    ends: datetime = datetime(2036, 1, 1, tzinfo=UTC)
    spki: bytes = field(default_factory=lambda: encode_explicit(DS_KEY.public_key()))
    extensions: Sequence[bytes] = signer_extensions(b"csca")
    algorithm: str = ECDSA_SHA256
    hash_algorithm: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)

    def but(self, **changes: object) -> "Draft":
        return replace(self, **changes)  # type: ignore[arg-type]

    def signed_by(self, key: PrivateKey) -> bytes:
        algorithm = sequence(oid(self.algorithm))
        tbs = sequence(
            build(0xA0, integer(2)),
            integer(self.serial),
            algorithm,
            name(self.issuer),
            sequence(moment(self.begins), moment(self.ends)),
            name(self.subject),
            self.spki,
            build(0xA3, sequence(*self.extensions)),
        )
        signature = key.sign(tbs, ec.ECDSA(self.hash_algorithm))
        return sequence(tbs, algorithm, build(BIT_STRING, b"\x00", signature))


def name(common_name: str) -> bytes:
    attributes = (("2.5.4.6", "KR"), ("2.5.4.3", common_name))
    return sequence(
        *(
            build(SET, sequence(oid(kind), build(PRINTABLE_STRING, value.encode())))
            for kind, value in attributes
        )
    )


def moment(value: datetime) -> bytes:
    return build(0x17, f"{value:%y%m%d%H%M%SZ}".encode())


CSCA_DRAFT = Draft(
    subject="TEST CSCA",
    serial=1,
    spki=encode_explicit(CSCA_KEY.public_key()),
    extensions=ca_extensions(b"csca", b"csca"),
)
CSCA = CSCA_DRAFT.signed_by(CSCA_KEY)
LINK_DRAFT = CSCA_DRAFT.but(
    serial=2,
    spki=encode_explicit(NEW_CSCA_KEY.public_key()),
    extensions=ca_extensions(b"new csca", b"csca"),
)
LINK = LINK_DRAFT.signed_by(CSCA_KEY)
DS = Draft().signed_by(CSCA_KEY)


def ecdsa(key: PrivateKey) -> Callable[[bytes], bytes]:
    return lambda data: key.sign(data, ec.ECDSA(hashes.SHA256()))
