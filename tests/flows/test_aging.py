"""Three years: the last three months are for renewal, and the day after the last is the end."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from datetime import date as Date  # noqa: N812

import pytest

from station.domain.credential import CardState, Cause, MobileCard
from station.domain.grant import KST
from station.services import aging
from tests.flows import invariants
from tests.flows.in_use import active, again, audited, notices
from tests.flows.world import OFFICER, World


def go_to(world: World, day: Date, at: time = time(12)) -> None:
    """Korean time."""
    then = datetime.combine(day, at, KST).astimezone(UTC)
    world.clock.move(seconds=(then - world.clock.now()).total_seconds())


def published(world: World, card: MobileCard) -> set[str]:
    query = "SELECT published FROM credentials WHERE card_id = ?"
    return {each["published"] for each in invariants.rows(world.folder, query, card.id)}


def test_card_is_valid_to_the_last_second_of_its_last_day(world: World) -> None:
    card = active(world)
    go_to(world, card.expiry_date, time(23, 59, 59))
    world.station.upkeep.run()
    assert again(world, card).state is CardState.ACTIVE
    world.clock.move(seconds=1)
    world.station.upkeep.run()
    ended = again(world, card)
    assert (ended.state, ended.reason) == (CardState.REVOKED, "300")
    assert published(world, card) == {"invalid"}
    assert notices(world)[-1] == ("revoked", "300")


def test_suspended_card_expires_too(world: World) -> None:
    card = active(world)
    world.station.lifecycle.suspend(card.id, OFFICER, Cause.PHONE_LOST)
    go_to(world, card.expiry_date + timedelta(days=1))
    assert world.station.aging.expire() == 1
    assert again(world, card).reason == "300"


def test_card_that_expired_ends_once(world: World) -> None:
    card = active(world)
    go_to(world, card.expiry_date + timedelta(days=1))
    assert [world.station.aging.expire() for _ in range(3)] == [1, 0, 0]
    assert len(audited(world, "card.revoked")) == 1


def test_last_three_months_are_told_once(world: World) -> None:
    card = active(world)
    go_to(world, card.expiry_date - timedelta(days=120))
    assert world.station.aging.remind() == 0
    go_to(world, card.expiry_date - timedelta(days=60))
    assert [world.station.aging.remind() for _ in range(3)] == [1, 0, 0]
    assert again(world, card) == replace(card, due="A04")
    assert published(world, card) == {"valid"}
    assert notices(world) == [("issued", ""), ("renewal_due", "A04")]


def test_who_was_told_to_renew_for_a_new_address_is_not_told_again(world: World) -> None:
    card = active(world)
    world.clock.move(seconds=1)
    world.register(world.kim, street="시험로 999")
    world.station.changes.take()
    go_to(world, card.expiry_date - timedelta(days=60))
    assert world.station.aging.remind() == 0
    assert notices(world) == [("issued", ""), ("renewal_due", "204")]


def test_suspended_card_is_not_reminded_of(world: World) -> None:
    card = active(world)
    world.station.lifecycle.suspend(card.id, OFFICER, Cause.PHONE_LOST)
    go_to(world, card.expiry_date - timedelta(days=60))
    assert world.station.aging.remind() == 0


@pytest.mark.parametrize("step", ["expire", "remind"])
def test_many_cards_are_done_batch_by_batch(
    world: World, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aging, "BATCH", 1)
    cards = [active(world), active(world, world.namgung)]
    days = 1 if step == "expire" else -60
    go_to(world, cards[0].expiry_date + timedelta(days=days))
    assert getattr(world.station.aging, step)() == 2
    assert all(again(world, each) != each for each in cards)
