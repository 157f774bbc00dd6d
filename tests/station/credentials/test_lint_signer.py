"""Signers whose certificates stray from the profile, and the credentials they sign."""

import secrets
from dataclasses import dataclass, replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from apdu.crypto.curves import P384
from station.credentials import mdoc
from station.credentials.certificates import MDOC_DOCUMENT_SIGNER
from station.credentials.lint import LintFailed, Reason, lint_mdoc, lint_mdoc_draft
from tests.station.credentials.examples import (
    CLAIMS,
    IACA,
    MDOC_EXPECTED,
    MDOC_KEY,
    PKI,
    TERMS,
    der,
    sign,
)

OTHER_PURPOSE = x509.ObjectIdentifier("1.0.18013.5.1.6")


@dataclass(frozen=True)
class Profile:
    """How the certificate is made; the defaults are in order."""

    signs: bool = True
    certifies: bool = False
    usage_critical: bool = True
    purposes: tuple[x509.ObjectIdentifier, ...] = (MDOC_DOCUMENT_SIGNER,)
    purposes_critical: bool = True
    country: str = "KR"
    key: str = "P-256"


def key_of(profile: Profile) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder()
    if profile.key == "P-384":
        return builder.public_key(P384.generate().public_key())
    if profile.key == "RSA":
        return builder.public_key(rsa.generate_private_key(65537, 2048).public_key())
    return builder.public_key(MDOC_KEY.public_key())


def certificate_of(profile: Profile) -> bytes:
    period = PKI.leaf("TEST", MDOC_KEY).period
    usage = x509.KeyUsage(
        profile.signs, False, False, False, False, profile.certifies, False, False, False
    )
    name = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, profile.country),
        x509.NameAttribute(NameOID.COMMON_NAME, "TEST"),
    ]
    builder = (
        key_of(profile)
        .subject_name(x509.Name(name))
        .issuer_name(IACA.certificate.subject)
        .serial_number(1)
        .not_valid_before(period.not_before)
        .not_valid_after(period.not_after)
        .add_extension(usage, critical=profile.usage_critical)
    )
    if profile.purposes:
        purposes = x509.ExtendedKeyUsage(profile.purposes)
        builder = builder.add_extension(purposes, critical=profile.purposes_critical)
    return der(builder.sign(IACA.key, hashes.SHA256()))


def lint_signed_by(certificate: bytes) -> None:
    unsigned = mdoc.prepare(CLAIMS, TERMS, secrets.token_bytes, (certificate,))
    octets = unsigned.complete(sign(MDOC_KEY, unsigned.to_sign))
    lint_mdoc(octets, replace(MDOC_EXPECTED, chain=(certificate,)))


def test_a_signer_in_order_is_accepted() -> None:
    lint_signed_by(certificate_of(Profile()))


@pytest.mark.parametrize(
    ("profile", "where"),
    [
        (Profile(signs=False), "key usage"),
        (Profile(certifies=True), "key usage"),
        (Profile(usage_critical=False), "key usage"),
        (Profile(purposes_critical=False), "EKU"),
        (Profile(purposes=(OTHER_PURPOSE,)), "EKU"),
        (Profile(purposes=(MDOC_DOCUMENT_SIGNER, OTHER_PURPOSE)), "EKU"),
        (Profile(purposes=()), "ExtendedKeyUsage"),
        (Profile(country="UT"), "country"),
        (Profile(key="P-384"), "key"),
        (Profile(key="RSA"), "key"),
    ],
    ids=str,
)
def test_a_signer_outside_the_profile_is_refused(profile: Profile, where: str) -> None:
    with pytest.raises(LintFailed) as refused:
        lint_signed_by(certificate_of(profile))
    assert (refused.value.reason, refused.value.where) == (Reason.CERTIFICATE, where)


def test_a_chain_of_two_is_refused_though_expected() -> None:
    chain = (certificate_of(Profile()),) * 2
    unsigned = mdoc.prepare(CLAIMS, TERMS, secrets.token_bytes, chain)
    with pytest.raises(LintFailed) as refused:
        lint_mdoc_draft(unsigned.draft, replace(MDOC_EXPECTED, chain=chain))
    assert refused.value.reason is Reason.CHAIN


@pytest.mark.parametrize("place", [0, 32])
def test_a_half_of_a_signature_wider_than_the_order_is_refused(place: int) -> None:
    # r || 00 || s reads as the same two numbers.
    chain = (certificate_of(Profile()),)
    unsigned = mdoc.prepare(CLAIMS, TERMS, secrets.token_bytes, chain)
    signature = sign(MDOC_KEY, unsigned.to_sign)
    wider = unsigned.draft.removesuffix(b"\x58\x40" + bytes(64))
    wider += b"\x58\x41" + signature[:place] + b"\x00" + signature[place:]
    with pytest.raises(LintFailed) as refused:
        lint_mdoc(wider, replace(MDOC_EXPECTED, chain=chain))
    assert (refused.value.reason, refused.value.where) == (Reason.SIGNATURE, "length")
