"""Long certificates under secure messaging: extended length, and chains of fragments."""

from collections.abc import Callable

import pytest

from apdu.iso7816 import MAX_NC
from apdu.tlv import build
from card_sim.session import Password
from tests.card_sim.chains import ROOT, Ring
from tests.card_sim.terminal import Terminal
from tests.card_sim.world import World

SHORT_PROTECTED = 239  # the most one short protected command can carry


def long_certificate(ring: Ring, octets: int) -> bytes:
    """Body and signature of a DV certificate with an extension of so many octets."""
    template = build(0x73, bytes.fromhex("060904007F000703010309"), build(0x80, bytes(octets)))
    return ring.dv_certificate(extensions=template).pso_data


def choose(ring: Ring) -> Terminal:
    assert ring.session.send("002281B6", build(0x83, ROOT.encode())).status == 0x9000
    return ring.session


def send_chained(terminal: Terminal, data: bytes, size: int) -> int:
    parts = [data[i : i + size] for i in range(0, len(data), size)]
    for part in parts[:-1]:
        assert terminal.send("102A00BE", part).status == 0x9000
    return terminal.send("002A00BE", parts[-1]).status


@pytest.mark.parametrize("fragment", [100, 223])
def test_certificate_may_come_in_a_chain_of_commands(world: World, fragment: int) -> None:
    terminal = world.after_pace()
    data = world.chain.dv.pso_data
    terminal.send("002281B6", build(0x83, world.chain.dv.car.encode()))
    assert send_chained(terminal, data, fragment) == 0x9000


def test_certificate_may_come_in_extended_length(world: World) -> None:
    terminal = world.after_pace()
    data = world.chain.dv.pso_data
    terminal.send("002281B6", build(0x83, world.chain.dv.car.encode()))
    assert terminal.send("002A00BE", data, extended=True).status == 0x9000


def test_other_commands_are_not_chained(world: World) -> None:
    assert world.after_pace().send("10B09C00", ne=b"\x00").status == 0x6884


def test_protected_certificate_fits_a_short_command(world: World) -> None:
    chain = world.chain
    assert len(chain.dv.pso_data) == len(chain.terminal.pso_data) == 231


@pytest.mark.parametrize(
    ("octets", "size"), [(10, 1), (300, 200), (300, SHORT_PROTECTED), (5000, SHORT_PROTECTED)]
)
def test_long_certificate_comes_in_protected_fragments(
    world: World, octets: int, size: int
) -> None:
    ring = Ring(world)
    data = long_certificate(ring, octets)
    assert send_chained(choose(ring), data, size) == 0x9000
    assert ring.imports(ring.terminal_certificate()) == [0x9000]


@pytest.mark.parametrize("octets", [300, 5000, 60_000])
def test_long_certificate_comes_in_one_extended_command(world: World, octets: int) -> None:
    ring = Ring(world)
    data = long_certificate(ring, octets)
    assert choose(ring).send("002A00BE", data, extended=True).status == 0x9000
    assert ring.imports(ring.terminal_certificate()) == [0x9000]


def test_fragments_may_be_of_extended_length_too(world: World) -> None:
    ring = Ring(world)
    data = long_certificate(ring, 5000)
    terminal = choose(ring)
    assert terminal.send("102A00BE", data[:3000], extended=True).status == 0x9000
    assert terminal.send("002A00BE", data[3000:], extended=True).status == 0x9000


def test_protected_command_carries_239_octets_and_not_one_more(world: World) -> None:
    terminal = choose(Ring(world))
    assert terminal.channel is not None
    header = bytes.fromhex("002A00BE")
    assert terminal.channel.wrap(header, bytes(SHORT_PROTECTED), b"", extended=False)[4] == 254
    assert terminal.channel.wrap(header, bytes(SHORT_PROTECTED + 1), b"", extended=False)[4] == 0


Interruption = Callable[[Ring, bytes], None]
INTERRUPTIONS: dict[str, Interruption] = {
    "read": lambda ring, _: _answers(ring, "00B09C00", b"", 0x9000),
    "unknown instruction": lambda ring, _: _answers(ring, "00CA0000", b"", 0x6D00),
    "other parameters": lambda ring, rest: _answers(ring, "002A00AE", rest, 0x6A86),
    "get challenge": lambda ring, _: _answers(ring, "00840000", b"", 0x6700),
    "chained command of another kind": lambda ring, _: _answers(ring, "10B09C00", b"", 0x6884),
}


def _answers(ring: Ring, header: str, data: bytes, status: int) -> None:
    assert ring.session.send(header, data).status == status


@pytest.mark.parametrize("interruption", INTERRUPTIONS)
def test_interrupted_chain_is_forgotten_and_the_next_one_is_whole(
    world: World, interruption: str
) -> None:
    """The rest alone is no certificate; whatever was sent before must not be joined to it."""
    ring = Ring(world)
    data = long_certificate(ring, 400)
    terminal = choose(ring)
    assert terminal.send("102A00BE", data[:200]).status == 0x9000
    INTERRUPTIONS[interruption](ring, data[200:])
    assert terminal.send("002A00BE", data[200:]).status == 0x6A80
    assert send_chained(choose(ring), data, 200) == 0x9000


def test_choosing_an_issuer_between_fragments_forgets_them(world: World) -> None:
    ring = Ring(world)
    data = long_certificate(ring, 400)
    assert choose(ring).send("102A00BE", data[:200]).status == 0x9000
    assert choose(ring).send("002A00BE", data[200:]).status == 0x6A80


@pytest.mark.parametrize("end", ["plain command", "power"])
def test_chain_does_not_outlive_its_session(world: World, end: str) -> None:
    ring = Ring(world)
    data = long_certificate(ring, 400)
    terminal = choose(ring)
    assert terminal.send("102A00BE", data[:200]).status == 0x9000
    if end == "power":
        terminal.card.reset()
    else:
        terminal.plain(bytes.fromhex("00A4000C"))
    terminal.channel = None
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000
    assert choose(ring).send("002A00BE", data[200:]).status == 0x6A80


def test_plain_fragment_ends_the_session(world: World) -> None:
    """A fragment nobody protected must not be joined to protected ones."""
    ring = Ring(world)
    data = long_certificate(ring, 400)
    terminal = choose(ring)
    assert terminal.send("102A00BE", data[:200]).status == 0x9000
    assert terminal.plain(bytes.fromhex("102A00BEC8") + data[200:400]).status == 0x9000
    assert terminal.plain(bytes.fromhex("002A00BEC8") + data[200:400]).status == 0x6982


def test_chain_longer_than_any_command_is_refused(world: World) -> None:
    terminal = choose(Ring(world))
    part = bytes(32_000)
    for _ in range(MAX_NC // len(part)):
        assert terminal.send("102A00BE", part, extended=True).status == 0x9000
    assert terminal.send("102A00BE", part, extended=True).status == 0x6700
    assert terminal.send("002A00BE", part, extended=True).status == 0x6A80
