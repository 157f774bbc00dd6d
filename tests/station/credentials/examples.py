"""A synthetic person's credential, its keys and certificates; all of it made for tests."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from apdu.crypto.curves import P256, PrivateKey
from apdu.crypto.signatures import sign_plain
from station.credentials import mdoc, sd_jwt_vc
from station.credentials.certificates import (
    Authority,
    Issuer,
    Leaf,
    Period,
    make_document_signer,
    make_iaca,
    make_sd_jwt_signer,
    make_status_signer,
    random_serial,
)
from station.credentials.claims import Claims
from station.credentials.lint import Expected
from station.credentials.terms import StatusReference, Terms
from station.credentials.validity import validity

NOW = datetime(2026, 11, 23, 4, 30, 15, tzinfo=UTC)
ISSUER = "https://issuer.example.kr"
CLAIMS = Claims(
    family_name="가나다",
    given_name="시험",
    name_hanja="試驗",
    birth_date=date(1990, 2, 28),
    sex=2,
    portrait=b"\xff\xd8\xff\xe0chip octets",
    portrait_jpeg=b"\xff\xd8\xff\xe0jpeg octets",
    address_formatted="시험특별시 시험구 시험로 1",
    postal_code="00001",
    document_number="M-2026-0000001",
    issue_date=date(2026, 11, 23),
    expiry_date=date(2029, 11, 22),
    issuing_authority="시험구청장",
    resident_registration_number="9002280000000",
    municipality_code="0000000000",
    card_issue_date=date(2024, 5, 1),
    age_over={14: True, 17: True, 18: True, 19: True, 65: False},
    youth_protection_passed=True,
)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


@dataclass(frozen=True)
class Pki:
    """One IACA and its three signers, valid around `now`."""

    now: datetime = NOW
    key: PrivateKey = field(default_factory=P256.generate)

    def issuer(self) -> Issuer:
        authority = Authority("TEST IACA", f"{ISSUER}/contact", f"{ISSUER}/crl")
        period = Period(self.now - timedelta(days=30), self.now + timedelta(days=9 * 365))
        return Issuer(make_iaca(self.key, authority, period, 0x4711), self.key)

    def leaf(self, name: str, key: PrivateKey, days: int = 400) -> Leaf:
        start = (self.now - timedelta(days=1)).replace(microsecond=0)
        period = Period(start, start + timedelta(days=days))
        return Leaf(name, key.public_key(), period, random_serial(secrets.token_bytes))


PKI = Pki()
IACA = PKI.issuer()
MDOC_KEY, SD_JWT_KEY, STATUS_KEY, DEVICE_KEY = (P256.generate() for _ in range(4))
DOCUMENT_SIGNER = make_document_signer(IACA, PKI.leaf("TEST DS", MDOC_KEY), ISSUER)
SD_JWT_SIGNER = make_sd_jwt_signer(IACA, PKI.leaf("TEST SD-JWT", SD_JWT_KEY), ISSUER)
STATUS_SIGNER = make_status_signer(IACA, PKI.leaf("TEST STATUS", STATUS_KEY))
TERMS = Terms(
    DEVICE_KEY.public_key(),
    validity(NOW, (DOCUMENT_SIGNER.not_valid_after_utc,)),
    StatusReference(f"{ISSUER}/status/1", 4711),
)


def sign(key: PrivateKey, to_sign: bytes) -> bytes:
    return sign_plain(key, to_sign, hashes.SHA256())


def issue_mdoc(claims: Claims = CLAIMS, terms: Terms = TERMS) -> bytes:
    unsigned = mdoc.prepare(claims, terms, secrets.token_bytes, (der(DOCUMENT_SIGNER),))
    return unsigned.complete(sign(MDOC_KEY, unsigned.to_sign))


def issue_sd_jwt(claims: Claims = CLAIMS, terms: Terms = TERMS) -> str:
    unsigned = sd_jwt_vc.prepare(claims, terms, secrets.token_bytes, (der(SD_JWT_SIGNER),), ISSUER)
    return unsigned.complete(sign(SD_JWT_KEY, unsigned.to_sign))


MDOC_EXPECTED = Expected(CLAIMS, TERMS, (der(DOCUMENT_SIGNER),), der(IACA.certificate))
SD_JWT_EXPECTED = replace(MDOC_EXPECTED, chain=(der(SD_JWT_SIGNER),), issuer=ISSUER)
