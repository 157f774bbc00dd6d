"""Each thing in a finished mdoc changed, and signed again; with how the linter refuses it."""

import hashlib
from collections.abc import Callable
from typing import Any

import cbor2

from apdu.crypto.curves import P256
from tests.station.credentials.examples import (
    DOCUMENT_SIGNER,
    IACA,
    STATUS_SIGNER,
    der,
    issue_mdoc,
)
from tests.station.credentials.mdoc_parts import COMMON, DOMESTIC, Parts


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


def other_key(parts: Parts) -> None:
    parts.key = P256.generate()


def hash_with_another_function(parts: Parts) -> None:
    parts.digest = lambda octets: hashlib.sha3_256(octets).digest()


def swap_digests(parts: Parts) -> None:
    """Of two elements, each has the other's."""
    parts.octets  # noqa: B018  sets the digests
    parts.keep_digests = True
    digests, one, two = (
        parts.mso["valueDigests"][COMMON],
        parts.item("sex")["digestID"],
        parts.item("nationality")["digestID"],
    )
    digests[one], digests[two] = digests[two], digests[one]


def drop_digest(parts: Parts) -> None:
    parts.octets  # noqa: B018  sets the digests
    parts.keep_digests = True
    del parts.mso["valueDigests"][COMMON][parts.item("sex")["digestID"]]


def drop_mso(member: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        del parts.mso[member]

    return change


def after(change: Callable[[bytes], bytes]) -> Callable[[Parts], None]:
    def put(parts: Parts) -> None:
        parts.after = change

    return put


def another(value: Any) -> Any:
    """A value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, cbor2.CBORTag):
        return cbor2.CBORTag(value.tag, "2001-01-01")
    return value + {int: 7, str: "x", bytes: b"x"}[type(value)]


def change_value(identifier: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts.item(identifier)["elementValue"] = another(parts.item(identifier)["elementValue"])

    return change


def drop(identifier: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        for items in parts.items.values():
            items[:] = [each for each in items if each["elementIdentifier"] != identifier]

    return change


def coordinate_of_another_key() -> bytes:
    return P256.generate().public_key().public_numbers().x.to_bytes(32)


CHANGES: dict[str, tuple[Callable[[Parts], None], str]] = {
    "claim value": (
        set_item("family_name_unicode", "elementValue", "나"),
        "claim_value: family_name_unicode",
    ),
    "claim type": (set_item("sex", "elementValue", "2"), "claim_value: sex"),
    "number for flag": (set_item("age_over_19", "elementValue", 1), "claim_value: age_over_19"),
    "flag turned": (set_item("age_over_65", "elementValue", True), "claim_value: age_over_65"),
    "date as text": (
        set_item("birth_date", "elementValue", "1990-02-28"),
        "claim_value: birth_date",
    ),
    "date as tag 0": (
        set_item("birth_date", "elementValue", cbor2.CBORTag(0, "1990-02-28T00:00:00Z")),
        "claim_value: birth_date",
    ),
    "other date": (
        set_item("birth_date", "elementValue", cbor2.CBORTag(1004, "1990-03-01")),
        "claim_value: birth_date",
    ),
    "portrait": (
        set_item("portrait", "elementValue", b"\xff\xd8\xff\xe0"),
        "claim_value: portrait",
    ),
    "claim missing": (drop("sex"), "claim_missing: sex"),
    "claim added": (add_item, "claim_unexpected: religion"),
    "claim twice": (repeat_element, "claim_unexpected: sex occurs twice"),
    "claim in another namespace": (
        move_to_other_namespace,
        "claim_missing: resident_registration_number",
    ),
    "short random": (set_item("sex", "random", bytes(15)), "salt: random is short"),
    "random twice": (repeat_random, "salt: random occurs twice"),
    "digestID twice": (repeat_digest_id, "digest: digestID occurs twice"),
    "digestID too large": (set_item("sex", "digestID", 2**31), "digest: digestID"),
    "digestID negative": (set_item("sex", "digestID", -1), "digest: digestID"),
    "digest stale": (keep_digests, "digest: valueDigests"),
    "digest without item": (surplus_digest, "digest: valueDigests"),
    "digest without the tag": (hash_without_tag, "digest: valueDigests"),
    "digest algorithm": (set_mso("digestAlgorithm", "SHA-512"), "digest: digestAlgorithm"),
    "namespace added": (foreign_namespace, "digest: namespaces"),
    "items that are no array": (items_no_array, "structure: org.iso.23220.1"),
    "version": (set_mso("version", "1.1"), "structure: version"),
    "docType": (set_mso("docType", "org.iso.18013.5.1.mDL"), "name: docType"),
    "member added to MSO": (set_mso("note", 1), "structure: MobileSecurityObject"),
    "member added to item": (set_item("sex", "note", 1), "structure: item"),
    "member added to IssuerSigned": (extra_member, "structure: IssuerSigned"),
    "device key": (set_key(-2, coordinate_of_another_key()), "device_key: deviceKeyInfo"),
    "device key type": (set_key(-1, 2), "device_key: deviceKeyInfo"),
    "device key private": (set_key(-4, bytes(32)), "device_key: deviceKeyInfo"),
    "key authorizations": (
        set_mso("deviceKeyInfo", {"deviceKey": {}, "keyInfo": {}}),
        "device_key: deviceKeyInfo",
    ),
    "signed": (set_time("signed", cbor2.CBORTag(0, "2026-11-24T00:00:00Z")), "times: signed"),
    "validFrom": (
        set_time("validFrom", cbor2.CBORTag(0, "2026-11-22T00:00:00Z")),
        "times: validFrom",
    ),
    "validUntil": (
        set_time("validUntil", cbor2.CBORTag(0, "2036-11-22T00:00:00Z")),
        "times: validUntil",
    ),
    "time with fraction": (
        set_time("signed", cbor2.CBORTag(0, "2026-11-23T00:00:00.0Z")),
        "times: signed",
    ),
    "time with offset": (
        set_time("signed", cbor2.CBORTag(0, "2026-11-23T00:00:00+00:00")),
        "times: signed",
    ),
    "time without tag": (set_time("signed", "2026-11-23T00:00:00Z"), "times: signed"),
    "expectedUpdate": (
        set_time("expectedUpdate", cbor2.CBORTag(0, "2026-12-23T00:00:00Z")),
        "structure: validityInfo",
    ),
    "status index": (set_status("idx", 4712), "status: status"),
    "status list": (set_status("uri", "https://elsewhere.example/1"), "status: status"),
    "status of another kind": (set_mso("status", {"identifier_list": {}}), "status: status"),
    "chain with anchor": (add_chain, "chain: x5chain is not one certificate"),
    "other signer": (other_signer, "chain: not the expected certificates"),
    "algorithm": (other_algorithm, "header: protected"),
    "chain protected": (chain_in_protected, "header: protected"),
    "header added": (unprotected_kid, "structure: unprotected"),
    "another element's digest": (swap_digests, "digest: valueDigests"),
    "element without a digest": (drop_digest, "digest: valueDigests"),
    "digest of another function": (hash_with_another_function, "digest: valueDigests"),
    "digestID of another type": (set_item("sex", "digestID", "1"), "digest: digestID"),
    "random as text": (set_item("sex", "random", "x" * 32), "structure: random"),
    "random empty": (set_item("sex", "random", b""), "salt: random is short"),
    "device key curve true": (set_key(-1, True), "device_key: deviceKeyInfo"),
    "device key with an id": (set_key(2, b"1"), "device_key: deviceKeyInfo"),
    "device key missing": (drop_mso("deviceKeyInfo"), "structure: MobileSecurityObject"),
    "status missing": (drop_mso("status"), "structure: MobileSecurityObject"),
    "status index as text": (set_status("idx", "4711"), "status: status"),
    "status with a second list": (set_status("more", 1), "status: status"),
    "validUntil before signed": (
        set_time("validUntil", cbor2.CBORTag(0, "2020-01-01T00:00:00Z")),
        "times: validUntil",
    ),
    "signed as a number": (set_time("signed", cbor2.CBORTag(1, 1795392000)), "times: signed"),
    "name in another normal form": (
        set_item("family_name_unicode", "elementValue", "\u1100\u1161\u1102\u1161\u1103\u1161"),
        "claim_value: family_name_unicode",
    ),
    "signed by another key": (other_key, "signature: does not verify"),
    "octets behind the end": (
        after(lambda octets: octets + b"\0"),
        "encoding: CBOR: octets after the item",
    ),
    "an octet cut off": (after(lambda octets: octets[:-1]), "encoding: CBOR: ends within a string"),
    "number longer than needed": (
        after(lambda octets: b"\xb8\x02" + octets[1:]),
        "encoding: CBOR: a number longer than needed",
    ),
    "indefinite length": (
        after(lambda octets: b"\xbf" + octets[1:] + b"\xff"),
        "encoding: CBOR: an indefinite or reserved length",
    ),
}

ELEMENTS = [
    each["elementIdentifier"] for items in Parts.of(issue_mdoc()).items.values() for each in items
]
MDOC_MUTANTS: dict[str, tuple[Callable[[Parts], None], str]] = {
    **CHANGES,
    **{f"another {each}": (change_value(each), f"claim_value: {each}") for each in ELEMENTS},
    **{f"no {each}": (drop(each), f"claim_missing: {each}") for each in ELEMENTS},
}
"""By name: the change, and reason and place of the refusal."""
