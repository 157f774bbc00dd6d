"""Command and response APDUs, at the edges of their forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import EncodingError
from apdu.iso7816 import CommandAPDU, Instruction, ResponseAPDU

HEADER = bytes.fromhex("00B08100")


def command(nc: int, ne: int, *, extended: bool = False) -> CommandAPDU:
    cla, ins, p1, p2 = HEADER
    return CommandAPDU(cla, ins, p1, p2, bytes(nc), ne, extended)


@pytest.mark.parametrize(
    ("nc", "ne", "body"),
    [
        (0, 0, ""),
        (0, 1, "01"),
        (0, 255, "FF"),
        (0, 256, "00"),
        (1, 0, "01 00"),
        (255, 0, "FF" + "00" * 255),
        (255, 256, "FF" + "00" * 255 + "00"),
    ],
    ids=["1", "2 Le 1", "2 Le 255", "2 Le 256", "3 Lc 1", "3 Lc 255", "4 Lc 255 Le 256"],
)
def test_short_forms(nc: int, ne: int, body: str) -> None:
    octets = HEADER + bytes.fromhex(body)
    assert bytes(command(nc, ne)) == octets
    assert CommandAPDU.decode(octets) == command(nc, ne)


@pytest.mark.parametrize(
    ("nc", "ne", "head", "tail"),
    [
        (0, 257, "00 0101", ""),
        (0, 65535, "00 FFFF", ""),
        (0, 65536, "00 0000", ""),
        (256, 0, "00 0100", ""),
        (256, 1, "00 0100", "0001"),
        (1, 257, "00 0001", "0101"),
        (65280, 0, "00 FF00", ""),
        (65535, 65536, "00 FFFF", "0000"),
    ],
    ids=[
        "Le 257",
        "Le 65535",
        "Le 65536",
        "Lc 256",
        "Lc 256 Le 1",
        "Lc 1 Le 257",
        "Lc 65280",
        "Lc 65535 Le 65536",
    ],
)
def test_extended_forms(nc: int, ne: int, head: str, tail: str) -> None:
    octets = HEADER + bytes.fromhex(head) + bytes(nc) + bytes.fromhex(tail)
    assert bytes(command(nc, ne)) == octets
    assert CommandAPDU.decode(octets) == command(nc, ne)


def test_the_long_form_can_be_forced_where_the_short_one_would_do() -> None:
    assert bytes(command(1, 256, extended=True)) == HEADER + bytes.fromhex("000001000100")
    assert bytes(command(0, 16, extended=True)) == HEADER + bytes.fromhex("000010")
    assert bytes(command(0, 0, extended=True)) == HEADER


@pytest.mark.parametrize(("nc", "ne"), [(65536, 0), (0, 65537), (0, -1)])
def test_an_apdu_that_fits_no_form_is_refused(nc: int, ne: int) -> None:
    with pytest.raises(ValueError, match="APDU too long"):
        command(nc, ne)


@pytest.mark.parametrize(
    "octets",
    ["00B081", "00B08100 02AA", "00B08100 02AABBCCDD", "00B08100 000002AA", "00B08100 0000000000"],
    ids=["cut header", "Lc too large", "Lc too small", "extended Lc too large", "extended Lc 0"],
)
def test_a_body_that_does_not_match_its_lc_is_refused(octets: str) -> None:
    with pytest.raises(EncodingError):
        CommandAPDU.decode(bytes.fromhex(octets))


@given(st.integers(0, 600), st.sampled_from((0, 1, 223, 256, 257, 4080, 65536)), st.booleans())
def test_commands_round_trip(nc: int, ne: int, extended: bool) -> None:
    original = command(nc, ne, extended=extended and bool(nc or ne))
    assert CommandAPDU.decode(bytes(original)) == original


@given(st.binary(max_size=24))
def test_any_octets_are_a_command_that_says_the_same_or_refused(octets: bytes) -> None:
    try:
        read = CommandAPDU.decode(octets)
    except EncodingError:
        return
    assert bytes(read) == octets


def test_a_response_ends_in_its_status() -> None:
    response = ResponseAPDU.decode(bytes.fromhex("AABB9000"))
    assert response == ResponseAPDU(0x9000, b"\xaa\xbb")
    assert response.ok
    assert not ResponseAPDU(0x6282).ok
    assert bytes(response) == bytes.fromhex("AABB9000")


@pytest.mark.parametrize("length", [0, 1, 65539])
def test_a_response_without_status_or_too_long_is_refused(length: int) -> None:
    with pytest.raises(EncodingError):
        ResponseAPDU.decode(bytes(length))


def test_the_longest_response_is_65536_octets_and_the_status() -> None:
    assert len(ResponseAPDU.decode(bytes(65538)).data) == 65536


def test_names_are_those_of_the_standard() -> None:
    assert CommandAPDU(0, Instruction.READ_BINARY).name == "READ_BINARY"
    assert CommandAPDU(0, 0x0E).name == "INS 0E"


def test_repr_shows_no_data() -> None:
    assert "ab" not in repr(CommandAPDU(0, 0x20, data=b"ab"))
    assert "ab" not in repr(ResponseAPDU(0x9000, b"ab"))
