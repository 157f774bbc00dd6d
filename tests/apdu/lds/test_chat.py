import pytest

from apdu.errors import EncodingError
from apdu.lds.chat import (
    AUTHENTICATION_TERMINAL,
    CAN_ALLOWED,
    INSPECTION_SYSTEM,
    PIN_MANAGEMENT,
    Chat,
    Role,
    read_dg,
    write_dg,
)
from apdu.lds.eid_groups import GROUPS


def at(value: str) -> Chat:
    return Chat(AUTHENTICATION_TERMINAL, bytes.fromhex(value))


def test_mse_data_object_of_the_profile_reads_and_writes_to_the_octet() -> None:
    octets = bytes.fromhex("7F4C12060904007F000703010202530500034E9F00")
    assert Chat.decode(octets) == at("00034E9F00")
    assert at("00034E9F00").encode() == octets


def test_terminal_of_the_profile_reads_exactly_the_twelve_groups() -> None:
    terminal = at("00034E9F00")
    assert tuple(n for n in range(1, 22) if terminal.allows(read_dg(n))) == GROUPS
    assert not terminal.allows(CAN_ALLOWED)
    assert at("00034E9F10").allows(CAN_ALLOWED)
    assert not at("00034E9F10").allows(PIN_MANAGEMENT)
    assert at("00034E9F30").allows(PIN_MANAGEMENT)


@pytest.mark.parametrize(
    ("value", "role"),
    [
        ("C0034E9F30", Role.CVCA),
        ("80034E9F30", Role.DV_DOMESTIC),
        ("40034E9F30", Role.DV_FOREIGN),
        ("00034E9F00", Role.TERMINAL),
    ],
)
def test_role_is_in_the_two_highest_bits(value: str, role: Role) -> None:
    assert at(value).role is role


def test_write_rights_are_the_bits_37_to_33() -> None:
    assert [write_dg(n) for n in range(17, 22)] == [37, 36, 35, 34, 33]


@pytest.mark.parametrize("number", [0, 22, -1])
def test_no_right_belongs_to_a_group_out_of_range(number: int) -> None:
    with pytest.raises(ValueError, match="data group"):
        read_dg(number)


def test_reserved_and_role_bits_are_no_rights() -> None:
    everything = at("FFFFFFFFFF")
    assert [bit for bit in range(-1, 41) if everything.allows(bit)] == [
        *range(29),
        *range(33, 38),
    ]
    assert not Chat(INSPECTION_SYSTEM, b"\xff").allows(4)


def test_effective_authorization_is_what_the_whole_chain_gives() -> None:
    effective = at("C0034E9F30") & at("80034E9F10") & at("00034E9F20")
    assert effective == at("00034E9F00")
    assert (at("FFFFFFFFFF") & at("FFFFFFFFFF")).value.hex() == "fe1fffffff"


def test_effective_authorization_of_two_terminal_types_is_refused() -> None:
    with pytest.raises(EncodingError):
        at("00034E9F00") & Chat(INSPECTION_SYSTEM, b"\x03")


@pytest.mark.parametrize(
    "octets",
    [
        "7F4C11060904007F0007030102025304034E9F00",  # four octets of rights
        "7F4C0E060904007F000703010209530103",  # unknown terminal type
        "7F4C12530500034E9F00060904007F000703010202",  # order
        "7F4C0B060904007F000703010202",  # no rights
        "7F4C12060904007F000703010202530500034E9F0000",  # something after it
        "7F4E12060904007F000703010202530500034E9F00",
    ],
)
def test_malformed_template_is_refused(octets: str) -> None:
    with pytest.raises(EncodingError):
        Chat.decode(bytes.fromhex(octets))
