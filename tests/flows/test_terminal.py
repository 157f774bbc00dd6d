"""A terminal that could not read any card is told so before anybody is asked for a PIN."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from apdu.lds import cvc
from apdu.lds.cvc import CVCertificate
from apdu.protocols.pin import PinStatus
from station.domain.errors import StationError
from station.domain.grant import korean_day
from station.ports import TerminalKey
from station.services.tap import Tap
from tests.flows.cards import left_nothing
from tests.flows.world import OFFICER, READER, World


class Untouched:
    """A card that must not be asked anything."""

    def transmit(self, command: bytes) -> bytes:
        raise AssertionError("the card was touched")


def never(status: PinStatus | None) -> str:
    raise AssertionError("somebody was asked for a PIN")


def unfit(world: World, tap: Tap) -> str:
    """How the read fails, nothing being touched, asked or left behind."""
    number = world.open()
    world.desk.card = Untouched()
    with pytest.raises(StationError) as caught:
        tap.read_card(number, OFFICER, READER, never)
    assert caught.value.code == "terminal.unfit"
    left_nothing(world, number)
    return caught.value.detail


def terminal_of(world: World) -> CVCertificate:
    return cvc.decode(world.station.tap.terminal.chain[-1])


def test_expired_terminal_is_told_by_name_and_day(world: World) -> None:
    last = terminal_of(world).expires
    world.clock.move(days=_until(world, last) + 1)
    detail = unfit(world, world.station.tap)
    assert detail == f"the terminal's certificate {terminal_of(world).holder} expired on {last}"


def test_terminal_is_fit_until_the_end_of_its_last_day_in_korea(world: World) -> None:
    world.clock.move(days=_until(world, terminal_of(world).expires))
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)


def _until(world: World, day: date) -> int:
    return (day - korean_day(world.clock.now())).days


Change = Callable[[tuple[bytes, ...]], tuple[bytes, ...]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda chain: chain[:1] + chain[2:], "do not lead"),
        (lambda chain: chain[:-1], "do not lead"),
        (lambda chain: (b"\x7f\x21\x00",), "certificate"),
    ],
    ids=["no verifier", "no terminal", "no certificate"],
)
def test_terminal_without_a_chain_is_told_so(world: World, change: Change, said: str) -> None:
    class Changed:
        chain = change(world.station.tap.terminal.chain)
        sign = world.station.tap.terminal.sign

    changed: TerminalKey = Changed()
    assert said in unfit(world, replace(world.station.tap, terminal=changed))
