"""Files beyond the 32 767 octets that the offset of an even READ BINARY can reach."""

from dataclasses import replace

import pytest

from apdu.exchange import run
from apdu.files import read_file
from apdu.tlv import build
from card_sim.card import VirtualCard
from card_sim.files import Application, ElementaryFile, after_pace, always
from card_sim.session import Password
from tests.card_sim.terminal import Answer, Terminal
from tests.card_sim.world import World

SIZE = 40_000
CONTENT = build(0x75, bytes(number * 7 % 251 for number in range(SIZE - 4)))
LARGE, GUARDED = 0x0120, 0x0121
REACH = 0x7FFF  # the largest offset of an even READ BINARY


@pytest.fixture
def terminal(world: World) -> Terminal:
    files = world.data().files
    more = (
        ElementaryFile(LARGE, 0x12, CONTENT, always),
        ElementaryFile(GUARDED, 0x13, CONTENT, after_pace),
    )
    files = {**files, Application.MASTER: (*files[Application.MASTER], *more)}
    card = VirtualCard(replace(world.data(), files=files), world.memory())
    return Terminal(card, world.data().curve)


def odd(terminal: Terminal, offset: int, ne: bytes, file: int = 0) -> Answer:
    """READ BINARY B1 of the current file, or of `file`."""
    octets = offset.to_bytes(2)
    data = bytes((0x54, len(octets))) + octets
    return terminal.send(f"00B1{file:04X}", data, ne, extended=len(ne) == 2)


def unwrapped(answer: Answer) -> bytes:
    """The value of DO 53."""
    data = answer.data
    assert data[0] == 0x53
    header = 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F)
    length = data[1] if header == 2 else int.from_bytes(data[2:header])
    assert len(data) == header + length
    return data[header:]


@pytest.mark.parametrize("protected", [False, True])
def test_odd_instruction_reaches_the_end(world: World, terminal: Terminal, protected: bool) -> None:
    if protected:
        assert terminal.pace(Password.CAN, world.person.can) == 0x9000
    terminal.send("00A4020C", LARGE.to_bytes(2))
    for offset in (0, REACH, REACH + 1, 39_000, SIZE - 1):
        answer = odd(terminal, offset, b"\x00\x00")
        assert answer.status == 0x9000
        assert unwrapped(answer) == CONTENT[offset:]
    for offset in (SIZE, 0xFFFF):
        assert odd(terminal, offset, b"\x00\x00").status == 0x6B00


@pytest.mark.parametrize("file", [LARGE, 0x12], ids=["identifier", "short identifier"])
def test_odd_instruction_names_the_file_in_its_parameters(terminal: Terminal, file: int) -> None:
    assert unwrapped(odd(terminal, 35_000, b"\x10", file)) == CONTENT[35_000 : 35_000 + 14]


def test_whole_file_is_read_in_short_commands(world: World, terminal: Terminal) -> None:
    """Even instructions up to their reach, odd ones beyond it; nothing twice, nothing missed."""
    assert terminal.pace(Password.CAN, world.person.can) == 0x9000
    terminal.send("00A4020C", GUARDED.to_bytes(2))
    content = b""
    while len(content) < SIZE:
        if len(content) <= REACH:
            block = terminal.send(f"00B0{len(content):04X}", ne=b"\xdf").data
        else:
            block = unwrapped(odd(terminal, len(content), b"\xdf"))
        assert block
        content += block
    assert content == CONTENT


def test_even_instruction_reads_from_its_largest_offset(terminal: Terminal) -> None:
    terminal.send("00A4020C", LARGE.to_bytes(2))
    assert terminal.send("00B07FFF", ne=b"\x0a").data == CONTENT[REACH : REACH + 10]
    whole = terminal.send("00B07FFF", ne=b"\x00\x00", extended=True)
    assert (whole.status, whole.data) == (0x9000, CONTENT[REACH:])


@pytest.mark.parametrize(
    ("header", "status"), [("00B08000", 0x6A82), ("00B0A000", 0x6A86), ("00B0C040", 0x6A86)]
)
def test_even_instruction_cannot_go_beyond_it(terminal: Terminal, header: str, status: int) -> None:
    """With its first bit set P1 is no offset any more: it names a file, or nothing."""
    terminal.send("00A4020C", LARGE.to_bytes(2))
    assert terminal.send(header, ne=b"\x00").status == status


def test_odd_instruction_keeps_the_access_rule(terminal: Terminal) -> None:
    for offset in (0, 35_000):
        assert odd(terminal, offset, b"\x00", GUARDED).status == 0x6982


@pytest.mark.parametrize("block", [223, 4096, SIZE + 100])
def test_reader_of_this_project_fetches_it_whole(terminal: Terminal, block: int) -> None:
    assert run(read_file(0x12, block), terminal.card) == CONTENT
