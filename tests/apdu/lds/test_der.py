from datetime import UTC, datetime

import pytest

from apdu.errors import EncodingError
from apdu.lds import der
from apdu.tlv import Tlv


@pytest.mark.parametrize(
    ("dotted", "octets"),
    [
        ("0.4.0.127.0.7.2.2.4.2.2", "04007F00070202040202"),
        ("1.2.840.113549", "2A864886F70D"),
        (
            "2.25.263788582208037760829340002177253609138",
            "69838CF3EACEFEE2DAFDC59690B2FFA0A78E9D32",
        ),
    ],
)
def test_object_identifier_reads_and_writes(dotted: str, octets: str) -> None:
    assert der.oid_octets(dotted) == bytes.fromhex(octets)
    assert der.oid_text(bytes.fromhex(octets)) == dotted


@pytest.mark.parametrize("octets", ["", "2A86", "2A8001", "80", "2A" * 33])
def test_object_identifier_refuses_empty_cut_off_padded_and_long(octets: str) -> None:
    with pytest.raises(EncodingError):
        der.oid_text(bytes.fromhex(octets))


@pytest.mark.parametrize("dotted", ["", "1", "1.x", "3.1", "1.40", "1.-2", "1.2.-3"])
def test_object_identifier_refuses_what_is_no_dotted_form(dotted: str) -> None:
    with pytest.raises(EncodingError):
        der.oid_octets(dotted)


@pytest.mark.parametrize(("value", "octets"), [(0, "020100"), (127, "02017F"), (195, "020200C3")])
def test_integer_reads_and_writes_with_its_sign_octet(value: int, octets: str) -> None:
    assert der.integer(value).hex().upper() == octets
    assert der.read_integer(Tlv(der.INTEGER, bytes.fromhex(octets)[2:])) == value


@pytest.mark.parametrize("octets", ["", "80", "0001", "00" * 130])
def test_integer_refuses_empty_negative_padded_and_long(octets: str) -> None:
    with pytest.raises(EncodingError):
        der.read_integer(Tlv(der.INTEGER, bytes.fromhex(octets)))


def test_integer_refuses_to_write_a_negative_number() -> None:
    with pytest.raises(EncodingError):
        der.integer(-1)


def test_set_of_sorts_its_elements() -> None:
    assert der.set_of([b"\x02\x01\x02", b"\x02\x01\x01"]) == bytes.fromhex("3106020101020102")


def test_sequence_refuses_another_tag_and_another_count() -> None:
    with pytest.raises(EncodingError):
        der.read_sequence(Tlv(der.SET, b""), 0, 1)
    with pytest.raises(EncodingError):
        der.read_sequence(Tlv(der.SEQUENCE, b"\x05\x00\x05\x00"), 0, 1)


@pytest.mark.parametrize(
    ("tag", "text", "year"),
    [
        (der.UTC_TIME, b"500102030405Z", 1950),
        (der.UTC_TIME, b"490102030405Z", 2049),
        (der.GENERALIZED_TIME, b"20500102030405Z", 2050),
    ],
)
def test_time_is_read_to_the_second(tag: int, text: bytes, year: int) -> None:
    assert der.read_time(Tlv(tag, text)) == datetime(year, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"Z",
        b"2601020304Z",
        b"260102030405",
        b"260102030405z",
        b"260102030405+0900",
        b"260102030405.5Z",
        b"26010203040 Z",
        b"26010203040\xb2Z",
        b"261302030405Z",
        b"260230030405Z",
        b"260102240405Z",
        b"260102030460Z",
    ],
)
def test_time_of_another_form_is_refused(text: bytes) -> None:
    for tag, century in ((der.UTC_TIME, b""), (der.GENERALIZED_TIME, b"20")):
        with pytest.raises(EncodingError, match="time is not"):
            der.read_time(Tlv(tag, century + text))


def test_time_of_another_type_is_refused() -> None:
    with pytest.raises(EncodingError, match="where a time belongs"):
        der.read_time(Tlv(der.UTF8_STRING, b"260102030405Z"))


@pytest.mark.parametrize("error", [ValueError("secret"), KeyError("secret"), RecursionError("x")])
def test_reading_turns_the_parsers_errors_into_one_without_a_cause(error: Exception) -> None:
    with (
        pytest.raises(EncodingError, match=r"^it is malformed$") as caught,
        der.reading("it"),
    ):
        raise error
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
