import hashlib
import secrets
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from pymdoccbor.mdoc.verifier import MdocCbor

from apdu.crypto.curves import P384, PublicKey
from apdu.crypto.signatures import verify_plain
from station.credentials import cose, mdoc
from station.credentials.certificates import make_document_signer
from station.credentials.errors import CredentialError
from station.credentials.terms import StatusReference
from station.credentials.unsigned import CertificateChain
from station.credentials.validity import validity
from tests.station.credentials.examples import (
    CLAIMS,
    DEVICE_KEY,
    DOCUMENT_SIGNER,
    IACA,
    MDOC_KEY,
    NOW,
    TERMS,
    Pki,
    der,
    issue_mdoc,
    sign,
)
from tests.vectors import load

CHAIN = (der(DOCUMENT_SIGNER),)


def items_of(issuer_signed: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {
        namespace: [cbor2.loads(item.value) for item in items]
        for namespace, items in issuer_signed["nameSpaces"].items()
    }


def security_object(issuer_signed: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = cbor2.loads(cbor2.loads(issuer_signed["issuerAuth"][2]).value)
    return content


def test_issuer_auth_is_an_untagged_sign1_with_the_signer_alone_in_x5chain() -> None:
    protected, unprotected, _, signature = cbor2.loads(issue_mdoc())["issuerAuth"]
    assert protected == bytes.fromhex("a10126")
    assert unprotected == {33: der(DOCUMENT_SIGNER)}
    assert len(signature) == 64


def test_a_longer_chain_is_an_array() -> None:
    unsigned = cose.prepare_sign1(b"payload", (b"leaf", b"intermediate"))
    assert unsigned.draft[1] == {33: [b"leaf", b"intermediate"]}


def test_mobile_security_object_says_what_it_was_given() -> None:
    content = security_object(cbor2.loads(issue_mdoc()))
    numbers = DEVICE_KEY.public_key().public_numbers()
    assert content["version"] == "1.0"
    assert content["digestAlgorithm"] == "SHA-256"
    assert content["docType"] == "kr.mrrc.1"
    assert content["deviceKeyInfo"] == {
        "deviceKey": {1: 2, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
    }
    uri = TERMS.status.uri
    assert content["status"] == {"status_list": {"idx": 4711, "uri": uri}}
    assert content["validityInfo"]["signed"] == datetime(2026, 11, 23, tzinfo=UTC)


def test_times_have_tag_0_and_no_fraction_and_dates_tag_1004() -> None:
    octets = issue_mdoc()
    for text in (b"2026-11-23T00:00:00Z", b"2027-12-27T04:30:15Z"):
        assert b"\xc0\x74" + text in octets
    assert b"\xd9\x03\xec\x6a1990-02-28" in octets


def test_digests_cover_the_tag_24_octets() -> None:
    issuer_signed = cbor2.loads(issue_mdoc())
    digests = security_object(issuer_signed)["valueDigests"]
    for namespace, tagged in issuer_signed["nameSpaces"].items():
        assert len(tagged) == len(digests[namespace])
        for each in tagged:
            wrapped = cbor2.dumps(cbor2.CBORTag(24, each.value))
            number = cbor2.loads(each.value)["digestID"]
            assert hashlib.sha256(wrapped).digest() == digests[namespace][number]


def test_items_hold_the_claims_with_long_different_randoms() -> None:
    items = items_of(cbor2.loads(issue_mdoc()))
    common = {each["elementIdentifier"]: each["elementValue"] for each in items["org.iso.23220.1"]}
    assert common["family_name_unicode"] == CLAIMS.family_name
    assert common["birth_date"] == date(1990, 2, 28)
    assert common["portrait"] == CLAIMS.portrait
    assert common["sex"] == 2
    assert common["age_over_65"] is False
    randoms = [each["random"] for namespace in items.values() for each in namespace]
    assert len(set(randoms)) == len(randoms) == 24
    assert {len(each) for each in randoms} == {32}


def test_digest_ids_are_unique_and_in_unpredictable_order() -> None:
    def order() -> tuple[str, ...]:
        items = items_of(cbor2.loads(issue_mdoc()))["org.iso.23220.1"]
        by_id = {each["digestID"]: each["elementIdentifier"] for each in items}
        assert sorted(by_id) == list(range(19))
        return tuple(by_id[number] for number in range(19))

    assert len({order() for _ in range(5)}) == 5  # One in 19! that two agree.


def test_two_credentials_of_one_person_share_no_random_and_no_digest() -> None:
    one, two = (cbor2.loads(issue_mdoc()) for _ in range(2))
    digests = [
        {
            each
            for space in security_object(mdoc)["valueDigests"].values()
            for each in space.values()
        }
        for mdoc in (one, two)
    ]
    assert not digests[0] & digests[1]


def test_the_signature_covers_the_sig_structure() -> None:
    unsigned = mdoc.prepare(CLAIMS, TERMS, secrets.token_bytes, CHAIN)
    context, protected, aad, payload = cbor2.loads(unsigned.to_sign)
    assert (context, protected, aad) == ("Signature1", b"\xa1\x01\x26", b"")
    signature = sign(MDOC_KEY, unsigned.to_sign)
    complete = cbor2.loads(unsigned.complete(signature))
    assert list(complete["issuerAuth"][2:]) == [payload, signature]


@pytest.mark.parametrize("length", [0, 63, 65, 72])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    unsigned = mdoc.prepare(CLAIMS, TERMS, secrets.token_bytes, CHAIN)
    with pytest.raises(CredentialError) as refused:
        unsigned.complete(bytes(length))
    assert refused.value.code == "signature_length"


@pytest.mark.parametrize(
    ("chain", "code"),
    [((), "chain_empty"), ((*CHAIN, der(IACA.certificate)), "chain_anchor")],
)
def test_an_empty_chain_and_one_with_the_anchor_are_refused(
    chain: CertificateChain, code: str
) -> None:
    with pytest.raises(CredentialError) as refused:
        mdoc.prepare(CLAIMS, TERMS, secrets.token_bytes, chain)
    assert refused.value.code == code


def test_a_device_key_of_another_curve_is_refused() -> None:
    terms = replace(TERMS, device_key=P384.generate().public_key())
    with pytest.raises(CredentialError) as refused:
        mdoc.prepare(CLAIMS, terms, secrets.token_bytes, CHAIN)
    assert refused.value.code == "device_key"


def test_what_is_to_be_signed_shows_nothing_personal() -> None:
    unsigned = mdoc.prepare(CLAIMS, TERMS, secrets.token_bytes, CHAIN)
    assert repr(unsigned) == "Unsigned()"


@pytest.mark.vectors
def test_our_sig_structure_and_key_match_annex_d() -> None:
    values = load("mdoc_18013_5_annexD_session_and_issuer_auth")["values"]
    certificate = bytes.fromhex(values["ds_certificate"])
    payload = bytes.fromhex(values["issuer_auth_mso_bytes"])
    unsigned = cose.prepare_sign1(payload, (certificate,))
    key = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(key, PublicKey)
    signature = bytes.fromhex(values["issuer_auth_signature"])
    verify_plain(key, signature, unsigned.to_sign, hashes.SHA256())
    assert unsigned.complete(signature)[0] == bytes.fromhex(values["issuer_auth_protected"])


@pytest.mark.vectors
def test_our_security_object_has_the_members_of_annex_d_and_a_status() -> None:
    values = load("mdoc_18013_5_annexD_session_and_issuer_auth")["values"]
    theirs = cbor2.loads(cbor2.loads(bytes.fromhex(values["issuer_auth_mso_bytes"])).value)
    ours = security_object(cbor2.loads(issue_mdoc()))
    assert ours.keys() - theirs.keys() == {"status"}
    assert theirs.keys() - ours.keys() == set()
    assert ours["deviceKeyInfo"]["deviceKey"].keys() == theirs["deviceKeyInfo"]["deviceKey"].keys()
    assert ours["validityInfo"].keys() == theirs["validityInfo"].keys()


class TestAnotherImplementation:
    """pymdoccbor; it holds the signer's dates against the real clock."""

    def document(self, *, real_root: bool = True, corrupt: bytes = b"") -> tuple[Any, Any]:
        now = datetime.now(UTC).replace(microsecond=0)
        pki = Pki(now)
        issuer = pki.issuer()
        certificate = make_document_signer(issuer, pki.leaf("TEST", MDOC_KEY))
        terms = replace(TERMS, validity=validity(now, (certificate.not_valid_after_utc,)))
        unsigned = mdoc.prepare(CLAIMS, terms, secrets.token_bytes, (der(certificate),))
        octets = unsigned.complete(sign(MDOC_KEY, unsigned.to_sign))
        if corrupt:
            assert octets.count(corrupt) == 1
            octets = octets.replace(corrupt, corrupt[:-1] + bytes([corrupt[-1] ^ 1]))
        document = {
            "docType": "kr.mrrc.1",
            "issuerSigned": cbor2.loads(octets),
            "deviceSigned": {"nameSpaces": cbor2.CBORTag(24, b"\xa0"), "deviceAuth": {}},
        }
        reader = MdocCbor()
        reader.loads(cbor2.dumps({"version": "1.0", "documents": [document], "status": 0}))
        root = issuer if real_root else Pki(now).issuer()
        return reader, reader.verify([root.certificate])

    def test_verifies_our_mdoc_up_to_the_iaca(self) -> None:
        reader, verified = self.document()
        assert verified is True
        disclosed = reader.disclosure_map["org.iso.23220.1"]
        assert disclosed["given_name_unicode"] == CLAIMS.given_name
        assert reader.documents[0].hash_verification["verified"] == 24

    def test_refuses_another_root(self) -> None:
        assert self.document(real_root=False)[1] is False

    def test_refuses_a_changed_claim(self) -> None:
        assert self.document(corrupt=b"9002280000000")[1] is False


def test_terms_of_another_status_index_reach_the_credential() -> None:
    terms = replace(TERMS, status=StatusReference("https://x.example/s/2", 0))
    content = security_object(cbor2.loads(issue_mdoc(terms=terms)))
    assert content["status"]["status_list"] == {"idx": 0, "uri": "https://x.example/s/2"}
    assert validity(NOW, (DOCUMENT_SIGNER.not_valid_after_utc,)) == TERMS.validity
