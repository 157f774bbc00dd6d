"""A whole tap of a virtual card, recorded once."""

import pytest

from card_sim.card import VirtualCard
from tests.apdu.profiles.taps import Tap
from tests.card_sim.world import World, make_world


class Recorder:
    """Keeps every command and its answer."""

    def __init__(self, card: VirtualCard) -> None:
        self._card = card
        self.pairs: list[tuple[bytes, bytes]] = []

    def transmit(self, command: bytes) -> bytes:
        answer = self._card.transmit(command)
        self.pairs.append((command, answer))
        return answer


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("explain"))


@pytest.fixture(scope="package")
def recorded(world: World) -> list[tuple[bytes, bytes]]:
    tap = Tap(world, world.data())
    recorder = Recorder(tap.link())
    assert tap.read(link=recorder).genuine
    return recorder.pairs
