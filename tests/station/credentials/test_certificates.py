import secrets
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID, NameOID

from apdu.crypto.curves import P384
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
from station.credentials.errors import CredentialError
from tests.station.credentials.examples import (
    DOCUMENT_SIGNER,
    IACA,
    ISSUER,
    MDOC_KEY,
    NOW,
    PKI,
    SD_JWT_SIGNER,
    STATUS_SIGNER,
)

LEAVES = [DOCUMENT_SIGNER, SD_JWT_SIGNER, STATUS_SIGNER]
AUTHORITY = Authority("TEST", f"{ISSUER}/contact", f"{ISSUER}/crl")


def usage(certificate: x509.Certificate) -> x509.Extension[x509.KeyUsage]:
    return certificate.extensions.get_extension_for_class(x509.KeyUsage)


def test_iaca_follows_the_profile() -> None:
    iaca = IACA.certificate
    assert iaca.version is x509.Version.v3
    assert iaca.issuer.public_bytes() == iaca.subject.public_bytes()
    assert [each.oid for each in iaca.subject] == [NameOID.COUNTRY_NAME, NameOID.COMMON_NAME]
    constraints = iaca.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value == x509.BasicConstraints(ca=True, path_length=0)
    assert usage(iaca).critical
    assert usage(iaca).value.key_cert_sign
    assert usage(iaca).value.crl_sign
    assert not usage(iaca).value.digital_signature
    oids = [each.oid for each in iaca.extensions]
    assert len(oids) == 5
    assert ExtensionOID.ISSUER_ALTERNATIVE_NAME in oids
    assert ExtensionOID.CRL_DISTRIBUTION_POINTS in oids
    assert ExtensionOID.SUBJECT_KEY_IDENTIFIER in oids
    iaca.verify_directly_issued_by(iaca)


@pytest.mark.parametrize("leaf", LEAVES, ids=["mdoc", "sd-jwt", "status"])
def test_signers_follow_the_profile(leaf: x509.Certificate) -> None:
    iaca = IACA.certificate
    leaf.verify_directly_issued_by(iaca)
    assert leaf.issuer.public_bytes() == iaca.subject.public_bytes()
    countries = leaf.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    assert [each.value for each in countries] == ["KR"]
    assert usage(leaf).critical
    assert usage(leaf).value.digital_signature
    assert not usage(leaf).value.key_cert_sign
    identifier = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    own = iaca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert identifier.key_identifier == own.key_identifier
    for oid in (ExtensionOID.ISSUER_ALTERNATIVE_NAME, ExtensionOID.CRL_DISTRIBUTION_POINTS):
        assert (
            leaf.extensions.get_extension_for_oid(oid).value
            == iaca.extensions.get_extension_for_oid(oid).value
        )
    key = leaf.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(leaf.signature_hash_algorithm, hashes.SHA256)


def test_only_the_document_signer_has_the_critical_mdoc_purpose() -> None:
    purpose = DOCUMENT_SIGNER.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert purpose.critical
    assert [each.dotted_string for each in purpose.value] == ["1.0.18013.5.1.2"]
    for other in (SD_JWT_SIGNER, STATUS_SIGNER):
        with pytest.raises(x509.ExtensionNotFound):
            other.extensions.get_extension_for_class(x509.ExtendedKeyUsage)


def test_sd_jwt_signer_names_the_issuer_as_uri() -> None:
    names = SD_JWT_SIGNER.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [ISSUER]


def test_serials_are_positive_of_full_length_and_differ() -> None:
    assert random_serial(lambda size: bytes(size)) == 0x40 << 152
    assert random_serial(lambda size: b"\xff" * size) == (1 << 159) - 1
    assert random_serial(secrets.token_bytes) != random_serial(secrets.token_bytes)


def test_document_signer_of_457_days_is_the_longest() -> None:
    make_document_signer(IACA, PKI.leaf("TEST", MDOC_KEY, days=457))
    with pytest.raises(CredentialError) as refused:
        make_document_signer(IACA, PKI.leaf("TEST", MDOC_KEY, days=458))
    assert refused.value.code == "certificate_period"


def test_iaca_of_more_than_twenty_years_is_refused() -> None:
    period = Period(NOW, NOW + timedelta(days=20 * 365 + 6))
    with pytest.raises(CredentialError) as refused:
        make_iaca(MDOC_KEY, AUTHORITY, period, 1)
    assert refused.value.code == "certificate_period"


@pytest.mark.parametrize("make", [make_document_signer, make_status_signer])
@pytest.mark.parametrize(("start", "end"), [(-31, 1), (9 * 365 - 1, 9 * 365 + 1), (1, 1)])
def test_signers_outside_their_authoritys_validity_are_refused(
    make: Callable[[Issuer, Leaf], x509.Certificate], start: int, end: int
) -> None:
    period = Period(NOW + timedelta(days=start), NOW + timedelta(days=end))
    with pytest.raises(CredentialError) as refused:
        make(IACA, Leaf("TEST", MDOC_KEY.public_key(), period, 1))
    assert refused.value.code == "certificate_period"


def test_keys_of_other_curves_are_refused() -> None:
    period = Period(NOW, NOW + timedelta(days=30))
    with pytest.raises(CredentialError) as refused:
        make_iaca(P384.generate(), AUTHORITY, period, 1)
    assert refused.value.code == "certificate_key"
    leaf = Leaf("TEST", P384.generate().public_key(), period, 1)
    with pytest.raises(CredentialError) as refused:
        make_sd_jwt_signer(IACA, leaf, ISSUER)
    assert refused.value.code == "certificate_key"


def test_an_issuer_does_not_show_its_key() -> None:
    assert "key" not in repr(IACA).replace("key_cert", "")
