"""Answers to reset of cards in the field, and answers that are not whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.atr import Atr, decode
from apdu.errors import EncodingError

NPA = "3B8A80018031F873F741E082900075"
VICC = "3B951381018073FF01000B"
JCOP = "3BF81300008131FE454A434F5076323431B7"
MULTIFLEX = "3B021450"
CRYPTOFLEX = "3B956540FF6402010110900027"
INVERSE = "3F6525002C09699000"
TYPE_B = "3B88800100000000338181003A"
SPECIFIC = "3B9F96801FC68031E073FE211B6441024100829000C2"
MIFARE_1K = "3B8F8001804F0CA000000306030001000000006A"


def atr(text: str) -> Atr:
    return decode(bytes.fromhex(text))


@pytest.mark.parametrize(
    ("text", "protocols", "historical"),
    [
        (NPA, (0, 1), "8031F873F741E0829000"),
        (VICC, (1,), "8073FF0100"),
        (JCOP, (1,), "4A434F5076323431"),
        (MULTIFLEX, (0,), "1450"),
        (INVERSE, (0,), "2C09699000"),
        (TYPE_B, (0, 1), "0000000033818100"),
        (SPECIFIC, (0,), "8031E073FE211B6441024100829000"),
        (MIFARE_1K, (0, 1), "804F0CA00000030603000100000000"),
        ("3B80800101", (0, 1), ""),  # passports
        ("3B8480010000900095", (0, 1), "00009000"),
        ("3B8480018082900097", (0, 1), "80829000"),
        ("3B848001043833B1BB", (0, 1), "043833B1"),
    ],
)
def test_protocols_and_historical_bytes(
    text: str, protocols: tuple[int, ...], historical: str
) -> None:
    read = atr(text)
    assert read.protocols == protocols
    assert read.historical.hex().upper() == historical
    assert read.problems == ()


def test_interface_characters_belong_to_the_protocol_before_them() -> None:
    shown = [(each.name, each.value, each.protocol) for each in atr(JCOP).interface]
    assert shown == [
        ("TA1", 0x13, None),
        ("TB1", 0x00, None),
        ("TC1", 0x00, None),
        ("TD1", 0x81, None),
        ("TD2", 0x31, 1),
        ("TA3", 0xFE, 1),
        ("TB3", 0x45, 1),
    ]
    assert atr(JCOP).value("TA3") == 0xFE
    assert atr(JCOP).value("TC3") is None


def test_global_interface_characters_are_no_protocol() -> None:
    assert atr(SPECIFIC).protocols == (0,)
    assert atr("3B80 1F 00 9F".replace(" ", "")).protocols == (0,)


@pytest.mark.parametrize(
    ("ta1", "speed"),
    [
        ("11", (372, 5.0, 1)),
        ("13", (372, 5.0, 4)),
        ("96", (512, 5.0, 32)),
        ("D9", (2048, 20.0, 20)),
        ("01", (372, 4.0, 1)),
        ("10", None),
        ("71", None),
        ("1A", None),
    ],
)
def test_speed_is_coded_in_ta1(ta1: str, speed: tuple[int, float, int] | None) -> None:
    assert atr(f"3B10{ta1}").speed == speed


def test_speed_without_ta1_is_the_default() -> None:
    assert atr("3B00").speed == (372, 5.0, 1)


@pytest.mark.parametrize(
    ("text", "contactless"),
    [(NPA, True), (MIFARE_1K, True), (TYPE_B, True), (VICC, False), (JCOP, False), ("3B00", False)],
)
def test_form_that_readers_give_contactless_cards(text: str, contactless: bool) -> None:
    assert atr(text).made_by_contactless_reader is contactless


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (NPA[:-2] + "74", "TCK is 74, where 75 belongs"),
        (NPA[:-2], "TCK is missing"),
        (NPA[:-4], "9 historical bytes, where T0 announces 10"),
        (NPA[:4], "it ends before TD1"),
        (NPA[:6], "it ends before TD2"),
        (JCOP[:8], "it ends before TC1"),
        (MULTIFLEX + "11", "octets behind its end: 1"),
        (NPA + "FFFF", "octets behind its end: 2"),
        ("3B00" + "00" * 32, "34 octets, where 33 are the most"),
    ],
)
def test_what_breaks_the_standard_is_told(text: str, problem: str) -> None:
    assert problem in atr(text).problems


def test_t0_alone_has_no_tck_and_every_other_answer_has_one() -> None:
    assert atr("3B00").problems == ()
    assert atr("3B8000").problems == ()  # TD1 names T=0 again.
    assert atr("3B800181").problems == ()
    assert atr("3B8001").problems == ("TCK is missing",)
    assert atr("3B800F8F").problems == ()


def test_answer_of_interface_characters_without_end_is_read_to_its_end() -> None:
    read = atr("3BF0" + "F0" * 31)
    assert len(read.interface) == 31
    assert "it ends before TD8" in read.problems


@pytest.mark.parametrize("text", ["", "3B", "3F", "00", "3C00", "0000", "9000"])
def test_what_is_no_answer_to_reset_is_refused(text: str) -> None:
    with pytest.raises(EncodingError, match="3B or 3F"):
        atr(text)


@given(st.binary(min_size=1, max_size=80))
def test_every_octet_belongs_to_one_part(octets: bytes) -> None:
    for convention in (b"\x3b", b"\x3f"):
        read = decode(convention + octets)
        interface = bytes(each.value for each in read.interface)
        check = b"" if read.check is None else bytes((read.check,))
        assert read.octets[2:] == interface + read.historical + check + read.rest
