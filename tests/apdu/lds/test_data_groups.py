from datetime import date

import pytest

from apdu.errors import EncodingError
from apdu.lds import data_groups as dg
from apdu.lds import mrz
from apdu.tlv import build
from tests.vectors import load

DATASETS = ["lds_bsi2008_silver_dataset", "lds_tr03105_5_1_dataset_with_chip_keys"]
HOLDER = dg.AdditionalDetails("홍<<길동", ("洪<<吉童", "HONG<<GILDONG"), date(1990, 1, 15))
DOCUMENT = dg.DocumentDetails("서울특별시 종로구청장", date(2026, 11, 23))


@pytest.mark.vectors
@pytest.mark.parametrize("name", DATASETS)
def test_data_sets_of_the_bsi_read_and_write_identically(name: str) -> None:
    files = {key: bytes.fromhex(value) for key, value in load(name)["values"]["files"].items()}
    com = dg.decode_com(files["EF.COM"])
    assert com.lds_version == "0107"
    assert dg.encode_com(com) == files["EF.COM"]
    zone = dg.decode_dg1(files["DG1"])
    assert zone.startswith("P<D<<MUSTERMANN<<ERIKA")
    assert dg.encode_dg1(zone) == files["DG1"]
    assert dg.encode_dg2(dg.decode_dg2(files["DG2"])) == files["DG2"]
    assert dg.decode_dg14(files["DG14"]).terminal_authentication[0].version == 1


@pytest.mark.vectors
def test_td1_card_of_utopia_reads() -> None:
    values = load("pa_synthetic_chain")["values"]
    zone = mrz.decode(dg.decode_dg1(bytes.fromhex(values["dg1"])))
    assert zone.surname == "ERIKSSON"
    assert dg.decode_dg11(bytes.fromhex(values["dg11"])).name == "SMITH<<JOHN<J"


def test_tags_are_those_of_the_standard() -> None:
    assert dg.TAGS[1] == 0x61
    assert dg.TAGS[2] == 0x75
    assert dg.TAGS[14] == 0x6E
    assert len(dg.TAGS) == 16


@pytest.mark.parametrize("length", [72, 88, 90])
def test_dg1_holds_a_zone_of_any_standard_length(length: int) -> None:
    assert dg.decode_dg1(dg.encode_dg1("<" * length)) == "<" * length


@pytest.mark.parametrize("zone", ["", "<" * 89, "<" * 91, "a" * 90, "é" * 90])
def test_dg1_refuses_what_is_no_zone(zone: str) -> None:
    with pytest.raises(EncodingError):
        dg.encode_dg1(zone)
    with pytest.raises(EncodingError):
        dg.decode_dg1(build(0x61, build(0x5F1F, zone.encode())))


def test_dg11_has_the_octets_of_the_standard() -> None:
    small = dg.AdditionalDetails("A<<B", ("C",), date(1990, 1, 15))
    expected = "6B235C065F0E5F0F5F2B5F0E04413C3C42A0070201015F0F01435F2B083139393030313135"
    assert dg.encode_dg11(small) == bytes.fromhex(expected)


@pytest.mark.parametrize(
    "details",
    [HOLDER, dg.AdditionalDetails(), dg.AdditionalDetails(date_of_birth=date(2009, 2, 28))],
)
def test_dg11_reads_back_as_written(details: dg.AdditionalDetails) -> None:
    assert dg.decode_dg11(dg.encode_dg11(details)) == details


@pytest.mark.parametrize("details", [DOCUMENT, dg.DocumentDetails()])
def test_dg12_reads_back_as_written(details: dg.DocumentDetails) -> None:
    assert dg.decode_dg12(dg.encode_dg12(details)) == details


def test_dg11_with_other_names_outside_their_template_and_a_strange_tag_list_is_read() -> None:
    octets = build(
        0x6B, build(0x5C, bytes.fromhex("5F0EA0")), build(0x5F0E, b"A"), build(0x5F0F, b"B")
    )
    assert dg.decode_dg11(octets) == dg.AdditionalDetails("A", ("B",))


def test_dates_in_bcd_are_read() -> None:
    birth = build(0x6B, build(0x5C, b"\x5f\x2b"), build(0x5F2B, bytes.fromhex("19900115")))
    issue = build(0x6C, build(0x5C, b"\x5f\x26"), build(0x5F26, bytes.fromhex("20261123")))
    assert dg.decode_dg11(birth).date_of_birth == date(1990, 1, 15)
    assert dg.decode_dg12(issue).date_of_issue == date(2026, 11, 23)


def test_date_unknown_in_part_is_no_date() -> None:
    octets = build(0x6B, build(0x5C, b"\x5f\x2b"), build(0x5F2B, b"19900000"))
    assert dg.decode_dg11(octets).date_of_birth is None


@pytest.mark.parametrize("value", [b"1990011", b"199001155", b"1990-1-5", b"19901301", b"\xff" * 4])
def test_dg11_with_an_impossible_date_is_refused(value: bytes) -> None:
    with pytest.raises(EncodingError):
        dg.decode_dg11(build(0x6B, build(0x5C), build(0x5F2B, value)))


@pytest.mark.parametrize(
    "objects",
    [
        (),
        (build(0x5F0E, b"A"),),  # no tag list
        (build(0x5C), build(0x5F0E, b"A"), build(0x5F0E, b"B")),  # two names
        (build(0x5C), build(0x5F0E, b"\xff")),  # not UTF-8
        (build(0x5C), build(0x5F0E, b"A\x00")),
        (build(0x5C), build(0x5F0E, b"A" * 401)),
        (build(0x5C), *(build(0x5F0F, b"A") for _ in range(21))),
    ],
)
def test_malformed_dg11_is_refused(objects: tuple[bytes, ...]) -> None:
    with pytest.raises(EncodingError):
        dg.decode_dg11(build(0x6B, *objects))


@pytest.mark.parametrize("name", ["", "A\n", "\ud800", "가" * 134])
def test_text_that_does_not_fit_is_not_written(name: str) -> None:
    with pytest.raises(EncodingError):
        dg.encode_dg11(dg.AdditionalDetails(name))


def test_com_reads_back_as_written_and_passes_over_unknown_tags() -> None:
    com = dg.Com((1, 2, 11, 12, 14))
    octets = dg.encode_com(com)
    assert dg.decode_com(octets) == com
    assert dg.decode_com(octets.replace(b"\x6e", b"\x01")).groups == (1, 2, 11, 12)


@pytest.mark.parametrize(
    "octets",
    [
        "60165F0104303130375F36063034303030305C0461756E",
        "60155F0104303130415F36063034303030305C0461756E6E",
        "61155F0104303130375F36063034303030305C03617561",
        "60075F010430313037",
    ],
)
def test_malformed_com_is_refused(octets: str) -> None:
    with pytest.raises(EncodingError):
        dg.decode_com(bytes.fromhex(octets))


def test_repr_shows_nothing_of_the_holder() -> None:
    assert repr(HOLDER) == "AdditionalDetails()"
    assert repr(DOCUMENT) == "DocumentDetails()"
