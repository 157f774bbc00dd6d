"""What a driver says of the longest APDU, well said or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.transports.pcsc.abilities import Abilities, abilities, control_code

UNKNOWN = Abilities(None, None)
SHORT_ONLY = Abilities(261, 258)
WHOLE = Abilities(65544, 65538)


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        ("00000000", SHORT_ONLY),  # libccid: a reader of the short APDU level
        ("00010000", SHORT_ONLY),
        ("01010000", Abilities(257 + 9, 257 + 2)),
        ("FFFF0000", Abilities(65544, 65537)),
        ("00000100", WHOLE),  # libccid: TPDU level or extended APDU level
        ("FFFFFFFF", WHOLE),
    ],
)
def test_octets_of_data_become_lengths_of_whole_apdus(octets: str, said: Abilities) -> None:
    assert abilities(bytes.fromhex(f"0904 00000000 0A04 {octets} 0B02 3412")) == said


@pytest.mark.parametrize("octets", ["", "0A", "0A04", "0A04000001", "0A03000001", "0B0400000100"])
def test_what_is_not_well_said_is_not_known(octets: str) -> None:
    assert abilities(bytes.fromhex(octets)) == UNKNOWN


def test_the_code_for_properties_is_the_value_of_tag_12() -> None:
    assert control_code(bytes.fromhex("010442330001 120442330012")) == bytes.fromhex("42330012")
    assert control_code(bytes.fromhex("010442330001")) is None
    assert control_code(bytes.fromhex("1204423300")) is None
    assert control_code(bytes.fromhex("12054233001200")) is None


@given(st.binary(max_size=40))
def test_no_driver_can_confuse_us(octets: bytes) -> None:
    said = abilities(octets)
    if said != UNKNOWN:
        assert 261 <= (said.max_command or 0) <= 65544
        assert 258 <= (said.max_answer or 0) <= 65538
    code = control_code(octets)
    assert code is None or (len(code) == 4 and code in octets)
