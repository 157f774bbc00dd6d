"""What the linter says of whole mdocs: released, of another shape, of another case."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from apdu.crypto.curves import P256
from station.credentials import mdoc
from station.credentials.certificates import make_document_signer, make_status_signer
from station.credentials.claims import Claims, Names
from station.credentials.lint import (
    Expected,
    LintFailed,
    Reason,
    lint_mdoc,
    lint_mdoc_draft,
)
from station.credentials.terms import StatusReference
from station.credentials.validity import Validity
from tests.station.credentials.examples import (
    CLAIMS,
    DOCUMENT_SIGNER,
    IACA,
    MDOC_EXPECTED,
    MDOC_KEY,
    PKI,
    TERMS,
    Pki,
    der,
    issue_mdoc,
    sign,
)
from tests.station.credentials.mdoc_parts import COMMON, Parts


def refusal(octets: bytes, expected: Expected = MDOC_EXPECTED) -> Reason:
    with pytest.raises(LintFailed) as refused:
        lint_mdoc(octets, expected)
    return refused.value.reason


def test_an_mdoc_as_issued_is_released() -> None:
    lint_mdoc(issue_mdoc(), MDOC_EXPECTED)


def test_an_mdoc_taken_apart_and_put_together_is_released() -> None:
    lint_mdoc(Parts.of(issue_mdoc()).octets, MDOC_EXPECTED)


def test_an_mdoc_without_optional_claims_is_released() -> None:
    claims = replace(CLAIMS, name_hanja=None, card_issue_date=None)
    lint_mdoc(issue_mdoc(claims), replace(MDOC_EXPECTED, claims=claims))


@pytest.mark.parametrize("size", [1, 60_000, 70_000])
def test_mdocs_with_portraits_of_any_size_are_released(size: int) -> None:
    claims = replace(CLAIMS, portrait=b"\xff" * size)
    lint_mdoc(issue_mdoc(claims), replace(MDOC_EXPECTED, claims=claims))


def test_a_draft_is_read_before_it_is_signed() -> None:
    unsigned = mdoc.prepare(CLAIMS, TERMS, secrets.token_bytes, (der(DOCUMENT_SIGNER),))
    lint_mdoc_draft(unsigned.draft, MDOC_EXPECTED)
    assert refusal(unsigned.draft) is Reason.SIGNATURE
    with pytest.raises(LintFailed) as refused:
        lint_mdoc_draft(issue_mdoc(), MDOC_EXPECTED)
    assert refused.value.reason is Reason.SIGNATURE


def rebuilt(octets: bytes, auth: Callable[[list[Any]], Any]) -> bytes:
    issuer_signed = cbor2.loads(octets)
    issuer_signed["issuerAuth"] = auth(list(issuer_signed["issuerAuth"]))
    return cbor2.dumps(issuer_signed)


@pytest.mark.parametrize(
    ("auth", "reason"),
    [
        (lambda parts: [*parts, b""], Reason.STRUCTURE),
        (lambda parts: parts[:3], Reason.STRUCTURE),
        (lambda parts: dict(enumerate(parts)), Reason.STRUCTURE),
        (lambda parts: cbor2.CBORTag(18, parts), Reason.STRUCTURE),
        (lambda parts: [parts[0], [], *parts[2:]], Reason.STRUCTURE),
        (lambda parts: [parts[0], {33: [parts[1][33]]}, *parts[2:]], Reason.CHAIN),
        (lambda parts: [parts[0], {33: parts[1][33].hex()}, *parts[2:]], Reason.CHAIN),
        (lambda parts: [*parts[:2], None, parts[3]], Reason.STRUCTURE),
        (lambda parts: [*parts[:2], cbor2.loads(parts[2]).value, parts[3]], Reason.STRUCTURE),
        (
            lambda parts: [*parts[:2], parts[2].replace(b"\xd8\x18", b"\xd8\x19", 1), parts[3]],
            Reason.STRUCTURE,
        ),
        (
            lambda parts: [*parts[:2], cbor2.dumps(cbor2.CBORTag(24, b"\x80")), parts[3]],
            Reason.STRUCTURE,
        ),
        (
            lambda parts: [*parts[:2], cbor2.dumps(cbor2.CBORTag(24, {})), parts[3]],
            Reason.STRUCTURE,
        ),
        (lambda parts: [*parts[:3], parts[3].hex()], Reason.STRUCTURE),
    ],
)
def test_issuer_auth_of_another_shape_is_refused(
    auth: Callable[[list[Any]], Any], reason: Reason
) -> None:
    assert refusal(rebuilt(issue_mdoc(), auth)) is reason


@pytest.mark.parametrize(
    "change",
    [
        lambda item: cbor2.CBORTag(25, item.value),
        lambda item: item.value,
        lambda item: cbor2.CBORTag(24, cbor2.loads(item.value)),
        lambda item: cbor2.CBORTag(24, b"\x80"),
        lambda item: cbor2.CBORTag(24, item.value.replace(b"frandom\x58\x20", b"frandom\x78\x20")),
    ],
    ids=["tag 25", "no tag", "a map", "an array", "random is text"],
)
def test_an_item_of_another_shape_is_refused(change: Callable[[Any], Any]) -> None:
    def salts(size: int) -> bytes:
        return bytes(0x20 + each % 0x50 for each in secrets.token_bytes(size))

    unsigned = mdoc.prepare(CLAIMS, TERMS, salts, (der(DOCUMENT_SIGNER),))
    issuer_signed = cbor2.loads(unsigned.draft)
    items = list(issuer_signed["nameSpaces"][COMMON])
    issuer_signed["nameSpaces"][COMMON] = [change(items[0]), *items[1:]]
    assert refusal(cbor2.dumps(issuer_signed)) is Reason.STRUCTURE


def test_a_signature_by_another_key_is_refused() -> None:
    unsigned = mdoc.prepare(CLAIMS, TERMS, secrets.token_bytes, (der(DOCUMENT_SIGNER),))
    forged = unsigned.complete(sign(P256.generate(), unsigned.to_sign))
    assert refusal(forged) is Reason.SIGNATURE


def outlive() -> Expected:
    times = TERMS.validity
    longer = Validity(times.signed, times.valid_from, times.valid_until + timedelta(seconds=1))
    return replace(MDOC_EXPECTED, terms=replace(TERMS, validity=longer))


def early() -> Expected:
    start = datetime(2026, 11, 22, 4, 30, 14, tzinfo=UTC)  # The signer starts one second later.
    earlier = Validity(start, start, TERMS.validity.valid_until)
    return replace(MDOC_EXPECTED, terms=replace(TERMS, validity=earlier))


@pytest.mark.parametrize("expectation", [outlive, early])
def test_a_credential_outside_its_signers_validity_is_refused(
    expectation: Callable[[], Expected],
) -> None:
    expected = expectation()
    assert refusal(issue_mdoc(terms=expected.terms), expected) is Reason.TIMES


def resigned(certificate: x509.Certificate, expected: Expected) -> tuple[bytes, Expected]:
    chain = (der(certificate),)
    unsigned = mdoc.prepare(expected.claims, expected.terms, secrets.token_bytes, chain)
    octets = unsigned.complete(sign(MDOC_KEY, unsigned.to_sign))
    return octets, replace(expected, chain=chain)


def test_a_signer_of_another_iaca_is_refused() -> None:
    foreign = make_document_signer(Pki().issuer(), PKI.leaf("TEST DS", MDOC_KEY))
    assert refusal(*resigned(foreign, MDOC_EXPECTED)) is Reason.CHAIN


def test_a_signer_without_the_mdoc_purpose_is_refused() -> None:
    plain = make_status_signer(IACA, PKI.leaf("TEST", MDOC_KEY))
    assert refusal(*resigned(plain, MDOC_EXPECTED)) is Reason.CERTIFICATE


def test_a_signer_of_another_country_than_the_claims_is_refused() -> None:
    expected = replace(MDOC_EXPECTED, claims=replace(CLAIMS, issuing_country="UT"))
    assert refusal(*resigned(DOCUMENT_SIGNER, expected)) is Reason.CERTIFICATE


@pytest.mark.parametrize("number", ["900228-0000000", "X9002280000000Y"])
def test_the_document_number_never_is_the_registration_number(number: str) -> None:
    claims = replace(CLAIMS, document_number=number)
    expected = replace(MDOC_EXPECTED, claims=claims)
    assert refusal(issue_mdoc(claims), expected) is Reason.DOCUMENT_NUMBER


def other_claims() -> Claims:
    return replace(CLAIMS, family_name="다른")


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        (replace(MDOC_EXPECTED, claims=other_claims()), Reason.CLAIM_VALUE),
        (
            replace(MDOC_EXPECTED, terms=replace(TERMS, status=StatusReference("https://x", 4711))),
            Reason.STATUS,
        ),
        (replace(MDOC_EXPECTED, terms=replace(TERMS, names=Names(doctype="x"))), Reason.NAME),
    ],
)
def test_a_credential_of_another_case_is_refused(expected: Expected, reason: Reason) -> None:
    assert refusal(issue_mdoc(), expected) is reason


MDOC = issue_mdoc()


@given(st.integers(0, len(MDOC) - 1), st.integers(1, 255))
def test_any_changed_octet_is_refused(place: int, change: int) -> None:
    mutant = bytearray(MDOC)
    mutant[place] ^= change
    with pytest.raises(LintFailed):
        lint_mdoc(bytes(mutant), MDOC_EXPECTED)


@given(st.integers(0, len(MDOC) - 1))
def test_any_cut_is_refused(end: int) -> None:
    with pytest.raises(LintFailed):
        lint_mdoc(MDOC[:end], MDOC_EXPECTED)


def test_a_refusal_names_the_place_and_not_its_content() -> None:
    parts = Parts.of(issue_mdoc())
    parts.item("family_name_unicode")["elementValue"] = "canary"
    with pytest.raises(LintFailed) as refused:
        lint_mdoc(parts.octets, MDOC_EXPECTED)
    assert str(refused.value) == "claim_value: family_name_unicode"
