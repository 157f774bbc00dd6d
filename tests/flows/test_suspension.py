"""Losing things: anybody entitled stops the card, only the person brings it back."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from station.domain.case import Stage
from station.domain.credential import CardState, Cause, Reason
from station.domain.roles import Role
from station.services.lifecycle import Of
from tests.flows import invariants
from tests.flows.in_use import (
    INVALID,
    SUSPENDED,
    VALID,
    active,
    again,
    audited,
    identified,
    listed,
    notices,
    of_roles,
    officer_who_is,
    pending,
    refused,
    registering,
    unchanged,
)
from tests.flows.world import OFFICER, SECOND, World

PHONE, PHYSICAL, ORDERED = Cause.PHONE_LOST, Cause.PHYSICAL_LOST, Cause.ORDERED
ALL = frozenset({PHONE})


@pytest.mark.parametrize(("cause", "reason"), [(PHONE, "212"), (PHYSICAL, "212"), (ORDERED, "206")])
def test_what_is_suspended_is_suspended_for_every_verifier(
    world: World, cause: Cause, reason: str
) -> None:
    card = active(world)
    assert listed(world, card) == {VALID}
    held = world.station.lifecycle.suspend(card.id, OFFICER, cause)
    assert (held.state, held.reason, held.causes) == (
        CardState.SUSPENDED,
        reason,
        frozenset({cause}),
    )
    assert held == again(world, card)
    assert listed(world, card) == {SUSPENDED}
    assert notices(world)[-1] == ("suspended", reason)
    assert audited(world, "card.suspended") == [
        {"card": card.id, "cause": cause.value, "reason": reason}
    ]


def test_loss_is_reported_by_the_document_number(world: World) -> None:
    card = active(world)
    held = world.station.lifecycle.suspend(card.document_number, OFFICER, PHONE)
    assert held.state is CardState.SUSPENDED


def test_loss_reported_twice_is_one(world: World) -> None:
    card = active(world)
    world.station.lifecycle.suspend(card.id, OFFICER, PHONE)
    before = invariants.everything(world.folder)
    world.station.lifecycle.suspend(card.id, SECOND, PHONE)
    assert invariants.everything(world.folder) == before


def test_loss_before_activation_ends_the_case(world: World) -> None:
    number, card = pending(world)
    ended = world.station.lifecycle.suspend(card.id, OFFICER, PHONE)
    assert ended.state is CardState.REVOKED
    assert world.stage(number) is Stage.CANCELLED
    assert listed(world, card) == {INVALID}


def test_nobody_is_suspended_who_is_not_there(world: World) -> None:
    code = unchanged(world, lambda: world.station.lifecycle.suspend("M000000000", OFFICER, PHONE))
    assert code == "credential.not_found"


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_loss_is_not_taken_by_other_roles(world: World, role: Role) -> None:
    card, officer = active(world), of_roles(world, role)
    code = unchanged(world, lambda: world.station.lifecycle.suspend(card.id, officer, PHONE))
    assert code == "officer.not_permitted"


class TestLifting:
    """A loss is lifted in a case of the very person, who was identified there."""

    def test_person_who_found_the_phone(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, PHONE)
        number = identified(world)
        lifted = world.station.lifecycle.lift(card.id, number, OFFICER, ALL)
        assert lifted == again(world, card) == card
        assert listed(world, card) == {VALID}
        assert notices(world)[-1] == ("lifted", "")
        assert world.stage(number) is Stage.IDENTIFIED

    def test_somebody_elses_case(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, PHONE)
        number = identified(world, world.namgung)
        lift = world.station.lifecycle.lift
        code = unchanged(world, lambda: lift(card.id, number, OFFICER, ALL))
        assert code == "lift.not_the_holder"
        assert listed(world, card) == {SUSPENDED}
        assert audited(world, "step.refused")[-1]["code"] == "lift.not_the_holder"

    def test_case_in_which_nobody_was_identified_yet(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, PHONE)
        lift = world.station.lifecycle.lift
        number = world.open()
        code = unchanged(world, lambda: lift(card.id, number, OFFICER, ALL))
        assert code == "case.wrong_stage"
        world.read(number, world.materials.card(world.kim), world.kim.pin)
        code = unchanged(world, lambda: lift(card.id, number, OFFICER, ALL))
        assert code == "case.wrong_stage"

    def test_case_that_ended(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, PHONE)
        number = identified(world)
        world.station.counter.cancel(number, OFFICER, "resident")
        lift = world.station.lifecycle.lift
        code = unchanged(world, lambda: lift(card.id, number, OFFICER, ALL))
        assert code == "case.wrong_stage"

    def test_case_whose_time_is_over(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, PHONE)
        number = identified(world)
        world.clock.move(hours=1, seconds=1)
        lift = world.station.lifecycle.lift
        code = unchanged(world, lambda: lift(card.id, number, OFFICER, ALL))
        assert code == "case.expired"

    def test_case_of_another_officer(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, PHONE)
        number = identified(world)
        lift = world.station.lifecycle.lift
        code = unchanged(world, lambda: lift(card.id, number, SECOND, ALL))
        assert code == "officer.not_holder"

    def test_officer_without_the_person(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, PHONE)
        revoker = of_roles(world, Role.REVOKER)
        code = unchanged(world, lambda: world.station.lifecycle.lift_order(card.id, revoker))
        assert code == "credential.not_suspended"

    def test_order_needs_no_person(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, ORDERED)
        revoker = of_roles(world, Role.REVOKER)
        assert world.station.lifecycle.lift_order(card.id, revoker) == card
        assert listed(world, card) == {VALID}

    def test_order_is_not_lifted_at_the_counter(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, ORDERED)
        number = identified(world)
        for causes in ({ORDERED}, {ORDERED, PHONE}):
            lift = world.station.lifecycle.lift
            code = unchanged(world, lambda: lift(card.id, number, OFFICER, frozenset(causes)))  # noqa: B023
            assert code == "lift.ordered"
        proofer = of_roles(world, Role.PROOFER)
        code = unchanged(world, lambda: world.station.lifecycle.lift_order(card.id, proofer))
        assert code == "officer.not_permitted"

    def test_order_stays_when_the_phone_is_found(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, ORDERED)
        world.station.lifecycle.suspend(card.id, OFFICER, PHONE)
        number = identified(world)
        held = world.station.lifecycle.lift(card.id, number, OFFICER, ALL)
        assert (held.state, held.reason) == (CardState.SUSPENDED, "206")
        assert listed(world, card) == {SUSPENDED}
        assert notices(world)[-1] == ("suspended", "212")

    def test_active_card(self, world: World) -> None:
        card, number = active(world), identified(world)
        lift = world.station.lifecycle.lift
        code = unchanged(world, lambda: lift(card.id, number, OFFICER, ALL))
        assert code == "credential.not_suspended"


class TestPhysicalCard:
    """The registry must have the physical card as valid again, and as the same one."""

    def test_card_that_is_still_lost(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, PHYSICAL)
        number = identified(world)
        world.register(world.kim, card_status="lost")
        lift, causes = world.station.lifecycle.lift, frozenset({PHYSICAL})
        code = unchanged(world, lambda: lift(card.id, number, OFFICER, causes))
        assert code == "lift.physical_lost"
        world.register(world.kim)
        assert lift(card.id, number, OFFICER, causes).state is CardState.ACTIVE

    def test_card_that_was_issued_anew(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, PHYSICAL)
        number = identified(world)
        world.register(world.kim, document_number="T99999999")
        lift, causes = world.station.lifecycle.lift, frozenset({PHYSICAL})
        code = unchanged(world, lambda: lift(card.id, number, OFFICER, causes))
        assert code == "lift.physical_lost"

    def test_registry_that_is_away(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.suspend(card.id, OFFICER, PHYSICAL)
        number = identified(world)
        register = registering(world)
        register.away = True
        lift, causes = world.station.lifecycle.lift, frozenset({PHYSICAL})
        code = unchanged(world, lambda: lift(card.id, number, OFFICER, causes))
        assert code == "registry.away"
        register.away = False
        assert lift(card.id, number, OFFICER, causes).state is CardState.ACTIVE

    def test_two_losses_need_both_found(self, world: World) -> None:
        card = active(world)
        for cause in (PHYSICAL, PHONE):
            world.station.lifecycle.suspend(card.id, OFFICER, cause)
        number = identified(world)
        lift = world.station.lifecycle.lift
        half = lift(card.id, number, OFFICER, frozenset({PHONE}))
        assert (half.state, half.causes) == (CardState.SUSPENDED, frozenset({PHYSICAL}))
        assert listed(world, card) == {SUSPENDED}
        assert lift(card.id, number, OFFICER, frozenset({PHYSICAL})) == card
        assert listed(world, card) == {VALID}


def test_new_phone_ends_a_suspended_card_too(world: World) -> None:
    lost = active(world)
    world.station.lifecycle.suspend(lost.id, OFFICER, PHONE)
    new = active(world)
    assert again(world, lost) == replace(lost, state=CardState.REVOKED, reason="209")
    assert listed(world, lost) == {INVALID}
    assert listed(world, new) == {VALID}
    assert notices(world)[-2:] == [("superseded", "209"), ("issued", "")]


def test_nobody_handles_their_own_card(world: World) -> None:
    card = active(world)
    own = officer_who_is(world, world.kim, Role.PROOFER, Role.REVOKER)
    lifecycle = world.station.lifecycle
    tries: list[Callable[[], object]] = [
        lambda: lifecycle.suspend(card.id, own, PHONE),
        lambda: lifecycle.lift_order(card.id, own),
        lambda: lifecycle.revoke(card.id, own, Reason.REISSUE_NEEDED),
        lambda: lifecycle.revoke_all(Of.PERSON, card.id, own, Reason.REISSUE_NEEDED),
    ]
    for attempt in tries:
        assert unchanged(world, attempt) == "officer.own_case"
    assert refused(lambda: lifecycle.lift(card.id, identified(world), own, ALL)) in {
        "officer.not_holder",
        "officer.own_case",
    }
