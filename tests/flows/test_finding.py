"""Finding a resident's cards: exact number and name, for a purpose, on the record."""

import pytest

from station.domain.identity import Rrn
from station.domain.officer import Purpose
from station.domain.roles import Role
from tests.flows import invariants
from tests.flows.in_use import active, of_roles, officer_who_is, refused, registering
from tests.flows.world import OFFICER, World

WHY = Purpose.LIFECYCLE


def name_of(world: World) -> str:
    return world.kim.family_name + world.kim.given_names


def accesses(world: World) -> list[tuple[str, str, str]]:
    query = "SELECT officer, purpose, access FROM access_records WHERE access = 'found'"
    return [(r["officer"], r["purpose"], r["access"]) for r in invariants.rows(world.folder, query)]


def test_cards_are_found_by_number_and_name(world: World) -> None:
    card = active(world)
    person = Rrn(world.kim.rrn), name_of(world)
    assert world.station.lifecycle.find(OFFICER, person, WHY) == [card]
    assert accesses(world) == [("officer-kim", "lifecycle", "found")]


def test_spaces_in_a_name_do_not_count(world: World) -> None:
    card = active(world)
    person = Rrn(world.kim.rrn), f" {world.kim.family_name}  {world.kim.given_names} "
    assert world.station.lifecycle.find(OFFICER, person, WHY) == [card]


def test_wrong_name_nobody_and_no_card_are_told_alike(world: World) -> None:
    active(world)
    people = [
        (Rrn(world.kim.rrn), "아무개"),
        (Rrn("9941011000000"), name_of(world)),
        (Rrn(world.namgung.rrn), world.namgung.family_name + world.namgung.given_names),
    ]
    for person in people:
        find = world.station.lifecycle.find
        assert refused(lambda: find(OFFICER, person, WHY)) == "credential.not_found"  # noqa: B023
    assert len(accesses(world)) == 3, "every try leaves a record"


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_other_roles_find_nobody(world: World, role: Role) -> None:
    active(world)
    officer, person = of_roles(world, role), (Rrn(world.kim.rrn), name_of(world))
    find = world.station.lifecycle.find
    assert refused(lambda: find(officer, person, WHY)) == "officer.not_permitted"
    assert accesses(world) == []


def test_officers_do_not_look_themselves_up(world: World) -> None:
    active(world)
    own = officer_who_is(world, world.kim, Role.PROOFER, Role.REVOKER)
    person = Rrn(world.kim.rrn), name_of(world)
    find = world.station.lifecycle.find
    assert refused(lambda: find(own, person, WHY)) == "officer.own_case"
    assert accesses(world) == []


def test_registry_that_is_away_finds_nobody(world: World) -> None:
    active(world)
    registering(world).away = True
    person = Rrn(world.kim.rrn), name_of(world)
    find = world.station.lifecycle.find
    assert refused(lambda: find(OFFICER, person, WHY)) == "registry.away"
