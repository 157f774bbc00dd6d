"""Revocation is final: no operation leads back, and the database itself refuses."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest

from station.domain.credential import CardState, Cause, MobileCard, Reason
from station.domain.mass_revocation import Query
from station.domain.registry import ChangeKind
from station.services.lifecycle import Of
from tests.flows.in_use import (
    INVALID,
    VALID,
    active,
    again,
    change,
    identified,
    listed,
    notices,
    pending,
    refused,
    registering,
)
from tests.flows.world import OFFICER, World

PHONE = frozenset({Cause.PHONE_LOST})


def everything_there_is(
    world: World, number: str, card: MobileCard
) -> dict[str, Callable[[], object]]:
    """Every operation that could touch a card; `number` is the case it was issued in."""
    station, here = world.station, identified(world)
    lifecycle = station.lifecycle
    return {
        "suspend": lambda: lifecycle.suspend(card.id, OFFICER, Cause.PHONE_LOST),
        "order": lambda: lifecycle.suspend(card.id, OFFICER, Cause.ORDERED),
        "lift": lambda: lifecycle.lift(card.id, here, OFFICER, PHONE),
        "lift order": lambda: lifecycle.lift_order(card.id, OFFICER),
        "revoke": lambda: lifecycle.revoke(card.id, OFFICER, Reason.DELETED),
        "revoke all": lambda: lifecycle.revoke_all(Of.PERSON, card.id, OFFICER, Reason.DELETED),
        "activate": lambda: lifecycle.activate(number, OFFICER),
        "not this phone": lambda: lifecycle.not_this_phone(number, OFFICER),
        "offer": lambda: station.offering.offer(number, OFFICER),
        "cancel": lambda: station.counter.cancel(number, OFFICER, "resident"),
    }


def test_no_operation_leads_back(world: World) -> None:
    number, _ = world.issued()
    _, card = world.station.lifecycle.activate(number, OFFICER)
    register = registering(world)
    world.station.lifecycle.suspend(card.id, OFFICER, Cause.PHONE_LOST)
    ended = world.station.lifecycle.revoke(card.id, OFFICER, Reason.NAME_CHANGED)
    assert ended == replace(card, state=CardState.REVOKED, reason="203")
    assert listed(world, card) == {INVALID}
    codes = {name: refused(call) for name, call in everything_there_is(world, number, card).items()}
    assert codes == {
        "suspend": "credential.revoked",
        "order": "credential.revoked",
        "lift": "credential.revoked",
        "lift order": "credential.revoked",
        "revoke": "credential.revoked",
        "revoke all": "credential.not_found",
        "activate": "case.wrong_stage",
        "not this phone": "case.wrong_stage",
        "offer": "case.wrong_stage",
        "cancel": "case.wrong_stage",
    }
    for kind in ChangeKind:
        change(world, register, world.kim, kind)
    world.station.changes.take()
    world.clock.move(days=30)
    world.station.upkeep.run()
    assert again(world, card) == ended
    assert listed(world, card) == {INVALID}
    assert notices(world)[-1] == ("revoked", "203")


def test_nothing_leads_back_in_a_new_process(world: World) -> None:
    card = active(world)
    world.station.lifecycle.revoke(card.id, OFFICER, Reason.REISSUE_NEEDED)
    again_there = world.restarted()
    again_there.station.upkeep.run()
    assert listed(again_there, card) == {INVALID}
    again_there.station.engine.dispose()


@pytest.mark.parametrize(
    "reason", [each for each in Reason if each.value in ("201", "204", "206", "212", "A04")]
)
def test_reason_that_does_not_revoke_is_refused(world: World, reason: Reason) -> None:
    card, lifecycle = active(world), world.station.lifecycle
    assert refused(lambda: lifecycle.revoke(card.id, OFFICER, reason)) == "input.invalid"
    everyone = lambda: lifecycle.revoke_all(Of.PERSON, card.id, OFFICER, reason)  # noqa: E731
    assert refused(everyone) == "input.invalid"
    begin = world.station.mass_revocation.begin
    query = Query(state=CardState.ACTIVE)
    assert refused(lambda: begin(query, 1, OFFICER, reason)) == "input.invalid"
    assert listed(world, card) == {VALID}


class TestEverything:
    """Everything of a person, of a phone, of a physical card: in one commit."""

    def test_of_a_person(self, world: World) -> None:
        card = active(world)
        _, waiting = pending(world)
        other = active(world, world.namgung)
        ended = world.station.lifecycle.revoke_all(
            Of.PERSON, card.document_number, OFFICER, Reason.REISSUE_NEEDED
        )
        assert {each.id for each in ended} == {card.id, waiting.id}
        assert listed(world, card) == listed(world, waiting) == {INVALID}
        assert listed(world, other) == {VALID}

    def test_of_a_physical_card(self, world: World) -> None:
        card, other = active(world), active(world, world.namgung)
        [ended] = world.station.lifecycle.revoke_all(
            Of.PHYSICAL, world.kim.document_number, OFFICER, Reason.REISSUE_NEEDED
        )
        assert ended.id == card.id
        assert listed(world, other) == {VALID}

    def test_of_a_phone(self, world: World) -> None:
        """The family's phone."""
        cards = [active(world), active(world, world.namgung)]
        phone = "a" * 64
        with world.station.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE mobile_cards SET device = ?", (phone,))
        ended = world.station.lifecycle.revoke_all(Of.DEVICE, phone, OFFICER, Reason.REISSUE_NEEDED)
        assert {each.id for each in ended} == {each.id for each in cards}
        assert all(listed(world, each) == {INVALID} for each in cards)

    @pytest.mark.parametrize("of", Of)
    def test_of_nobody(self, world: World, of: Of) -> None:
        lifecycle = world.station.lifecycle
        code = refused(lambda: lifecycle.revoke_all(of, "nothing", OFFICER, Reason.DELETED))
        assert code == "credential.not_found"


ATTACKS = {
    "a card revived": "UPDATE mobile_cards SET state = 'active' WHERE state = 'revoked'",
    "a card gone": "DELETE FROM mobile_cards",
    "an entry valid again": "UPDATE credentials SET published = 'valid'",
    "an entry moved": "UPDATE credentials SET status_index = status_index + 1",
    "a credential gone": "DELETE FROM credentials",
    "a list rolled back": "UPDATE status_lists SET version = version - 1",
    "a publication rolled back": "UPDATE status_lists SET issued_version = 0",
    "a time rolled back": "UPDATE status_lists SET issued_at = '2000-01-01 00:00:00.000000'",
    "a change taken again": "UPDATE registry_positions SET position = 0",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_database_refuses(world: World, attack: str) -> None:
    card, register = active(world), registering(world)
    world.station.lifecycle.revoke(card.id, OFFICER, Reason.REISSUE_NEEDED)
    change(world, register, world.kim, ChangeKind.OTHER)
    world.station.changes.take()
    assert listed(world, card) == {INVALID}
    with (
        closing(sqlite3.connect(world.folder / "station.db")) as connection,
        pytest.raises(sqlite3.IntegrityError),
    ):
        connection.execute(ATTACKS[attack])
