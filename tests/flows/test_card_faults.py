"""A card that is pulled, lies, breaks or is not the one it says: the case stays OPENED."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from apdu.errors import CardRemoved, TransportError
from apdu.exchange import Transport
from apdu.protocols.pin import PinStatus
from card_sim.card import VirtualCard
from card_sim.home import Attack
from card_sim.memory import PIN_TRIES
from card_sim.persons import Person
from station.domain.case import Stage
from station.domain.errors import Exit, StationError
from tests.flows import invariants
from tests.flows.cards import (
    APDUS,
    Fault,
    Faulty,
    left_nothing,
    reads_well,
    refused,
    tries_left,
)
from tests.flows.counts import covered
from tests.flows.world import OFFICER, READER, WRONG_PIN, World


def test_whole_read_takes_the_commands_of_the_profile(world: World) -> None:
    link = Faulty(world.materials.card(world.kim), -1, CardRemoved())
    world.read(world.open(), link, world.kim.pin)
    assert link.commands == APDUS


def test_card_pulled_at_any_command_leaves_the_case_open(world: World) -> None:
    number = world.open()
    for place in range(APDUS):
        card = world.materials.card(world.kim)
        error = refused(world, number, Faulty(card, place, CardRemoved("pulled")))
        assert (error.code, error.exit) == ("card.removed", Exit.NO_CARD), place
        covered("cards pulled")
        assert tries_left(card) >= PIN_TRIES - 1, "more tries spent than PINs typed"
    failed = invariants.events(world.folder).count("step.refused")
    assert failed == APDUS
    reads_well(world, number)


@pytest.mark.parametrize("place", [0, 4, 20, APDUS - 1])
def test_reader_that_fails_is_named(world: World, place: int) -> None:
    number = world.open()
    link = Faulty(world.materials.card(world.kim), place, TransportError("unplugged"))
    assert refused(world, number, link).code == "reader.missing"
    reads_well(world, number)


def test_reader_without_card_is_named(world: World) -> None:
    number = world.open()
    with pytest.raises(StationError) as caught:
        world.station.counter.read_card(number, OFFICER, READER, lambda _: "000000")
    assert caught.value.code == "card.removed"


def _truncated(answer: bytes) -> bytes:
    return answer[:-3] + answer[-2:] if len(answer) > 2 else b""


def _flipped(answer: bytes) -> bytes:
    return bytes([answer[0] ^ 1]) + answer[1:] if len(answer) > 2 else b"\x6f\x00"


FAULTS: dict[str, Fault] = {
    "6300": lambda _: b"\x63\x00",
    "6700": lambda _: b"\x67\x00",
    "6982": lambda _: b"\x69\x82",
    "6988": lambda _: b"\x69\x88",
    "6A82": lambda _: b"\x6a\x82",
    "6F00": lambda _: b"\x6f\x00",
    "61FF for ever": lambda _: b"\x61\xff",
    "nothing": lambda _: b"",
    "one octet": lambda _: b"\x90",
    "9000 alone": lambda _: b"\x90\x00",
    "cut short": _truncated,
    "one bit": _flipped,
    "too much": lambda answer: bytes(70_000) + answer[-2:],
    "garbage": lambda _: bytes(range(256)) + b"\x90\x00",
    "long promise": lambda _: b"\x7f\x61\x84\xff\xff\xff\xff" + b"\x90\x00",
}


UNPROTECTED = {0, 2, 3}
"""EF.ATR/INFO, which only speeds reading up, and the two answers that say no more than 9000."""


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_answer_that_is_wrong_never_gives_an_identity(world: World, fault: str) -> None:
    """At every command: the read is refused, or goes on as if nothing had been."""
    codes = set()
    for place in range(APDUS):
        number = world.open()
        link = Faulty(world.materials.card(world.kim), place, FAULTS[fault])
        code = _code_of_read(world, number, link)
        assert code is not None or place in UNPROTECTED, place
        codes.add(code)
        covered("wrong answers of a card")
    refusals = {"card.refused", "card.protocol", "card.pin_wrong", "card.pin_blocked"}
    assert codes <= {None, *refusals}
    reads_well(world, world.open())


def _code_of_read(world: World, number: str, card: Transport) -> str | None:
    """The failure's code, nothing being left behind; None for a read that went well."""
    try:
        world.read(number, card, world.kim.pin)
    except StationError as error:
        left_nothing(world, number)
        return error.code
    return None


def test_wrong_pin_tells_the_tries_left_and_is_not_retried(world: World) -> None:
    number = world.open()
    card = world.materials.card(world.kim)
    for left in (2, 1):
        link = Faulty(card, -1, CardRemoved())
        error = refused(world, number, link, WRONG_PIN)
        assert error.code in {"card.pin_wrong", "card.pin_suspended"}
        assert str(left) in error.detail or error.code == "card.pin_suspended"
        assert WRONG_PIN not in str(error)
        card.power_on()
    asked: list[PinStatus] = []
    with pytest.raises(StationError) as caught:
        world.station.counter.read_card(number, OFFICER, READER, _noting(asked, world.kim.pin))
    assert caught.value.code == "card.pin_suspended"
    assert asked == []
    left_nothing(world, number)
    reads_well(world, number)


@pytest.mark.parametrize("entered", ["", "24681", "2468135", "abcdef", "１２３４５６", "24681 "])
def test_what_cannot_be_a_pin_costs_no_try(world: World, entered: str) -> None:
    number = world.open()
    card = world.materials.card(world.kim)
    with pytest.raises(StationError) as caught:
        world.read(number, card, entered)
    assert caught.value.code == "card.pin_format"
    asked: list[PinStatus] = []
    world.desk.card = card
    card.power_on()
    world.station.counter.read_card(number, OFFICER, READER, _noting(asked, world.kim.pin))
    assert [status.tries_left for status in asked] == [None]  # A full counter is not told.


def _noting(asked: list[PinStatus], pin: str) -> Callable[[PinStatus], str]:
    def ask(status: PinStatus) -> str:
        asked.append(status)
        return pin

    return ask


def swap_at_every_command(world: World) -> Iterator[Transport]:
    """Kim's card, and Namgung's in its place from the command on."""
    for place in range(1, APDUS):
        first, second = world.materials.card(world.kim), world.materials.card(world.namgung)
        count = itertools.count()

        class Swapped:
            def transmit(self, command: bytes) -> bytes:
                chosen = first if next(count) < place else second  # noqa: B023
                return chosen.transmit(command)

        yield Swapped()


def test_card_swapped_at_any_command_gives_no_mixture(world: World) -> None:
    """Before PACE it is simply the other card, whose PIN this is not."""
    number = world.open()
    for link in swap_at_every_command(world):
        refused(world, number, link)
        covered("cards swapped")
    reads_well(world, number)


def card_of(world: World, person: Person) -> VirtualCard:
    return world.materials.card(person)


def test_other_card_put_on_later_closes_the_case(world: World) -> None:
    number = world.open()
    reads_well(world, number)
    with pytest.raises(StationError) as caught:
        world.read(number, card_of(world, world.namgung), world.namgung.pin)
    assert caught.value.code == "card.swapped"
    case = world.station.review.case(number)
    assert case.case.stage is Stage.REFUSED
    assert world.identity_of(number) is None
    assert "card.swapped" in invariants.events(world.folder)
    with pytest.raises(StationError):
        world.read(number, card_of(world, world.kim), world.kim.pin)


def test_clone_put_on_later_closes_the_case(world: World) -> None:
    number = world.open()
    reads_well(world, number)
    with pytest.raises(StationError) as caught:
        world.read(number, world.materials.card(world.kim, Attack(clone=True)), world.kim.pin)
    assert caught.value.code == "card.swapped"
    assert world.stage(number) is Stage.REFUSED


def test_same_card_put_on_again_changes_nothing(world: World) -> None:
    number = world.open()
    reads_well(world, number)
    before = invariants.everything(world.folder)
    world.read(number, card_of(world, world.kim), world.kim.pin)
    assert invariants.everything(world.folder) == before


def test_card_pulled_later_leaves_the_evidence(world: World) -> None:
    number = world.open()
    reads_well(world, number)
    link = Faulty(card_of(world, world.kim), 20, CardRemoved())
    with pytest.raises(StationError):
        world.read(number, link, world.kim.pin)
    assert world.stage(number) is Stage.CARD_AUTHENTICATED
    assert world.identify(number).stage is Stage.IDENTIFIED


def test_chip_key_of_another_resident_is_refused(world: World) -> None:
    """Two people's cards with one chip key: one of them is not theirs."""
    shared = replace(
        world.namgung, id=world.kim.id, pin=world.kim.pin
    )  # The chip key goes by the id.
    first, second = world.open(), world.open()
    reads_well(world, first)
    with pytest.raises(StationError) as caught:
        world.read(second, card_of(world, shared), shared.pin)
    assert caught.value.code == "card.other_resident"
    assert world.stage(second) is Stage.OPENED


def test_card_read_at_the_wrong_stage_is_refused(world: World) -> None:
    number = world.approved()
    with pytest.raises(StationError) as caught:
        world.read(number, card_of(world, world.kim), world.kim.pin)
    assert caught.value.code == "case.wrong_stage"
    assert world.stage(number) is Stage.APPROVED


def test_reading_that_ends_after_the_case_went_on_changes_nothing(world: World) -> None:
    """Two windows: a clone is still being read in one while the other goes on."""
    number = world.open()
    reads_well(world, number)
    world.desk.card = world.materials.card(world.kim, Attack(clone=True))

    def goes_on_meanwhile(_: object) -> str:
        world.identify(number)
        return world.kim.pin

    with pytest.raises(StationError) as caught:
        world.station.counter.read_card(number, OFFICER, READER, goes_on_meanwhile)
    assert caught.value.code == "case.wrong_stage"
    assert world.approve(number).stage is Stage.APPROVED
