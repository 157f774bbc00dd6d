"""libeac as terminal against the virtual card: PACE with CAN and PIN, then secure messaging.

The commands are put together here; every key, point and token of the terminal is libeac's.
"""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from apdu.tlv import build, find, parse, parse_one
from card_sim.card import VirtualCard
from card_sim.memory import Memory
from card_sim.personalize import CardType
from card_sim.session import Password
from tests.card_sim.world import World, make_world
from tests.interop.libeac import LibeacTerminal, load_library

PACE_OID = bytes.fromhex("04007F00070202040202")
READ_CARD_ACCESS = bytes.fromhex("00B09C0000")
OK = b"\x90\x00"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    load_library()
    folder: Path = tmp_path_factory.mktemp("libeac") / "home"
    return make_world(folder)


def read_card_access(card: VirtualCard) -> bytes:
    answer = card.transmit(READ_CARD_ACCESS)
    assert answer[-2:] == OK
    return answer[:-2]


def general_authenticate(card: VirtualCard, content: bytes, *, last: bool = False) -> bytes:
    data = build(0x7C, content)
    header = bytes.fromhex("00860000" if last else "10860000")
    return card.transmit(header + bytes((len(data),)) + data + b"\x00")


def content(answer: bytes, tag: int) -> bytes:
    assert answer[-2:] == OK
    value = find(parse(parse_one(answer[:-2], 0x7C).value), tag)
    assert value is not None
    return value


def run_pace(
    card: VirtualCard, terminal: LibeacTerminal, password: Password
) -> tuple[bytes, bytes]:
    """The whole dialogue: the status word of its end, and the chip's token."""
    choice = build(0x80, PACE_OID) + build(0x83, bytes((password,)))
    chosen = card.transmit(bytes.fromhex("0022C1A4") + bytes((len(choice),)) + choice)
    assert chosen[0] in (0x90, 0x63)
    terminal.decrypt_nonce(content(general_authenticate(card, b""), 0x80))
    ours = terminal.mapping_data()
    terminal.map(content(general_authenticate(card, build(0x81, ours)), 0x82))
    ours = terminal.ephemeral_key()
    theirs = content(general_authenticate(card, build(0x83, ours)), 0x84)
    terminal.agree(theirs)
    answer = general_authenticate(card, build(0x85, terminal.token(theirs)), last=True)
    return answer[-2:], content(answer, 0x86) if answer[-2:] == OK else b""


@pytest.mark.parametrize("card_type", list(CardType))
@pytest.mark.parametrize("password", [Password.CAN, Password.PIN, Password.PUK])
def test_pace_ends_with_tokens_both_sides_accept(
    world: World, card_type: CardType, password: Password
) -> None:
    card = world.card(card_type=card_type)
    secret = world.secret(password).encode()
    with closing(LibeacTerminal(read_card_access(card), secret, password)) as terminal:
        status, token = run_pace(card, terminal, password)
        assert status == OK
        assert terminal.accepts(token)
        assert not terminal.accepts(bytes(8))


@pytest.mark.parametrize("card_type", list(CardType))
def test_secure_messaging_of_libeac_is_understood(world: World, card_type: CardType) -> None:
    """SELECT and READ BINARY of EF.CardAccess, protected and opened by libeac."""
    card = world.card(card_type=card_type)
    plain = read_card_access(card)
    with closing(LibeacTerminal(plain, world.person.can.encode(), Password.CAN)) as terminal:
        run_pace(card, terminal, Password.CAN)
        terminal.start_secure_messaging()
        select = exchange(card, terminal, "0CA4020C", b"\x01\x1c")
        assert select == (OK, b"")
        assert exchange(card, terminal, "0CB00000", b"", le=b"\x00") == (OK, plain)
        assert exchange(card, terminal, "0CB00100", b"", le=b"\x00") == (b"\x6b\x00", b"")


def exchange(
    card: VirtualCard, terminal: LibeacTerminal, header: str, data: bytes, le: bytes = b""
) -> tuple[bytes, bytes]:
    """One protected command and its answer: status word and plain data."""
    octets = bytes.fromhex(header)
    terminal.count()
    body = build(0x87, b"\x01", terminal.encrypt(terminal.pad(data))) if data else b""
    body += build(0x97, le) if le else b""
    checksum = terminal.authenticate(terminal.pad(octets) + (terminal.pad(body) if body else b""))
    body += build(0x8E, checksum)
    answer = card.transmit(octets + bytes((len(body),)) + body + b"\x00")
    terminal.count()
    objects = parse(answer[:-2])
    signed = b"".join(bytes(each) for each in objects[:-1])
    assert objects[-1].value == terminal.authenticate(terminal.pad(signed))
    assert find(objects, 0x99) == answer[-2:]
    ciphertext = find(objects, 0x87)
    opened = terminal.unpad(terminal.decrypt(ciphertext[1:])) if ciphertext else b""
    return answer[-2:], opened


def test_wrong_pin_is_refused_and_counted(world: World) -> None:
    memory = world.memory()
    card = world.card(memory)
    with closing(LibeacTerminal(read_card_access(card), b"000000", Password.PIN)) as terminal:
        status, _ = run_pace(card, terminal, Password.PIN)
    assert status == b"\x63\xc2"
    assert memory.state.pin_tries == 2


def test_wrong_can_is_refused(world: World) -> None:
    card = world.card()
    with closing(LibeacTerminal(read_card_access(card), b"000000", Password.CAN)) as terminal:
        assert run_pace(card, terminal, Password.CAN)[0] == b"\x63\x00"


def test_right_pin_with_one_guess_gone_restores_the_counter(world: World) -> None:
    memory = Memory(world.memory()._store, replace(world.state(), pin_tries=2))
    card = world.card(memory)
    secret = world.person.pin.encode()
    with closing(LibeacTerminal(read_card_access(card), secret, Password.PIN)) as terminal:
        assert run_pace(card, terminal, Password.PIN)[0] == OK
    assert memory.state.pin_tries == 3
