"""A case belongs to one officer, may be handed to another, and is nobody's own."""

from collections.abc import Callable

import pytest

from card_sim.persons import Person
from station.domain.case import Stage
from station.domain.credential import Cause
from station.domain.errors import StationError
from station.domain.evidence import IC_PIN
from station.domain.identity import Rrn
from station.domain.officer import Officer, Purpose, Session, SignedIn
from station.domain.roles import Role
from station.services.authority import token_digest
from station.services.counter import Seen
from tests.flows import invariants
from tests.flows.world import AUDITOR, OFFICER, READER, SECOND, World
from tests.station.signed_in import LONG, PLACE, signed_in

Step = Callable[[World, str, SignedIn], object]

STEPS: dict[str, Step] = {
    "read-card": lambda w, n, o: w.station.tap.read_card(n, o, READER, lambda _: w.kim.pin),
    "identify": lambda w, n, o: w.station.counter.identify(n, o, Seen(True)),
    "approve": lambda w, n, o: w.station.deciding.approve(n, o),
    "offer": lambda w, n, o: w.station.offering.offer(n, o),
    "show-offer": lambda w, n, o: w.station.offering.show(n, o),
    "activate": lambda w, n, o: w.station.lifecycle.activate(n, o),
}


def resident_officer(world: World, person: Person, name: str) -> SignedIn:
    """An officer who is this resident."""
    records = world.station.counter.records
    subject = records.subject_of(Rrn.parse(person.rrn, demo=True))
    now, token = world.clock.now(), f"{name}-token"
    roles = frozenset({Role.PROOFER, Role.APPROVER})
    account = Officer(name, "TEST", subject, "none", bytes(20), now, roles)
    with records.transaction() as tx:
        assert tx.officers.add(account)
        later = now + LONG
        tx.officers.begin(Session(token_digest(token), name, PLACE, now, later, later, later))
    return SignedIn(name, token)


@pytest.mark.parametrize("step", STEPS)
def test_only_its_holder_works_on_a_case(world: World, step: str) -> None:
    number = world.open()
    with pytest.raises(StationError) as caught:
        STEPS[step](world, number, SECOND)
    assert caught.value.code == "officer.not_holder"
    assert world.stage(number) is Stage.OPENED


def test_case_goes_on_with_whom_it_was_handed_to(world: World) -> None:
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    world.station.counter.hand_over(number, OFFICER, SECOND.officer)
    with pytest.raises(StationError) as caught:
        world.identify(number)
    assert caught.value.code == "officer.not_holder"
    seen = Seen(face_matches=True)
    assert world.station.counter.identify(number, SECOND, seen).stage is Stage.IDENTIFIED
    assert world.station.deciding.approve(number, SECOND)[0].stage is Stage.APPROVED


def test_approver_takes_the_case_of_an_officer_who_is_away(world: World) -> None:
    number = world.open()
    done = world.station.counter.hand_over(number, SECOND, SECOND.officer)
    assert done.officer == SECOND.officer


def test_proofer_cannot_take_the_case_of_another(world: World) -> None:
    number = world.open()
    third = signed_in(world.station, "officer-park")
    with pytest.raises(StationError) as caught:
        world.station.counter.hand_over(number, third, third.officer)
    assert caught.value.code == "officer.not_holder"


@pytest.mark.parametrize(
    ("to", "code"),
    [("nobody", "officer.not_found"), ("officer-choi", "officer.not_permitted")],
)
def test_case_is_handed_only_to_whom_can_go_on(world: World, to: str, code: str) -> None:
    number = world.open()
    with pytest.raises(StationError) as caught:
        world.station.counter.hand_over(number, OFFICER, to)
    assert caught.value.code == code


def test_ended_case_is_not_handed_over(world: World) -> None:
    number = world.open()
    world.station.counter.cancel(number, OFFICER, "resident")
    with pytest.raises(StationError) as caught:
        world.station.counter.hand_over(number, OFFICER, SECOND.officer)
    assert caught.value.code == "case.wrong_stage"


def test_officer_cannot_take_the_own_card_into_a_case(world: World) -> None:
    kim = resident_officer(world, world.kim, "kim-herself")
    number = world.station.counter.open_case(kim, IC_PIN.name, IC_PIN.consents).number
    card = world.materials.card(world.kim)
    card.power_on()
    world.desk.card = card
    with pytest.raises(StationError) as caught:
        world.station.tap.read_card(number, kim, READER, lambda _: world.kim.pin)
    assert caught.value.code == "officer.own_case"
    assert world.stage(number) is Stage.OPENED
    assert world.identity_of(number) is None


def test_case_cannot_become_that_of_an_officer_who_had_a_part_in_it(world: World) -> None:
    kim = resident_officer(world, world.kim, "kim-herself")
    number = world.station.counter.open_case(kim, IC_PIN.name, IC_PIN.consents).number
    world.station.counter.hand_over(number, kim, OFFICER.officer)
    with pytest.raises(StationError) as caught:
        world.read(number, world.materials.card(world.kim), world.kim.pin)
    assert caught.value.code == "officer.own_case"
    assert world.identity_of(number) is None


def test_own_case_is_neither_taken_over_nor_seen_nor_ended(world: World) -> None:
    kim = resident_officer(world, world.kim, "kim-herself")
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    for attempt in (
        lambda: world.station.counter.hand_over(number, OFFICER, kim.officer),
        lambda: world.station.counter.hand_over(number, kim, kim.officer),
        lambda: world.station.review.identity(number, kim),
        lambda: world.station.counter.cancel(number, kim, "resident"),
        lambda: world.station.counter.refuse(number, kim, "officer"),
    ):
        with pytest.raises(StationError) as caught:
            attempt()
        assert caught.value.code == "officer.own_case"
    assert world.stage(number) is Stage.CARD_AUTHENTICATED


RECORDED: dict[str, Step] = STEPS | {
    "look-up": lambda w, n, o: w.station.look_up.find(n, o, ("no number", "?"), Purpose.ISSUANCE),
    "put-off": lambda w, n, o: w.station.counter.put_off(n, o),
    "hand-over": lambda w, n, o: w.station.counter.hand_over(n, o, SECOND.officer),
    "refuse": lambda w, n, o: w.station.counter.refuse(n, o, "officer"),
    "cancel": lambda w, n, o: w.station.counter.cancel(n, o, "resident"),
    "countersign": lambda w, n, o: w.station.deciding.countersign(n, o),
    "lift": lambda w, n, o: w.station.lifecycle.lift("?", n, o, frozenset({Cause.ORDERED})),
    "not-this-phone": lambda w, n, o: w.station.lifecycle.not_this_phone(n, o),
}


@pytest.mark.parametrize("step", RECORDED)
def test_nothing_is_noted_in_a_name_that_no_session_proves(world: World, step: str) -> None:
    number = world.open()
    before = invariants.events(world.folder)
    with pytest.raises(StationError) as caught:
        RECORDED[step](world, number, SignedIn(OFFICER.officer, "forged"))
    assert caught.value.code == "officer.signed_out"
    assert invariants.events(world.folder) == before


@pytest.mark.parametrize("step", ["look-up", "put-off"])
def test_right_is_asked_for_before_what_is_typed_and_the_registry(world: World, step: str) -> None:
    with pytest.raises(StationError) as caught:
        RECORDED[step](world, world.open(), AUDITOR)
    assert caught.value.code == "officer.not_permitted"
