"""Showing part of the card, and the shop that checks it."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import cbor2
import httpx
import pytest

from card_sim.phone import shop
from card_sim.phone.claims import VIEWS, view
from card_sim.phone.errors import NotAuthentic, NotFound, Refused, Unreachable
from card_sim.phone.http import HttpClient
from card_sim.phone.jose import jwk_of
from card_sim.phone.presenter import (
    Request,
    present,
    redirect_transcript,
)
from card_sim.phone.status import Trust
from card_sim.phone.store import Card
from card_sim.phone.wallet import Phone, receive
from tests.card_sim.phone import authority
from tests.card_sim.phone.credentials import FAMILY, GIVEN, NOW, RRN, Alter, sd_jwt
from tests.card_sim.phone.issuer import TX_CODE, Issuer
from tests.card_sim.phone.showing import FORMATS, REQUEST, checked, made, refused_with


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", VIEWS)
def test_shop_sees_the_view_and_nothing_else(
    issuer: Issuer, phone: Phone, card: Card, form: str, name: str
) -> None:
    presentation = made(phone, card, form, name)
    seen = checked(issuer, presentation.octets)
    assert set(seen.claims) == set(VIEWS[name])
    assert set(presentation.shown) | set(presentation.withheld) == set(VIEWS["FULL"])
    assert not set(presentation.shown) & set(presentation.withheld)


@pytest.mark.parametrize("form", FORMATS)
def test_adult_only_carries_neither_name_nor_birth_nor_number(
    phone: Phone, card: Card, form: str
) -> None:
    octets = made(phone, card, form, "ADULT_ONLY").octets
    texts = [octets]
    if form == "dc+sd-jwt":
        texts += [part + b"==" for part in octets.replace(b".", b"~").split(b"~")]
    readable = octets + b"".join(base64.urlsafe_b64decode(text) for text in texts[1:])
    for secret in (FAMILY, GIVEN, RRN, "1999-03-15"):
        assert secret.encode() not in readable
        assert json.dumps(secret).strip('"').encode() not in readable


@pytest.mark.parametrize("form", FORMATS)
def test_shop_names_its_own_and_the_other_code_as_checkers(
    issuer: Issuer, phone: Phone, card: Card, form: str
) -> None:
    seen = checked(issuer, made(phone, card, form, "NAME_DOB").octets)
    other = "sd-jwt" if form == "dc+sd-jwt" else "pymdoccbor"
    assert {check.by for check in seen.checks} == {"own", other}
    assert "status.signature" in {check.name for check in seen.checks}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "other",
    [replace(REQUEST, nonce="n-2"), replace(REQUEST, audience="x509_san_dns:other.example")],
)
def test_answer_to_another_request_is_refused(
    issuer: Issuer, phone: Phone, card: Card, form: str, other: Request
) -> None:
    octets = made(phone, card, form, "ADULT_ONLY").octets
    expected = (
        "dc+sd-jwt.key-binding-request" if form == "dc+sd-jwt" else "mso_mdoc.device-signature"
    )
    assert refused_with(issuer, octets, other) == expected


def test_mdoc_answer_sent_elsewhere_is_refused(issuer: Issuer, phone: Phone, card: Card) -> None:
    octets = made(phone, card, "mso_mdoc", "ADULT_ONLY").octets
    elsewhere = replace(REQUEST, response_uri="https://evil.example/")
    assert refused_with(issuer, octets, elsewhere) == "mso_mdoc.device-signature"


@pytest.mark.parametrize("form", FORMATS)
def test_another_phone_cannot_present_the_card(
    issuer: Issuer, phone: Phone, card: Card, form: str
) -> None:
    held = card.held(form)
    assert held is not None
    thief = phone.secure_element.new_key()
    octets = present(held, view("FULL"), REQUEST, thief, NOW).octets
    expected = (
        "dc+sd-jwt.key-binding-signature" if form == "dc+sd-jwt" else "mso_mdoc.device-signature"
    )
    assert refused_with(issuer, octets) == expected


def test_disclosure_added_or_taken_on_the_way_is_refused(
    issuer: Issuer, phone: Phone, card: Card
) -> None:
    shown = made(phone, card, "dc+sd-jwt", "NAME_DOB").octets.decode().split("~")
    adult = made(phone, card, "dc+sd-jwt", "ADULT_ONLY").octets.decode().split("~")
    taken = "~".join([*shown[:1], *shown[2:]]).encode()
    added = "~".join([*shown[:-1], *adult[1:-1], shown[-1]]).encode()
    assert refused_with(issuer, taken) == "dc+sd-jwt.key-binding-sd-hash"
    assert refused_with(issuer, added) == "dc+sd-jwt.key-binding-sd-hash"


def test_presentation_without_key_binding_is_refused(
    issuer: Issuer, phone: Phone, card: Card
) -> None:
    octets = made(phone, card, "dc+sd-jwt", "NAME_DOB").octets
    bare = octets[: octets.rindex(b"~") + 1]
    assert refused_with(issuer, bare) == "dc+sd-jwt.key-binding-signature"


def test_key_binding_of_another_typ_is_refused(
    issuer: Issuer, phone: Phone, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("card_sim.phone.presenter.KEY_BINDING_TYPE", "JWT")
    octets = made(phone, card, "dc+sd-jwt", "NAME_DOB").octets
    assert refused_with(issuer, octets) == "dc+sd-jwt.key-binding-typ"


@pytest.mark.parametrize(
    "age", [timedelta(minutes=10, seconds=1), -timedelta(minutes=5, seconds=1)]
)
def test_stale_or_early_key_binding_is_refused(
    issuer: Issuer, phone: Phone, card: Card, age: timedelta
) -> None:
    held = card.held("dc+sd-jwt")
    assert held is not None
    key = phone.secure_element.key(card.key_id)
    octets = present(held, view("ADULT_ONLY"), REQUEST, key, NOW - age).octets
    assert refused_with(issuer, octets) == "dc+sd-jwt.key-binding-iat"


def test_sd_jwt_of_another_type_is_refused(issuer: Issuer, phone: Phone, card: Card) -> None:
    """The same issuer's signature under a library card does not prove an age."""
    held = card.held("dc+sd-jwt")
    assert held is not None
    key = phone.secure_element.key(card.key_id)
    status = {"idx": 11, "uri": f"{issuer.base}/status/1"}
    alter: Alter = {"sd.payload": lambda payload: payload | {"vct": "urn:kr:library"}}
    other = sd_jwt(issuer.sd_jwt_signer, jwk_of(key.public), status, alter)
    octets = present(replace(held, credential=other), view("ADULT_ONLY"), REQUEST, key, NOW).octets
    assert refused_with(issuer, octets) == "dc+sd-jwt.vct"


@pytest.mark.parametrize("octets", [b"", b"eyJ", b"\xa0", b"\xff" * 40])
def test_garbage_is_refused(issuer: Issuer, octets: bytes) -> None:
    assert refused_with(issuer, octets).endswith(("encoding", "disclosures"))


@pytest.mark.parametrize("form", FORMATS)
def test_shop_that_trusts_another_authority_refuses(
    issuer: Issuer, phone: Phone, card: Card, form: str
) -> None:
    octets = made(phone, card, form, "ADULT_ONLY").octets
    trust = Trust((authority.root().der,), NOW)
    with pytest.raises(NotAuthentic) as caught:
        shop.check(octets, REQUEST, trust, HttpClient(issuer.transport, pause=0))
    assert caught.value.code == f"{form}.chain-anchor"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("value", "code"), [(2, "suspended"), (1, "revoked"), (3, "not_valid")])
def test_card_that_is_not_valid_is_refused(
    issuer: Issuer, phone: Phone, card: Card, form: str, value: int, code: str
) -> None:
    octets = made(phone, card, form, "ADULT_ONLY").octets
    issuer.statuses = {5: value, 11: value}
    with pytest.raises(Refused) as caught:
        checked(issuer, octets)
    assert caught.value.code == code


def test_shop_without_an_answer_about_status_does_not_accept(
    issuer: Issuer, phone: Phone, card: Card
) -> None:
    def lost(_: httpx.Response) -> httpx.Response:
        raise httpx.ConnectError("down")

    octets = made(phone, card, "mso_mdoc", "ADULT_ONLY").octets
    issuer.alter["/status/1"] = lost
    with pytest.raises(Unreachable):
        checked(issuer, octets)


def test_expired_card_is_refused(issuer: Issuer, phone: Phone, card: Card) -> None:
    octets = made(phone, card, "mso_mdoc", "ADULT_ONLY").octets
    later = Trust((issuer.iaca.der,), NOW + timedelta(days=365))
    with pytest.raises(NotAuthentic) as caught:
        shop.check(octets, REQUEST, later, HttpClient(issuer.transport, pause=0))
    assert caught.value.code == "mso_mdoc.not-expired"


def test_view_the_card_has_nothing_of_is_said(issuer: Issuer, phone: Phone) -> None:
    issuer.alter["offer"] = lambda o: o | {"credential_configuration_ids": ["kr.mrrc.1.mdoc"]}
    issuer.alter["mdoc.elements"] = lambda e: {"kr.mrrc.1": e["kr.mrrc.1"]}
    card = receive(phone, issuer.offer_uri, lambda _: TX_CODE, lambda _: None)
    with pytest.raises(NotFound) as caught:
        made(phone, card, "mso_mdoc", "ADULT_ONLY")
    assert caught.value.code == "nothing_to_show"


def test_credential_that_cannot_hide_the_rest_is_not_shown(issuer: Issuer, phone: Phone) -> None:
    """An issuer that leaves the name in plain would make every view show it."""
    issuer.alter["sd.hidden"] = lambda h: {k: v for k, v in h.items() if k != "family_name"}
    issuer.alter["sd.payload"] = lambda p: p | {"family_name": FAMILY}
    card = receive(phone, issuer.offer_uri, lambda _: TX_CODE, lambda _: None)
    with pytest.raises(Refused) as caught:
        made(phone, card, "dc+sd-jwt", "ADULT_ONLY")
    assert caught.value.code == "over_disclosure"


def test_redirect_transcript_is_that_of_openid4vp() -> None:
    """Source: OpenID4VP 1.0, B.2.6.1, the example's inputs and its SessionTranscript."""
    thumbprint = "4283ec927ae0f208daaa2d026a814f2b22dca52cf85ffa8f3f8626c6bd669047"
    transcript = redirect_transcript(
        "x509_san_dns:example.com",
        "exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA",
        bytes.fromhex(thumbprint),
        "https://example.com/response",
    )
    assert cbor2.dumps(transcript).hex() == (
        "83f6f682714f70656e494434565048616e646f7665725820"
        "048bc053c00442af9b8eed494cefdd9d95240d254b046b11b68013722aad38ac"
    )


def test_unencrypted_answer_has_no_thumbprint_in_its_transcript() -> None:
    request = Request("a", "b", "c")
    assert request.session_transcript == redirect_transcript("a", "b", None, "c")
