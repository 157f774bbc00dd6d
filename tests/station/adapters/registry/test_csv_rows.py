"""A list is read strictly: every bad line is named, and nothing of what it holds."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from card_sim.portrait import drawn
from station.adapters.registry import csv_rows
from station.adapters.registry.portraits import MAX_PORTRAIT_OCTETS, MAX_PORTRAIT_SIDE
from station.domain.errors import StationError
from station.domain.registry import CardStatus, Registration, RegistryRecord
from station.domain.registry_import import Fault
from tests.station.adapters.registry.lists import (
    PORTRAIT,
    ROW,
    SECOND_RRN,
    THIRD_RRN,
    WHOLE,
    Row,
    saved,
    written,
)
from tests.station.people import RECORD, TEST_RRN

SECRETS = (TEST_RRN, TEST_RRN[6:], "가나", "시험", "1990-02-28", "T00000001", "1100000000")


def records(path: Path) -> list[RegistryRecord]:
    found = csv_rows.read(path, demo=True)
    assert found.faults == ()
    return [entry.record for entry in found.entries]


def only(folder: Path, row: Row) -> RegistryRecord:
    [record] = records(saved(folder, written(row)))
    return record


def faults(path: Path, *, demo: bool = True) -> tuple[Fault, ...]:
    found = csv_rows.read(path, demo=demo).faults
    for secret in SECRETS:
        assert secret not in str(found)
    return found


def only_fault(folder: Path, row: Row) -> str:
    [fault] = faults(saved(folder, written(row)))
    assert fault.line == 2
    return fault.reason


def refusal(path: Path) -> str:
    with pytest.raises(StationError) as refused:
        csv_rows.read(path, demo=True)
    assert refused.value.code == "input.invalid"
    for secret in SECRETS:
        assert secret not in str(refused.value)
    return refused.value.detail


def test_a_whole_line_is_a_whole_record(tmp_path: Path) -> None:
    assert only(tmp_path, WHOLE) == replace(RECORD, portrait=PORTRAIT)


def test_a_list_of_version_0_2_says_what_was_so_then(tmp_path: Path) -> None:
    record = only(tmp_path, ROW)
    assert record.registration is Registration.REGISTERED
    assert record.has_chip_card
    assert record.card is not None
    assert record.card.photo_usable
    assert (record.portrait, record.contact) == (b"", "")


@pytest.mark.parametrize("registration", Registration)
def test_whether_somebody_is_registered(tmp_path: Path, registration: Registration) -> None:
    assert only(tmp_path, WHOLE | {"registration": registration}).registration is registration


@pytest.mark.parametrize("status", CardStatus)
def test_where_a_card_stands(tmp_path: Path, status: CardStatus) -> None:
    card = only(tmp_path, WHOLE | {"card_status": status}).card
    assert card is not None
    assert card.status is status


def test_somebody_without_a_card(tmp_path: Path) -> None:
    row = WHOLE | {"card_status": "none", "document_number": "", "has_chip_card": "no"}
    record = only(tmp_path, row)
    assert record.card is None
    assert not record.has_chip_card


def test_what_may_be_unknown(tmp_path: Path) -> None:
    unknown = ("name_hanja", "province", "city", "street", "postal_code", "issuing_authority")
    dates = ("card_issue_date", "card_expiry_date")
    record = only(tmp_path, ROW | dict.fromkeys((*unknown, *dates), ""))
    assert record.name_hanja is None
    assert record.address.formatted == ""
    assert record.card is not None
    assert (record.card.issue_date, record.card.expiry_date) == (None, None)


def test_hangul_in_parts_is_put_together(tmp_path: Path) -> None:
    record = only(tmp_path, ROW | {"family_name": "\u1112\u116a\u11bc"})
    assert record.family_name == "\ud669"


def test_a_name_that_turns_the_line_is_kept_as_it_is_on_the_card(tmp_path: Path) -> None:
    assert only(tmp_path, ROW | {"given_names": "시험\u202e"}).given_names == "시험\u202e"


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert len(records(saved(tmp_path, b"\xef\xbb\xbf" + written(ROW).encode()))) == 1


def test_line_ends_of_another_system_and_more_columns_are_taken(tmp_path: Path) -> None:
    content = written({"remark": 'a, "b"\nc', **ROW}).replace("\n", "\r\n")
    assert len(records(saved(tmp_path, content))) == 1


@pytest.mark.parametrize("column", sorted(ROW))
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    content = written({name: value for name, value in ROW.items() if name != column})
    assert refusal(saved(tmp_path, content)) == f"residents.csv: no column {column}"


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    head, row = written(ROW).splitlines()
    path = saved(tmp_path, f"{head},card_status\n{row},lost\n")
    assert refusal(path) == "residents.csv: a column is there twice"


BAD: dict[str, tuple[Row, str]] = {
    "rrn too short": ({"rrn": TEST_RRN[:-1]}, "RRN: 13 digits"),
    "rrn of letters": ({"rrn": "가나다라마바사아자차카타파"}, "RRN: 13 digits"),
    "rrn not a TEST one": ({"rrn": "9002" + TEST_RRN[4:]}, "RRN: only TEST numbers in a demo"),
    "rrn of a foreigner": (
        {"rrn": TEST_RRN[:6] + "5000000"},
        "RRN: alien registration is another procedure",
    ),
    "rrn without a date": ({"rrn": "9042302000000"}, "RRN: no such date"),
    "family name empty": ({"family_name": ""}, "family_name is empty"),
    "given names blank": ({"given_names": " "}, "given_names is empty"),
    "name with a control": (
        {"family_name": "가\x7f나"},
        "family_name has characters that do not show",
    ),
    "name without end": ({"given_names": "가" * 201}, "given_names has more than 200 characters"),
    "birth date empty": ({"date_of_birth": ""}, "date_of_birth is no date (YYYY-MM-DD)"),
    "birth date in words": ({"date_of_birth": "시험"}, "date_of_birth is no date (YYYY-MM-DD)"),
    "birth date impossible": (
        {"date_of_birth": "1990-02-30"},
        "date_of_birth is no date (YYYY-MM-DD)",
    ),
    "birth date as a week": (
        {"date_of_birth": "1990-W09-3"},
        "date_of_birth is no date (YYYY-MM-DD)",
    ),
    "sex unknown": ({"sex": "X"}, "sex is M or F"),
    "nationality of letters": ({"nationality": "대한민국"}, "nationality has three letters"),
    "postal code short": ({"postal_code": "0001"}, "postal_code has five digits"),
    "municipality empty": ({"municipality_code": ""}, "municipality_code has ten digits"),
    "municipality short": ({"municipality_code": "11110"}, "municipality_code has ten digits"),
    "municipality of other digits": (
        {"municipality_code": "１１０００００００0"},
        "municipality_code has ten digits",
    ),
    "document number empty": ({"document_number": ""}, "document_number is empty"),
    "issue date in words": (
        {"card_issue_date": "yesterday"},
        "card_issue_date is no date (YYYY-MM-DD)",
    ),
    "dates in the wrong order": (
        {"card_issue_date": "2035-03-01", "card_expiry_date": "2025-03-01"},
        "the card expires before it is issued",
    ),
    "status unknown": (
        {"card_status": "가나"},
        "card_status is none of valid, lost, recalled, none",
    ),
    "status empty": ({"card_status": ""}, "card_status is none of valid, lost, recalled, none"),
    "number of no card": (
        {"card_status": "none"},
        "document_number of a card that is none",
    ),
    "registration unknown": (
        {"registration": "시험"},
        "registration is none of registered, deceased, deregistered, emigrated",
    ),
    "chip card unknown": ({"has_chip_card": "maybe"}, "has_chip_card is none of yes, no"),
    "photo unknown": ({"photo_usable": ""}, "photo_usable is none of yes, no"),
    "previous number short": ({"previous_rrn": "1"}, "previous_rrn, RRN: 13 digits"),
    "previous number the same": ({"previous_rrn": TEST_RRN}, "previous_rrn is the present one"),
}


@pytest.mark.parametrize("which", BAD)
def test_a_bad_value_is_named_and_not_told(tmp_path: Path, which: str) -> None:
    changes, reason = BAD[which]
    assert only_fault(tmp_path, WHOLE | changes) == reason


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    rows = (WHOLE | {"sex": ""}, WHOLE, WHOLE | {"rrn": "1"}, WHOLE | {"rrn": SECOND_RRN})
    path = saved(tmp_path, written(*rows))
    assert faults(path) == (Fault(2, "sex is M or F"), Fault(4, "RRN: 13 digits"))
    with pytest.raises(StationError) as refused:
        csv_rows.read(path, demo=True).require_good()
    assert refused.value.detail == ("residents.csv, line 2: sex is M or F; line 4: RRN: 13 digits")


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    first = {"remark": "one\ntwo", **ROW}
    content = written(first, first | {"rrn": SECOND_RRN, "card_status": ""})
    [fault] = faults(saved(tmp_path, content))
    assert fault.line == 5


def test_a_resident_in_two_lines_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, written(ROW, ROW | {"card_status": "lost"}))
    assert faults(path) == (Fault(3, "the resident is in an earlier line"),)


@pytest.mark.parametrize("number", [SECOND_RRN, THIRD_RRN])
def test_a_resident_in_two_lines_by_an_earlier_number_is_refused(
    tmp_path: Path, number: str
) -> None:
    rows = (
        WHOLE | {"previous_rrn": number},
        WHOLE | {"rrn": SECOND_RRN, "previous_rrn": THIRD_RRN},
    )
    [fault] = faults(saved(tmp_path, written(*rows)))
    assert fault.reason == "previous_rrn is in another line"


@pytest.mark.parametrize("cut", [lambda row: row.rpartition(",")[0], lambda row: row + ",x"])
def test_a_line_of_another_length_is_refused(tmp_path: Path, cut: Callable[[str], str]) -> None:
    head, row = written(ROW).splitlines()
    path = saved(tmp_path, f"{head}\n{cut(row)}\n")
    assert faults(path) == (Fault(2, "not as many values as columns"),)


def test_a_line_that_ends_before_the_number_is_refused(tmp_path: Path) -> None:
    late = {name: ROW[name] for name in reversed(ROW)}  # The number comes last.
    head, row = written(late).splitlines()
    path = saved(tmp_path, f"{head}\n{row.rpartition(',')[0]}\n")
    assert faults(path) == (Fault(2, "not as many values as columns"),)


def test_a_quotation_mark_without_end_swallows_no_line(tmp_path: Path) -> None:
    rows = ({**ROW, "remark": "x"}, {**ROW, "rrn": SECOND_RRN, "remark": "y"})
    content = written(*rows).replace(",x\n", ',"x\n')
    assert refusal(saved(tmp_path, content)) == "residents.csv: Error"


def test_a_real_looking_number_is_for_a_real_station_only(tmp_path: Path) -> None:
    path = saved(tmp_path, written(ROW))
    assert faults(path, demo=False) == (Fault(2, "RRN: a TEST number"),)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\xff\xfe\x00", written(ROW).encode("cp949"), written(ROW).encode("utf-16")],
)
def test_a_file_that_is_no_table_in_utf_8_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(saved(tmp_path, content)).startswith("residents.csv: ")


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv") == "none.csv: FileNotFoundError"


@pytest.mark.parametrize("kind", ["jpeg", "jpeg2000"])
def test_portraits_are_jpeg_or_jpeg_2000(tmp_path: Path, kind: str) -> None:
    (tmp_path / "portraits").mkdir()
    image = drawn("nobody", 9000, kind).image
    (tmp_path / "portraits" / "1").write_bytes(image)
    assert only(tmp_path, WHOLE | {"portrait": "portraits/1"}).portrait == image


@pytest.mark.parametrize("name", ["../secret.jpg", "/etc/passwd", "a/../../secret.jpg", "link.jpg"])
def test_a_portrait_outside_the_folder_of_the_list_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    (tmp_path / "secret.jpg").write_bytes(PORTRAIT)
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    reason = only_fault(folder, WHOLE | {"portrait": name})
    assert reason == "portrait is outside the list's folder"


@pytest.mark.parametrize("name", [".", "none.jpg", "nobody.jpg/x", "\0", "a" * 300])
def test_a_portrait_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    assert only_fault(tmp_path, WHOLE | {"portrait": name}).startswith("portrait cannot be read (")


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"GIF89a" + bytes(40),
        PORTRAIT[:-2000],
        b"\xff\xd8\xff" + bytes(100),
        written(ROW).encode(),
    ],
    ids=["empty", "another kind", "cut", "only its beginning", "no picture"],
)
def test_a_portrait_that_is_no_picture_is_refused(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / "bad").write_bytes(octets)
    reason = only_fault(tmp_path, WHOLE | {"portrait": "bad"})
    assert reason == "portrait is no JPEG or JPEG 2000 that can be decoded"


@pytest.mark.parametrize(("more", "taken"), [(0, True), (1, False)])
def test_a_portrait_has_a_largest_size(tmp_path: Path, more: int, taken: bool) -> None:
    # What follows a JPEG's end is passed over.
    octets = PORTRAIT + bytes(MAX_PORTRAIT_OCTETS - len(PORTRAIT) + more)
    (tmp_path / "large").write_bytes(octets)
    found = csv_rows.read(saved(tmp_path, written(WHOLE | {"portrait": "large"})), demo=True)
    assert [each.reason for each in found.faults] == (
        [] if taken else [f"portrait has more than {MAX_PORTRAIT_OCTETS} octets"]
    )


@pytest.mark.parametrize(
    ("side", "taken"), [(MAX_PORTRAIT_SIDE, True), (MAX_PORTRAIT_SIDE + 1, False)]
)
def test_a_portrait_has_a_largest_side(tmp_path: Path, side: int, taken: bool) -> None:
    for size in ((side, 1), (1, side)):
        Image.new("L", size).save(tmp_path / "long", "JPEG")
        found = csv_rows.read(saved(tmp_path, written(WHOLE | {"portrait": "long"})), demo=True)
        reasons = [each.reason for each in found.faults]
        assert reasons == ([] if taken else ["portrait is wider or higher than 4096 pixels"])
