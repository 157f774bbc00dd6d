"""A card that knows short length only: what it refuses, and that its answers stay short."""

from dataclasses import replace

import pytest

from apdu.tlv import build
from card_sim.card import VirtualCard
from card_sim.session import Password
from tests.card_sim.terminal import LDS1_AID, Terminal
from tests.card_sim.world import World

LONGEST_SHORT = 256 + 2


class Measured(VirtualCard):
    """Remembers how long its longest answer was."""

    longest = 0

    def transmit(self, octets: bytes) -> bytes:
        answer = super().transmit(octets)
        self.longest = max(self.longest, len(answer))
        return answer


def short(world: World) -> Terminal:
    card = Measured(replace(world.data(), extended=False), world.memory())
    return Terminal(card, world.data().curve)


@pytest.mark.parametrize(
    "apdu",
    [
        "00B09C00000000",  # case 2E
        "00B09C00000057",
        "00A4020C000002011C",  # case 3E
        "00A40200000002011C0000",  # case 4E
        "00B1011C0000035401000000",
    ],
)
def test_extended_length_is_refused(world: World, apdu: str) -> None:
    """TR-03110-3, B.12.3: errors of extended length are 6700."""
    terminal = short(world)
    assert terminal.plain(bytes.fromhex(apdu)).status == 0x6700
    assert terminal.plain(bytes.fromhex("00B09C0000")).status == 0x9000


def test_extended_length_under_secure_messaging_cannot_be_read_and_ends_the_session(
    world: World,
) -> None:
    """The chip does not hold the whole command, so that it cannot check who sent it."""
    terminal = short(world)
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000
    channel = terminal.channel
    assert terminal.send("00B09C00", ne=b"\x00\x00", extended=True).status == 0x6700
    assert terminal.channel is None  # the answer was plain
    terminal.channel = channel
    assert terminal.send("00B09C00", ne=b"\x00").status == 0x6988
    terminal.channel = None
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000


def test_whole_session_runs_in_short_commands_and_answers(world: World) -> None:
    terminal, chain = short(world), world.chain
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000
    done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
    assert done == 0x9000
    assert terminal.read_file(0x011D).status == 0x9000
    status, nonce, token = terminal.authenticate_chip()
    assert status == 0x9000
    terminal.switch_to_chip_keys(world.data().chip_key.public_key(), nonce, token)
    terminal.send("00A40400", LDS1_AID, b"\x00")
    assert len(terminal.read_file(0x0102).data) > 17_000
    card = terminal.card
    assert isinstance(card, Measured)
    assert 200 < card.longest <= LONGEST_SHORT


@pytest.mark.parametrize("ne", ["00", "FF", "E7", "0000", "FFFF", "0100", ""])
@pytest.mark.parametrize("header", ["00B08200", "00B10102"])
def test_no_answer_passes_256_octets_whatever_is_expected(
    world: World, header: str, ne: str
) -> None:
    """DO 97 may promise room that a short answer does not have."""
    terminal = short(world)
    assert terminal.pace(Password.CAN, world.person.can) == 0x9000
    terminal.send("00A4040C", LDS1_AID)
    data = bytes.fromhex("54020000") if header[2:4] == "B1" else b""
    answer = terminal.send(header, data, bytes.fromhex(ne))
    assert answer.status in (0x9000, 0x6282)
    assert 0 < len(answer.data) <= 223
    card = terminal.card
    assert isinstance(card, Measured)
    assert card.longest <= LONGEST_SHORT


def test_plain_answer_is_at_most_256_octets(world: World) -> None:
    terminal = short(world)
    card = terminal.card
    assert isinstance(card, Measured)
    for apdu in ("00B09C0000", "00B1011C0354010000", "00A4040007A000000247100100"):
        assert terminal.plain(bytes.fromhex(apdu)).status == 0x9000
    assert card.longest <= LONGEST_SHORT


def test_long_certificate_comes_in_a_chain_of_short_commands(world: World) -> None:
    terminal, data = short(world), world.chain.dv.pso_data
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000
    terminal.send("002281B6", build(0x83, world.chain.dv.car.encode()))
    assert terminal.send("102A00BE", data[:120]).status == 0x9000
    assert terminal.send("002A00BE", data[120:]).status == 0x9000
