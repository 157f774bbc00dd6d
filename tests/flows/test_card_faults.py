"""A card that is pulled, lies, breaks or is not the one it says: the case stays OPENED."""

from dataclasses import replace

import pytest

from apdu.errors import TransportError
from apdu.exchange import Transport
from apdu.protocols.pin import PinStatus
from card_sim.card import VirtualCard
from card_sim.home import Attack
from card_sim.memory import PIN_TRIES
from card_sim.persons import Person
from station.domain.case import Stage
from station.domain.errors import Exit, StationError
from station.services.tap import AskPassword
from tests.apdu.profiles.fault_table import COMMANDS, EXPECTED, phases
from tests.flows import invariants
from tests.flows.cards import (
    Recorded,
    Unplugged,
    faulty,
    left_nothing,
    reads_well,
    refused,
    tries_left,
)
from tests.flows.counts import covered
from tests.flows.materials import Materials
from tests.flows.world import OFFICER, READER, WRONG_PIN, World, new_world


@pytest.fixture(scope="module")
def order(materials: Materials, tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """The phase of each command of a whole read through the counter's service."""
    world = new_world(materials, tmp_path_factory.mktemp("order") / "station")
    link = Recorded(world.materials.card(world.kim))
    world.read(world.open(), link, world.kim.pin)
    world.station.engine.dispose()
    return phases(link.headers)


def test_whole_read_takes_the_commands_of_the_profile(order: dict[int, str]) -> None:
    assert len(order) == COMMANDS


def test_card_pulled_at_any_command_leaves_the_case_open(world: World) -> None:
    number = world.open()
    for place in range(1, COMMANDS + 1):
        card = world.materials.card(world.kim)
        error = refused(world, number, faulty(world, f"removed@{place}", card))
        assert (error.code, error.exit) == ("card.removed", Exit.NO_CARD), place
        covered("cards pulled")
        assert tries_left(card) == PIN_TRIES, "more tries spent than PINs typed"
    failed = invariants.events(world.folder).count("step.refused")
    assert failed == COMMANDS
    reads_well(world, number)


@pytest.mark.parametrize("place", [1, 5, 21, COMMANDS])
def test_reader_that_fails_is_named(world: World, place: int) -> None:
    number = world.open()
    link = Unplugged(world.materials.card(world.kim), place, TransportError("unplugged"))
    assert refused(world, number, link).code == "reader.missing"
    reads_well(world, number)


def test_reader_without_card_is_named(world: World) -> None:
    number = world.open()
    with pytest.raises(StationError) as caught:
        world.station.tap.read_card(number, OFFICER, READER, lambda _: "000000")
    assert caught.value.code == "card.removed"


CODES = {
    "genuine": None,
    "CardRemoved": "card.removed",
    "TimedOut": "reader.silent",
    "EncodingError": "card.protocol",
    "ProtocolError": "card.protocol",
    "SecureMessagingLost": "card.protocol",
    "StatusError": "card.refused",
    "NoCertificateChain": "card.refused",
    "TerminalRejected": "card.refused",
    "VerificationFailed": "card.pin_wrong",
    "PinBlocked": "card.pin_blocked",
    "PinSuspended": "card.pin_suspended",
    "FAIL pace": "card.not_genuine",
    "ERROR chip_authentication": "card.not_genuine",
}
"""What an officer is told of each outcome of the fault matrix."""
KINDS = (
    *("removed-after", "torn=1", "mute", "garbage", "truncated", "extra", "empty", "huge=70000"),
    *("flipped", "wrong-mac", "replayed", "counter", "reset", "61xx-loop", "6cxx-loop"),
    *("status=63C0", "status=6700", "status=6985", "status=9000", "refused=63C2", "refused=6F00"),
)
PLACES = (1, 2, 3, 4, 5, 8, 9, 15, 18, 19, 35, COMMANDS)
"""Of every phase a command."""


def test_every_outcome_of_the_fault_matrix_has_a_code() -> None:
    named = {outcome for row in EXPECTED.values() for cell in row.values() for outcome in cell}
    assert named | {"PinSuspended"} == set(CODES)  # no fault may look like that


@pytest.mark.parametrize("kind", KINDS)
def test_fault_never_gives_an_identity_and_is_told_by_its_code(
    world: World, order: dict[int, str], kind: str
) -> None:
    """In every phase: the read is refused, or goes on as if nothing had been."""
    for place in PLACES:
        number = world.open()
        link = faulty(world, f"{kind}@{place}")
        code = _code_of_read(world, number, link)
        assert code in {CODES[each] for each in EXPECTED[kind][order[place]]}, place
        covered("faults at the counter")
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
        error = refused(world, number, card, WRONG_PIN)
        assert error.code in {"card.pin_wrong", "card.pin_suspended"}
        assert str(left) in error.detail or error.code == "card.pin_suspended"
        assert WRONG_PIN not in str(error)
        card.power_on()
    asked: list[PinStatus] = []
    with pytest.raises(StationError) as caught:
        world.station.tap.read_card(number, OFFICER, READER, _noting(asked, world.kim.pin))
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
    world.station.tap.read_card(number, OFFICER, READER, _noting(asked, world.kim.pin))
    assert [status.tries_left for status in asked] == [None]  # A full counter is not told.


def _noting(asked: list[PinStatus], pin: str) -> AskPassword:
    def ask(status: PinStatus | None) -> str:
        assert status is not None
        asked.append(status)
        return pin

    return ask


def test_card_swapped_at_any_command_gives_no_mixture(world: World) -> None:
    """Before PACE it is simply the other card, whose PIN this is not."""
    number = world.open()
    for place in range(1, COMMANDS + 1):
        refused(world, number, faulty(world, f"swapped@{place}"))
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
    case = world.station.review.case(number, OFFICER)
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
    link = faulty(world, "removed@21")
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
        world.station.tap.read_card(number, OFFICER, READER, goes_on_meanwhile)
    assert caught.value.code == "case.wrong_stage"
    assert world.approve(number).stage is Stage.APPROVED
