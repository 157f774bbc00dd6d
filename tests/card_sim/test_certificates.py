"""The TEST certificates have what ICAO Doc 9303-12, 7.1.1, table 6, wants in them."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from apdu.lds.certificates import decode_certificate
from card_sim.certificates import Identity
from card_sim.persons import persons
from tests.card_sim.world import TODAY, World

E = TypeVar("E", bound=x509.ExtensionType)
DOCUMENT_TYPE_LIST = "2.23.136.1.1.6.2"
SIZES = [256, 384]


def extension(identity: Identity, kind: type[E], *, critical: bool = False) -> E:
    found = identity.certificate.extensions.get_extension_for_class(kind)
    assert found.critical is critical
    return found.value


def signers(world: World) -> list[Identity]:
    return list(world.home.pki.document_signers.values())


def test_country_authority_may_sign_certificates_and_lists_alone(world: World) -> None:
    csca = world.home.pki.csca
    constraints = extension(csca, x509.BasicConstraints, critical=True)
    assert (constraints.ca, constraints.path_length) == (True, 0)
    usage = extension(csca, x509.KeyUsage, critical=True)
    assert (usage.key_cert_sign, usage.crl_sign, usage.digital_signature) == (True, True, False)


def test_document_signers_may_sign_data_alone(world: World) -> None:
    for signer in signers(world):
        usage = extension(signer, x509.KeyUsage, critical=True)
        assert (usage.digital_signature, usage.key_cert_sign, usage.crl_sign) == (
            True,
            False,
            False,
        )
        with pytest.raises(x509.ExtensionNotFound):
            extension(signer, x509.BasicConstraints)


def test_key_identifiers_lead_from_signers_to_their_root(world: World) -> None:
    csca = world.home.pki.csca
    own = extension(csca, x509.SubjectKeyIdentifier).digest
    for identity in (csca, *signers(world)):
        assert extension(identity, x509.AuthorityKeyIdentifier).key_identifier == own
    for signer in signers(world):
        assert extension(signer, x509.SubjectKeyIdentifier).digest != own


def test_alternative_names_give_a_contact_and_the_country(world: World) -> None:
    for identity in (world.home.pki.csca, *signers(world)):
        subject = extension(identity, x509.SubjectAlternativeName)
        issuer = extension(identity, x509.IssuerAlternativeName)
        for names in (list(subject), list(issuer)):
            assert [type(each) for each in names] == [x509.RFC822Name, x509.DirectoryName]
            assert names[1].value.rfc4514_string() == "L=KOR"


def test_revocation_list_is_at_an_address_that_can_never_exist(world: World) -> None:
    for identity in (world.home.pki.csca, *signers(world)):
        [point] = extension(identity, x509.CRLDistributionPoints)
        assert point.full_name is not None
        [address] = point.full_name
        assert address.value.startswith("http://crl.example.invalid/")


def test_document_signers_name_the_type_of_their_documents(world: World) -> None:
    for signer in signers(world):
        found = signer.certificate.extensions.get_extension_for_oid(
            x509.ObjectIdentifier(DOCUMENT_TYPE_LIST)
        )
        assert isinstance(found.value, x509.UnrecognizedExtension)
        assert found.value.value == bytes.fromhex("30090201003104 1302 4944".replace(" ", ""))


def period(identity: Identity) -> tuple[datetime, datetime]:
    usage = extension(identity, x509.PrivateKeyUsagePeriod)
    assert usage.not_before is not None
    assert usage.not_after is not None
    return usage.not_before.replace(tzinfo=UTC), usage.not_after.replace(tzinfo=UTC)


def test_private_keys_may_sign_when_every_card_was_issued(world: World) -> None:
    issued = [person.date_of_issue for person in persons(TODAY).values()] + [TODAY]
    for signer in signers(world):
        first, last = period(signer)
        assert first.date() < min(issued)
        assert last.date() > max(issued)
        root_first, root_last = period(world.home.pki.csca)
        assert root_first <= first < last <= root_last


def test_certificates_outlive_the_cards_they_vouch_for(world: World) -> None:
    expires = max(person.date_of_expiry for person in persons(TODAY).values())
    csca = world.home.pki.csca.certificate
    for signer in signers(world):
        certificate = signer.certificate
        assert csca.not_valid_before_utc <= certificate.not_valid_before_utc
        assert certificate.not_valid_after_utc.date() > expires
        assert certificate.not_valid_after_utc <= csca.not_valid_after_utc
        first, last = period(signer)
        assert certificate.not_valid_before_utc <= first
        assert last <= certificate.not_valid_after_utc - timedelta(days=3650)


@pytest.mark.parametrize("bits", SIZES)
def test_signers_have_curves_of_their_size_and_the_root_has_signed_them(
    world: World, bits: int
) -> None:
    pki = world.home.pki
    certificate = pki.document_signers[bits].certificate
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.key_size == bits
    certificate.verify_directly_issued_by(pki.csca.certificate)


def test_three_libraries_read_every_certificate(world: World) -> None:
    for identity in (world.home.pki.csca, *signers(world)):
        parsed = asn1_x509.Certificate.load(identity.der, strict=True)
        own = decode_certificate(identity.der)
        assert parsed.serial_number == own.serial_number == identity.certificate.serial_number
        assert own.extensions.unknown_critical == frozenset()
