"""Cards and links that go wrong, and what a failed read may leave: nothing."""

import pytest

from apdu.exchange import Transport
from card_sim.card import VirtualCard
from card_sim.chip import CardData
from card_sim.faults import FaultyCard, parse_fault
from card_sim.memory import Memory, Volatile
from card_sim.personalize import CardType, fresh_state
from station.domain.case import Stage
from station.domain.errors import StationError
from tests.flows.world import OFFICER, World


class Recorded:
    """A link that notes the header of every command."""

    def __init__(self, card: VirtualCard) -> None:
        self._card = card
        self.headers: list[bytes] = []

    def transmit(self, command: bytes) -> bytes:
        self.headers.append(command[:4])
        return self._card.transmit(command)


class Unplugged:
    """A reader that is unplugged before one command, counted from 1."""

    def __init__(self, card: VirtualCard, at: int, error: Exception) -> None:
        self._card = card
        self._left = at
        self._error = error

    def transmit(self, command: bytes) -> bytes:
        self._left -= 1
        if self._left == 0:
            raise self._error
        return self._card.transmit(command)


def faulty(world: World, written: str, card: VirtualCard | None = None) -> FaultyCard:
    """Kim's card, or `card`, with a fault; a swap puts Namgung's in its place."""
    fault = parse_fault(written)
    other = world.materials.card(world.namgung) if fault.kind == "swapped" else None
    return FaultyCard(card or world.materials.card(world.kim), [fault], seed=fault.at, other=other)


def card_with(world: World, data: CardData) -> VirtualCard:
    state = fresh_state(world.kim, world.materials.home.pki, CardType.KRRC_1)
    return VirtualCard(data, Memory(Volatile(), state))


def refused(world: World, number: str, card: Transport, pin: str = "") -> StationError:
    """How a read fails; nothing of the card stays, and the honest card can be read next."""
    with pytest.raises(StationError) as caught:
        world.read(number, card, pin or world.kim.pin)
    left_nothing(world, number)
    return caught.value


def left_nothing(world: World, number: str) -> None:
    case = world.station.review.case(number, OFFICER)
    assert case.case.stage is Stage.OPENED
    assert case.case.subject is None
    assert case.case.chip is None
    assert world.identity_of(number) is None


def tries_left(card: VirtualCard) -> int:
    card.memory.reload()
    return card.memory.state.pin_tries


def reads_well(world: World, number: str, card: VirtualCard | None = None) -> None:
    """The next full read works, on the same case."""
    honest = card or world.materials.card(world.kim)
    assert world.read(number, honest, world.kim.pin).stage is Stage.CARD_AUTHENTICATED
    assert all(each.result == "PASS" for each in world.station.review.case(number, OFFICER).checks)
