"""The embedded registry: a file is taken over whole or not at all, and no error quotes it."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from station.adapters.registry import EmbeddedRegistry
from station.adapters.sealing import Sealer
from station.domain.errors import Exit, StationError
from station.domain.identity import Rrn
from tests.station.people import RECORD, TEST_RRN

SECOND_RRN = "9142281000000"
ROW = {
    "rrn": TEST_RRN,
    "family_name": "가나",
    "given_names": "시험",
    "date_of_birth": "1990-02-28",
    "municipality_code": "1100000000",
    "document_number": "T00000001",
    "card_status": "valid",
}
SECRETS = (TEST_RRN, TEST_RRN[6:], "가나", "시험", "1990-02-28", "T00000001", "1100000000")
Row = dict[str, str]


@pytest.fixture
def registry(engine: Engine, sealer: Sealer) -> EmbeddedRegistry:
    return EmbeddedRegistry(engine, sealer)


def written(*rows: Row) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def saved(folder: Path, content: str | bytes) -> Path:
    path = folder / "residents.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(registry: EmbeddedRegistry, path: Path, *, demo: bool = True) -> str:
    with pytest.raises(StationError) as refused:
        registry.import_csv(path, demo=demo)
    assert refused.value.code == "input.invalid"
    assert refused.value.exit is Exit.USAGE
    for secret in SECRETS:
        assert secret not in str(refused.value)
    assert registry.find(Rrn(TEST_RRN)) is None
    return refused.value.detail


def test_a_resident_is_found_by_number(registry: EmbeddedRegistry, tmp_path: Path) -> None:
    assert registry.import_csv(saved(tmp_path, written(ROW)), demo=True) == 1
    assert registry.find(Rrn(TEST_RRN)) == RECORD
    assert registry.find(Rrn(SECOND_RRN)) is None


def test_a_lost_card_is_noted(registry: EmbeddedRegistry, tmp_path: Path) -> None:
    registry.import_csv(saved(tmp_path, written(ROW | {"card_status": "lost"})), demo=True)
    found = registry.find(Rrn(TEST_RRN))
    assert found is not None
    assert found.card_reported_lost


def test_importing_again_takes_over_the_newer_row(
    registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    registry.import_csv(saved(tmp_path, written(ROW)), demo=True)
    registry.import_csv(saved(tmp_path, written(ROW | {"document_number": "T2"})), demo=True)
    found = registry.find(Rrn(TEST_RRN))
    assert found is not None
    assert found.document_number == "T2"


def test_a_byte_order_mark_is_no_part_of_the_first_column(
    registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    content = b"\xef\xbb\xbf" + written(ROW).encode()
    assert registry.import_csv(saved(tmp_path, content), demo=True) == 1


def test_line_ends_of_another_system_and_more_columns_are_taken(
    registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    content = written({"remark": 'a, "b"\nc', **ROW}).replace("\n", "\r\n")
    assert registry.import_csv(saved(tmp_path, content), demo=True) == 1


@pytest.mark.parametrize("column", sorted(ROW))
def test_a_missing_column_is_named(registry: EmbeddedRegistry, tmp_path: Path, column: str) -> None:
    content = written({name: value for name, value in ROW.items() if name != column})
    assert refusal(registry, saved(tmp_path, content)) == f"residents.csv: no column {column}"


BAD: dict[str, tuple[Row, str]] = {
    "status unknown": ({"card_status": "가나"}, "card_status is valid or lost"),
    "status empty": ({"card_status": ""}, "card_status is valid or lost"),
    "rrn too short": ({"rrn": TEST_RRN[:-1]}, "RRN: 13 digits"),
    "rrn of letters": ({"rrn": "가나다라마바사아자차카타파"}, "RRN: 13 digits"),
    "rrn not a TEST one": ({"rrn": "9002" + TEST_RRN[4:]}, "RRN: only TEST numbers in a demo"),
    "rrn of a foreigner": (
        {"rrn": TEST_RRN[:6] + "5000000"},
        "RRN: alien registration is another procedure",
    ),
    "rrn without a date": ({"rrn": "9042302000000"}, "RRN: no such date"),
    "birth date empty": ({"date_of_birth": ""}, "date_of_birth"),
    "birth date in words": ({"date_of_birth": "시험"}, "date_of_birth"),
    "birth date impossible": ({"date_of_birth": "1990-02-30"}, "date_of_birth"),
    "family name empty": ({"family_name": ""}, "family_name is empty"),
    "given names empty": ({"given_names": " "}, "given_names is empty"),
    "document number empty": ({"document_number": ""}, "document_number is empty"),
    "municipality empty": ({"municipality_code": ""}, "municipality_code has ten digits"),
    "municipality short": ({"municipality_code": "11110"}, "municipality_code has ten digits"),
    "municipality of letters": (
        {"municipality_code": "11110-0000"},
        "municipality_code has ten digits",
    ),
}


@pytest.mark.parametrize("which", BAD)
@pytest.mark.parametrize("first", [True, False])
def test_a_bad_value_names_its_line_and_takes_over_nothing(
    registry: EmbeddedRegistry, tmp_path: Path, which: str, first: bool
) -> None:
    changes, reason = BAD[which]
    good = ROW if first else ROW | {"rrn": SECOND_RRN}
    bad = (ROW | {"rrn": SECOND_RRN} if first else ROW) | changes
    path = saved(tmp_path, written(good, bad))
    assert refusal(registry, path) == f"residents.csv, line 3: {reason}"
    assert registry.find(Rrn(SECOND_RRN)) is None


def test_lines_are_counted_as_an_editor_counts_them(
    registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    first = {"remark": "one\ntwo", **ROW}
    content = written(first, first | {"rrn": SECOND_RRN, "card_status": ""})
    detail = refusal(registry, saved(tmp_path, content))
    assert detail.startswith("residents.csv, line 5:")


def test_a_resident_in_two_lines_is_refused(registry: EmbeddedRegistry, tmp_path: Path) -> None:
    path = saved(tmp_path, written(ROW, ROW | {"card_status": "lost"}))
    assert refusal(registry, path) == "residents.csv, line 3: the resident is in an earlier line"


@pytest.mark.parametrize("cut", [lambda row: row.rpartition(",")[0], lambda row: row + ",x"])
def test_a_line_of_another_length_is_refused(
    registry: EmbeddedRegistry, tmp_path: Path, cut: Callable[[str], str]
) -> None:
    head, row = written(ROW).splitlines()
    path = saved(tmp_path, f"{head}\n{cut(row)}\n")
    assert refusal(registry, path) == "residents.csv, line 2: not as many values as columns"


def test_a_line_that_ends_before_the_number_is_refused(
    registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    late = {name: ROW[name] for name in reversed(ROW)}  # The number comes last.
    head, row = written(late).splitlines()
    path = saved(tmp_path, f"{head}\n{row.rpartition(',')[0]}\n")
    assert "not as many values" in refusal(registry, path)


def test_a_real_looking_number_is_for_a_real_station_only(
    registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    path = saved(tmp_path, written(ROW))
    assert refusal(registry, path, demo=False) == "residents.csv, line 2: RRN: a TEST number"


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\xff\xfe\x00", written(ROW).encode("cp949"), written(ROW).encode("utf-16")],
)
def test_a_file_that_is_no_table_in_utf_8_is_refused(
    registry: EmbeddedRegistry, tmp_path: Path, content: bytes
) -> None:
    assert refusal(registry, saved(tmp_path, content)).startswith("residents.csv: ")


def test_a_missing_file_is_a_sentence(registry: EmbeddedRegistry, tmp_path: Path) -> None:
    assert refusal(registry, tmp_path / "none.csv") == "none.csv: FileNotFoundError"


def test_an_import_that_fails_half_way_leaves_nothing(
    registry: EmbeddedRegistry, engine: Engine, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER full BEFORE INSERT ON residents "
                "WHEN (SELECT count(*) FROM residents) = 1 BEGIN SELECT RAISE(ABORT, 'x'); END"
            )
        )
    path = saved(tmp_path, written(ROW, ROW | {"rrn": SECOND_RRN}))
    with pytest.raises(StationError) as refused:
        registry.import_csv(path, demo=True)
    assert (refused.value.code, refused.value.detail) == ("database.unusable", "IntegrityError")
    assert registry.find(Rrn(TEST_RRN)) is None


def test_nothing_of_a_resident_is_readable_in_the_database(
    registry: EmbeddedRegistry, engine: Engine, database: Path, tmp_path: Path
) -> None:
    registry.import_csv(saved(tmp_path, written(ROW)), demo=True)
    engine.dispose()
    octets = b"".join(path.read_bytes() for path in database.parent.glob("station.db*"))
    for secret in SECRETS:
        assert secret.encode() not in octets


def test_a_row_moved_to_another_resident_does_not_open(
    registry: EmbeddedRegistry, engine: Engine, tmp_path: Path
) -> None:
    registry.import_csv(saved(tmp_path, written(ROW, ROW | {"rrn": SECOND_RRN})), demo=True)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE residents SET sealed = (SELECT sealed FROM residents r2 "
                "WHERE r2.subject <> residents.subject)"
            )
        )
    with pytest.raises(StationError) as refused:
        registry.find(Rrn(TEST_RRN))
    assert refused.value.code == "key.unusable"
