"""Who gets no card although the chip is genuine: the rules, asked in a whole visit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from card_sim.persons import Person
from station.domain.ages import first_card_day
from station.domain.case import Stage
from station.domain.errors import Exit, StationError
from station.services.counter import Seen
from tests.flows import invariants
from tests.flows.world import OFFICER, World


def read(world: World, person: Person) -> str:
    number = world.open()
    world.read(number, world.materials.card(person), person.pin)
    return number


def refused_at(step: Callable[[str], object], number: str) -> StationError:
    with pytest.raises(StationError) as caught:
        step(number)
    return caught.value


def ended(world: World, number: str) -> None:
    """Refused, and the identity is erased."""
    assert world.stage(number) is Stage.REFUSED
    assert world.identity_of(number) is None
    assert refused_at(world.offer, number).code == "case.wrong_stage"
    assert not invariants.rows(world.folder, "SELECT 1 FROM offers")


def test_not_yet_seventeen_is_refused_with_the_day(world: World) -> None:
    park = world.materials.home.person("park-doyun")
    number = read(world, park)
    world.identify(number)
    error = refused_at(world.approve, number)
    assert (error.code, error.exit) == ("eligibility.too_young", Exit.POLICY)
    assert str(first_card_day(park.date_of_birth)) in error.detail
    ended(world, number)


def test_reported_lost_is_refused(world: World) -> None:
    world.register(world.kim, card_status="lost")
    number = read(world, world.kim)
    world.identify(number)
    assert refused_at(world.approve, number).code == "eligibility.card_lost"
    ended(world, number)


def test_reported_lost_while_the_case_waits_is_refused(world: World) -> None:
    number = read(world, world.kim)
    world.identify(number)
    world.register(world.kim, card_status="lost")
    assert refused_at(world.approve, number).code == "eligibility.card_lost"


def test_expired_card_is_refused(world: World) -> None:
    issued = _years_before(world.clock.now().date(), 10) - timedelta(days=2)
    person = replace(world.kim, id="expired", date_of_issue=issued, document_number="T16000017")
    world.register(person)
    number = read(world, person)
    world.identify(number)
    assert refused_at(world.approve, number).code == "eligibility.card_expired"
    ended(world, number)


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("family_name", "이"),
        ("given_names", "민자"),
        ("date_of_birth", "1970-01-01"),
        ("document_number", "T26000018"),
    ],
)
def test_registry_that_says_otherwise_stops_the_case(world: World, column: str, value: str) -> None:
    world.register(world.kim, **{column: value})
    number = read(world, world.kim)
    error = refused_at(world.identify, number)
    assert error.code == "registry.mismatch"
    named = {"family_name": "name", "given_names": "name"}.get(column, column)
    assert error.detail == named
    assert world.stage(number) is Stage.CARD_AUTHENTICATED
    assert refused_at(world.approve, number).code == "case.wrong_stage"
    world.register(world.kim)
    assert world.identify(number).stage is Stage.IDENTIFIED
    assert world.approve(number).stage is Stage.APPROVED


def test_resident_the_registry_does_not_know_is_stopped(world: World) -> None:
    stranger = replace(
        world.kim, id="stranger", rrn=world.kim.rrn[:7] + "999999", document_number="T26000099"
    )
    number = read(world, stranger)
    assert refused_at(world.identify, number).code == "registry.no_record"
    assert world.stage(number) is Stage.CARD_AUTHENTICATED


def test_number_that_is_no_test_number_is_refused_by_a_demo(world: World) -> None:
    born = world.kim.date_of_birth
    real = replace(world.kim, id="real", rrn=f"{born:%y%m%d}{world.kim.rrn[6:]}")
    number = world.open()
    with pytest.raises(StationError) as caught:
        world.read(number, world.materials.card(real), real.pin)
    assert caught.value.code == "input.invalid"
    assert real.rrn[6:] not in str(caught.value)
    assert world.stage(number) is Stage.OPENED


def test_face_that_differs_refuses_the_case(world: World) -> None:
    number = read(world, world.kim)
    world.station.counter.identify(number, OFFICER, Seen(face_matches=False))
    ended(world, number)
    assert "case.refused" in invariants.events(world.folder)


def test_no_step_can_be_left_out(world: World) -> None:
    number = world.open()
    for step in (world.identify, world.approve, world.offer):
        assert refused_at(step, number).code == "case.wrong_stage"
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    for step in (world.approve, world.offer):
        assert refused_at(step, number).code == "case.wrong_stage"
    world.identify(number)
    assert refused_at(world.offer, number).code == "case.wrong_stage"
    assert refused_at(lambda n: world.station.lifecycle.activate(n, OFFICER), number)
    assert refused_at(lambda n: world.station.papers.receipt(n, OFFICER), number)


def test_case_without_a_consent_is_not_opened(world: World) -> None:
    with pytest.raises(StationError) as caught:
        world.station.counter.open_case(OFFICER, "ic-pin", ("terms", "portrait"))
    assert (caught.value.code, caught.value.detail) == ("consent.missing", "identification")
    assert not invariants.rows(world.folder, "SELECT 1 FROM cases")


def test_unknown_case_is_named(world: World) -> None:
    error = refused_at(world.identify, "000000-0001")
    assert (error.code, error.exit) == ("case.not_found", Exit.NOT_FOUND)


def test_registered_address_counts_where_the_card_has_an_older_one(world: World) -> None:
    moved = {"city": "중구", "street": "세종대로 110", "municipality_code": "1114055000"}
    world.register(world.kim, **moved)
    number = read(world, world.kim)
    assert world.identify(number).stage is Stage.IDENTIFIED
    identity = world.identity_of(number)
    assert identity is not None
    assert identity.address.municipality_code == "1114055000"
    assert "세종대로 110" in identity.address.formatted
