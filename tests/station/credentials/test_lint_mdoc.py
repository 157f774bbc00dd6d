"""Each thing in a finished mdoc changed, signed again, and refused for its own reason."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
    STATUS_SIGNER,
    TERMS,
    Pki,
    der,
    issue_mdoc,
    sign,
)

COMMON, DOMESTIC = "org.iso.23220.1", "kr.mrrc.1"


@dataclass
class Parts:
    """An mdoc taken apart with cbor2; `octets` puts it together with digests and signature."""

    items: dict[str, list[dict[str, Any]]]
    mso: dict[str, Any]
    header: dict[Any, Any] = field(default_factory=lambda: {33: der(DOCUMENT_SIGNER)})
    protected: bytes = b"\xa1\x01\x26"
    extra: dict[str, Any] = field(default_factory=dict)
    digest: Callable[[bytes], bytes] = lambda octets: hashlib.sha256(octets).digest()
    keep_digests: bool = False

    @classmethod
    def of(cls, octets: bytes) -> "Parts":
        issuer_signed = cbor2.loads(octets)
        items = {
            namespace: [untimed(cbor2.loads(each.value)) for each in items]
            for namespace, items in issuer_signed["nameSpaces"].items()
        }
        mso = cbor2.loads(cbor2.loads(issuer_signed["issuerAuth"][2]).value)
        for name, time in mso["validityInfo"].items():
            mso["validityInfo"][name] = cbor2.CBORTag(0, f"{time:%Y-%m-%dT%H:%M:%SZ}")
        return cls(items, mso)

    def item(self, identifier: str) -> dict[str, Any]:
        return next(
            each
            for items in self.items.values()
            for each in items
            if each["elementIdentifier"] == identifier
        )

    @property
    def octets(self) -> bytes:
        tagged = {
            namespace: [cbor2.CBORTag(24, cbor2.dumps(each)) for each in items]
            for namespace, items in self.items.items()
        }
        if not self.keep_digests:
            self.mso["valueDigests"] = {
                namespace: {
                    item["digestID"]: self.digest(cbor2.dumps(octets))
                    for item, octets in zip(self.items[namespace], each, strict=True)
                }
                for namespace, each in tagged.items()
            }
        payload = cbor2.dumps(cbor2.CBORTag(24, cbor2.dumps(self.mso)))
        signature = sign(MDOC_KEY, cbor2.dumps(["Signature1", self.protected, b"", payload]))
        auth = [self.protected, self.header, payload, signature]
        return cbor2.dumps({"nameSpaces": tagged, "issuerAuth": auth, **self.extra})


def untimed(item: dict[str, Any]) -> dict[str, Any]:
    if hasattr(item["elementValue"], "isoformat"):
        item["elementValue"] = cbor2.CBORTag(1004, item["elementValue"].isoformat())
    return item


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


def set_item(identifier: str, member: str, value: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts.item(identifier)[member] = value

    return change


def set_mso(member: str, value: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts.mso[member] = value

    return change


def set_time(member: str, value: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts.mso["validityInfo"][member] = value

    return change


def set_key(member: int, value: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts.mso["deviceKeyInfo"]["deviceKey"][member] = value

    return change


def set_status(member: str, value: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts.mso["status"]["status_list"][member] = value

    return change


def drop_item(parts: Parts) -> None:
    parts.items[COMMON].remove(parts.item("sex"))


def add_item(parts: Parts) -> None:
    item = dict(parts.item("sex"), digestID=99, random=bytes(32), elementIdentifier="religion")
    parts.items[COMMON].append(item)


def repeat_element(parts: Parts) -> None:
    parts.items[COMMON].append(dict(parts.item("sex"), digestID=99, random=bytes(32)))


def move_to_other_namespace(parts: Parts) -> None:
    item = parts.item("resident_registration_number")
    parts.items[DOMESTIC].remove(item)
    parts.items[COMMON].append(dict(item, digestID=99))


def repeat_random(parts: Parts) -> None:
    parts.item("sex")["random"] = parts.item("nationality")["random"]


def repeat_digest_id(parts: Parts) -> None:
    parts.item("sex")["digestID"] = parts.item("nationality")["digestID"]


def keep_digests(parts: Parts) -> None:
    parts.keep_digests = True
    parts.item("age_over_65")["elementValue"] = True


def surplus_digest(parts: Parts) -> None:
    parts.keep_digests = True
    parts.mso["valueDigests"][COMMON][77] = bytes(32)


def hash_without_tag(parts: Parts) -> None:
    parts.digest = lambda octets: hashlib.sha256(cbor2.loads(octets).value).digest()


def foreign_namespace(parts: Parts) -> None:
    parts.keep_digests = True
    parts.items["org.iso.18013.5.1"] = []


def add_chain(parts: Parts) -> None:
    parts.header[33] = [der(DOCUMENT_SIGNER), der(IACA.certificate)]


def other_signer(parts: Parts) -> None:
    parts.header[33] = der(STATUS_SIGNER)


def other_algorithm(parts: Parts) -> None:
    parts.protected = cbor2.dumps({1: -35})


def chain_in_protected(parts: Parts) -> None:
    parts.protected = cbor2.dumps({1: -7, 33: der(DOCUMENT_SIGNER)})


def unprotected_kid(parts: Parts) -> None:
    parts.header[4] = b"kid"


def items_no_array(parts: Parts) -> None:
    parts.octets  # noqa: B018  sets the digests
    parts.keep_digests = True
    parts.extra["nameSpaces"] = {COMMON: None, DOMESTIC: None}


def extra_member(parts: Parts) -> None:
    parts.extra["note"] = 1


def coordinate_of_another_key() -> bytes:
    return P256.generate().public_key().public_numbers().x.to_bytes(32)


MUTANTS: dict[str, tuple[Callable[[Parts], None], Reason]] = {
    "claim value": (set_item("family_name_unicode", "elementValue", "나"), Reason.CLAIM_VALUE),
    "claim type": (set_item("sex", "elementValue", "2"), Reason.CLAIM_VALUE),
    "number for flag": (set_item("age_over_19", "elementValue", 1), Reason.CLAIM_VALUE),
    "flag turned": (set_item("age_over_65", "elementValue", True), Reason.CLAIM_VALUE),
    "date as text": (set_item("birth_date", "elementValue", "1990-02-28"), Reason.CLAIM_VALUE),
    "date as tag 0": (
        set_item("birth_date", "elementValue", cbor2.CBORTag(0, "1990-02-28T00:00:00Z")),
        Reason.CLAIM_VALUE,
    ),
    "other date": (
        set_item("birth_date", "elementValue", cbor2.CBORTag(1004, "1990-03-01")),
        Reason.CLAIM_VALUE,
    ),
    "portrait": (set_item("portrait", "elementValue", b"\xff\xd8\xff\xe0"), Reason.CLAIM_VALUE),
    "claim missing": (drop_item, Reason.CLAIM_MISSING),
    "claim added": (add_item, Reason.CLAIM_UNEXPECTED),
    "claim twice": (repeat_element, Reason.CLAIM_UNEXPECTED),
    "claim in another namespace": (move_to_other_namespace, Reason.CLAIM_MISSING),
    "short random": (set_item("sex", "random", bytes(15)), Reason.SALT),
    "random twice": (repeat_random, Reason.SALT),
    "digestID twice": (repeat_digest_id, Reason.DIGEST),
    "digestID too large": (set_item("sex", "digestID", 2**31), Reason.DIGEST),
    "digestID negative": (set_item("sex", "digestID", -1), Reason.DIGEST),
    "digest stale": (keep_digests, Reason.DIGEST),
    "digest without item": (surplus_digest, Reason.DIGEST),
    "digest without the tag": (hash_without_tag, Reason.DIGEST),
    "digest algorithm": (set_mso("digestAlgorithm", "SHA-512"), Reason.DIGEST),
    "namespace added": (foreign_namespace, Reason.DIGEST),
    "items that are no array": (items_no_array, Reason.STRUCTURE),
    "version": (set_mso("version", "1.1"), Reason.STRUCTURE),
    "docType": (set_mso("docType", "org.iso.18013.5.1.mDL"), Reason.NAME),
    "member added to MSO": (set_mso("note", 1), Reason.STRUCTURE),
    "member added to item": (set_item("sex", "note", 1), Reason.STRUCTURE),
    "member added to IssuerSigned": (extra_member, Reason.STRUCTURE),
    "device key": (set_key(-2, coordinate_of_another_key()), Reason.DEVICE_KEY),
    "device key type": (set_key(-1, 2), Reason.DEVICE_KEY),
    "device key private": (set_key(-4, bytes(32)), Reason.DEVICE_KEY),
    "key authorizations": (
        set_mso("deviceKeyInfo", {"deviceKey": {}, "keyInfo": {}}),
        Reason.DEVICE_KEY,
    ),
    "signed": (set_time("signed", cbor2.CBORTag(0, "2026-11-24T00:00:00Z")), Reason.TIMES),
    "validFrom": (set_time("validFrom", cbor2.CBORTag(0, "2026-11-22T00:00:00Z")), Reason.TIMES),
    "validUntil": (set_time("validUntil", cbor2.CBORTag(0, "2036-11-22T00:00:00Z")), Reason.TIMES),
    "time with fraction": (
        set_time("signed", cbor2.CBORTag(0, "2026-11-23T00:00:00.0Z")),
        Reason.TIMES,
    ),
    "time with offset": (
        set_time("signed", cbor2.CBORTag(0, "2026-11-23T00:00:00+00:00")),
        Reason.TIMES,
    ),
    "time without tag": (set_time("signed", "2026-11-23T00:00:00Z"), Reason.TIMES),
    "expectedUpdate": (
        set_time("expectedUpdate", cbor2.CBORTag(0, "2026-12-23T00:00:00Z")),
        Reason.STRUCTURE,
    ),
    "status index": (set_status("idx", 4712), Reason.STATUS),
    "status list": (set_status("uri", "https://elsewhere.example/1"), Reason.STATUS),
    "status of another kind": (set_mso("status", {"identifier_list": {}}), Reason.STATUS),
    "chain with anchor": (add_chain, Reason.CHAIN),
    "other signer": (other_signer, Reason.CHAIN),
    "algorithm": (other_algorithm, Reason.HEADER),
    "chain protected": (chain_in_protected, Reason.HEADER),
    "header added": (unprotected_kid, Reason.STRUCTURE),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_changed_mdoc_is_refused_for_its_own_reason(mutant: str) -> None:
    change, reason = MUTANTS[mutant]
    parts = Parts.of(issue_mdoc())
    change(parts)
    assert refusal(parts.octets) is reason


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
