"""Passive authentication against its attackers; each test leaves exactly one thing wrong."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from apdu.lds import sod
from apdu.lds.signature_schemes import SHA256, digest
from apdu.protocols.passive_authentication import (
    NotAuthentic,
    Reason,
    TrustStore,
    check_hashes,
    verify_signed_object,
)
from tests.apdu.lds.issuing import (
    CSCA,
    DAY,
    DS,
)
from tests.apdu.lds.signed_files import CONTENT, FILES, GOOD, LDS, TRUST, authenticate, refused
from tests.vectors import load


def test_signed_object_of_a_trusted_state_is_authentic() -> None:
    info = authenticate(GOOD)
    assert info.certificate.octets == DS
    assert [each.octets for each in info.chain] == [CSCA]
    assert info.signing_time == DAY
    assert check_hashes(LDS, FILES) == {1: digest(SHA256, b"a DG1"), 2: digest(SHA256, b"a DG2")}


def synthetic_chain() -> dict[str, Any]:
    values: dict[str, Any] = load("pa_synthetic_chain")["values"]
    return values


@pytest.mark.vectors
@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (0, None),
        (1, None),
        (2, Reason.NO_PATH),
        (3, Reason.NO_PATH),  # same names, another key identifier
        (4, Reason.DS_VALIDITY),
        (5, Reason.SIGNATURE),
        (6, None),
    ],
)
def test_synthetic_chain_behaves_as_published(case: int, reason: Reason | None) -> None:
    entry = synthetic_chain()["cases"][case]
    assert (reason is None) == (not entry["expected"].startswith("reject") or case == 6)
    what = sod.decode(bytes.fromhex(entry["ef_sod"]))
    trust = TrustStore(tuple(bytes.fromhex(each) for each in entry["trust_anchors"]))
    if reason is None:
        authenticate(what, trust)
    else:
        refused(what, reason, trust)


@pytest.mark.vectors
def test_synthetic_chains_expired_signer_is_refused_at_its_own_time_too() -> None:
    entry = synthetic_chain()["cases"][4]
    what = sod.decode(bytes.fromhex(entry["ef_sod"]))
    trust = TrustStore(tuple(bytes.fromhex(each) for each in entry["trust_anchors"]))
    refused(what, Reason.SIGNING_TIME, trust, datetime(2015, 1, 1, tzinfo=UTC))


@pytest.mark.vectors
def test_synthetic_chain_tells_a_changed_dg1() -> None:
    values = synthetic_chain()
    what = sod.decode(bytes.fromhex(values["cases"][6]["ef_sod"]))
    lds = sod.decode_lds_security_object(what.content)
    files = {number: bytes.fromhex(values[f"dg{number}"]) for number in (1, 2)}
    check_hashes(lds, files)
    with pytest.raises(NotAuthentic) as caught:
        check_hashes(lds, files | {1: bytes.fromhex(values["dg1_changed"])})
    assert caught.value.groups == {1: Reason.GROUP_DIGEST}


@pytest.mark.vectors
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("lds_bsi2008_silver_dataset", Reason.ALGORITHM),  # SHA-1
        ("lds_tr03105_5_1_dataset_with_chip_keys", Reason.NO_PATH),
    ],
)
def test_test_data_of_the_bsi_is_refused(name: str, reason: Reason) -> None:
    octets = bytes.fromhex(load(name)["values"]["files"]["EF.SOD"])
    refused(sod.decode(octets), reason, at=datetime(2014, 6, 1, tzinfo=UTC))


@pytest.mark.vectors
def test_ef_card_security_of_the_worked_example_has_no_path() -> None:
    what = sod.decode(bytes.fromhex(load("eac2_ecdh_worked_example")["values"]["ef_cardsecurity"]))
    begins = datetime(2010, 10, 1, tzinfo=UTC)
    with pytest.raises(NotAuthentic) as caught:
        verify_signed_object(what, sod.SECURITY_OBJECT, TRUST, begins)
    assert caught.value.reason_code in (Reason.NO_PATH, Reason.DS_VALIDITY)


def flipped(octets: bytes, position: int) -> bytes:
    return octets[:position] + bytes((octets[position] ^ 1,)) + octets[position + 1 :]


@pytest.mark.parametrize("position", range(0, len(CONTENT), 7))
def test_altered_digest_list_is_refused(position: int) -> None:
    refused(replace(GOOD, content=flipped(CONTENT, position)), Reason.MESSAGE_DIGEST)


def test_signed_attributes_altered_along_with_the_digest_list_are_refused() -> None:
    content = flipped(CONTENT, len(CONTENT) - 1)
    signer = GOOD.signers[0]
    assert signer.signed_attributes is not None
    attributes = signer.signed_attributes.replace(digest(SHA256, CONTENT), digest(SHA256, content))
    assert attributes != signer.signed_attributes
    forged = replace(
        GOOD, content=content, signers=(replace(signer, signed_attributes=attributes),)
    )
    refused(forged, Reason.SIGNATURE)


def test_altered_signing_time_is_refused() -> None:
    signer = GOOD.signers[0]
    assert signer.signed_attributes is not None
    attributes = signer.signed_attributes.replace(b"261123000000Z", b"261123000001Z")
    assert attributes != signer.signed_attributes
    forged = replace(GOOD, signers=(replace(signer, signed_attributes=attributes),))
    refused(forged, Reason.SIGNATURE)


@pytest.mark.parametrize("position", [5, 20, 40, -1])
def test_altered_signature_is_refused(position: int) -> None:
    signer = GOOD.signers[0]
    position %= len(signer.signature)
    forged = replace(signer, signature=flipped(signer.signature, position))
    refused(replace(GOOD, signers=(forged,)), Reason.SIGNATURE)


@pytest.mark.parametrize(
    "signature", [b"", b"\x30\x00", bytes(64), b"\x30\x06\x02\x01\x00\x02\x01\x00"]
)
def test_empty_and_zero_signatures_are_refused(signature: bytes) -> None:
    forged = replace(GOOD.signers[0], signature=signature)
    refused(replace(GOOD, signers=(forged,)), Reason.SIGNATURE)


def test_document_signer_certificate_altered_in_any_octet_is_refused() -> None:
    for position in range(len(DS)):
        with pytest.raises(NotAuthentic):
            authenticate(replace(GOOD, certificates=(flipped(DS, position),)))


def test_document_signer_certificate_with_a_later_end_is_refused() -> None:
    longer = DS.replace(b"360101000000Z", b"460101000000Z")
    assert longer != DS
    refused(replace(GOOD, certificates=(longer,)), Reason.CERTIFICATE_SIGNATURE)


def test_altered_data_group_is_refused() -> None:
    with pytest.raises(NotAuthentic) as caught:
        check_hashes(LDS, {1: b"a DG1", 2: b"b DG2"})
    assert caught.value.reason_code is Reason.GROUP_DIGEST
    assert caught.value.groups == {2: Reason.GROUP_DIGEST}


def test_data_group_the_list_does_not_name_is_refused() -> None:
    with pytest.raises(NotAuthentic) as caught:
        check_hashes(LDS, FILES | {11: b"a DG11"})
    assert caught.value.groups == {11: Reason.GROUP_NOT_LISTED}
    assert caught.value.reason_code is Reason.GROUP_NOT_LISTED


def test_every_failing_group_is_named_with_its_reason() -> None:
    with pytest.raises(NotAuthentic, match=r"data-group-digest \[1, 14\]") as caught:
        check_hashes(LDS, {1: b"", 2: b"a DG2", 14: b""})
    assert caught.value.groups == {1: Reason.GROUP_DIGEST, 14: Reason.GROUP_NOT_LISTED}


def test_digests_swapped_between_groups_are_refused() -> None:
    with pytest.raises(NotAuthentic):
        check_hashes(LDS, {1: b"a DG2", 2: b"a DG1"})


@pytest.mark.parametrize("name", ["1.3.14.3.2.26", "1.2.840.113549.2.5", "1.2.3"])
def test_digest_list_of_sha_1_md5_or_an_unknown_hash_is_refused(name: str) -> None:
    with pytest.raises(NotAuthentic) as caught:
        check_hashes(sod.LdsSecurityObject(name, {1: bytes(20)}), {1: b"a DG1"})
    assert caught.value.reason_code is Reason.ALGORITHM


def test_reasons_are_stable_and_different() -> None:
    assert {each.name: each.value for each in Reason} == {
        "CONTENT_TYPE": "content-type",
        "SIGNER_COUNT": "signer-count",
        "SIGNER_CERTIFICATE_MISSING": "signer-certificate-missing",
        "SIGNER_CERTIFICATE_MALFORMED": "signer-certificate-malformed",
        "SIGNED_ATTRIBUTES": "signed-attributes",
        "MESSAGE_DIGEST": "message-digest",
        "ALGORITHM": "algorithm-not-allowed",
        "KEY": "key-not-allowed",
        "SIGNATURE": "signature",
        "SIGNING_TIME": "signing-time",
        "DS_VALIDITY": "document-signer-validity",
        "DS_USAGE": "document-signer-usage",
        "NO_PATH": "no-path-to-trust-anchor",
        "CERTIFICATE_SIGNATURE": "certificate-signature",
        "CSCA_VALIDITY": "country-signing-ca-validity",
        "CSCA_USAGE": "country-signing-ca-usage",
        "CRITICAL_EXTENSION": "unknown-critical-extension",
        "GROUP_NOT_LISTED": "data-group-not-listed",
        "GROUP_DIGEST": "data-group-digest",
    }
