"""The officer looks at the resident's phone, and the credential is not there."""

import pytest

from station.domain.case import Stage
from station.domain.credential import CardState
from tests.flows.in_use import (
    INVALID,
    SUSPENDED,
    VALID,
    active,
    again,
    audited,
    listed,
    notices,
    pending,
    refused,
    unchanged,
)
from tests.flows.wallet import MDOC, error_of
from tests.flows.world import OFFICER, SECOND, World


def test_what_the_wrong_phone_got_is_revoked_at_once_and_offered_anew(world: World) -> None:
    number, stolen = pending(world)
    assert listed(world, stolen) == {SUSPENDED}
    case = world.station.lifecycle.not_this_phone(number, OFFICER)
    assert case.stage is world.stage(number) is Stage.APPROVED
    assert again(world, stolen).state is CardState.REVOKED
    assert again(world, stolen).reason == "not_this_phone"
    assert listed(world, stolen) == {INVALID}
    assert audited(world, "card.revoked") == [{"card": stolen.id, "reason": "not_this_phone"}]
    world.received(number)
    _, card = world.station.lifecycle.activate(number, OFFICER)
    assert card.id != stolen.id
    assert listed(world, card) == {VALID}
    assert listed(world, stolen) == {INVALID}
    assert notices(world) == [("issued", "")]


def test_card_from_before_stays_valid_until_the_right_phone_has_the_new_one(world: World) -> None:
    card = active(world)
    number, _ = pending(world)
    world.station.lifecycle.not_this_phone(number, OFFICER)
    assert listed(world, card) == {VALID}


def test_wrong_phone_can_use_nothing_it_was_given(world: World) -> None:
    number, phone = world.granted()
    assert phone.credential(phone.body(MDOC)).status_code == 200
    world.station.lifecycle.not_this_phone(number, OFFICER)
    assert error_of(phone.credential(phone.body(MDOC)))[1] == "invalid_token"
    assert refused(lambda: world.station.offering.show(number, OFFICER)) == "offer.none"


def test_nothing_delivered_is_voided(world: World) -> None:
    number, phone = world.granted()
    with world.station.authority.records.transaction() as tx:
        case = tx.cases.get(number)
    assert case.stage is Stage.OFFERED
    assert (
        unchanged(world, lambda: world.station.lifecycle.not_this_phone(number, OFFICER))
        == "case.wrong_stage"
    )  # Nothing was issued: the offer itself is replaced.
    assert phone.credential(phone.body(MDOC)).status_code == 200


def test_card_that_was_activated_is_not_taken_back(world: World) -> None:
    number, _ = world.issued()
    _, card = world.station.lifecycle.activate(number, OFFICER)
    code = unchanged(world, lambda: world.station.lifecycle.not_this_phone(number, OFFICER))
    assert code == "case.wrong_stage"
    assert listed(world, card) == {VALID}


def test_case_of_another_officer_is_not_touched(world: World) -> None:
    number, card = pending(world)
    code = unchanged(world, lambda: world.station.lifecycle.not_this_phone(number, SECOND))
    assert code == "officer.not_holder"
    assert listed(world, card) == {SUSPENDED}


def test_case_whose_time_is_over_is_left_to_the_sweep(world: World) -> None:
    number, card = pending(world)
    world.clock.move(hours=1, seconds=1)
    code = unchanged(world, lambda: world.station.lifecycle.not_this_phone(number, OFFICER))
    assert code == "case.expired"
    world.station.upkeep.run()
    assert listed(world, card) == {INVALID}


@pytest.mark.parametrize("times", [2, 3])
def test_wrong_phone_again_and_again(world: World, times: int) -> None:
    number, first = pending(world)
    stolen = [first]
    for _ in range(times):
        world.station.lifecycle.not_this_phone(number, OFFICER)
        world.received(number)
        card = world.station.review.case(number, OFFICER).card
        assert card is not None
        stolen.append(card)
    *wrong, right = stolen
    world.station.lifecycle.activate(number, OFFICER)
    assert all(listed(world, each) == {INVALID} for each in wrong)
    assert listed(world, right) == {VALID}
