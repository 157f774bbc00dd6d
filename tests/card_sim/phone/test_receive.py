"""Receiving from an honest issuer: what is asked, in which order, and what is kept."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from card_sim.phone.errors import (
    NotAuthentic,
    NotFound,
    PhoneError,
    Refused,
    UsageProblem,
)
from card_sim.phone.offer import TxCodeRule
from card_sim.phone.store import Card
from card_sim.phone.wallet import Phone, receive
from tests.card_sim.phone import authority
from tests.card_sim.phone.issuer import TX_CODE, Issuer


def right_code(_: TxCodeRule) -> str:
    return TX_CODE


def take(phone: Phone, text: str) -> Card:
    return receive(phone, text, right_code, lambda _: None)


def nothing_kept(phone: Phone, tmp_path: Path) -> bool:
    return not phone.store.cards() and not list(tmp_path.glob("keys/*"))


def test_receive_keeps_both_formats_bound_to_one_key(issuer: Issuer, phone: Phone) -> None:
    card = take(phone, issuer.offer_uri)
    assert [held.format for held in card.credentials] == ["mso_mdoc", "dc+sd-jwt"]
    assert phone.store.cards() == (card,)
    assert phone.secure_element.key(card.key_id).id == card.key_id
    assert card.anchored


def test_receive_asks_in_the_order_of_the_standard(issuer: Issuer, phone: Phone) -> None:
    take(phone, issuer.offer_uri)
    assert issuer.paths() == [
        "/offers/abc",
        "/.well-known/openid-credential-issuer",
        "/.well-known/oauth-authorization-server",
        "/token",
        "/nonce",
        "/credential",
        "/nonce",
        "/credential",
        "/notification",
        "/notification",
    ]
    assert issuer.events == [
        "credential_accepted kr.mrrc.1.mdoc",
        "credential_accepted kr.mrrc.1.sd-jwt",
    ]


def test_receive_names_every_check_and_who_did_it(issuer: Issuer, phone: Phone) -> None:
    card = take(phone, issuer.offer_uri)
    held = {(check.name, check.by) for each in card.credentials for check in each.checks}
    assert {
        ("dc+sd-jwt.signature", "own"),
        ("dc+sd-jwt.signature", "sd-jwt"),
        ("dc+sd-jwt.device-key-is-mine", "own"),
        ("dc+sd-jwt.chain-anchor", "own"),
        ("mso_mdoc.digests", "own"),
        ("mso_mdoc.signature-digests-chain", "pymdoccbor"),
        ("mso_mdoc.device-key-is-mine", "own"),
        ("card.same-values", "own"),
    } <= held


def test_receive_tells_issuer_and_offer_before_it_asks_for_the_code(
    issuer: Issuer, phone: Phone
) -> None:
    told: list[str] = []

    def ask(rule: TxCodeRule) -> str:
        assert str(rule) == "6 digits"
        assert any("시험 구청" in line and issuer.base in line for line in told)
        assert sum(line.startswith("offered:") for line in told) == 2
        return TX_CODE

    receive(phone, issuer.offer_uri, ask, told.append)


def test_receive_takes_an_offer_by_value(issuer: Issuer, phone: Phone) -> None:
    value = json.dumps(issuer.handle(httpx.Request("GET", f"{issuer.base}/offers/abc")).json())
    card = take(phone, f"openid-credential-offer://?credential_offer={quote(value)}")
    assert len(card.credentials) == 2


def test_receive_puts_well_known_between_host_and_path(issuer: Issuer, phone: Phone) -> None:
    issuer.alter["offer"] = lambda offer: offer | {"credential_issuer": f"{issuer.base}/tenant/a"}
    with pytest.raises(NotFound):
        take(phone, issuer.offer_uri)
    assert issuer.paths()[-1] == "/.well-known/openid-credential-issuer/tenant/a"


def test_receive_uses_the_authorization_server_the_issuer_names(
    issuer: Issuer, phone: Phone
) -> None:
    server = "http://localhost:9090/as"
    issuer.alter["metadata"] = lambda stated: stated | {"authorization_servers": [server]}
    with pytest.raises(NotFound):
        take(phone, issuer.offer_uri)
    url = issuer.requests[-1].url
    assert str(url) == "http://localhost:9090/.well-known/oauth-authorization-server/as"


def test_receive_sends_the_credential_identifier_the_token_answer_gave(
    issuer: Issuer, phone: Phone
) -> None:
    detail = {
        "type": "openid_credential",
        "credential_configuration_id": "kr.mrrc.1.mdoc",
        "credential_identifiers": ["mdoc-1"],
    }
    issuer.alter["token"] = lambda token: token | {"authorization_details": [detail]}
    with pytest.raises(KeyError):  # The test issuer reads configuration ids only.
        take(phone, issuer.offer_uri)
    body = json.loads(issuer.requests[-1].content)
    assert body["credential_identifier"] == "mdoc-1"
    assert "credential_configuration_id" not in body


def test_receive_sends_no_tx_code_where_none_is_wanted(issuer: Issuer, phone: Phone) -> None:
    def without(offer: dict[str, Any]) -> dict[str, Any]:
        for grant in offer["grants"].values():
            del grant["tx_code"]
        return offer

    issuer.alter["offer"] = without
    with pytest.raises(NotFound):
        take(phone, issuer.offer_uri)
    token = issuer.requests[issuer.paths().index("/token")]
    assert b"tx_code" not in token.content


def test_wrong_tx_code_is_named_and_the_offer_can_be_tried_again(
    issuer: Issuer, phone: Phone, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="tx_code") as caught:
        receive(phone, issuer.offer_uri, lambda _: "000000", lambda _: None)
    assert caught.value.code == "invalid_grant"
    assert issuer.guesses == 1
    assert nothing_kept(phone, tmp_path)
    assert len(take(phone, issuer.offer_uri).credentials) == 2


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "１２３４５６"])
def test_tx_code_that_cannot_be_right_spends_no_guess(
    issuer: Issuer, phone: Phone, code: str
) -> None:
    with pytest.raises(UsageProblem) as caught:
        receive(phone, issuer.offer_uri, lambda _: code, lambda _: None)
    assert caught.value.code == "malformed_tx_code"
    assert "/token" not in issuer.paths()


def test_second_phone_with_the_same_offer_gets_nothing(
    issuer: Issuer, phone: Phone, tmp_path: Path
) -> None:
    take(phone, issuer.offer_uri)
    other = replace(phone, store=type(phone.store)(tmp_path / "other"))
    with pytest.raises(NotFound) as caught:
        take(other, issuer.offer_uri)
    assert caught.value.code == "invalid_grant"
    assert not other.store.cards()


def test_refusal_of_the_second_format_keeps_neither_and_says_so(
    issuer: Issuer, phone: Phone, tmp_path: Path
) -> None:
    def refuse_second(honest: httpx.Response) -> httpx.Response:
        if issuer.paths().count("/credential") == 2:
            return httpx.Response(400, json={"error": "credential_request_denied"})
        return honest

    issuer.alter["/credential"] = refuse_second
    with pytest.raises(Refused) as caught:
        take(phone, issuer.offer_uri)
    assert caught.value.code == "credential_request_denied"
    assert issuer.events == ["credential_failure kr.mrrc.1.mdoc"]
    assert nothing_kept(phone, tmp_path)


def test_card_is_kept_though_the_notice_is_refused(issuer: Issuer, phone: Phone) -> None:
    issuer.alter["/notification"] = lambda _: httpx.Response(400, json={"error": "invalid"})
    told: list[str] = []
    receive(phone, issuer.offer_uri, right_code, told.append)
    assert len(phone.store.cards()) == 1
    assert told[-1].startswith("WARNING")


def test_unanchored_phone_warns_on_loopback(issuer: Issuer, phone: Phone) -> None:
    told: list[str] = []
    card = receive(replace(phone, anchors=()), issuer.offer_uri, right_code, told.append)
    assert any("not anchored" in line for line in told)
    assert not card.anchored


def test_unanchored_phone_refuses_a_real_issuer_before_spending_anything(phone: Phone) -> None:
    real = Issuer(base="https://issuer.example.kr")
    http = type(phone.http)(real.transport, pause=0)
    with pytest.raises(NotAuthentic) as caught:
        take(replace(phone, http=http, anchors=()), real.offer_uri)
    assert caught.value.code == "no_trust_anchor"
    assert "/token" not in real.paths()


def test_phone_that_trusts_another_authority_keeps_nothing(
    issuer: Issuer, phone: Phone, tmp_path: Path
) -> None:
    stranger = replace(phone, anchors=(authority.root().der,))
    with pytest.raises(NotAuthentic) as caught:
        take(stranger, issuer.offer_uri)
    assert caught.value.code == "mso_mdoc.chain-anchor"
    assert nothing_kept(phone, tmp_path)
    assert set(issuer.events) == {
        "credential_failure kr.mrrc.1.mdoc",
        "credential_failure kr.mrrc.1.sd-jwt",
    }


def test_files_of_the_phone_are_for_its_owner_only(
    issuer: Issuer, phone: Phone, tmp_path: Path
) -> None:
    take(phone, issuer.offer_uri)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.parent.stat().st_mode & 0o777 for path in files} == {0o700}


def test_errors_and_repr_carry_no_code_token_or_person(issuer: Issuer, phone: Phone) -> None:
    card = take(phone, issuer.offer_uri)
    with pytest.raises(PhoneError) as caught:
        take(phone, issuer.offer_uri)
    said = repr(card) + repr(caught.value) + repr(phone.secure_element.key(card.key_id))
    for secret in ("하늘", "9903159999999", TX_CODE, "the-code", "the-token", "eyJ"):
        assert secret not in said
