"""The status list as the phone reads it, and the screen the officer looks at."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from card_sim.phone.checks.checklist import Checklist
from card_sim.phone.checks.expected import StatusReference
from card_sim.phone.errors import NotAuthentic
from card_sim.phone.http import HttpClient
from card_sim.phone.screen import CardStatus, look
from card_sim.phone.status import Status, Trust, _entry, fetch
from card_sim.phone.store import Card
from card_sim.phone.wallet import Phone, receive
from tests.card_sim.phone import authority
from tests.card_sim.phone.credentials import FAMILY, GIVEN, NOW, RRN, b64url
from tests.card_sim.phone.issuer import TX_CODE, Issuer


@pytest.fixture
def card(issuer: Issuer, phone: Phone) -> Card:
    return receive(phone, issuer.offer_uri, lambda _: TX_CODE, lambda _: None)


def status_on_screen(issuer: Issuer, card: Card, phone: Phone) -> CardStatus:
    return look(card, Trust(phone.anchors, NOW), phone.http).status


def test_new_card_is_pending_until_the_officer_activates_it(
    issuer: Issuer, card: Card, phone: Phone
) -> None:
    assert status_on_screen(issuer, card, phone) is CardStatus.PENDING
    issuer.statuses = {5: 0, 11: 0}
    assert status_on_screen(issuer, card, phone) is CardStatus.VALID


def test_card_once_valid_is_suspended_not_pending(issuer: Issuer, card: Card, phone: Phone) -> None:
    phone.store.mark_valid(card)
    again = phone.store.newest()
    assert again == replace(card, seen_valid=True)
    assert status_on_screen(issuer, again, phone) is CardStatus.SUSPENDED


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        ({5: 0, 11: 1}, CardStatus.INVALID),
        ({5: 1, 11: 0}, CardStatus.INVALID),
        ({5: 0, 11: 2}, CardStatus.PENDING),
        ({5: 0, 11: 3}, CardStatus.UNKNOWN),
        ({5: 1, 11: 3}, CardStatus.INVALID),
    ],
)
def test_card_has_the_worst_status_of_its_formats(
    issuer: Issuer, card: Card, phone: Phone, statuses: dict[int, int], worst: CardStatus
) -> None:
    issuer.statuses = statuses
    assert status_on_screen(issuer, card, phone) is worst


def test_status_without_network_is_unknown_with_its_reason(
    issuer: Issuer, card: Card, phone: Phone
) -> None:
    issuer.alter["/status/1"] = lambda _: httpx.Response(503)
    shown = look(card, Trust(phone.anchors, NOW), phone.http)
    assert {each.problem for each in shown.formats} == {"server_error"}
    assert shown.status is CardStatus.UNKNOWN


def test_screen_shows_the_name_and_masks_the_rest(issuer: Issuer, card: Card, phone: Phone) -> None:
    shown = look(card, Trust(phone.anchors, NOW), phone.http)
    assert shown.name == FAMILY + GIVEN
    assert shown.masked["birth_date"] == "1999-**-**"
    assert shown.masked["address"] == "가상시 ***"
    assert RRN not in str(shown.masked)
    assert FAMILY not in repr(shown)


def put(**members: Any) -> Callable[[Any], Any]:
    return lambda honest: honest | members


def lists(bits: Any, octets: bytes) -> Callable[[Any], Any]:
    return put(status_list={"bits": bits, "lst": b64url(zlib.compress(octets))})


LATER = int((NOW + timedelta(minutes=6)).timestamp())
LISTS: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "another typ": ("list.header", put(typ="JWT"), "typ"),
    "another list": ("list.payload", put(sub="http://127.0.0.1:8080/status/2"), "sub"),
    "from the future": ("list.payload", put(iat=LATER), "iat"),
    "without a time": ("list.payload", lambda p: {k: p[k] for k in p if k != "iat"}, "iat"),
    "expired": ("list.payload", put(exp=int(NOW.timestamp())), "not-expired"),
    "too short": ("list.payload", lists(2, b"\x00"), "entry"),
    "of 3 bits": ("list.payload", lists(3, bytes(16)), "entry"),
    "of true bits": ("list.payload", lists(True, bytes(16)), "entry"),
    "not compressed": ("list.payload", put(status_list={"bits": 2, "lst": "AAAA"}), "entry"),
    "a bomb": ("list.payload", lists(2, bytes((8 << 20) + 1)), "entry"),
    "missing": ("list.payload", put(status_list=None), "entry"),
}


@pytest.mark.parametrize("attack", LISTS)
def test_bad_status_list_is_refused(issuer: Issuer, card: Card, phone: Phone, attack: str) -> None:
    step, change, name = LISTS[attack]
    issuer.alter[step] = change
    shown = look(card, Trust(phone.anchors, NOW), phone.http)
    assert {each.problem for each in shown.formats} == {f"status.{name}"}


def test_status_list_of_another_authority_is_refused(
    issuer: Issuer, card: Card, phone: Phone
) -> None:
    other = authority.root("TEST other IACA")
    issuer.list_signer = authority.leaf(other, "TEST status")
    anchors = (*phone.anchors, other.der)
    shown = look(card, Trust(anchors, NOW), phone.http)
    assert {each.problem for each in shown.formats} == {"status.same-authority"}


def test_status_list_signed_by_another_key_is_refused(
    issuer: Issuer, card: Card, phone: Phone
) -> None:
    key = authority.leaf(issuer.iaca, "TEST other").key
    issuer.list_signer = authority.Identity(key, issuer.list_signer.certificate)
    shown = look(card, Trust(phone.anchors, NOW), phone.http)
    assert {each.problem for each in shown.formats} == {"status.signature"}


def test_status_list_as_another_media_type_is_refused(
    issuer: Issuer, card: Card, phone: Phone
) -> None:
    issuer.alter["/status/1"] = lambda honest: httpx.Response(
        200, content=honest.content, headers={"Content-Type": "text/plain"}
    )
    shown = look(card, Trust(phone.anchors, NOW), phone.http)
    assert {each.problem for each in shown.formats} == {"status.media-type"}


def test_status_uri_over_plain_http_elsewhere_is_not_fetched(issuer: Issuer, phone: Phone) -> None:
    reference = StatusReference("http://example.org/1", 0)
    http = HttpClient(issuer.transport, pause=0)
    with pytest.raises(NotAuthentic) as caught:
        fetch(reference, None, Trust((), NOW), http, Checklist("status"))  # type: ignore[arg-type]
    assert caught.value.code == "insecure_url"
    assert not issuer.requests


@pytest.mark.parametrize(
    ("bits", "octets", "expected"),
    [
        # draft-ietf-oauth-status-list, 4: one bit and two bits, least significant first.
        (1, "b9a3", [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]),
        (2, "c944f9", [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]),
        (4, "21f0", [1, 2, 0, 15]),
        (8, "00ff02", [0, 255, 2]),
    ],
)
def test_entry_is_packed_from_the_least_significant_bit(
    bits: int, octets: str, expected: list[int]
) -> None:
    status_list = {"bits": bits, "lst": b64url(zlib.compress(bytes.fromhex(octets)))}
    assert [_entry(status_list, index) for index in range(len(expected))] == expected


def test_status_values_are_those_of_the_registry() -> None:
    assert (Status.VALID, Status.INVALID, Status.SUSPENDED) == (0, 1, 2)
