"""Each command, octet for octet."""

import pytest

from apdu import commands
from apdu.iso7816 import CommandAPDU

OID = bytes.fromhex("04007F00070202040202")
CHAT = bytes.fromhex("7F4C12060904007F000703010202530500034E9F00")
EMRTD = bytes.fromhex("A0000002471001")


@pytest.mark.parametrize(
    ("command", "octets"),
    [
        (commands.select_application(EMRTD), "00A4040C07A0000002471001"),
        (commands.select_file(0x011E), "00A4020C02011E"),
        (commands.read_binary_by_sfi(0x1C, 256), "00B09C0000"),
        (commands.read_binary_by_sfi(1, 65503), "00B0810000FFDF"),
        (commands.read_binary(0, 1), "00B0000001"),
        (commands.read_binary(0x7FFF, 223), "00B07FFFDF"),
        (commands.read_binary(0x100, 4, extended=True), "00B00100000004"),
        (commands.read_binary_odd(0x8000, 6), "00B10000045402800006"),
        (commands.read_binary_odd(1, 6), "00B100000354010106"),
        (commands.set_pace(OID, 3, 12), f"0022C1A412 800A{OID.hex()} 830103 84010C"),
        (commands.set_certificate_authority(b"KRCVCA"), "002281B608 8306 4B5243564341"),
        (commands.verify_certificate(b"\x7f\x4e"), "002A00BE02 7F4E"),
        (commands.get_challenge(), "0084000008"),
        (commands.external_authenticate(b"\x01\x02"), "0082000002 0102"),
        (commands.reset_retry_counter(3, b"123456"), "002C020306 313233343536"),
        (commands.reset_retry_counter(3), "002C0303"),
        (commands.activate_password(3), "00441003"),
        (commands.deactivate_password(3), "00041003"),
        (commands.general_authenticate(last=False), "10860000027C0000"),
        (commands.general_authenticate(b"\x85\x01\x02"), "00860000057C0385010200"),
    ],
)
def test_octets(command: CommandAPDU, octets: str) -> None:
    assert bytes(command) == bytes.fromhex(octets)


def test_set_pace_puts_the_chat_last() -> None:
    data = bytes(commands.set_pace(OID, 3, 12, CHAT))[5:]
    assert data == bytes.fromhex("800A") + OID + bytes.fromhex("830103 84010C") + CHAT


def test_terminal_authentication_names_algorithm_holder_and_key() -> None:
    command = commands.set_terminal_authentication(OID, b"KRTERM", b"\xaa\xbb")
    expected = "002281A418 800A" + OID.hex() + "8306 4B525445524D 9102AABB"
    assert bytes(command) == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("key_id", "tail"), [(None, ""), (0, "840100"), (195, "8401C3"), (256, "84020100")]
)
def test_the_chip_key_is_named_in_as_few_octets_as_it_takes(key_id: int | None, tail: str) -> None:
    data = commands.set_chip_authentication(OID, key_id).data
    assert data == bytes.fromhex("800A") + OID + bytes.fromhex(tail)


@pytest.mark.parametrize("sfi", [0, 31, -1])
def test_short_identifiers_outside_1_to_30_are_refused(sfi: int) -> None:
    with pytest.raises(ValueError, match="short file identifier"):
        commands.read_binary_by_sfi(sfi, 1)


@pytest.mark.parametrize("offset", [-1, 0x8000])
def test_offsets_beyond_fifteen_bits_are_refused_for_the_even_instruction(offset: int) -> None:
    with pytest.raises(ValueError, match="offset"):
        commands.read_binary(offset, 1)
