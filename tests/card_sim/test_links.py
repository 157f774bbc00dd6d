"""The timing model, against figures worked out by hand from the standards."""

import math

import pytest

from apdu.iso7816 import CommandAPDU
from apdu.tlv import build
from card_sim.files import Application
from card_sim.links import (
    CHIPS,
    LINKS,
    FileReading,
    SessionTiming,
    Spent,
    TimedCard,
    usb_seconds,
)
from tests.apdu.profiles.taps import Tap
from tests.card_sim.world import World

SELECT_CARD_ACCESS = bytes.fromhex("00A4020C02011C")
READ_CARD_ACCESS = bytes.fromhex("00B09C0010")
P71 = CHIPS["p71"]
COMMANDS = 38


def timed(world: World, link: str = "tcl-424") -> TimedCard:
    return TimedCard(world.card(), LINKS[link], P71)


@pytest.mark.parametrize(
    ("name", "bit_rate"),
    [
        ("t1-9600", 9600),
        ("t1-38400", 38_400),
        ("t1-115200", 115_200),
        ("t1-223200", 223_200),
        ("t1-372000", 372_000),
        ("tcl-106", 105_937.5),
        ("tcl-212", 211_875),
        ("tcl-424", 423_750),
        ("tcl-848", 847_500),
    ],
)
def test_link_has_its_bit_rate(name: str, bit_rate: float) -> None:
    link = LINKS[name]
    bits = 9 if name.startswith("tcl") else 12
    assert math.isclose(link.limit(1000), 1000 * bits / bit_rate)
    assert f"{bit_rate if bits == 12 else bit_rate / 1000:.0f} " in link.sentence


def test_links_are_listed_from_slow_to_fast() -> None:
    for kind in ("t1", "tcl"):
        times = [link.limit(1) for name, link in LINKS.items() if name.startswith(kind)]
        assert times == sorted(times, reverse=True)


def test_contact_exchange_of_one_block_each_way() -> None:
    """5 + 2 octets in two blocks of 4 more: 15 characters of 12 etu, two turns of 10 more."""
    assert math.isclose(LINKS["t1-9600"].seconds(5, 2), (15 * 12 + 2 * 10) / 9600)


def test_contact_block_is_full_at_254_octets() -> None:
    """One octet more is a second block, and one of 4 octets that acknowledges the first."""
    link = LINKS["t1-9600"]
    assert math.isclose(link.seconds(5, 254), ((5 + 254 + 2 * 4) * 12 + 2 * 10) / 9600)
    assert math.isclose(link.seconds(5, 255), ((5 + 255 + 4 * 4) * 12 + 4 * 10) / 9600)
    assert math.isclose(link.seconds(255, 2), ((255 + 2 + 4 * 4) * 12 + 4 * 10) / 9600)


def test_contact_card_asks_for_more_time_every_1_6_seconds() -> None:
    """11 etu and 16 x 960 x 372 clocks; the request and its answer are 5 characters each."""
    link = LINKS["t1-9600"]
    waiting = 11 / 9600 + 16 * 960 * 372 / 3_571_200
    assert math.isclose(waiting, 1.601, abs_tol=0.001)
    assert link.extensions(waiting) == 0
    assert math.isclose(link.extensions(waiting + 0.001), (10 * 12 + 2 * 10) / 9600)
    assert math.isclose(link.extensions(3 * waiting), 2 * (10 * 12 + 2 * 10) / 9600)


def test_contactless_exchange_of_one_frame_each_way() -> None:
    """13 octets of 9 bits and 3 bits a frame, at 128 carrier periods; 1172 before each frame."""
    periods = (13 * 9 + 2 * 3) * 128 + 2 * 1172
    assert math.isclose(LINKS["tcl-106"].seconds(5, 2), periods / 13_560_000)


def test_contactless_frame_is_full_at_253_octets() -> None:
    link = LINKS["tcl-848"]
    full = ((5 + 253 + 2 * 3) * 9 + 2 * 3) * 16 + 2 * 1172
    assert math.isclose(link.seconds(5, 253), full / 13_560_000)
    more = ((5 + 254 + 4 * 3) * 9 + 4 * 3) * 16 + 4 * 1172
    assert math.isclose(link.seconds(5, 254), more / 13_560_000)


def test_contactless_card_asks_for_more_time_every_77_milliseconds() -> None:
    """256 x 16 x 2^8 carrier periods; the request and its answer are 4 octets each."""
    link = LINKS["tcl-106"]
    waiting = 256 * 16 * 256 / 13_560_000
    assert math.isclose(waiting, 0.0773, abs_tol=0.0001)
    request = ((2 * 4 * 9 + 2 * 3) * 128 + 2 * 1172) / 13_560_000
    assert link.extensions(waiting) == 0
    assert math.isclose(link.extensions(waiting + 0.001), request)


def test_no_exchange_is_faster_than_the_limit_of_its_octets() -> None:
    for link in LINKS.values():
        for octets in (1, 253, 254, 255, 4096, 65_535):
            assert link.seconds(0, octets) > link.limit(octets)


def test_usb_takes_a_frame_each_way_and_time_for_the_octets() -> None:
    assert math.isclose(usb_seconds(5, 2), 0.002 + (5 + 2 + 2 * 10) / 1216 * 0.001)
    assert math.isclose(usb_seconds(0, 12_140), 0.002 + 12_160 / 1216 * 0.001)


def authenticate(tag: int) -> CommandAPDU:
    return CommandAPDU(0x00, 0x86, data=build(0x7C, build(tag, bytes(65))))


@pytest.mark.parametrize(
    ("command", "milliseconds"),
    [
        (CommandAPDU(0x00, 0xB0, ne=256), 1.0),
        (CommandAPDU(0x00, 0x86, data=build(0x7C)), 1.0),
        (authenticate(0x81), 1 + 26.25 + 2 * 21.58),
        (authenticate(0x83), 1 + 26.25 + 21.58),
        (authenticate(0x85), 1 + 2 * 5.86),
        (authenticate(0x80), 1 + 21.58),
        (CommandAPDU(0x00, 0x86, data=b"\x7c\x05"), 1.0),
        (CommandAPDU(0x00, 0x2A, 0x00, 0xBE, bytes(256)), 1 + 31.28 + 8.54),
        (CommandAPDU(0x00, 0x82, data=bytes(64)), 1 + 31.28 + 8.54 / 4),
    ],
)
def test_chip_takes_the_time_of_its_operations(command: CommandAPDU, milliseconds: float) -> None:
    assert math.isclose(P71.seconds(command) * 1000, milliseconds)


def test_protection_is_encryption_and_mac_of_every_octet() -> None:
    assert math.isclose(P71.secure_messaging(256, 512) * 1000, 3 * 2 * 1.95)


def test_chips_are_listed_from_fast_to_slow() -> None:
    times = [chip.agreement for chip in CHIPS.values()]
    assert times == sorted(times)


def test_plain_command_is_timed(world: World) -> None:
    card = timed(world)
    answer = card.transmit(READ_CARD_ACCESS)
    assert len(answer) == 18
    (file,) = card.session.files
    assert (file.name, file.octets, file.commands) == ("EF.CardAccess", 16, 1)
    link = ((5 + 18 + 6) * 9 + 6) * 32 + 2 * 1172
    expected = Spent(link / 13_560_000, 0.001, usb_seconds(5, 18))
    assert file.spent == card.session.spent == expected


def test_whole_session_is_timed_file_by_file(world: World) -> None:
    card = TimedCard(world.card(), LINKS["tcl-848"], P71)
    assert Tap(world, world.data()).read(link=card).genuine
    session = card.session
    files = {file.name: file.octets for file in session.files}
    content = {
        (application, each.short_identifier): len(each.content)
        for application, contained in world.data().files.items()
        for each in contained
    }
    assert session.commands == COMMANDS
    assert files["DG2"] == content[Application.LDS1, 2]
    assert files["EF.SOD"] == content[Application.LDS1, 0x1D]
    assert files["eID.DG17"] == content[Application.EID, 17]
    assert files["EF.CardSecurity"] == content[Application.MASTER, 0x1D]
    assert len(files) == 2 + 1 + 12 + 6
    assert session.octets == sum(files.values())
    assert sum(file.spent.seconds for file in session.files) < session.spent.seconds
    assert session.limit == LINKS["tcl-848"].limit(session.octets)


def test_chip_time_of_a_session_is_that_of_its_operations(world: World) -> None:
    """PACE 2 keys and 3 ECDH, 2 certificates, 1 signature, chip authentication 1 ECDH."""
    card = timed(world)
    Tap(world, world.data()).read(link=card)
    asymmetric = 2 * P71.key + 4 * P71.agreement + 3 * P71.verification + 2 * P71.write
    rest = card.session.spent.chip - asymmetric - COMMANDS * P71.dispatch
    octets = card.session.octets
    assert P71.secure_messaging(0, octets) < rest < P71.secure_messaging(0, octets) * 1.3


def test_short_blocks_take_longer_than_long_ones(world: World) -> None:
    times, sizes = [], []
    for block in (None, 1000, 223):
        card = timed(world)
        Tap(world, world.data()).read(block, link=card)
        times.append(card.session.spent.seconds)
        sizes.append(card.session.octets)
    assert times == sorted(times)
    assert len(set(sizes)) == 1, "octets read twice"


def test_command_that_cannot_be_read_is_timed_too(world: World) -> None:
    card = timed(world)
    for octets in (b"", b"\x00", b"\x0c\xb0\x00\x00", b"\xff" * 5):
        assert len(card.transmit(octets)) == 2
    assert card.session.commands == 4
    assert card.session.files == ()
    assert card.session.spent.chip > 4 * P71.dispatch


def test_session_is_played_and_told_at_its_end(world: World) -> None:
    played: list[float] = []
    told: list[SessionTiming] = []
    card = TimedCard(world.card(), LINKS["t1-9600"], P71, wait=played.append, report=told.append)
    card.power_on()
    assert card.atr == world.data().atr
    card.transmit(SELECT_CARD_ACCESS)
    card.transmit(bytes.fromhex("00B0000010"))
    for end in (card.reset, card.power_off, card.power_on):
        end()
    (session,) = told
    assert session.commands == 2
    assert math.isclose(sum(played), session.spent.seconds)
    assert [file.name for file in session.files] == ["EF.CardAccess"]
    card.transmit(SELECT_CARD_ACCESS)
    card.power_on()
    assert [each.commands for each in told] == [2, 1]


def test_files_are_followed_by_identifier_short_identifier_and_application(world: World) -> None:
    card = timed(world)
    for command in (
        "00A4020C022F00", "00B0000004",  # EF.DIR by file identifier
        "00B0810004",  # EF.ATR/INFO by short identifier
        "00B1000003540100" "06",  # on in the same file, by an odd instruction
        "00A4040C07A0000002471001", "00B0820004",  # DG2, which may not be read yet
        "00A4000C023F00", "00B09C0004",
    ):  # fmt: skip
        card.transmit(bytes.fromhex(command))
    read = [(file.name, file.octets) for file in card.session.files]
    assert read == [("EF.DIR", 4), ("EF.ATR/INFO", 8), ("EF.CardAccess", 4)]


def test_report_reads_like_a_sentence() -> None:
    dg2 = FileReading("DG2", 17_702, 5, Spent(1.0, 0.2, 0.01))
    dg1 = FileReading("DG1", 95, 1, Spent(0.006, 0.002, 0.0025))
    spent = Spent(1.2, 0.35, 0.05)
    lines = list(SessionTiming(LINKS["t1-223200"], P71, 38, spent, (dg1, dg2)).lines())
    assert lines == [
        "t1-223200, chip p71: 38 commands, 17 797 octets of files in 1.60 s, "
        "link limit 0.96 s, 1.7x",
        "  link 1.20 s, chip 0.35 s, turnaround 50.0 ms",
        "  DG1 95 octets: 10.5 ms, link limit 5.1 ms, 2.1x",
        "  DG2 17 702 octets: 1.21 s, link limit 0.95 s, 1.3x",
    ]


def test_session_without_files_has_no_ratio() -> None:
    timing = SessionTiming(LINKS["tcl-106"], P71, 1, Spent(chip=0.05))
    head, *_ = timing.lines()
    assert head == "tcl-106, chip p71: 1 commands, 0 octets of files in 50.0 ms, link limit 0.0 ms"
