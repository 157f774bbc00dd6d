"""An mdoc read again, octet for octet (ISO/IEC 18013-5:2021, 8.3.2.1.2.2, 9.1.2.4)."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from station.credentials.claims import Claims
from station.credentials.lint import cbor, signer
from station.credentials.lint.cbor import Tagged
from station.credentials.lint.expected import (
    AGES,
    Expected,
    LintFailed,
    Reason,
    check_document_number,
    require,
)

_PROTECTED = bytes.fromhex("a10126")  # {1: -7}
_COMMON = {
    "family_name_unicode": "family_name",
    "given_name_unicode": "given_name",
    "birth_date": "birth_date",
    "sex": "sex",
    "nationality": "nationality",
    "portrait": "portrait",
    "resident_address_unicode": "address_formatted",
    "resident_postal_code": "postal_code",
    "resident_country": "address_country",
    "document_number": "document_number",
    "issue_date": "issue_date",
    "expiry_date": "expiry_date",
    "issuing_authority_unicode": "issuing_authority",
    "issuing_country": "issuing_country",
}
_DOMESTIC = {
    "resident_registration_number": "resident_registration_number",
    "name_hanja": "name_hanja",
    "municipality_code": "municipality_code",
    "card_issue_date": "card_issue_date",
    "youth_protection_passed": "youth_protection_passed",
}


def lint_mdoc(octets: bytes, expected: Expected) -> None:
    """Read a signed IssuerSigned before it is released. Errors: `LintFailed`."""
    leaf, signature, payload = _lint(octets, expected)
    to_be_signed = _sig_structure(payload)
    signer.check_signature(leaf, signature, to_be_signed)


def lint_mdoc_draft(octets: bytes, expected: Expected) -> None:
    """Read an IssuerSigned before the key signs it. Errors: `LintFailed`."""
    _, signature, _ = _lint(octets, expected)
    signer.check_draft_signature(signature)


def _lint(octets: bytes, expected: Expected) -> tuple[Any, bytes, bytes]:
    issuer_signed = _members(cbor.loads(octets), {"nameSpaces", "issuerAuth"}, "IssuerSigned")
    auth = issuer_signed["issuerAuth"]
    require(isinstance(auth, list) and len(auth) == 4, Reason.STRUCTURE, "issuerAuth")
    protected, unprotected, payload, signature = auth
    require(protected == _PROTECTED, Reason.HEADER, "protected")
    certificates = _members(unprotected, {33}, "unprotected")[33]
    require(isinstance(certificates, bytes), Reason.CHAIN, "x5chain is not one certificate")
    leaf = signer.check_signer([certificates], expected)
    signer.check_mdoc_signer(leaf, expected.claims.issuing_country)

    mso = _embedded(_bytes(payload, "payload"), "MobileSecurityObject")
    _check_security_object(mso, expected)
    items = _check_digests(issuer_signed["nameSpaces"], mso["valueDigests"])
    _check_elements(items, expected)
    return leaf, _bytes(signature, "signature"), payload


def _check_security_object(mso: dict[Any, Any], expected: Expected) -> None:
    names = {"version", "digestAlgorithm", "valueDigests", "deviceKeyInfo", "docType"}
    _members(mso, names | {"validityInfo", "status"}, "MobileSecurityObject")
    require(mso["version"] == "1.0", Reason.STRUCTURE, "version")
    require(mso["digestAlgorithm"] == "SHA-256", Reason.DIGEST, "digestAlgorithm")
    terms = expected.terms
    require(mso["docType"] == terms.names.doctype, Reason.NAME, "docType")
    numbers = terms.device_key.public_numbers()
    key = {1: 2, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
    require(_same(mso["deviceKeyInfo"], {"deviceKey": key}), Reason.DEVICE_KEY, "deviceKeyInfo")
    status = {"status_list": {"idx": terms.status.index, "uri": terms.status.uri}}
    require(_same(mso["status"], status), Reason.STATUS, "status")
    times = _members(mso["validityInfo"], {"signed", "validFrom", "validUntil"}, "validityInfo")
    for name, time in (
        ("signed", terms.validity.signed),
        ("validFrom", terms.validity.valid_from),
        ("validUntil", terms.validity.valid_until),
    ):
        require(_is_tdate(times[name], time), Reason.TIMES, name)


def _check_digests(name_spaces: Any, value_digests: Any) -> dict[str, list[dict[Any, Any]]]:
    """Match every item with its digest and every digest with its item; return the items."""
    same = (
        isinstance(name_spaces, dict)
        and isinstance(value_digests, dict)
        and name_spaces.keys() == value_digests.keys()
    )
    require(same, Reason.DIGEST, "namespaces")
    items: dict[str, list[dict[Any, Any]]] = {}
    randoms: list[bytes] = []
    for namespace, tagged in name_spaces.items():
        items[namespace] = [_item(each) for each in _array(tagged, namespace)]
        found = {
            item["digestID"]: _hash(each)
            for item, each in zip(items[namespace], tagged, strict=True)
        }
        require(len(found) == len(tagged), Reason.DIGEST, "digestID occurs twice")
        require(found == value_digests[namespace], Reason.DIGEST, "valueDigests")
        randoms += [item["random"] for item in items[namespace]]
    require(all(len(each) >= 16 for each in randoms), Reason.SALT, "random is short")
    require(len(set(randoms)) == len(randoms), Reason.SALT, "random occurs twice")
    return items


def _item(tagged: Any) -> dict[Any, Any]:
    require(isinstance(tagged, Tagged) and tagged.tag == 24, Reason.STRUCTURE, "item")
    members = {"digestID", "random", "elementIdentifier", "elementValue"}
    item = _members(cbor.loads(_bytes(tagged.value, "item")), members, "item")
    number = item["digestID"]
    require(type(number) is int and 0 <= number < 2**31, Reason.DIGEST, "digestID")
    _bytes(item["random"], "random")
    return item


def _check_elements(items: Mapping[str, list[dict[Any, Any]]], expected: Expected) -> None:
    wanted = _wanted(expected)
    present: dict[tuple[str, str], Any] = {}
    for namespace, each in items.items():
        for item in each:
            place = (namespace, str(item["elementIdentifier"]))
            require(place not in present, Reason.CLAIM_UNEXPECTED, f"{place[1]} occurs twice")
            present[place] = item["elementValue"]
    for place in wanted.keys() - present.keys():
        raise LintFailed(Reason.CLAIM_MISSING, place[1])
    for place in present.keys() - wanted.keys():
        raise LintFailed(Reason.CLAIM_UNEXPECTED, place[1][:64])
    for place, value in wanted.items():
        require(_is_value(present[place], value), Reason.CLAIM_VALUE, place[1])
    check_document_number(expected.claims)


def _wanted(expected: Expected) -> dict[tuple[str, str], Any]:
    claims, names = expected.claims, expected.terms.names
    wanted = {
        (namespace, element): getattr(claims, attribute)
        for namespace, table in (
            (names.common_namespace, _COMMON),
            (names.domestic_namespace, _DOMESTIC),
        )
        for element, attribute in table.items()
    }
    wanted |= _wanted_ages(claims, names.common_namespace)
    return {place: value for place, value in wanted.items() if value is not None}


def _wanted_ages(claims: Claims, namespace: str) -> dict[tuple[str, str], Any]:
    return {(namespace, f"age_over_{age}"): claims.age_over[age] for age in AGES}


def _is_value(read: Any, wanted: Any) -> bool:
    if isinstance(wanted, date):
        return isinstance(read, Tagged) and read.tag == 1004 and read.value == wanted.isoformat()
    return _same(read, wanted)


def _is_tdate(read: Any, wanted: datetime) -> bool:
    text = wanted.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    return isinstance(read, Tagged) and read.tag == 0 and bool(read.value == text)


def _same(read: Any, wanted: Any) -> bool:
    """Equal in value and type: in Python True equals 1."""
    if isinstance(wanted, dict):
        return (
            isinstance(read, dict)
            and read.keys() == wanted.keys()
            and all(_same(read[name], wanted[name]) for name in wanted)
        )
    return type(read) is type(wanted) and bool(read == wanted)


def _sig_structure(payload: bytes) -> bytes:
    """["Signature1", protected, h'', payload], put together by hand."""
    size = len(payload)
    head = b"\x59" + size.to_bytes(2) if size < 0x10000 else b"\x5a" + size.to_bytes(4)
    if size < 0x100:
        head = bytes((0x58, size))
    return b"\x84\x6aSignature1\x43" + _PROTECTED + b"\x40" + head + payload


def _embedded(octets: bytes, where: str) -> dict[Any, Any]:
    tagged = cbor.loads(octets)
    require(isinstance(tagged, Tagged) and tagged.tag == 24, Reason.STRUCTURE, where)
    value = cbor.loads(_bytes(tagged.value, where))
    require(isinstance(value, dict), Reason.STRUCTURE, where)
    content: dict[Any, Any] = value
    return content


def _members(value: Any, names: set[Any], where: str) -> dict[Any, Any]:
    """A map with exactly the members `names`."""
    require(isinstance(value, dict) and value.keys() == names, Reason.STRUCTURE, where)
    members: dict[Any, Any] = value
    return members


def _bytes(value: Any, where: str) -> bytes:
    if not isinstance(value, bytes):
        raise LintFailed(Reason.STRUCTURE, where)
    return value


def _hash(tagged: Tagged) -> bytes:
    return hashlib.sha256(tagged.octets).digest()


def _array(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise LintFailed(Reason.STRUCTURE, where[:64])
    return value
