"""P-384 and keys of AES-192 and AES-256: the same card with longer numbers everywhere."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from apdu.crypto.curves import BRAINPOOL_P384, P256, P384, Curve, encode_point
from apdu.lds.security_infos import (
    CA_ECDH_AES192,
    CA_ECDH_AES256,
    PACE_ECDH_GM_AES192,
    PACE_ECDH_GM_AES256,
)
from apdu.tlv import build, find, parse, parse_one
from card_sim.card import VirtualCard
from card_sim.chip import CardData
from card_sim.memory import Memory
from card_sim.pki import TerminalChain
from card_sim.session import Password
from tests.card_sim.chains import FULL_RIGHTS, chain_with_rights
from tests.card_sim.terminal import (
    AES_256,
    CA_OID,
    EID_AID,
    LDS1_AID,
    PACE_OID,
    TA_SHA256,
    TA_SHA384,
    Suite,
    Terminal,
)
from tests.card_sim.world import World

AES_192 = Suite(PACE_OID[:-1] + b"\x03", CA_OID[:-1] + b"\x03", TA_SHA256, 24)
PROTOCOLS = {
    24: (PACE_ECDH_GM_AES192, CA_ECDH_AES192),
    32: (PACE_ECDH_GM_AES256, CA_ECDH_AES256),
}
CASES = {
    "P-384, AES-256": (P384, AES_256),
    "brainpoolP384r1, AES-256": (BRAINPOOL_P384, AES_256),
    "P-256, AES-192": (P256, AES_192),
}
EVERY_CASE = pytest.mark.parametrize("case", CASES)


@dataclass
class Longer:
    """A card of the everyday person on another curve, and the chain of terminals it trusts."""

    data: CardData
    chain: TerminalChain
    terminal: Terminal
    nonces: list[int]


def longer(world: World, case: str) -> Longer:
    curve, suite = CASES[case]
    data, chain, nonces = on(world, curve, suite), trusted_chain(curve), list[int]()

    def random_bytes(length: int) -> bytes:
        nonces.append(length)
        return b"\x5a" * length

    trusting = replace(world.state(), trust_points=(chain.cvca.encoded,))
    card = VirtualCard(data, world.memory(state=trusting), random_bytes=random_bytes)
    return Longer(data, chain, Terminal(card, curve, suite), nonces)


def on(world: World, curve: Curve, suite: Suite) -> CardData:
    pace, chip = PROTOCOLS[suite.key_length]
    return replace(
        world.data(), curve=curve, protocol=pace, chip_protocol=chip, chip_key=curve.generate()
    )


def trusted_chain(curve: Curve) -> TerminalChain:
    return chain_with_rights([FULL_RIGHTS] * 3, curve=curve)


@EVERY_CASE
def test_whole_session_runs(world: World, case: str) -> None:
    made = longer(world, case)
    terminal, chain = made.terminal, made.chain
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000
    done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
    assert done == 0x9000
    assert terminal.send("00B09D00", ne=b"\x00").status == 0x9000
    status, nonce, token = terminal.authenticate_chip()
    assert (status, len(nonce), len(token)) == (0x9000, 8, 8)
    assert terminal.switch_to_chip_keys(made.data.chip_key.public_key(), nonce, token)
    terminal.send("00A4040C", EID_AID)
    assert terminal.read_file(0x010C).status == 0x9000
    terminal.send("00A4040C", LDS1_AID)
    assert terminal.read_file(0x0101).data[:2] == b"\x61\x5d"


@EVERY_CASE
def test_nonce_of_pace_is_as_long_as_the_key_in_whole_blocks(world: World, case: str) -> None:
    """ICAO Doc 9303-11, 4.4.1: 16 octets for AES-128, 32 for AES-192 and AES-256."""
    made = longer(world, case)
    made.terminal.choose_pace(Password.PIN)
    answer = made.terminal.general_authenticate()
    encrypted = find(parse(parse_one(answer.data, 0x7C).value), 0x80)
    assert encrypted is not None
    assert (len(encrypted), made.nonces) == (32, [32])


@EVERY_CASE
def test_session_keys_have_their_full_length(world: World, case: str) -> None:
    terminal = longer(world, case).terminal
    assert terminal.pace(Password.CAN, world.person.can) == 0x9000
    assert terminal.channel is not None
    length = CASES[case][1].key_length
    assert (len(terminal.channel.enc), len(terminal.channel.mac)) == (length, length)


@EVERY_CASE
def test_wrong_pin_costs_a_try_here_too(world: World, case: str) -> None:
    terminal = longer(world, case).terminal
    assert terminal.pace(Password.PIN, "000000") == 0x63C2
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000


def test_another_key_length_or_curve_is_refused(world: World) -> None:
    terminal = longer(world, "P-384, AES-256").terminal
    for suite, status in ((AES_192, 0x6A80), (Suite(), 0x6A80), (AES_256, 0x9000)):
        terminal.suite = suite
        assert terminal.choose_pace(Password.PIN).status == status
    terminal.curve = P256
    assert terminal.choose_pace(Password.PIN).status == 0x6A88


def test_point_of_a_shorter_curve_is_refused(world: World) -> None:
    terminal = longer(world, "P-384, AES-256").terminal
    terminal.choose_pace(Password.CAN)
    terminal.general_authenticate()
    point = encode_point(P256.generate().public_key())
    assert terminal.general_authenticate(build(0x81, point)).status == 0x6A80


def test_signature_with_a_shorter_hash_than_the_certificate_names_is_refused(
    world: World,
) -> None:
    made = longer(world, "P-384, AES-256")
    terminal, chain = made.terminal, made.chain
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000
    terminal.suite = replace(terminal.suite, terminal=TA_SHA256)
    done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
    assert done == 0x6A80
    terminal.suite = replace(terminal.suite, terminal=TA_SHA384)
    done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
    assert done == 0x9000


def send_whole(terminal: Terminal, data: bytes) -> int:
    return terminal.send("002A00BE", data).status


def send_chained(terminal: Terminal, data: bytes) -> int:
    assert terminal.send("102A00BE", data[:223]).status == 0x9000
    return terminal.send("002A00BE", data[223:]).status


@pytest.mark.parametrize("send", [send_whole, send_chained])
def test_certificates_longer_than_a_short_command_come_either_way(
    world: World, send: Callable[[Terminal, bytes], int]
) -> None:
    made = longer(world, "P-384, AES-256")
    terminal, chain = made.terminal, made.chain
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000
    for each in (chain.dv, chain.terminal):
        assert len(each.pso_data) > 239
        assert terminal.send("002281B6", build(0x83, each.car.encode())).status == 0x9000
        assert send(terminal, each.pso_data) == 0x9000


def test_terminal_on_p256_is_taken_by_a_card_on_p384_that_trusts_its_root(world: World) -> None:
    """The terminal's signature key and the chip's key agreement are on curves of their own."""
    chain = world.chain
    memory: Memory = world.memory()
    terminal = Terminal(
        VirtualCard(on(world, P384, AES_256), memory), P384, replace(AES_256, terminal=TA_SHA256)
    )
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000
    done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
    assert done == 0x9000
    assert terminal.authenticate_chip()[0] == 0x9000
