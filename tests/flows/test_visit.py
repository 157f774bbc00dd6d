"""One visit from open to closed, and what it leaves behind."""

from dataclasses import replace
from pathlib import Path

from card_sim.phone import wallet as phone_wallet
from card_sim.phone.http import HttpClient
from card_sim.phone.screen import CardStatus, Shown, look
from card_sim.phone.status import Trust
from card_sim.phone.store import Card
from station.domain.case import Stage
from station.domain.credential import CardState
from tests.flows.world import AUDITOR, OFFICER, World

VISIT = [
    "case.opened",
    "card.authenticated",
    "data.accessed",
    "identity.verified",
    "case.approved",
    "offer.made",
    "offer.fetched",
    "token.granted",
    "device_key.bound",
    "credential.intended",
    "credential.signed",
    "credential.delivered",
    "credential.intended",
    "credential.signed",
    "credential.delivered",
    "wallet.notified",
    "wallet.notified",
    "credential.activated",
    "receipt.given",
    "data.accessed",
]


def received(world: World, number: str, folder: Path) -> Card:
    uri = world.offer(number)
    return phone_wallet.receive(
        world.phone(folder), uri, lambda _: world.tx_code(number), lambda _: None
    )


def on_the_phone(world: World, card: Card) -> Shown:
    http = HttpClient(world.transport, pause=0)
    return look(card, Trust((world.keys.anchor,), world.clock.now()), http)


def test_visit_goes_from_open_to_closed(world: World, tmp_path: Path) -> None:
    number = world.open()
    stages = [world.stage(number)]
    person = world.kim
    stages.append(world.read(number, world.materials.card(person), person.pin).stage)
    stages.append(world.identify(number).stage)
    stages.append(world.approve(number).stage)
    card = received(world, number, tmp_path / "phone")
    stages.append(world.stage(number))
    shown = on_the_phone(world, card)
    assert shown.status is CardStatus.PENDING
    assert shown.name == person.name
    case, mobile = world.station.lifecycle.activate(number, OFFICER)
    stages.append(case.stage)
    assert mobile.state is CardState.ACTIVE
    assert on_the_phone(world, card).status is CardStatus.VALID
    receipt = world.station.papers.receipt(number, OFFICER)
    stages.append(world.stage(number))
    assert receipt.document_number == mobile.document_number
    assert receipt.name == "김*지"
    assert stages == [
        Stage.OPENED, Stage.CARD_AUTHENTICATED, Stage.IDENTIFIED, Stage.APPROVED, Stage.ISSUED,
        Stage.ACTIVE, Stage.CLOSED,
    ]  # fmt: skip


def test_visit_leaves_its_events_in_order(world: World, tmp_path: Path) -> None:
    number = world.approved()
    received(world, number, tmp_path / "phone")
    world.station.lifecycle.activate(number, OFFICER)
    world.station.papers.receipt(number, OFFICER)
    entries = world.station.review.audit(number, 100, AUDITOR)
    assert [entry.event for entry in entries] == VISIT
    world.station.review.checkpoint()
    last, checkpoints = world.station.review.verify_audit()
    assert last is not None
    assert [each.sequence for each in checkpoints] == [last.sequence]


def test_visit_gives_both_formats_checked_by_the_phone(world: World, tmp_path: Path) -> None:
    card = received(world, world.approved(world.namgung), tmp_path / "phone")
    assert {held.format for held in card.credentials} == {"mso_mdoc", "dc+sd-jwt"}
    assert card.anchored
    assert all(len(held.checks) > 20 for held in card.credentials)
    assert len(world.signatures) == 2


def test_receipt_given_twice_says_the_same(world: World) -> None:
    number, _ = world.issued()
    world.station.lifecycle.activate(number, OFFICER)
    first = world.station.papers.receipt(number, OFFICER)
    assert world.station.papers.receipt(number, OFFICER) == first


def test_receipt_erases_the_portrait(world: World) -> None:
    number, _ = world.issued()
    world.station.lifecycle.activate(number, OFFICER)
    before = world.identity_of(number)
    world.station.papers.receipt(number, OFFICER)
    after = world.identity_of(number)
    assert before is not None
    assert after == replace(before, portrait=b"")
    assert before.portrait != b""


def test_second_card_revokes_the_first_when_it_becomes_active(world: World, tmp_path: Path) -> None:
    first = world.approved()
    old = received(world, first, tmp_path / "old")
    world.station.lifecycle.activate(first, OFFICER)
    second = world.approved()
    new = received(world, second, tmp_path / "new")
    assert on_the_phone(world, old).status is CardStatus.VALID
    world.station.lifecycle.activate(second, OFFICER)
    assert on_the_phone(world, old).status is CardStatus.INVALID
    assert on_the_phone(world, new).status is CardStatus.VALID


def test_cancelled_after_delivery_is_revoked_for_good(world: World, tmp_path: Path) -> None:
    number = world.approved()
    card = received(world, number, tmp_path / "phone")
    world.station.counter.cancel(number, OFFICER, "wrong_phone")
    assert world.stage(number) is Stage.CANCELLED
    assert on_the_phone(world, card).status is CardStatus.INVALID
