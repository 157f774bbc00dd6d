"""IC card on sight: a resident forgot the PIN; the officer types the CAN and compares the face."""

import pytest

from apdu.protocols.pin import PinStatus
from station.domain.case import Stage
from station.domain.errors import StationError
from station.domain.evidence import IC_ON_SIGHT
from station.services.tap import AskPassword
from tests.flows.world import OFFICER, READER, World


def opened(world: World) -> str:
    case = world.station.counter.open_case(OFFICER, IC_ON_SIGHT.name, IC_ON_SIGHT.consents)
    return case.number


def typing(typed: str, asked: list[PinStatus | None]) -> AskPassword:
    def ask(status: PinStatus | None) -> str:
        asked.append(status)
        return typed

    return ask


def read(world: World, number: str, typed: str) -> list[PinStatus | None]:
    asked: list[PinStatus | None] = []
    world.desk.card = world.materials.card(world.kim)
    world.desk.card.power_on()
    world.station.tap.read_card(number, OFFICER, READER, typing(typed, asked))
    return asked


def test_card_is_read_with_the_number_printed_on_it(world: World) -> None:
    number = opened(world)
    assert read(world, number, world.kim.can) == [None]  # Nobody was asked for a PIN.
    assert world.identify(number).stage is Stage.IDENTIFIED
    assert world.approve(number).stage is Stage.APPROVED
    world.received(number)
    assert world.station.lifecycle.activate(number, OFFICER)[0].stage is Stage.ACTIVE


def test_no_try_of_the_pin_is_spent(world: World) -> None:
    number = opened(world)
    card = world.materials.card(world.kim)
    card.power_on()
    world.desk.card = card
    before = card.memory.state.pin_tries
    with pytest.raises(StationError) as caught:
        world.station.tap.read_card(number, OFFICER, READER, lambda _: "000000")
    assert caught.value.code == "card.can_wrong"
    assert card.memory.state.pin_tries == before
    assert world.stage(number) is Stage.OPENED


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "１２３４５６"])
def test_what_cannot_be_a_can_is_not_sent(world: World, typed: str) -> None:
    number = opened(world)
    with pytest.raises(StationError) as caught:
        read(world, number, typed)
    assert caught.value.code == "card.can_format"
    assert world.stage(number) is Stage.OPENED


def test_route_is_known_from_the_case_and_not_from_what_is_typed(world: World) -> None:
    number = world.open()  # IC and PIN.
    with pytest.raises(StationError) as caught:
        read(world, number, world.kim.can)
    assert caught.value.code == "card.pin_wrong"
    assert world.stage(number) is Stage.OPENED
