"""Waiving a rule: only some may be waived, never by one officer alone, and always on record."""

import pytest

from station.domain.case import Stage
from station.domain.errors import StationError
from station.services.counter import Seen
from station.services.deciding import Override
from tests.flows.world import AUDITOR, OFFICER, SECOND, World

NOT_OWN = Seen(face_matches=True, own_name_phone=False)
WAIVED = Override(frozenset({"eligibility.phone_not_own"}), "ward_of_court")


def identified(world: World, seen: Seen = NOT_OWN) -> str:
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    world.station.counter.identify(number, OFFICER, seen)
    return number


def test_phone_that_is_not_the_residents_own_is_refused(world: World) -> None:
    number = identified(world)
    with pytest.raises(StationError) as caught:
        world.approve(number)
    assert caught.value.code == "eligibility.phone_not_own"
    assert world.stage(number) is Stage.REFUSED


def test_rule_is_waived_by_two_officers(world: World) -> None:
    number = identified(world)
    proposed, decision = world.station.deciding.approve(number, OFFICER, WAIVED)
    assert (proposed.stage, proposed.eyes) == (Stage.PROPOSED, 2)
    assert decision.overridden == ("eligibility.phone_not_own",)
    with pytest.raises(StationError) as caught:
        world.station.deciding.countersign(number, OFFICER)
    assert caught.value.code == "officer.both_parts"
    done, again = world.station.deciding.countersign(number, SECOND)
    assert (done.stage, again.overridden) == (Stage.APPROVED, decision.overridden)
    [entry] = [
        each
        for each in world.station.review.audit(number, 100, AUDITOR)
        if each.event == "case.proposed"
    ]
    assert entry.fields["overridden"] == "eligibility.phone_not_own"
    assert entry.fields["because"] == "ward_of_court"


def test_rule_that_cannot_be_waived_is_told_and_the_case_stays(world: World) -> None:
    number = identified(world)
    with pytest.raises(StationError) as caught:
        world.station.deciding.approve(
            number, OFFICER, Override(frozenset({"eligibility.card_lost"}), "because")
        )
    assert caught.value.code == "eligibility.not_overridable"
    assert world.stage(number) is Stage.IDENTIFIED


def test_waiver_that_was_not_needed_asks_for_no_second_officer(world: World) -> None:
    number = identified(world, Seen(face_matches=True))
    done, decision = world.station.deciding.approve(number, OFFICER, WAIVED)
    assert (done.stage, decision.overridden) == (Stage.APPROVED, ())


def test_second_officer_waives_no_more_than_the_first_asked_for(world: World) -> None:
    number = identified(world)
    world.station.deciding.approve(number, OFFICER, WAIVED)
    world.register(world.kim, card_status="lost")
    with pytest.raises(StationError) as caught:
        world.station.deciding.countersign(number, SECOND)
    assert caught.value.code == "eligibility.card_lost"
    assert world.stage(number) is Stage.REFUSED
