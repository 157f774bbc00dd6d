"""QR at the counter: a resident without an IC card, found by number and name, seen by two."""

from dataclasses import replace

import pytest

from card_sim.persons import Person
from station.domain.case import Stage
from station.domain.credential import Cause
from station.domain.errors import StationError
from station.domain.evidence import QR_COUNTER
from station.domain.officer import Access, Purpose
from station.services.counter import Seen
from tests.flows.invariants import rows
from tests.flows.world import AUDITOR, OFFICER, READER, SECOND, World
from tests.station.signed_in import signed_in

SEEN = Seen(face_matches=True, document="resident_card")


def opened(world: World, *more: str) -> str:
    consents = (*QR_COUNTER.consents, *more)
    return world.station.counter.open_case(OFFICER, QR_COUNTER.name, consents).number


def found(world: World, number: str, person: Person | None = None) -> Stage:
    person = person or world.yun
    written = (person.rrn, person.name)
    return world.station.look_up.find(number, OFFICER, written, Purpose.ISSUANCE)[0].stage


def proposed(world: World) -> str:
    """A case that waits for its second officer."""
    number = opened(world)
    found(world, number)
    world.station.counter.identify(number, OFFICER, SEEN)
    assert world.approve(number).stage is Stage.PROPOSED
    return number


def refusal(code: str, caught: pytest.ExceptionInfo[StationError]) -> bool:
    return caught.value.code == code


def test_resident_without_an_ic_card_gets_one_with_two_officers(world: World) -> None:
    number = opened(world)
    stages = [found(world, number)]
    stages.append(world.station.counter.identify(number, OFFICER, SEEN).stage)
    stages.append(world.approve(number).stage)
    stages.append(world.station.deciding.countersign(number, SECOND)[0].stage)
    assert stages == [Stage.RESIDENT_FOUND, Stage.IDENTIFIED, Stage.PROPOSED, Stage.APPROVED]
    phone = world.received(number)
    assert phone is not None
    assert world.station.lifecycle.activate(number, OFFICER)[0].stage is Stage.ACTIVE
    identity = world.identity_of(number)
    assert identity is not None
    assert identity.document_number == world.yun.document_number


def test_one_officer_is_not_enough(world: World) -> None:
    number = proposed(world)
    with pytest.raises(StationError) as caught:
        world.station.offering.offer(number, OFFICER)
    assert refusal("case.wrong_stage", caught)
    with pytest.raises(StationError) as caught:
        world.station.deciding.countersign(number, OFFICER)
    assert refusal("officer.both_parts", caught)
    assert world.stage(number) is Stage.PROPOSED
    assert rows(world.folder, "SELECT 1 FROM mobile_cards") == []


def test_an_officer_who_took_the_case_over_cannot_approve_it_either(world: World) -> None:
    number = proposed(world)
    world.station.counter.hand_over(number, OFFICER, SECOND.officer)
    with pytest.raises(StationError) as caught:
        world.station.deciding.countersign(number, SECOND)
    assert refusal("officer.both_parts", caught)


def test_second_officer_may_refuse(world: World) -> None:
    number = proposed(world)
    assert world.station.counter.refuse(number, SECOND, "not_convinced").stage is Stage.REFUSED
    assert world.identity_of(number) is None


def test_second_officer_decides_by_the_registry_of_that_moment(world: World) -> None:
    number = proposed(world)
    world.register(world.yun, card_status="lost")
    with pytest.raises(StationError) as caught:
        world.station.deciding.countersign(number, SECOND)
    assert refusal("eligibility.card_lost", caught)
    assert world.stage(number) is Stage.REFUSED


def test_one_officer_lifts_no_loss_where_two_must_agree(world: World) -> None:
    """Else one officer, with nothing shown by a chip, makes a stolen phone's card valid again."""
    number = proposed(world)
    world.station.deciding.countersign(number, SECOND)
    world.received(number)
    _, card = world.station.lifecycle.activate(number, OFFICER)
    phone = frozenset({Cause.PHONE_LOST})
    lifecycle = world.station.lifecycle
    lifecycle.suspend(card.id, OFFICER, Cause.PHONE_LOST)

    number = opened(world)
    found(world, number)
    world.station.counter.identify(number, OFFICER, SEEN)
    for step in (lambda: world.approve(number), lambda: None):
        with pytest.raises(StationError) as caught:
            lifecycle.lift(card.id, number, OFFICER, phone)
        assert refusal("case.wrong_stage", caught)
        step()
    world.station.deciding.countersign(number, SECOND)
    assert lifecycle.lift(card.id, number, OFFICER, phone) == card


def test_route_is_closed_to_whom_an_ic_card_was_ever_issued(world: World) -> None:
    number = opened(world)
    found(world, number, world.kim)
    world.station.counter.identify(number, OFFICER, SEEN)
    with pytest.raises(StationError) as caught:
        world.approve(number)
    assert refusal("eligibility.has_chip_card", caught)
    assert world.stage(number) is Stage.REFUSED


@pytest.mark.parametrize("name", ["윤소리", "소라", "윤소라아", ""])
def test_wrong_name_is_told_as_nobody(world: World, name: str) -> None:
    number = opened(world)
    with pytest.raises(StationError) as wrong:
        world.station.look_up.find(number, OFFICER, (world.yun.rrn, name), Purpose.ISSUANCE)
    stranger = world.yun.rrn[:-1] + "9"
    with pytest.raises(StationError) as nobody:
        world.station.look_up.find(number, OFFICER, (stranger, name), Purpose.ISSUANCE)
    assert (wrong.value.code, wrong.value.detail) == ("registry.no_record", "")
    assert str(wrong.value) == str(nobody.value)
    assert world.stage(number) is Stage.OPENED


def test_name_may_be_written_with_spaces_and_in_decomposed_hangul(world: World) -> None:
    import unicodedata  # noqa: PLC0415

    written = unicodedata.normalize("NFD", "윤 소라")
    number = opened(world)
    person = (world.yun.rrn, written)
    world.station.look_up.find(number, OFFICER, person, Purpose.ISSUANCE)


def test_every_look_up_of_somebody_leaves_a_record(world: World) -> None:
    number = opened(world)
    with pytest.raises(StationError):
        world.station.look_up.find(number, OFFICER, (world.yun.rrn, "?"), Purpose.COMPLAINT)
    found(world, number)
    records = world.station.review.accesses(10, AUDITOR)
    assert [(each.purpose, each.access) for each in records] == [
        (Purpose.COMPLAINT, Access.LOOKED_UP),
        (Purpose.ISSUANCE, Access.LOOKED_UP),
    ]
    assert {each.officer for each in records} == {OFFICER.officer}
    assert len({each.subject for each in records}) == 1
    assert world.yun.rrn not in str(records)


def test_case_is_about_one_resident(world: World) -> None:
    number = opened(world)
    found(world, number)
    with pytest.raises(StationError) as caught:
        found(world, number, world.kim)
    assert refusal("case.wrong_stage", caught)


def test_document_must_be_a_listed_one(world: World) -> None:
    number = opened(world)
    found(world, number)
    for document in (None, "library_card"):
        with pytest.raises(StationError) as caught:
            world.station.counter.identify(number, OFFICER, Seen(True, document))
        assert refusal("input.invalid", caught)
    assert world.stage(number) is Stage.RESIDENT_FOUND


def test_fingerprint_needs_a_consent_of_its_own(world: World) -> None:
    number = opened(world)
    found(world, number)
    by_finger = Seen(face_matches=False, document="passport", fingerprint=True)
    with pytest.raises(StationError) as caught:
        world.station.counter.identify(number, OFFICER, by_finger)
    assert refusal("consent.missing", caught)


def test_fingerprint_that_agrees_stands_in_for_the_face(world: World) -> None:
    number = opened(world, "fingerprint")
    found(world, number)
    by_finger = Seen(face_matches=False, document="passport", fingerprint=True)
    assert world.station.counter.identify(number, OFFICER, by_finger).stage is Stage.IDENTIFIED
    reasons = {c.name: c.reason for c in world.station.review.case(number, OFFICER).checks}
    assert reasons["officer_compared_face"] == "by_fingerprint"
    assert reasons["document_shown"] == "passport"


def test_fingerprint_that_differs_refuses_whatever_the_face_says(world: World) -> None:
    number = opened(world, "fingerprint")
    found(world, number)
    differs = Seen(face_matches=True, document="passport", fingerprint=False)
    assert world.station.counter.identify(number, OFFICER, differs).stage is Stage.REFUSED


def test_no_card_is_read_on_this_route_and_nobody_looked_up_on_the_others(world: World) -> None:
    number = opened(world)
    with pytest.raises(StationError) as caught:
        world.station.tap.read_card(number, OFFICER, READER, lambda _: "000000")
    assert refusal("case.wrong_route", caught)
    with pytest.raises(StationError) as caught:
        found(world, world.open())
    assert refusal("case.wrong_route", caught)


def test_registry_that_lacks_the_portrait_is_told_so(world: World) -> None:
    world.register(world.yun, portrait="")
    number = opened(world)
    with pytest.raises(StationError) as caught:
        found(world, number)
    assert refusal("registry.incomplete", caught)
    assert world.stage(number) is Stage.OPENED


def test_card_that_never_expires_does_not_end_the_mobile_one(world: World) -> None:
    world.register(world.yun, card_expiry_date="")
    number = proposed(world)
    world.station.deciding.countersign(number, SECOND)
    world.received(number)
    _, card = world.station.lifecycle.activate(number, OFFICER)
    [until, *others] = {
        each.valid_until for each in world.station.lifecycle.show(card.id, OFFICER)[1]
    }
    assert others == []
    assert until == world.keys.mdoc.not_after  # The signer's end comes before three years.


def test_record_says_who_proposed_also_after_the_case_was_handed_over(world: World) -> None:
    number = proposed(world)
    third = signed_in(world.station, "officer-park")
    world.station.counter.hand_over(number, OFFICER, third.officer)
    world.station.deciding.countersign(number, SECOND)
    entries = world.station.review.audit(number, 100, AUDITOR)
    [approval] = [each for each in entries if each.event == "case.approved"]
    assert (approval.actor, approval.fields["proposed_by"]) == (SECOND.officer, OFFICER.officer)


def test_case_opened_before_policy_became_stricter_needs_two(world: World) -> None:
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    world.identify(number)
    stricter = frozenset({"ic-pin"})
    deciding = replace(world.station.deciding, four_eyes=stricter)
    assert deciding.approve(number, OFFICER)[0].stage is Stage.PROPOSED


def test_refused_cancelling_leaves_a_record(world: World) -> None:
    number = proposed(world)
    world.station.counter.cancel(number, OFFICER, "resident")
    with pytest.raises(StationError):
        world.station.counter.cancel(number, OFFICER, "resident")
    assert world.station.review.audit(number, 100, AUDITOR)[-1].event == "step.refused"
