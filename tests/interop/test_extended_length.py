"""The longest APDUs through a real pcscd and its virtual reader, and a file of more than 32 KiB."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from apdu.exchange import run
from apdu.files import read_file
from apdu.iso7816 import CommandAPDU
from apdu.tlv import build
from apdu.transports import pcsc
from card_sim.card import VirtualCard
from card_sim.files import Application
from card_sim.memory import Memory, Volatile
from card_sim.pcscd import wait_until
from card_sim.secure_messaging import EXTENDED_ANSWER
from card_sim.vpcd import LOOPBACK, serve
from tests.apdu.profiles.taps import Counter, with_file
from tests.card_sim.world import World, make_world
from tests.interop.pcscd import COMMAND_SECONDS, Slot, empty_slot

pytestmark = pytest.mark.pcsc
EF_DIR, EF_DIR_SFI = 0x2F00, 0x1E  # readable without any authentication
DRIVER_FRAME = 0xFFFF  # the driver's length field has 16 bits
FRAME = 4 + 3 + 2  # header, Lc and Le of an extended command
READ_ALL = CommandAPDU(0x00, 0xB0, 0x80 | EF_DIR_SFI, ne=0x10000)


@pytest.fixture(scope="module")
def slot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slot]:
    with empty_slot(tmp_path_factory.mktemp("extended") / "home") as slot:
        yield slot


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("extended") / "home")


@contextmanager
def card_with(slot: Slot, world: World, content: bytes) -> Iterator[None]:
    """A card in the reader whose EF.DIR is `content`."""
    data = with_file(world.data(), Application.MASTER, EF_DIR, content)
    card = VirtualCard(data, Memory(Volatile(), world.state()))
    with socket.create_connection((LOOPBACK, slot.port)) as link:
        thread = Thread(target=serve, args=(card, link))
        thread.start()
        try:
            wait_until(slot.port, present=True)
            yield
        finally:
            link.shutdown(socket.SHUT_RDWR)
            thread.join(COMMAND_SECONDS)
            wait_until(slot.port, present=False)


def numbered(length: int) -> bytes:
    """A long data object without repetitions, `length` octets in all."""
    content = b"".join(number.to_bytes(3) for number in range(length // 3 + 1))
    for header in (4, 5):
        made = build(0x61, content[: length - header])
        if len(made) == length:
            return made
    raise ValueError(length)


def test_longest_answer_of_the_card_comes_whole(slot: Slot, world: World) -> None:
    content = numbered(DRIVER_FRAME)
    with card_with(slot, world, content), pcsc.connect(slot.reader) as link:
        assert link.transmit(bytes(READ_ALL)) == content[:EXTENDED_ANSWER] + b"\x90\x00"


def test_longest_command_arrives_and_the_card_goes_on(slot: Slot, world: World) -> None:
    content, name = numbered(1000), bytes(DRIVER_FRAME - FRAME)
    with card_with(slot, world, content), pcsc.connect(slot.reader) as link:
        command = bytes(CommandAPDU(0x00, 0xA4, 0x04, 0x00, name, ne=0x10000))
        assert len(command) == DRIVER_FRAME
        assert link.transmit(command) == b"\x6a\x82"
        assert link.transmit(bytes(READ_ALL)) == content + b"\x90\x00"


@pytest.mark.parametrize(("block", "commands"), [(0xF000, 2), (4096, 25)])
def test_file_of_100000_octets_is_read_whole(
    slot: Slot, world: World, block: int, commands: int
) -> None:
    """Beyond 32 KiB by READ BINARY with the odd instruction byte."""
    content = numbered(100_000)
    with card_with(slot, world, content), pcsc.connect(slot.reader) as link:
        counter = Counter(link)
        assert run(read_file(EF_DIR_SFI, block), counter) == content
        assert counter.commands == commands
