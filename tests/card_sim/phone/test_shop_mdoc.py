"""A DeviceResponse changed on its way to the shop."""

from typing import Any

import cbor2
import pytest
from cbor2 import CBORTag

from card_sim.phone.cose import sign1_detached
from card_sim.phone.presenter import (
    device_authentication,
)
from card_sim.phone.store import Card
from card_sim.phone.wallet import Phone
from tests.card_sim.phone.issuer import Issuer
from tests.card_sim.phone.showing import REQUEST, made, refused_with


def altered(octets: bytes, change: Any) -> bytes:
    """A DeviceResponse with something changed in its document."""
    response = thawed(cbor2.loads(octets))
    change(response["documents"][0])
    return cbor2.dumps(response)


def thawed(value: Any) -> Any:
    """cbor2 reads arrays as tuples and maps as frozen ones."""
    if isinstance(value, CBORTag):
        return CBORTag(value.tag, value.value)
    if isinstance(value, str | bytes | int | None):
        return value
    if isinstance(value, list | tuple):
        return [thawed(each) for each in value]
    return {name: thawed(each) for name, each in value.items()}


def test_mdoc_with_an_element_of_another_card_is_refused(
    issuer: Issuer, phone: Phone, card: Card
) -> None:
    octets = made(phone, card, "mso_mdoc", "ADULT_ONLY").octets

    def change(document: dict[str, Any]) -> None:
        items = document["issuerSigned"]["nameSpaces"]["org.iso.23220.1"]
        item = thawed(cbor2.loads(items[0].value)) | {"elementValue": False}
        items[0] = CBORTag(24, cbor2.dumps(item))

    assert refused_with(issuer, altered(octets, change)) == "mso_mdoc.digests"


def test_mdoc_whose_phone_adds_claims_of_its_own_is_refused(
    issuer: Issuer, phone: Phone, card: Card
) -> None:
    """Signed by the right phone: the issuer has allowed it no claims of its own."""
    octets = made(phone, card, "mso_mdoc", "ADULT_ONLY").octets
    claims = {"org.iso.23220.1": {"age_over_65": True}}
    name_spaces = CBORTag(24, cbor2.dumps(claims))
    to_sign = device_authentication(REQUEST, "kr.mrrc.1", name_spaces)
    signature = sign1_detached(to_sign, phone.secure_element.key(card.key_id).sign)

    def change(document: dict[str, Any]) -> None:
        auth = {"deviceSignature": signature}
        document["deviceSigned"] = {"nameSpaces": name_spaces, "deviceAuth": auth}

    assert refused_with(issuer, altered(octets, change)) == "mso_mdoc.device-signature"


def test_device_signature_that_carries_its_payload_is_refused(
    issuer: Issuer, phone: Phone, card: Card
) -> None:
    octets = made(phone, card, "mso_mdoc", "ADULT_ONLY").octets

    def change(document: dict[str, Any]) -> None:
        document["deviceSigned"]["deviceAuth"]["deviceSignature"][2] = b""

    assert refused_with(issuer, altered(octets, change)) == "mso_mdoc.device-signature"


DEVICE_SIGNED: dict[str, tuple[dict[str, Any], str]] = {
    "missing": ({"deviceSigned": None}, "encoding"),
    "without name spaces": ({"deviceSigned": {"deviceAuth": {}}}, "device-signature"),
    "without signature": (
        {"deviceSigned": {"nameSpaces": CBORTag(24, b"\xa0"), "deviceAuth": {}}},
        "device-signature",
    ),
    "with a MAC": (
        {"deviceSigned": {"nameSpaces": CBORTag(24, b"\xa0"), "deviceAuth": {"deviceMac": []}}},
        "device-signature",
    ),
}


@pytest.mark.parametrize("case", DEVICE_SIGNED)
def test_mdoc_without_a_device_signature_is_refused(
    issuer: Issuer, phone: Phone, card: Card, case: str
) -> None:
    octets = made(phone, card, "mso_mdoc", "ADULT_ONLY").octets
    members, name = DEVICE_SIGNED[case]
    changed = altered(octets, lambda document: document.update(members))
    assert refused_with(issuer, changed) == f"mso_mdoc.{name}"


@pytest.mark.parametrize("members", [{"version": "2.0"}, {"status": 10}, {"documents": []}])
def test_response_of_another_form_is_refused(
    issuer: Issuer, phone: Phone, card: Card, members: dict[str, Any]
) -> None:
    response = thawed(cbor2.loads(made(phone, card, "mso_mdoc", "ADULT_ONLY").octets))
    assert refused_with(issuer, cbor2.dumps(response | members)) == "mso_mdoc.encoding"


def test_response_with_two_documents_is_refused(issuer: Issuer, phone: Phone, card: Card) -> None:
    response = thawed(cbor2.loads(made(phone, card, "mso_mdoc", "ADULT_ONLY").octets))
    response["documents"] *= 2
    assert refused_with(issuer, cbor2.dumps(response)) == "mso_mdoc.encoding"


def test_mdoc_under_another_type_is_refused(issuer: Issuer, phone: Phone, card: Card) -> None:
    octets = made(phone, card, "mso_mdoc", "ADULT_ONLY").octets
    renamed = altered(octets, lambda document: document.update(docType="org.iso.18013.5.1.mDL"))
    assert refused_with(issuer, renamed) == "mso_mdoc.doctype"
