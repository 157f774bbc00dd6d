"""An mdoc's IssuerSigned taken apart and checked by the phone's own code (ISO/IEC 18013-5)."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import cbor2
from cbor2 import CBORTag

from apdu.crypto.curves import PublicKey
from apdu.errors import EncodingError
from card_sim.phone import cbor, cose
from card_sim.phone.checks.certificates import Signer, check_chain
from card_sim.phone.checks.checklist import SKEW, Checklist, text
from card_sim.phone.checks.expected import Expected, StatusReference, status_reference
from card_sim.phone.jose import thumbprint

FORMAT = "mso_mdoc"
COMMON_NAMESPACE = "org.iso.23220.1"
_TDATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MEMBERS = {"digestID", "random", "elementIdentifier", "elementValue"}
_MIN_RANDOM = 16


@dataclass(frozen=True, slots=True)
class Item:
    """An IssuerSignedItem; `octets` are its tag-24 wrapper, which the digest covers."""

    octets: bytes = field(repr=False)
    digest_id: int
    identifier: str
    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mso:
    """The mobile security object: what the issuer signed."""

    doc_type: str
    digests: dict[str, dict[int, bytes]] = field(repr=False)
    device_key: PublicKey = field(repr=False)
    signed: datetime
    valid_from: datetime
    valid_until: datetime
    status: Any


@dataclass(frozen=True, slots=True)
class IssuerSigned:
    """Items by name space, the issuer's signature and what it covers."""

    items: dict[str, tuple[Item, ...]] = field(repr=False)
    auth: cose.Sign1 = field(repr=False)
    auth_value: list[Any] = field(repr=False)
    mso: Mso

    @property
    def values(self) -> dict[str, dict[str, Any]]:
        """Element values by name space and identifier."""
        return {
            namespace: {item.identifier: item.value for item in items}
            for namespace, items in self.items.items()
        }


def decode(octets: bytes) -> IssuerSigned:
    """Read an IssuerSigned strictly; nothing is verified. Errors: `EncodingError`."""
    return from_value(cbor.decode(octets))


def from_value(value: Any) -> IssuerSigned:
    """`decode` for an item already read by `cbor.decode`."""
    if not isinstance(value, dict) or set(value) != {"nameSpaces", "issuerAuth"}:
        raise EncodingError("not an IssuerSigned")
    auth = cose.decode_sign1(value["issuerAuth"])
    if auth.payload is None:
        raise EncodingError("issuerAuth carries no payload")
    mso = decode_mso(auth.payload)
    return IssuerSigned(_name_spaces(value["nameSpaces"]), auth, value["issuerAuth"], mso)


def _name_spaces(value: Any) -> dict[str, tuple[Item, ...]]:
    if not isinstance(value, dict) or not value:
        raise EncodingError("nameSpaces is malformed")
    if not all(isinstance(items, list) for items in value.values()):
        raise EncodingError("a name space is no array")
    spaces = {text(name): tuple(map(_item, items)) for name, items in value.items()}
    for items in spaces.values():
        names, ids = {i.identifier for i in items}, {i.digest_id for i in items}
        if not items or len(names) != len(items) or len(ids) != len(items):
            raise EncodingError("a name space is empty or repeats an element")
    return spaces


def _item(tag: Any) -> Item:
    value = cbor.decode_embedded(tag)
    if not isinstance(value, dict) or set(value) != _MEMBERS:
        raise EncodingError("not an IssuerSignedItem")
    random = value["random"]
    if not isinstance(random, bytes) or len(random) < _MIN_RANDOM:
        raise EncodingError("item without enough randomness")
    # The strict reader takes one spelling only, so encoding again gives the octets received.
    octets = cbor2.dumps(CBORTag(cbor.EMBEDDED, tag.value))
    return Item(
        octets, _digest_id(value["digestID"]), text(value["elementIdentifier"]),
        value["elementValue"],
    )  # fmt: skip


def _digest_id(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 31:
        raise EncodingError("digestID is out of range")
    return value


def decode_mso(payload: bytes) -> Mso:
    """Read a MobileSecurityObject. Errors: `EncodingError`. Source: 9.1.2.4."""
    value = cbor.decode_embedded(cbor.decode(payload))
    if not isinstance(value, dict) or value.get("version") != "1.0":
        raise EncodingError("not a version 1.0 MSO")
    if value.get("digestAlgorithm") != "SHA-256":
        raise EncodingError("digest algorithm is not SHA-256")
    validity, key_info = value.get("validityInfo"), value.get("deviceKeyInfo")
    if not isinstance(validity, dict) or not isinstance(key_info, dict):
        raise EncodingError("MSO without validity or device key")
    return Mso(
        text(value.get("docType")),
        _digests(value.get("valueDigests")),
        cose.decode_key(key_info.get("deviceKey")),
        tdate(validity.get("signed")),
        tdate(validity.get("validFrom")),
        tdate(validity.get("validUntil")),
        value.get("status"),
    )


def _digests(value: Any) -> dict[str, dict[int, bytes]]:
    if not isinstance(value, dict):
        raise EncodingError("valueDigests is malformed")
    for name, digests in value.items():
        text(name)
        if not isinstance(digests, dict):
            raise EncodingError("valueDigests is malformed")
        for number, digest in digests.items():
            _digest_id(number)
            if not isinstance(digest, bytes) or len(digest) != 32:
                raise EncodingError("a digest is not 32 octets")
    return value


def tdate(value: Any) -> datetime:
    """A tag-0 time in whole seconds, ending in Z. Errors: `EncodingError`."""
    if not isinstance(value, CBORTag) or value.tag != cbor.DATE_TIME:
        raise EncodingError("not a tdate")
    if not isinstance(value.value, str) or not _TDATE.fullmatch(value.value):
        raise EncodingError("tdate has fractions or no Z")
    try:
        return datetime.strptime(value.value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise EncodingError("tdate is out of range") from error


def check_issued(octets: bytes, expected: Expected, checks: Checklist) -> IssuerSigned:
    """What the phone checks of a credential it was just given. Errors: `NotAuthentic`."""
    with checks.step("encoding", "the IssuerSigned is not strict CBOR of its form"):
        issuer_signed = decode(octets)
    check_issuer(issuer_signed, expected.anchors, expected.now, checks)
    mso = issuer_signed.mso
    checks.require(mso.doc_type == expected.type_name, "doctype", "it is of another type")
    mine = thumbprint(mso.device_key) == thumbprint(expected.device_key)
    checks.require(mine, "device-key-is-mine", "it is bound to another key")
    return issuer_signed


def check_issuer(
    issuer_signed: IssuerSigned, anchors: tuple[bytes, ...], now: datetime, checks: Checklist
) -> Signer:
    """Signer, signature, digests, validity and status reference.

    Errors  `NotAuthentic`.
    Source  ISO/IEC 18013-5:2021, 9.3.1, 9.3.3.
    """
    mso = issuer_signed.mso
    with checks.step("x5chain", "the signature has no certificate chain"):
        chain = issuer_signed.auth.chain()
    signer = check_chain(chain, anchors, now, checks)
    checks.require(signer.signs_mdocs, "signer-eku", "the leaf is no mdoc document signer")
    with checks.step("signature", "the issuer's signature is wrong"):
        issuer_signed.auth.verify(signer.key)
    checks.require(_digests_match(issuer_signed), "digests", "an element was altered")
    checks.require(_country_fits(issuer_signed, signer), "country", "the signer's country differs")
    leaf = signer.certificate
    inside = leaf.not_valid_before_utc <= mso.signed <= leaf.not_valid_after_utc
    checks.require(inside, "signed-in-time", "it was signed outside the signer's life")
    ordered = mso.signed <= mso.valid_from < mso.valid_until <= leaf.not_valid_after_utc
    checks.require(ordered, "validity-order", "its validity does not fit its signer's")
    checks.require(mso.valid_from <= now + SKEW, "not-before", "it is not valid yet")
    checks.require(now < mso.valid_until, "not-expired", "it has expired")
    with checks.step("status-reference", "it names no status list"):
        status_of(issuer_signed)
    return signer


def status_of(issuer_signed: IssuerSigned) -> StatusReference:
    """Errors: `EncodingError`."""
    return status_reference(issuer_signed.mso.status)


def _digests_match(issuer_signed: IssuerSigned) -> bool:
    return all(
        issuer_signed.mso.digests.get(namespace, {}).get(item.digest_id)
        == hashlib.sha256(item.octets).digest()
        for namespace, items in issuer_signed.items.items()
        for item in items
    )


def _country_fits(issuer_signed: IssuerSigned, signer: Signer) -> bool:
    country = issuer_signed.values.get(COMMON_NAMESPACE, {}).get("issuing_country")
    return country is None or country == signer.country
