"""Cards and links that go wrong, and what a failed read may leave: nothing."""

from collections.abc import Callable

import pytest

from apdu.exchange import Transport
from card_sim.card import VirtualCard
from card_sim.chip import CardData
from card_sim.memory import Memory, Volatile
from card_sim.personalize import CardType, fresh_state
from station.domain.case import Stage
from station.domain.errors import StationError
from tests.flows.world import World

APDUS = 38
"""Of a whole read with extended length; docs: card profile."""
Fault = Callable[[bytes], bytes]


class Faulty:
    """A link that does something else at one command."""

    def __init__(self, card: VirtualCard, at: int, fault: Fault | Exception) -> None:
        self._card = card
        self._at = at
        self._fault = fault
        self.commands = 0

    def transmit(self, command: bytes) -> bytes:
        place = self.commands
        self.commands += 1
        if place != self._at:
            return self._card.transmit(command)
        if isinstance(self._fault, Exception):
            raise self._fault
        return self._fault(self._card.transmit(command))


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
    case = world.station.review.case(number)
    assert case.case.stage is Stage.OPENED
    assert case.case.subject is None
    assert case.case.chip is None
    assert world.identity_of(number) is None


def tries_left(card: VirtualCard) -> int:
    return card._chip.memory.state.pin_tries


def reads_well(world: World, number: str, card: VirtualCard | None = None) -> None:
    """The next full read works, on the same case."""
    honest = card or world.materials.card(world.kim)
    assert world.read(number, honest, world.kim.pin).stage is Stage.CARD_AUTHENTICATED
    assert all(each.result == "PASS" for each in world.station.review.case(number).checks)
