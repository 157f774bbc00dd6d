"""Issuers whose mdoc cheats: each attack meets the check it is aimed at."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cbor2 import CBORTag

from card_sim.phone.wallet import Phone
from tests.card_sim.phone import authority, credentials
from tests.card_sim.phone.attacks import Change, refused_with
from tests.card_sim.phone.credentials import NOW
from tests.card_sim.phone.issuer import Issuer


def mso(**members: Any) -> Change:
    return lambda honest: honest | members


def validity(**times: Any) -> Change:
    return lambda honest: honest | {"validityInfo": honest["validityInfo"] | times}


def at(moment: datetime) -> CBORTag:
    return credentials.tdate(moment)


def first_item(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    """Change an element after its digest was signed."""

    def altered(spaces: dict[str, list[CBORTag]]) -> dict[str, list[CBORTag]]:
        items = spaces["org.iso.23220.1"]
        item = dict(cbor2.loads(items[0].value))
        changed = CBORTag(24, cbor2.dumps(change(item)))
        return spaces | {"org.iso.23220.1": [changed, *items[1:]]}

    return altered


def doubled(spaces: dict[str, list[CBORTag]]) -> dict[str, list[CBORTag]]:
    return {space: [*items, items[0]] for space, items in spaces.items()}


def moved(spaces: dict[str, list[CBORTag]]) -> dict[str, list[CBORTag]]:
    """An element under a name space the issuer did not sign."""
    return {**spaces, "evil": [spaces["kr.mrrc.1"][0]]}


def long_form(octets: bytes) -> bytes:
    """The map's head A2 in two octets."""
    return b"\xb8\x02" + octets[1:]


def doubled_key(octets: bytes) -> bytes:
    """A third member with the name of the second: the last would win in cbor2."""
    return b"\xa3" + octets[1:] + cbor2.dumps("issuerAuth") + cbor2.dumps([b"", {}, b"", b""])


def one_member_more(octets: bytes) -> bytes:
    return b"\xa3" + octets[1:] + cbor2.dumps("x") + b"\x00"


MDOC: dict[str, tuple[str, Change, str]] = {
    "element changed": (
        "mdoc.items",
        first_item(lambda item: item | {"elementValue": "박"}),
        "digests",
    ),
    "element renamed": (
        "mdoc.items",
        first_item(lambda item: item | {"elementIdentifier": "alias"}),
        "digests",
    ),
    "digest id changed": (
        "mdoc.items",
        first_item(lambda item: item | {"digestID": 999}),
        "digests",
    ),
    "name space not signed": ("mdoc.items", moved, "digests"),
    "too little randomness": (
        "mdoc.items",
        first_item(lambda item: item | {"random": bytes(15)}),
        "encoding",
    ),
    "member too many": ("mdoc.items", first_item(lambda item: item | {"extra": 1}), "encoding"),
    "element twice": ("mdoc.items", doubled, "encoding"),
    "digest id 2^31": (
        "mdoc.items",
        first_item(lambda item: item | {"digestID": 1 << 31}),
        "encoding",
    ),
    "digest id -1": ("mdoc.items", first_item(lambda item: item | {"digestID": -1}), "encoding"),
    "digest id true": (
        "mdoc.items",
        first_item(lambda item: item | {"digestID": True}),
        "encoding",
    ),
    "name space that is a number": ("mdoc.items", lambda _: {"x": 5}, "encoding"),
    "name spaces in an array": ("mdoc.items", lambda _: [1], "encoding"),
    "digests in an array": ("mdoc.digests", lambda _: [], "encoding"),
    "digests of a name space in an array": ("mdoc.digests", lambda _: {"x": []}, "encoding"),
    "no payload": ("mdoc.auth", lambda a: [*a[:2], None, a[3]], "encoding"),
    "payload that is text": ("mdoc.auth", lambda a: [*a[:2], "x", a[3]], "encoding"),
    "five parts": ("mdoc.auth", lambda a: [*a, b""], "encoding"),
    "headers in an array": ("mdoc.auth", lambda a: [a[0], [], *a[2:]], "encoding"),
    "other algorithm": ("mdoc.auth", lambda a: [b"\xa1\x01\x38\x22", *a[1:]], "encoding"),
    "no validity": ("mdoc.mso", mso(validityInfo=None), "encoding"),
    "status in an array": ("mdoc.mso", mso(status={"status_list": []}), "status-reference"),
    "status index true": (
        "mdoc.mso",
        mso(status={"status_list": {"idx": True, "uri": "http://127.0.0.1/"}}),
        "status-reference",
    ),
    "member more": ("mdoc.octets", one_member_more, "encoding"),
    "no element": ("mdoc.items", lambda _: {}, "encoding"),
    "digests cut": ("mdoc.digests", lambda d: {"kr.mrrc.1": d["kr.mrrc.1"]}, "digests"),
    "digest of 31 octets": ("mdoc.digests", lambda d: d | {"x": {0: bytes(31)}}, "encoding"),
    "another type": ("mdoc.mso", mso(docType="org.iso.18013.5.1.mDL"), "doctype"),
    "other version": ("mdoc.mso", mso(version="2.0"), "encoding"),
    "weak digests": ("mdoc.mso", mso(digestAlgorithm="SHA-1"), "encoding"),
    "no status": ("mdoc.mso", mso(status={}), "status-reference"),
    "expired": ("mdoc.mso", validity(validUntil=at(NOW)), "not-expired"),
    "not valid yet": (
        "mdoc.mso",
        validity(validFrom=at(NOW + timedelta(minutes=6))),
        "not-before",
    ),
    "valid before it was signed": (
        "mdoc.mso",
        validity(validFrom=at(datetime(2025, 1, 1, tzinfo=UTC))),
        "validity-order",
    ),
    "valid longer than its signer": (
        "mdoc.mso",
        validity(validUntil=at(authority.NOT_AFTER + timedelta(days=1))),
        "validity-order",
    ),
    "signed before its signer": (
        "mdoc.mso",
        validity(signed=at(authority.NOT_BEFORE - timedelta(days=1))),
        "signed-in-time",
    ),
    "fractions of a second": (
        "mdoc.mso",
        validity(signed=CBORTag(0, "2026-11-23T00:00:00.5Z")),
        "encoding",
    ),
    "time with an offset": (
        "mdoc.mso",
        validity(signed=CBORTag(0, "2026-11-23T09:00:00+09:00")),
        "encoding",
    ),
    "time without zeros": (
        "mdoc.mso",
        validity(signed=CBORTag(0, "2026-11-3T0:0:0Z")),
        "encoding",
    ),
    "time under another tag": (
        "mdoc.mso",
        validity(signed=CBORTag(1, "2026-11-23T00:00:00Z")),
        "encoding",
    ),
    "time that is a number": ("mdoc.mso", validity(signed=CBORTag(0, 1)), "encoding"),
    "month 13": ("mdoc.mso", validity(signed=CBORTag(0, "2026-13-01T00:00:00Z")), "encoding"),
    "no key": ("mdoc.mso", mso(deviceKeyInfo={"deviceKey": {}}), "encoding"),
    "signature changed": ("mdoc.auth", lambda a: [*a[:3], bytes(64)], "signature"),
    "signature cut": ("mdoc.auth", lambda a: [*a[:3], a[3][:63]], "signature"),
    "no chain": ("mdoc.auth", lambda a: [a[0], {}, *a[2:]], "x5chain"),
    "one certificate in an array": (
        "mdoc.auth",
        lambda a: [a[0], {33: [a[1][33]]}, *a[2:]],
        "x5chain",
    ),
    "chain that is no certificate": (
        "mdoc.auth",
        lambda a: [a[0], {33: b"0"}, *a[2:]],
        "chain-encoding",
    ),
    "algorithm outside the signature": (
        "mdoc.auth",
        lambda a: [b"", a[1] | {1: -7}, *a[2:]],
        "encoding",
    ),
    "tagged": ("mdoc.auth", lambda a: CBORTag(18, a), "encoding"),
    "octets behind": ("mdoc.octets", lambda o: o + b"\x00", "encoding"),
    "octets missing": ("mdoc.octets", lambda o: o[:-1], "encoding"),
    "long form": ("mdoc.octets", long_form, "encoding"),
    "key twice": ("mdoc.octets", doubled_key, "encoding"),
}


@pytest.mark.parametrize("attack", MDOC)
def test_bad_mdoc_is_refused(issuer: Issuer, phone: Phone, tmp_path: Path, attack: str) -> None:
    step, change, name = MDOC[attack]
    issuer.alter[step] = change
    assert refused_with(phone, issuer.offer_uri, tmp_path) == f"mso_mdoc.{name}"
    assert "credential_failure kr.mrrc.1.mdoc" in issuer.events


def leaf(issuer: Issuer, **options: Any) -> authority.Identity:
    options = {"mdoc": True, **options}
    return authority.leaf(issuer.iaca, "TEST other", **options)


SIGNERS: dict[str, tuple[Callable[[Issuer], authority.Identity], str]] = {
    "of another authority": (
        lambda _: authority.leaf(authority.root(), "TEST mdoc", mdoc=True),
        "chain-anchor",
    ),
    "the anchor itself": (lambda issuer: issuer.iaca, "signer-usage"),
    "self-signed": (lambda _: self_signed(), "chain-without-root"),
    "a CA": (lambda issuer: leaf(issuer, ca=True), "signer-usage"),
    "for another use": (lambda issuer: leaf(issuer, usage="key_agreement"), "signer-usage"),
    "not for mdocs": (lambda issuer: leaf(issuer, mdoc=False), "signer-eku"),
    "not critically for mdocs": (lambda issuer: leaf(issuer, critical=False), "signer-eku"),
    "of another country": (lambda issuer: leaf(issuer, country="UT"), "country"),
    "expired": (lambda issuer: leaf(issuer, until=NOW - timedelta(seconds=1)), "chain-dates"),
}


def self_signed() -> authority.Identity:
    """A leaf that vouches for itself."""
    return authority.self_signed_leaf("TEST mdoc")


@pytest.mark.parametrize("attack", SIGNERS)
def test_mdoc_signer_that_may_not_is_refused(
    issuer: Issuer, phone: Phone, tmp_path: Path, attack: str
) -> None:
    make, name = SIGNERS[attack]
    issuer.mdoc_signer = make(issuer)
    assert refused_with(phone, issuer.offer_uri, tmp_path) == f"mso_mdoc.{name}"
