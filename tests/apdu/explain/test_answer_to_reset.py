"""Every octet of an answer to reset is told, and told right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.atr import decode
from apdu.explain import historical_bytes
from apdu.explain.answer_to_reset import explain, speed
from tests.apdu.test_atr import INVERSE, JCOP, MIFARE_1K, MULTIFLEX, NPA, SPECIFIC, TYPE_B, VICC


def told(text: str) -> list[tuple[str, str]]:
    lines = explain(decode(bytes.fromhex(text)))
    assert b"".join(each.octets for each in lines).hex().upper() == text
    return [(each.name, each.meaning) for each in lines]


def historical(text: str) -> list[tuple[str, str]]:
    parts = historical_bytes.explain(bytes.fromhex(text))
    return [(octets.hex().upper(), meaning) for octets, meaning in parts]


def test_german_identity_card() -> None:
    assert told(NPA) == [
        ("TS", "direct convention"),
        ("T0", "TD1 follows; 10 historical bytes"),
        ("TD1", "protocol T=0; TD2 follows"),
        ("TD2", "protocol T=1; nothing follows"),
        ("historical", "category: compact data objects follow"),
        (
            "historical",
            "card service data: selection by full application name, by partial name, data objects"
            " in EF.DIR, data objects in EF.ATR/INFO, read with READ BINARY, with MF",
        ),
        ("historical", "card capabilities:"),
        (
            "historical",
            "selection by full name, partial name, path, file identifier, short file identifier,"
            " record number, record identifier",
        ),
        ("historical", "write OR, tags do not begin with FF, data unit of 2 quartets"),
        ("historical", "command chaining, extended Lc and Le, sizes in EF.ATR/INFO"),
        ("historical", "status 9000: done"),
        ("TCK", "right"),
    ]


def test_card_with_contacts_and_t1() -> None:
    assert told(JCOP)[2:] == [
        (
            "TA1",
            "Fi=372, Di=4: 93 clock cycles per bit, 43011 bit/s at 4 MHz, 53763 bit/s at 5 MHz",
        ),
        ("TB1", "programming voltage, no longer used"),
        ("TC1", "extra guard time N=0"),
        ("TD1", "protocol T=1; TD2 follows"),
        ("TD2", "protocol T=1; TA3, TB3 follow"),
        ("TA3", "IFSC=254: the most octets in a block to the card"),
        ("TB3", "BWI=4, CWI=5: waiting times of blocks and characters"),
        ("historical", "of the card's own form: 'JCOPv241'"),
        ("TCK", "right"),
    ]


def test_subscriber_card_with_global_characters() -> None:
    lines = dict(told(SPECIFIC))
    assert lines["TD1"] == "protocol T=0; TD2 follows"
    assert lines["TD2"] == "global interface characters; TA3 follows"
    assert lines["TA3"] == ("clock stop no preference; classes of supply B (3 V), C (1.8 V)")


def test_storage_card_behind_a_contactless_reader() -> None:
    assert told(MIFARE_1K)[5:] == [
        ("historical", "application identifier of a storage card:"),
        ("historical", "PC/SC workgroup"),
        ("historical", "ISO/IEC 14443 type A, part 3"),
        ("historical", "MIFARE Classic 1K"),
        ("historical", "reserved"),
        ("TCK", "right"),
    ]


@pytest.mark.parametrize(
    ("code", "standard"),
    [
        ("00", "no standard told"),
        ("05", "ISO/IEC 14443 type B, part 1"),
        ("07", "ISO/IEC 14443 type B, part 3"),
        ("0B", "ISO/IEC 15693, part 3"),
        ("11", "FeliCa"),
        ("99", "standard not defined"),
    ],
)
def test_standard_of_a_storage_card(code: str, standard: str) -> None:
    assert historical(f"804F0CA000000306{code}003B00000000")[3] == (code, standard)


def test_card_of_type_b_has_no_category() -> None:
    assert [meaning for _, meaning in told(TYPE_B)[4:-1]] == [
        "if of type B: application data of its answer to request",
        "protocol info of its answer to request",
        "maximum buffer length index 0",
    ]


def test_passports_behind_contactless_readers() -> None:
    assert told("3B80800101")[4:] == [("TCK", "right")]
    assert told("3B8480018082900097")[4:] == [
        ("historical", "category: compact data objects follow"),
        ("historical", "status 9000: done"),
        ("TCK", "right"),
    ]
    assert told("3B8480010000900095")[4:6] == [
        ("historical", "category: compact data objects follow, a status at the end"),
        ("historical", "life cycle not told; status 9000: done"),
    ]


def test_eight_octets_of_compact_objects_are_no_type_b() -> None:
    assert historical("8031F0738021C0")[1][1].startswith("card service data")
    parts = historical_bytes.explain(bytes.fromhex("80318064B0831148"), contactless=True)
    assert next(parts)[1] == "category: compact data objects follow"


def test_inverse_convention_and_answers_of_t0() -> None:
    assert told(INVERSE)[0] == ("TS", "inverse convention")
    assert told(MULTIFLEX) == [
        ("TS", "direct convention"),
        ("T0", "nothing follows; 2 historical bytes"),
        ("historical", "of the card's own form"),
    ]


def test_wrong_tck_is_told_with_the_right_one() -> None:
    assert told(VICC[:-2] + "0C")[-1] == ("TCK", "wrong, 0B belongs here")


def test_octets_behind_the_end_are_told() -> None:
    assert told(MULTIFLEX + "1122")[-1] == ("?", "behind the end")


@pytest.mark.parametrize(
    ("text", "name", "meaning"),
    [
        ("3B40FF", "TC1", "guard time N=255: the shortest"),
        ("3B90111091", "TA2", "specific mode: T=1 at the default speed; the card cannot change to"
                              " negotiable mode"),
        ("3B90111001", "TA2", "specific mode: T=1 at the speed of TA1; the card can change to"
                              " negotiable mode"),
        ("3B8040 0A", "TC2", "waiting time integer WI=10 of T=0"),
        ("3B8081410100", "TC3", "blocks end with a CRC"),
        ("3B8081410000", "TC3", "blocks end with an LRC"),
        ("3B80814F0F00", "TC3", "of T=15, not defined"),
        ("3B802F0000", "TB2", "programming voltage, no longer used"),
        ("3B80 8F 2F 8100", "TB3", "contact C6 in proprietary use 01"),
        ("3B80 8F 2F 0000", "TB3", "contact C6 is not used"),
        ("3B80 8E 1E 0000", "TA3", "of T=14, not defined"),
        ("3B1071", "TA1", "TA1 says a speed that is not defined"),
    ],
)  # fmt: skip
def test_interface_character(text: str, name: str, meaning: str) -> None:
    lines = explain(decode(bytes.fromhex(text)))
    assert [each.meaning for each in lines if each.name == name] == [meaning]


def test_default_speed_is_told_where_nothing_is_said() -> None:
    assert speed(decode(bytes.fromhex("3B00"))).startswith("Fi=372, Di=1: 372 clock cycles")
    assert speed(decode(bytes.fromhex("3B1001"))).count("bit/s") == 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("00 31 80 05 9000", [
            ("00", "category: compact data objects follow, a status at the end"),
            ("3180", "card service data: selection by full application name, read with READ RECORD,"
                     " with MF"),
            ("059000", "operational, activated; status 9000: done"),
        ]),
        ("10 42", [("10", "category: a reference into EF.DIR"), ("42", "the reference")]),
        ("10", [("10", "category: a reference into EF.DIR")]),
        ("80 81 07", [
            ("80", "category: compact data objects follow"), ("8107", "operational, activated"),
        ]),
        ("80 83 00 0000", [
            ("80", "category: compact data objects follow"),
            ("83000000", "life cycle not told; status 0000: not told"),
        ]),
        ("80 75 84", [
            ("80", "category: compact data objects follow"),
            ("7584", "card capabilities of 5 octets, 1 are there"),
        ]),
        ("80 F7 A0000002471001", [
            ("80", "category: compact data objects follow"),
            ("F7A0000002471001", "application identifier: LDS1 (travel document),"
                                 " A0000002471001"),
        ]),
        ("80 74 00 9F 9C 01", [
            ("80", "category: compact data objects follow"), ("74", "card capabilities:"),
            ("00", "selection by nothing"),
            ("9F", "files of data objects, one-time write, tags may begin with FF, data unit of"
                   " 32768 quartets"),
            ("9C", "command chaining, 5 logical channels"), ("01", "not defined"),
        ]),
        ("80 73 01 01 1F", [
            ("80", "category: compact data objects follow"), ("73", "card capabilities:"),
            ("01", "selection by record identifier"),
            ("01", "one-time write, tags do not begin with FF, data unit of 2 quartets"),
            ("1F", "8 or more logical channels"),
        ]),
        ("80 71 80 91 00", [
            ("80", "category: compact data objects follow"), ("71", "card capabilities:"),
            ("80", "selection by full name"), ("9100", "data object 9"),
        ]),
        ("80 4F 05 A000000306", [
            ("80", "category: compact data objects follow"),
            ("4F05", "application identifier of a storage card:"),
            ("A000000306", "PC/SC workgroup"),
        ]),
        ("80 4F 07 A000000306 11 00", [
            ("80", "category: compact data objects follow"),
            ("4F07", "application identifier of a storage card:"),
            ("A000000306", "PC/SC workgroup"), ("11", "FeliCa"), ("00", "card not named"),
        ]),
        ("80 4F 06 A000000306 11", [
            ("80", "category: compact data objects follow"),
            ("4F06", "application identifier of a storage card:"),
            ("A000000306", "PC/SC workgroup"), ("11", "FeliCa"),
        ]),
        ("80 74 F7 41 E0 00 82 9000", [
            ("80", "category: compact data objects follow"), ("74", "card capabilities:"),
            ("F7", "selection by full name, partial name, path, file identifier, short file"
                   " identifier, record number, record identifier"),
            ("41", "write OR, tags do not begin with FF, data unit of 2 quartets"),
            ("E0", "command chaining, extended Lc and Le, sizes in EF.ATR/INFO"),
            ("00", "not defined"), ("829000", "status 9000: done"),
        ]),
        ("", []),
        ("C1 00", [("C100", "of the card's own form")]),
    ],
)  # fmt: skip
def test_historical_bytes(text: str, parts: list[tuple[str, str]]) -> None:
    assert historical(text) == parts


@given(st.binary(min_size=1, max_size=40))
def test_every_octet_is_told_once(octets: bytes) -> None:
    read = decode(b"\x3b" + octets)
    assert b"".join(each.octets for each in explain(read)) == read.octets


@given(st.binary(max_size=20))
def test_every_historical_byte_is_told_once(octets: bytes) -> None:
    for contactless in (True, False):
        parts = historical_bytes.explain(octets, contactless=contactless)
        assert b"".join(part for part, _ in parts) == octets


def test_control_characters_of_a_card_do_not_reach_the_terminal() -> None:
    assert historical("1B5B324A") == [("1B5B324A", "of the card's own form")]
