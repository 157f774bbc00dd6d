"""Secure messaging at the chip: every way to break it ends the session with its keys and rights."""

from collections.abc import Callable

import pytest

from apdu.iso7816 import CommandAPDU
from apdu.tlv import build
from card_sim.secure_messaging import ChipChannel, SessionKeys
from card_sim.session import Password
from tests.card_sim.terminal import Channel, Terminal, mac, pad
from tests.card_sim.world import World

READ_CARD_SECURITY = bytes.fromhex("00B09D00")
Damage = Callable[[bytes], bytes]


def protected(terminal: Terminal) -> bytes:
    """A well-protected READ BINARY of EF.CardSecurity."""
    assert terminal.channel is not None
    return terminal.channel.wrap(READ_CARD_SECURITY, b"", b"\x00", extended=False)


def forge(channel: Channel, header: bytes, body: bytes, *, tag: bytes | None = None) -> bytes:
    """A command with any data objects and a right checksum over them."""
    channel.ssc += 1
    message = channel.ssc.to_bytes(16) + pad(header) + (pad(body) if body else b"")
    checksum = build(0x8E, mac(channel.mac, message)) if tag is None else tag
    data = body + checksum
    return header + bytes((len(data),)) + data + b"\x00"


def assert_session_is_over(terminal: Terminal) -> None:
    """The old keys open nothing any more, and there are no rights in clear.

    In this order: a plain command would itself end a session that is still there.
    """
    assert terminal.plain(protected(terminal)).status == 0x6988
    plain = terminal.plain(READ_CARD_SECURITY + b"\x00")
    assert plain.status == 0x6982


def flipped(position: int) -> Damage:
    def damage(octets: bytes) -> bytes:
        changed = bytearray(octets)
        changed[position] ^= 0x01
        return bytes(changed)

    return damage


def test_untouched_command_is_answered(world: World) -> None:
    terminal = world.after_terminal_authentication()
    assert terminal.channel is not None
    answer = terminal.channel.unwrap(terminal.card.transmit(protected(terminal)))
    assert answer.status == 0x9000
    assert len(answer.data) == 223


@pytest.mark.parametrize(
    "damage",
    [flipped(2), flipped(3), flipped(6), flipped(7), flipped(-2), flipped(-9)],
    ids=["p1", "p2", "97 length", "le", "mac end", "mac start"],
)
def test_any_changed_octet_ends_the_session(world: World, damage: Damage) -> None:
    terminal = world.after_terminal_authentication()
    answer = terminal.plain(damage(protected(terminal)))
    assert answer.status in (0x6987, 0x6988)
    assert answer.data == b""
    assert_session_is_over(terminal)


def test_replayed_command_ends_the_session(world: World) -> None:
    terminal = world.after_terminal_authentication()
    command = protected(terminal)
    assert terminal.plain(command).status == 0x9000
    assert terminal.plain(command).status == 0x6988
    assert_session_is_over(terminal)


def test_skipped_command_ends_the_session(world: World) -> None:
    terminal = world.after_terminal_authentication()
    protected(terminal)
    assert terminal.plain(protected(terminal)).status == 0x6988
    assert_session_is_over(terminal)


def test_command_under_other_keys_ends_the_session(world: World) -> None:
    terminal = world.after_terminal_authentication()
    terminal.channel = Channel(
        bytes(16), bytes(16), terminal.channel.ssc if terminal.channel else 0
    )
    assert terminal.plain(protected(terminal)).status == 0x6988
    assert terminal.plain(READ_CARD_SECURITY + b"\x00").status == 0x6982


def test_plain_command_ends_the_session_and_counts_as_plain(world: World) -> None:
    terminal = world.after_terminal_authentication()
    assert terminal.plain(READ_CARD_SECURITY + b"\x00").status == 0x6982
    assert terminal.plain(bytes.fromhex("00A4000C023F00")).status == 0x9000
    assert_session_is_over(terminal)


@pytest.mark.parametrize(
    "octets",
    ["80B09D0000", "04B09D0000", "08B09D0000", "FF000000", "0C", "0CB09D00", "00B09D000500"],
)
def test_any_other_class_or_length_ends_the_session(world: World, octets: str) -> None:
    terminal = world.after_terminal_authentication()
    assert terminal.plain(bytes.fromhex(octets)).status in (0x6E00, 0x6700, 0x6987)
    assert_session_is_over(terminal)


@pytest.mark.parametrize(
    ("body", "tag", "status"),
    [
        ("970100", b"", 0x6987),
        ("970100", build(0x8E, bytes(7)), 0x6988),
        ("9700", None, 0x6988),
        ("9703000000", None, 0x6988),
        ("970100970100", None, 0x6988),
        ("9701008711" + "01" + "00" * 16, None, 0x6988),
        ("870101", None, 0x6988),
        ("871102" + "00" * 16, None, 0x6988),
        ("851000000000000000000000000000000000", None, 0x6988),
        ("810100", None, 0x6988),
        ("99029000", None, 0x6988),
        ("97", None, 0x6988),
    ],
)
def test_wrong_data_objects_end_the_session_even_with_a_right_checksum(
    world: World, body: str, tag: bytes | None, status: int
) -> None:
    terminal = world.after_terminal_authentication()
    assert terminal.channel is not None
    header = bytes.fromhex("0CB09D00")
    command = forge(terminal.channel, header, bytes.fromhex(body), tag=tag)
    assert terminal.plain(command).status == status
    assert_session_is_over(terminal)


def test_unknown_padding_indicator_ends_the_session(world: World) -> None:
    """Well encrypted, well authenticated, but not said to be padded by ISO/IEC 9797-1."""
    for indicator in (b"\x01", b"\x02"):
        terminal = world.after_terminal_authentication()
        channel = terminal.channel
        assert channel is not None
        channel.ssc += 1
        text = channel._aes().encryptor().update(pad(b"\x01\x1d"))
        channel.ssc -= 1
        body = build(0x87, indicator, text)
        answer = terminal.plain(forge(channel, bytes.fromhex("0CA4020C"), body))
        if indicator == b"\x02":
            assert answer.status == 0x6988
            assert_session_is_over(terminal)
        else:
            assert answer.status == 0x9000


@pytest.mark.parametrize("plain", [bytes(16), b"\x01" * 16, b"\x80" + b"\x01" * 15])
def test_wrong_padding_inside_the_cryptogram_ends_the_session(world: World, plain: bytes) -> None:
    terminal = world.after_terminal_authentication()
    channel = terminal.channel
    assert channel is not None
    channel.ssc += 1
    text = channel._aes().encryptor().update(plain)
    channel.ssc -= 1
    command = forge(channel, bytes.fromhex("0CA4020C"), build(0x87, b"\x01", text))
    assert terminal.plain(command).status == 0x6988
    assert_session_is_over(terminal)


CLASSES_UNDER_SECURE_MESSAGING = ["80", "90", "01", "11", "02", "03", "81", "93"]


@pytest.mark.parametrize("cla", CLASSES_UNDER_SECURE_MESSAGING)
def test_unknown_class_is_refused_under_secure_messaging_and_keeps_the_session(
    world: World, cla: str
) -> None:
    """TR-03110-3, B.14.10 sends CLA 8C; only a plain command or a wrong one ends a session."""
    terminal = world.after_terminal_authentication()
    assert terminal.send(f"{cla}208000", b"\x06\x01\x00").status == 0x6E00
    assert terminal.channel is not None
    assert terminal.send("00B09D00", ne=b"\x00").status == 0x9000


def test_unknown_class_with_wrong_protection_ends_the_session(world: World) -> None:
    terminal = world.after_terminal_authentication()
    assert terminal.channel is not None
    octets = terminal.channel.wrap(bytes.fromhex("80208000"), b"", b"", extended=False)
    assert terminal.plain(octets[:-2] + bytes((octets[-2] ^ 1, octets[-1]))).status == 0x6988
    assert_session_is_over(terminal)


def test_class_is_part_of_what_is_protected(world: World) -> None:
    """Nobody on the line turns a command into one of another class."""
    terminal = world.after_terminal_authentication()
    assert terminal.plain(b"\x8c" + protected(terminal)[1:]).status == 0x6988
    assert_session_is_over(terminal)


def test_unknown_class_ends_a_chain_of_fragments(world: World) -> None:
    terminal = world.after_pace()
    data = world.chain.dv.pso_data
    terminal.send("002281B6", build(0x83, world.chain.dv.car.encode()))
    assert terminal.send("102A00BE", data[:100]).status == 0x9000
    assert terminal.send("902A00BE", data[100:200]).status == 0x6E00
    assert terminal.send("002A00BE", data[100:]).status == 0x6A80


def enciphered(channel: Channel) -> bytes:
    """The identifier of EF.CardSecurity, as the next command of the channel would carry it."""
    channel.ssc += 1
    text = channel._aes().encryptor().update(pad(b"\x01\x1d"))
    channel.ssc -= 1
    return text


@pytest.mark.parametrize("instruction", ["0CA4020C", "0CB10000"], ids=["even", "odd"])
def test_cryptogram_of_the_other_kind_of_instruction_ends_the_session(
    world: World, instruction: str
) -> None:
    """Well encrypted and well authenticated, but in 85 for an even one, in 87 for an odd one."""
    terminal = world.after_terminal_authentication()
    assert terminal.channel is not None
    text, odd = enciphered(terminal.channel), bytes.fromhex(instruction)[1] & 1
    body = build(0x87, b"\x01", text) if odd else build(0x85, text)
    command = forge(terminal.channel, bytes.fromhex(instruction), body)
    assert terminal.plain(command).status == 0x6988
    assert_session_is_over(terminal)


@pytest.mark.parametrize("place", ["before", "after", "twice", "length first"])
def test_data_object_beside_the_cryptogram_ends_the_session(world: World, place: str) -> None:
    terminal = world.after_terminal_authentication()
    assert terminal.channel is not None
    cryptogram = build(0x87, b"\x01", enciphered(terminal.channel))
    body = {
        "before": bytes.fromhex("810100") + cryptogram,
        "after": cryptogram + bytes.fromhex("810100"),
        "twice": cryptogram * 2,
        "length first": bytes.fromhex("970100") + cryptogram,
    }[place]
    assert terminal.plain(forge(terminal.channel, bytes.fromhex("0CA4020C"), body)).status == 0x6988
    assert_session_is_over(terminal)


def test_protected_command_without_a_session_is_refused(world: World) -> None:
    terminal = world.terminal()
    assert terminal.plain(bytes.fromhex("0CB09C000D9701008E08000000000000000000")).status == 0x6988


def test_refusals_are_protected_and_keep_the_session(world: World) -> None:
    terminal = world.after_terminal_authentication()
    assert terminal.send("00B08500", ne=b"\x00").status == 0x6A82
    assert terminal.send("00CA0000", ne=b"\x00").status == 0x6D00
    assert terminal.send("00B09D00", ne=b"\x00").status == 0x9000


def test_extended_length_fetches_a_file_in_one_command(world: World) -> None:
    terminal = world.after_pace()
    terminal.send("00A4040C", bytes.fromhex("A0000002471001"))
    answer = terminal.send("00B08200", ne=b"\x00\x00", extended=True)
    assert answer.status == 0x9000
    assert len(answer.data) == 17734


def test_short_protected_answer_never_passes_256_octets(world: World) -> None:
    terminal = world.after_pace()
    terminal.send("00A4040C", bytes.fromhex("A0000002471001"))
    assert terminal.channel is not None
    for le in (b"\x00", b"\xe7", b"\xff", b""):
        octets = terminal.channel.wrap(bytes.fromhex("00B08200"), b"", le, extended=False)
        answer = terminal.card.transmit(octets)
        assert len(answer) <= 258
        assert len(terminal.channel.unwrap(answer).data) == 223


def test_chain_bit_survives_protection() -> None:
    channel = Channel(bytes(16), bytes(16))
    octets = channel.wrap(bytes.fromhex("102A00BE"), b"part", b"", extended=False)
    opened = ChipChannel(SessionKeys(bytes(16), bytes(16))).open(CommandAPDU.decode(octets))
    assert (opened.cla, opened.data) == (0x10, b"part")


def test_pace_inside_a_session_changes_the_keys_after_its_answer(world: World) -> None:
    terminal = world.after_pace(Password.CAN)
    before = terminal.channel
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000
    assert terminal.channel is not before
    assert terminal.send("00B09C00", ne=b"\x00").status == 0x9000
