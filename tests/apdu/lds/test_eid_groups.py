from dataclasses import replace
from datetime import date

import pytest

from apdu.errors import EncodingError
from apdu.lds import eid_groups
from apdu.lds.eid_groups import Address, EidData

HOLDER = EidData(
    document_type="ID",
    issuing_state="KOR",
    date_of_expiry=date(2036, 11, 22),
    given_names="길동",
    family_name="홍",
    date_of_birth=date(1990, 1, 15),
    nationality="KOR",
    sex="M",
    rrn="9041151000000",  # a TEST number: the month is 41
    date_of_issue=date(2026, 11, 23),
    address=Address("세종대로 209", "종로구", "서울특별시", "KOR", "03171"),
    municipality_code="1111000000",
)

# Octets of the profile krrc-1, which follows TR-03110-4, 2.2.3.
OCTETS = {
    1: "610413024944",
    2: "620513034B4F52",
    3: "630A12083230333631313232",
    8: "680A12083139393030313135",
    10: "6A0513034B4F52",
    11: "6B0313014D",
    12: "6C2931273025061469838CF3EACEFEE2DAFDC59690B2FFA0A78E9D32120D39303431313531303030303030",
    15: "6F0A12083230323631313233",
    18: "72070405" + "1111000000",
}


@pytest.mark.parametrize("number", OCTETS)
def test_group_has_exactly_the_octets_of_the_profile(number: int) -> None:
    octets = bytes.fromhex(OCTETS[number])
    assert eid_groups.encode_group(number, HOLDER) == octets
    assert eid_groups.decode_group(number, octets) == getattr(
        HOLDER, eid_groups._CODECS[number].name
    )


def test_names_and_address_are_utf8_in_explicit_tags() -> None:
    family = eid_groups.encode_group(5, HOLDER)
    assert family == bytes.fromhex("65050C03") + "홍".encode()
    address = eid_groups.encode_group(17, HOLDER)
    street = "세종대로 209".encode()
    head = bytes((0x71, len(address) - 2, 0x30, len(address) - 4, 0xAA, len(street) + 2, 0x0C))
    assert address.startswith(head + bytes((len(street),)) + street + b"\xab")
    assert address.endswith(bytes.fromhex("AD0513034B4F52AE0713053033313731"))


def test_all_groups_read_back_as_written() -> None:
    files = {number: eid_groups.encode_group(number, HOLDER) for number in eid_groups.GROUPS}
    assert eid_groups.decode_all(files) == HOLDER


@pytest.mark.parametrize("number", eid_groups.GROUPS)
def test_a_missing_group_is_refused(number: int) -> None:
    files = {each: eid_groups.encode_group(each, HOLDER) for each in eid_groups.GROUPS}
    del files[number]
    with pytest.raises(EncodingError, match=rf"\[{number}\]"):
        eid_groups.decode_all(files)


@pytest.mark.parametrize("number", [0, 6, 9, 13, 16, 21])
def test_group_outside_the_profile_is_refused(number: int) -> None:
    with pytest.raises(EncodingError, match="profile"):
        eid_groups.encode_group(number, HOLDER)
    with pytest.raises(EncodingError, match="profile"):
        eid_groups.decode_group(number, b"")


@pytest.mark.parametrize("number", eid_groups.GROUPS)
def test_group_with_another_tag_octets_after_it_or_cut_off_is_refused(number: int) -> None:
    octets = eid_groups.encode_group(number, HOLDER)
    for wrong in (b"\x7d" + octets[1:], octets + b"\x00", octets[:-1], b"", octets[:2]):
        with pytest.raises(EncodingError):
            eid_groups.decode_group(number, wrong)


@pytest.mark.parametrize("number", eid_groups.GROUPS)
def test_group_with_a_length_in_more_octets_than_needed_is_refused(number: int) -> None:
    octets = eid_groups.encode_group(number, HOLDER)
    with pytest.raises(EncodingError, match="DER"):
        eid_groups.decode_group(number, octets[:1] + b"\x81" + octets[1:])


@pytest.mark.parametrize(
    ("number", "octets"),
    [
        (1, "61020C00"),  # empty, and not printable
        (1, "61051303494442"),  # three letters
        (2, "620513036B6F72"),  # small letters
        (3, "630A13083230333631313232"),  # PrintableString
        (3, "630A12083230333631333232"),  # month 13
        (3, "630A12083230333630323330"),  # 30 February
        (3, "630A12083030303030313031"),  # year 0
        (3, "63081206323033363131"),  # six digits
        (3, "630A1208323033362D313232"),  # a sign among the digits
        (4, "64020C00"),  # empty
        (4, "64040C02C328"),  # not UTF-8
        (4, "64050C03ED9F"),  # cut off
        (4, "64030C0109"),  # tab
        (4, "64040C022041"),  # space in front
        (5, "65050C03E2808B"),  # zero-width space
        (11, "6B03130158"),  # X
        (12, "6C2931273025061469838CF3EACEFEE2DAFDC59690B2FFA0A78E9D33120D" + "30" * 13),
        (12, "6C2831263024061469838CF3EACEFEE2DAFDC59690B2FFA0A78E9D32120C" + "30" * 12),
        (12, "6C0231" + "00"),
        (18, "7207040511110000" + "0A"),  # not BCD
        (18, "7206040411110000"),  # eight digits
    ],
)
def test_content_in_a_wrong_form_is_refused(number: int, octets: str) -> None:
    with pytest.raises(EncodingError):
        eid_groups.decode_group(number, bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (4, {"given_names": ""}),
        (4, {"given_names": "가" * 67}),
        (4, {"given_names": "가\n나"}),
        (4, {"given_names": "\ud800"}),
        (5, {"family_name": " 홍"}),
        (11, {"sex": "N"}),
        (12, {"rrn": "904115-1000000"}),
        (12, {"rrn": "٣" * 13}),  # digits, but not ASCII
        (18, {"municipality_code": "111100000"}),
        (2, {"issuing_state": "KR"}),
    ],
)
def test_value_that_does_not_fit_is_not_written(number: int, changes: dict[str, str]) -> None:
    with pytest.raises(EncodingError):
        eid_groups.encode_group(number, replace(HOLDER, **changes))  # type: ignore[arg-type]


def test_name_of_two_hundred_octets_is_the_longest() -> None:
    longest = replace(HOLDER, given_names="가" * 66 + "ab")
    assert eid_groups.decode_group(4, eid_groups.encode_group(4, longest)) == longest.given_names


def test_address_with_parts_missing_or_out_of_order_is_refused() -> None:
    octets = eid_groups.encode_group(17, HOLDER)
    swapped = octets.replace(b"\xad\x05\x13\x03KOR\xae", b"\xae\x05\x13\x03KOR\xad")
    assert swapped != octets
    with pytest.raises(EncodingError):
        eid_groups.decode_group(17, swapped)
    with pytest.raises(EncodingError):
        eid_groups.decode_group(17, bytes.fromhex("71023000"))


def test_errors_and_repr_show_nothing_of_the_holder() -> None:
    assert repr(HOLDER) == "EidData()"
    assert repr(HOLDER.address) == "Address()"
    wrong = eid_groups.encode_group(5, HOLDER).replace(b"\x0c", b"\x13")
    with pytest.raises(EncodingError) as caught:
        eid_groups.decode_group(5, wrong)
    assert "홍" not in str(caught.value)
    assert "65" not in str(caught.value)
    assert caught.value.__suppress_context__
