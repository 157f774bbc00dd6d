"""BER-TLV data objects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import EncodingError
from apdu.tlv import Tlv, build, find, parse, parse_one, read_header, require, take

TAGS = st.sampled_from((0x53, 0x80, 0x87, 0x5F37, 0x7F49, 0x7F4E, 0x5F8101))


@pytest.mark.parametrize(
    ("length", "header"),
    [
        (0, "5300"),
        (127, "537F"),
        (128, "538180"),
        (255, "5381FF"),
        (256, "53820100"),
        (65535, "5382FFFF"),
        (65536, "5383010000"),
    ],
)
def test_build_uses_the_shortest_length(length: int, header: str) -> None:
    octets = build(0x53, bytes(length))
    assert octets == bytes.fromhex(header) + bytes(length)
    assert parse_one(octets) == Tlv(0x53, bytes(length))


@pytest.mark.parametrize("tag", [0x00, 0x53, 0x7C, 0x5F37, 0x7F21, 0x5F8101])
def test_tags_of_one_to_three_octets_are_read_as_written(tag: int) -> None:
    assert parse_one(build(tag, b"\x01")) == Tlv(tag, b"\x01")


def test_build_joins_its_values() -> None:
    assert build(0x7C, build(0x80, b"a"), build(0x81)) == bytes.fromhex("7C058001618100")


def test_a_length_in_more_octets_than_needed_is_accepted() -> None:
    assert parse_one(bytes.fromhex("5384000000 01FF")) == Tlv(0x53, b"\xff")


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "53",
        "5F",
        "7F49",
        "5302AA",
        "5381",
        "538201",
        "53820001",
        "5380AA0000",
        "538500000000 01AA",
        "53FF",
        "5F81818101 00",
        "5F8181",
    ],
    ids=[
        "nothing",
        "no length",
        "half a tag",
        "tag without length",
        "one octet short",
        "length octet missing",
        "length cut",
        "value missing",
        "indefinite length",
        "length of five octets",
        "reserved length",
        "tag of four octets",
        "tag cut",
    ],
)
def test_malformed_objects_are_refused(octets: str) -> None:
    with pytest.raises(EncodingError):
        parse_one(bytes.fromhex(octets))


def test_parse_of_nothing_is_no_object() -> None:
    assert parse(b"") == ()


def test_parse_refuses_octets_after_the_last_object() -> None:
    with pytest.raises(EncodingError):
        parse(bytes.fromhex("530100 53"))


def test_parse_one_refuses_a_second_object_and_another_tag() -> None:
    with pytest.raises(EncodingError, match="after data object 53"):
        parse_one(bytes.fromhex("53015300"))
    with pytest.raises(EncodingError, match="53 where 7C belongs"):
        parse_one(bytes.fromhex("530100"), 0x7C)


def test_take_leaves_the_rest() -> None:
    assert take(bytes.fromhex("5301AA9000")) == (Tlv(0x53, b"\xaa"), b"\x90\x00")


def test_read_header_needs_no_value() -> None:
    assert read_header(bytes.fromhex("75824650")) == (0x75, 4, 0x4650)


def test_find_takes_the_first_and_require_the_only_one() -> None:
    objects = parse(bytes.fromhex("800101 810102 810103"))
    assert find(objects, 0x81) == b"\x02"
    assert find(objects, 0x82) is None
    assert require(objects, 0x80) == b"\x01"
    with pytest.raises(EncodingError, match="occurs twice"):
        require(objects, 0x81)
    with pytest.raises(EncodingError, match="is missing"):
        require(objects, 0x82)


def test_repr_does_not_show_the_value() -> None:
    assert "abc" not in repr(Tlv(0x5F0E, b"abc"))


@given(st.lists(st.tuples(TAGS, st.binary(max_size=300)), max_size=5))
def test_what_is_built_is_read_back(content: list[tuple[int, bytes]]) -> None:
    octets = b"".join(build(tag, value) for tag, value in content)
    objects = parse(octets)
    assert [(each.tag, each.value) for each in objects] == content
    assert b"".join(bytes(each) for each in objects) == octets
    assert Tlv(0x7C, octets).children == objects


@given(st.binary(max_size=40))
def test_any_octets_are_read_or_refused_by_name(octets: bytes) -> None:
    try:
        objects = parse(octets)
    except EncodingError:
        return
    assert sum(len(each.value) for each in objects) <= len(octets)
