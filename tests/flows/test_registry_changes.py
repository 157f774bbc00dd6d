"""What changed in the registry reaches the mobile card: once, in order, whatever is in between."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from station.domain.case import Stage
from station.domain.credential import CardState, Cause
from station.domain.grant import korean_day
from station.domain.lifecycle import domestic_status
from station.domain.registry import ChangeKind, RegistryChange
from station.domain.roles import Role
from station.services import changes as service
from station.services.changes import Taken
from tests.flows import invariants
from tests.flows.in_use import (
    INVALID,
    SUSPENDED,
    VALID,
    Register,
    active,
    again,
    audited,
    change,
    identified,
    listed,
    notices,
    of_roles,
    pending,
    refused,
    registering,
)
from tests.flows.wallet import CONFIGURATIONS, credential_of
from tests.flows.world import OFFICER, World

ENDING = {
    ChangeKind.DEATH: "A01",
    ChangeKind.DEREGISTRATION: "A02",
    ChangeKind.EMIGRATION: "A03",
    ChangeKind.NAME: "203",
    ChangeKind.RRN: "202",
    ChangeKind.CARD_RECALLED: "209",
    ChangeKind.CARD_REISSUED: "209",
}
QUIET = [ChangeKind.CARD_FOUND, ChangeKind.OTHER]


@pytest.mark.parametrize(("kind", "reason"), ENDING.items())
def test_change_that_ends_the_card(world: World, kind: ChangeKind, reason: str) -> None:
    card, register = active(world), registering(world)
    change(world, register, world.kim, kind)
    assert world.station.changes.take() == Taken(1, 1)
    ended = again(world, card)
    assert (ended.state, ended.reason) == (CardState.REVOKED, reason)
    assert listed(world, card) == {INVALID}
    told = [] if kind is ChangeKind.DEATH else [("revoked", reason)]
    assert notices(world) == [("issued", ""), *told]


def test_lost_physical_card_suspends_the_mobile_one(world: World) -> None:
    card, register = active(world), registering(world)
    change(world, register, world.kim, ChangeKind.CARD_LOST)
    world.station.changes.take()
    held = again(world, card)
    assert (held.state, held.reason, held.causes) == (
        CardState.SUSPENDED,
        "212",
        frozenset({Cause.PHYSICAL_LOST}),
    )
    assert listed(world, card) == {SUSPENDED}
    change(world, register, world.kim, ChangeKind.CARD_FOUND)
    assert world.station.changes.take() == Taken(1, 1)
    assert again(world, card) == held, "found is not lifted"
    assert audited(world, "registry.changed")[-1] == {"kind": "card_found", "sequence": "2"}


def test_new_address_makes_renewal_due_and_the_card_stays_valid(world: World) -> None:
    card, register = active(world), registering(world)
    change(world, register, world.kim, ChangeKind.ADDRESS)
    change(world, register, world.kim, ChangeKind.ADDRESS)
    world.station.changes.take()
    due = again(world, card)
    status, reason = domestic_status(due, korean_day(world.clock.now()))
    assert (int(status), reason.value, due.state) == (2, "204", CardState.ACTIVE)
    assert listed(world, card) == {VALID}
    assert notices(world) == [("issued", ""), ("renewal_due", "204")]


@pytest.mark.parametrize("kind", QUIET)
def test_change_without_consequence_is_noted(world: World, kind: ChangeKind) -> None:
    card, register = active(world), registering(world)
    change(world, register, world.kim, kind)
    assert world.station.changes.take() == Taken(1, 1)
    assert again(world, card) == card
    assert audited(world, "registry.changed") == [{"kind": kind.value, "sequence": "1"}]


@pytest.mark.parametrize("kind", ChangeKind)
def test_change_for_somebody_without_a_card_is_passed_over(world: World, kind: ChangeKind) -> None:
    card, register = active(world), registering(world)
    before = invariants.events(world.folder)
    change(world, register, world.namgung, kind)
    assert world.station.changes.take() == Taken(1, 0)
    assert again(world, card) == card
    assert invariants.events(world.folder) == before
    assert world.station.changes.take() == Taken()


@pytest.mark.parametrize("kind", [*ENDING, ChangeKind.CARD_LOST])
def test_what_is_under_way_ends(world: World, kind: ChangeKind) -> None:
    number, card = pending(world)
    other = identified(world, world.namgung)
    register = registering(world)
    for person in (world.kim, world.namgung):
        change(world, register, person, kind)
    assert world.station.changes.take() == Taken(2, 2)
    assert world.stage(number) is world.stage(other) is Stage.CANCELLED
    assert again(world, card).state is CardState.REVOKED
    assert listed(world, card) == {INVALID}
    assert world.identity_of(other) is None
    assert notices(world) == []


@pytest.mark.parametrize("kind", [ChangeKind.ADDRESS, *QUIET])
def test_what_is_under_way_goes_on(world: World, kind: ChangeKind) -> None:
    number, _ = pending(world)
    register = registering(world)
    change(world, register, world.kim, kind)
    world.station.changes.take()
    assert world.stage(number) is Stage.ISSUED
    _, done = world.station.lifecycle.activate(number, OFFICER)
    assert done.state is CardState.ACTIVE
    assert done.due == ("204" if kind is ChangeKind.ADDRESS else None)


def test_address_that_changed_before_the_first_signature_is_due(world: World) -> None:
    """The case has the old one, and there is no card yet that the change could find."""
    number, phone = world.granted()
    world.clock.move(seconds=1)
    world.register(world.kim, street="시험로 999")
    world.station.upkeep.run()
    for configuration in CONFIGURATIONS:
        assert credential_of(phone.credential(phone.body(configuration)))
    _, card = world.station.lifecycle.activate(number, OFFICER)
    assert (card.state, card.due) == (CardState.ACTIVE, "204")


def test_change_that_comes_again_changes_nothing(world: World) -> None:
    card, register = active(world), registering(world)
    change(world, register, world.kim, ChangeKind.CARD_LOST)
    world.station.changes.take()
    world.register(world.kim)
    lift = world.station.lifecycle.lift
    lift(card.id, identified(world), OFFICER, frozenset({Cause.PHYSICAL_LOST}))
    before = invariants.everything(world.folder)
    assert world.station.changes.take() == Taken()
    assert world.restarted().station.changes.take() == Taken()
    register.told *= 2  # A registry that repeats itself.
    assert world.station.changes.take() == Taken()
    assert invariants.everything(world.folder) == before
    assert listed(world, card) == {VALID}


def test_two_that_take_the_same_changes_take_each_once(world: World) -> None:
    """The other process is faster, between the look and the commit."""
    card, register = active(world), registering(world)
    change(world, register, world.kim, ChangeKind.CARD_LOST)
    other = world.station.changes

    class Slow(Register):
        def changes(self, after: int, limit: int) -> Sequence[RegistryChange]:
            found = super().changes(after, limit)
            other.take()
            return found

    slow = Slow(register.behind, register.told)
    assert replace(other, registry=slow).take() == Taken()
    assert len(audited(world, "card.suspended")) == 1
    assert again(world, card).state is CardState.SUSPENDED


def test_many_changes_are_taken_batch_by_batch_in_order(world: World) -> None:
    card, register = active(world), registering(world)
    for number in range(2 * service.BATCH + 1):
        kind = ChangeKind.OTHER if number else ChangeKind.ADDRESS
        change(world, register, world.kim if number % 50 == 0 else world.namgung, kind)
    change(world, register, world.kim, ChangeKind.NAME)
    assert world.station.changes.take() == Taken(2 * service.BATCH + 2, 6)
    told = [int(each["sequence"]) for each in audited(world, "registry.changed")]
    assert told == sorted(told)
    assert again(world, card).reason == "203"


def test_registry_that_is_away_loses_nothing(world: World) -> None:
    card, register = active(world), registering(world)
    change(world, register, world.kim, ChangeKind.DEATH)
    register.away = True
    revoker = of_roles(world, Role.REVOKER)
    assert refused(lambda: world.station.changes.take_for(revoker)) == "registry.away"
    assert again(world, card) == card
    register.away = False
    assert world.station.changes.take_for(revoker) == Taken(1, 1)
    assert again(world, card).state is CardState.REVOKED


def test_case_opened_after_the_change_stands(world: World) -> None:
    """A new physical card is issued, and the mobile one after it, before the change is taken."""
    old, register = active(world), registering(world)
    world.clock.move(minutes=5)
    change(world, register, world.kim, ChangeKind.CARD_REISSUED)
    world.clock.move(minutes=5)
    new = active(world)
    assert world.station.changes.take() == Taken(1, 0)
    assert again(world, old).state is CardState.REVOKED, "by the new phone"
    assert again(world, new) == new
    assert listed(world, new) == {VALID}


@pytest.mark.parametrize("late", [0, 59, 60])
def test_case_opened_in_the_minute_of_the_change_does_not(world: World, late: int) -> None:
    register = registering(world)
    change(world, register, world.kim, ChangeKind.NAME)
    world.clock.move(seconds=late)
    card = active(world)
    world.station.changes.take()
    assert again(world, card).reason == "203"


def test_receipt_can_still_be_had_of_a_card_that_ended(world: World) -> None:
    number, _ = world.issued()
    world.station.lifecycle.activate(number, OFFICER)
    register = registering(world)
    change(world, register, world.kim, ChangeKind.NAME)
    world.station.changes.take()
    assert world.stage(number) is Stage.ACTIVE


def test_change_of_a_list_of_residents_is_one_of_the_registry(world: World) -> None:
    """With the registry that a station has by itself."""
    card = active(world)
    world.clock.move(seconds=1)
    world.register(world.kim, street="시험로 999")
    world.station.upkeep.run()
    assert again(world, card).due == "204"
    world.register(world.kim, street="시험로 999", card_status="lost")
    world.station.upkeep.run()
    assert again(world, card).state is CardState.SUSPENDED
    world.register(world.kim, street="시험로 999", registration="deceased")
    world.station.upkeep.run()
    assert again(world, card).reason == "A01"


@pytest.mark.parametrize("role", [Role.PROOFER, Role.APPROVER, Role.AUDITOR])
def test_changes_are_not_taken_by_other_roles(world: World, role: Role) -> None:
    officer = of_roles(world, role)
    assert refused(lambda: world.station.changes.take_for(officer)) == "officer.not_permitted"


def test_fault_in_one_step_of_the_upkeep_holds_up_no_other(world: World) -> None:
    card, register = active(world), registering(world)
    register.away = True
    world.clock.move(days=4 * 366)

    station = world.station
    steps: dict[str, Callable[[], object]] = {
        **station.upkeep.steps,
        "changes": station.changes.take,
        "notices": station.notifying.send,
    }
    replace(station.upkeep, steps=steps).run()
    assert again(world, card).reason == "300"
