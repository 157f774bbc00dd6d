"""SELECT and READ BINARY: identifiers, offsets, lengths, and what lies past the end."""

import pytest

from tests.card_sim.terminal import EID_AID, LDS1_AID, Answer, Terminal
from tests.card_sim.world import World

EF_DIR = bytes.fromhex("61094F07A0000002471001610B4F09E80704007F00070302")
EF_ATR_INFO = bytes.fromhex("4703F741E07F66080202FFFF0202FFFF")
EF_CARD_ACCESS = bytes.fromhex(
    "3155300D060804007F00070202020201023012060A04007F000702020302020201020201013012060A04007F"
    "0007020204020202010202010C301C060904007F000702020302300C060704007F0007010202010C020101"
)


@pytest.fixture
def terminal(world: World) -> Terminal:
    return world.terminal()


def plain(terminal: Terminal, octets: str) -> Answer:
    return terminal.plain(bytes.fromhex(octets))


def test_free_files_are_those_of_the_profile(terminal: Terminal) -> None:
    assert plain(terminal, "00B0810000").data == EF_ATR_INFO
    assert plain(terminal, "00B09E0000").data == EF_DIR
    assert plain(terminal, "00B09C0000").data == EF_CARD_ACCESS


@pytest.mark.parametrize("apdu", ["00A4000C023F00", "00A4000C", "00A40000023F0000", "00A40004"])
def test_master_file_is_selected_in_every_way(terminal: Terminal, apdu: str) -> None:
    terminal.send("00A4040C", LDS1_AID)
    assert plain(terminal, apdu).status == 0x9000
    assert plain(terminal, "00A4020C022F00").status == 0x9000


@pytest.mark.parametrize("p2", ["00", "04", "0C"])
def test_file_is_selected_with_each_wish_for_control_information(
    terminal: Terminal, p2: str
) -> None:
    answer = plain(terminal, f"00A402{p2}02011C00")
    size = f"8002{len(EF_CARD_ACCESS):04X}"
    expected = {"00": f"6F0B{size}8201018302011C", "04": f"620B{size}8201018302011C", "0C": ""}
    assert (answer.status, answer.data.hex().upper()) == (0x9000, expected[p2])
    assert plain(terminal, "00B0000000").data == EF_CARD_ACCESS


def test_control_information_does_not_tell_the_size_of_what_may_not_be_read(
    terminal: Terminal,
) -> None:
    terminal.send("00A4040C", EID_AID)
    answer = plain(terminal, "00A40204020104" + "00")
    assert (answer.status, answer.data.hex().upper()) == (0x9000, "620782010183020104")


def test_application_is_selected_with_control_information(terminal: Terminal) -> None:
    answer = plain(terminal, "00A4040007A000000247100100")
    assert answer.data == bytes.fromhex("6F0C8201388407A0000002471001")


@pytest.mark.parametrize(
    ("apdu", "status"),
    [
        ("00A4010C023F00", 0x6A86),
        ("00A4030C", 0x6A86),
        ("00A4020E02011C", 0x6A86),
        ("00A4040B05A000000247", 0x6A86),
        ("00A4080C023F00", 0x6A82),
        ("00A4080C040000011C", 0x6A82),
        ("00A4080C01", 0x6700),
        ("00A4080C03011C00", 0x6700),
        ("00A4090C", 0x6700),
        ("00A4020C040000011C", 0x6700),
        ("00A4020C01", 0x6700),
        ("00A4020C0101", 0x6700),
        ("00A4020C", 0x6700),
        ("00A4040C", 0x6A82),
        ("00A4040C08A000000247100100", 0x6A82),
        ("00A4020C02011F", 0x6A82),
        ("00A4020C023F00", 0x6A82),
    ],
)
def test_odd_selections_are_refused(terminal: Terminal, apdu: str, status: int) -> None:
    assert plain(terminal, apdu).status == status


def test_refused_selection_changes_nothing(terminal: Terminal) -> None:
    plain(terminal, "00A4020C02011C")
    plain(terminal, "00A4020C02011F")
    plain(terminal, "00A4080C02011F")
    plain(terminal, "00A4040C05A000000248")
    assert plain(terminal, "00B0000000").data == EF_CARD_ACCESS


def test_application_is_selected_by_the_beginning_of_its_name(terminal: Terminal) -> None:
    """The data coding of DO 47 announces it: F7, selection by partial DF name."""
    for beginning, name in (("A0", LDS1_AID), ("A000000247", LDS1_AID), ("E807", EID_AID)):
        answer = plain(terminal, f"00A40400{len(beginning) // 2:02X}{beginning}00")
        assert answer.status == 0x9000
        assert answer.data.endswith(name)


def test_next_application_counts_from_the_current_one(terminal: Terminal) -> None:
    first, last, following, previous = "00A4040C", "00A4040D", "00A4040E", "00A4040F"
    for select, name, status in (
        (following, "A0", 0x9000),
        (following, "A0", 0x6A82),  # it is the only one whose name begins with A0
        (following, "E8", 0x9000),
        (previous, "E8", 0x6A82),
        (previous, "A0", 0x9000),
        (last, "E8", 0x9000),
        (first, "A0", 0x9000),
    ):
        assert plain(terminal, f"{select}01{name}").status == status


def test_path_is_followed_from_the_master_file_or_from_the_current_application(
    terminal: Terminal,
) -> None:
    assert plain(terminal, "00A4080C02011C").status == 0x9000
    assert plain(terminal, "00B0000000").data == EF_CARD_ACCESS
    assert plain(terminal, "00A4090C022F00").status == 0x9000
    assert plain(terminal, "00B0000000").data == EF_DIR
    terminal.send("00A4040C", LDS1_AID)
    assert plain(terminal, "00A4090C022F00").status == 0x6A82
    assert plain(terminal, "00A4090C02011E").status == 0x9000
    assert plain(terminal, "00B0000000").status == 0x6982
    assert plain(terminal, "00A4080C022F00").status == 0x9000
    assert plain(terminal, "00B0000000").data == EF_DIR
    assert plain(terminal, "00A4090C02011E").status == 0x6A82  # back at the master file


def test_same_identifier_means_another_file_in_each_application(world: World) -> None:
    terminal = world.after_terminal_authentication()
    card_security = terminal.read_file(0x011D).data
    terminal.send("00A4040C", LDS1_AID)
    sod = terminal.read_file(0x011D).data
    terminal.send("00A4040C", EID_AID)
    assert card_security[:1] == b"\x30"
    assert sod[:1] == b"\x77"
    assert terminal.send("00A4020C", b"\x01\x1d").status == 0x6A82


@pytest.mark.parametrize(
    ("apdu", "status", "length"),
    [
        ("00B0000000", 0x9000, 87),  # Le 00: as much as there is
        ("00B0000057", 0x9000, 87),  # exactly to the end
        ("00B0000058", 0x6282, 87),  # one more than there is
        ("00B00056FF", 0x6282, 1),
        ("00B0005600", 0x9000, 1),
        ("00B0005700", 0x6B00, 0),  # at the end
        ("00B0005800", 0x6B00, 0),
        ("00B07FFF00", 0x6B00, 0),
        ("00B00000", 0x9000, 87),  # no Le: what a short answer holds
        ("00B000000000000A", 0x6700, 0),  # data field in an even READ BINARY
        ("00B00000000000", 0x9000, 87),
        ("00B0000000000A", 0x9000, 10),
        ("00B09C0A0A", 0x9000, 10),
        ("00B0BC0000", 0x6A86, 0),
        ("00B0800000", 0x6A82, 0),
    ],
)
def test_offset_and_length(terminal: Terminal, apdu: str, status: int, length: int) -> None:
    plain(terminal, "00A4020C02011C")
    answer = plain(terminal, apdu)
    assert (answer.status, len(answer.data)) == (status, length)


def test_short_identifier_selects_the_file(terminal: Terminal) -> None:
    plain(terminal, "00B09C0001")
    assert plain(terminal, "00B0000000").data == EF_CARD_ACCESS


def test_reading_without_a_current_file_is_refused(terminal: Terminal) -> None:
    assert plain(terminal, "00B0000000").status == 0x6986
    plain(terminal, "00A4020C02011C")
    plain(terminal, "00A4000C")
    assert plain(terminal, "00B0000000").status == 0x6986
    assert plain(terminal, "00B100000354010000").status == 0x6986


@pytest.mark.parametrize(
    ("apdu", "status", "data"),
    [
        ("00B1011C0354010000", 0x9000, "5357" + EF_CARD_ACCESS.hex()),
        ("00B1001C0354010000", 0x9000, "5357" + EF_CARD_ACCESS.hex()),
        ("00B1011C0354015500", 0x9000, "53020101"),
        ("00B1011C045402005600", 0x9000, "530101"),
        ("00B1011C0354010006", 0x9000, "53043155300D"),
        ("00B1011C0354015710", 0x6B00, ""),
        ("00B1011C055403FFFFFF00", 0x6B00, ""),
        ("00B1011C0354010002", 0x6700, ""),
        ("00B1011C0353010000", 0x6A80, ""),
        ("00B1011C00", 0x6A80, ""),
        ("00B1011F0354010000", 0x6A82, ""),
    ],
)
def test_odd_instruction_wraps_offset_and_answer(
    terminal: Terminal, apdu: str, status: int, data: str
) -> None:
    answer = plain(terminal, apdu)
    assert (answer.status, answer.data) == (status, bytes.fromhex(data))


def test_odd_instruction_reads_whole_blocks_under_secure_messaging(world: World) -> None:
    terminal = world.after_pace()
    terminal.send("00A4040C", LDS1_AID)
    answer = terminal.send("00B10102", bytes.fromhex("54024000"), b"\x00\x00", extended=True)
    assert answer.status == 0x9000
    assert answer.data[:4] == bytes.fromhex("53820546")  # 17734 - 16384 octets
    assert len(answer.data) == 4 + 17734 - 0x4000


@pytest.mark.parametrize(
    ("apdu", "status"),
    [
        ("00CA000000", 0x6D00),
        ("00C0000000", 0x6D00),
        ("80B0000000", 0x6E00),
        ("01B0000000", 0x6E00),
        ("0020000006313233343536", 0x6D00),
        ("00", 0x6700),
        ("", 0x6700),
        ("00A402", 0x6700),
        ("00A4020C03011C", 0x6700),
        ("0022000003800100", 0x6A86),
        ("0086000000", 0x6A80),
        ("002A000002AABB", 0x6A86),
        ("0084000108", 0x6A86),
        ("0082000101AA", 0x6A86),
    ],
)
def test_commands_the_card_does_not_know(terminal: Terminal, apdu: str, status: int) -> None:
    assert plain(terminal, apdu).status == status
