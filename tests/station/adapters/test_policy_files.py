"""Policy files: the shipped ones fit, a folder's own come first, and every bad row is named."""

import shutil
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from station.adapters.policy_files import COLUMNS, FOLDER, PHASES, REGIONS, load_rollout
from station.domain.errors import StationError
from station.domain.regions import Certainty, Level

HEAD = ",".join(COLUMNS)
ROWS = """11,서울특별시,Seoul,province,,,,,found,codes,
11110,종로구,Jongno-gu,municipality,,,,,found,codes,
42,강원도,Gangwon-do,province,,2023-06-10,51,,found,changes,
51,강원특별자치도,Gangwon State,province,2023-06-11,,,,found,changes,
48,경상남도,Gyeongsangnam-do,province,,,,,found,codes,
48120,창원시,Changwon-si,municipality,,,,,found,codes,
48121,의창구,Uichang-gu,district,,,,48120,found,codes,
"""
PHASE = """[[phase]]
name = "all"
title_ko = "전국"
title_en = "everywhere"
opens_on = 2025-03-28
reach = "anywhere"
source = "mois"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A station's folder with policy files of its own."""
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / REGIONS).write_text(f"# remark\n{HEAD}\n{ROWS}", "utf-8")
    (tmp_path / FOLDER / PHASES).write_text(PHASE, "utf-8")
    return tmp_path


def refused(home: Path) -> str:
    with pytest.raises(StationError) as caught:
        load_rollout(home)
    assert caught.value.code == "config.invalid"
    return caught.value.detail


def with_rows(home: Path, *rows: str) -> Path:
    """Rows of its own after the good ones; the first of them is line 10."""
    text = f"# remark\n{HEAD}\n{ROWS}" + "\n".join(rows)
    (home / FOLDER / REGIONS).write_text(text, "utf-8")
    return home


def with_phase(home: Path, old: str, new: str) -> Path:
    assert old in PHASE
    (home / FOLDER / PHASES).write_text(PHASE.replace(old, new), "utf-8")
    return home


def test_the_shipped_files_are_taken_where_there_are_none(tmp_path: Path) -> None:
    assert load_rollout(tmp_path) == load_rollout(None)
    assert load_rollout(None).phases


def test_a_folder_of_ones_own_comes_first(home: Path) -> None:
    rollout = load_rollout(home)
    assert [each.name for each in rollout.phases] == ["all"]
    assert set(rollout.regions.rows) == {"11", "11110", "42", "51", "48", "48120", "48121"}
    row = rollout.regions.rows["42"]
    assert (row.level, row.certainty) == (Level.PROVINCE, Certainty.FOUND)
    assert (row.valid_until, row.successor) == (date(2023, 6, 10), "51")


@pytest.mark.parametrize("name", [REGIONS, PHASES])
def test_half_a_folder_is_not_filled_up_with_what_was_shipped(home: Path, name: str) -> None:
    (home / FOLDER / name).unlink()
    assert refused(home) == f"{name}: FileNotFoundError"


def test_a_spreadsheet_may_write_a_byte_order_mark(home: Path) -> None:
    file = home / FOLDER / REGIONS
    file.write_bytes(b"\xef\xbb\xbf" + f"{HEAD}\r\n{ROWS}".encode())
    assert load_rollout(home).regions.rows["11"].name_ko == "서울특별시"


def test_a_file_in_another_encoding_is_refused(home: Path) -> None:
    (home / FOLDER / REGIONS).write_bytes(f"{HEAD}\n{ROWS}".encode("cp949"))
    assert refused(home) == f"{REGIONS}: UnicodeDecodeError"


def test_columns_are_these_and_no_others(home: Path) -> None:
    (home / FOLDER / REGIONS).write_text(f"{HEAD},more\n{ROWS}", "utf-8")
    assert refused(home).startswith(f"{REGIONS}: the columns are code, name_ko")
    (home / FOLDER / REGIONS).write_text("# nothing\n", "utf-8")
    assert refused(home).startswith(f"{REGIONS}: the columns are")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("11140,중구,Jung-gu,municipality,,,,,found,codes", "10 values for 11 columns"),
        ("11140,중구,Jung-gu,municipality,,,,,found,codes,,", "12 values for 11 columns"),
        ('"11140,중구,Jung-gu,municipality,,,,,found,codes,', "unexpected end of data"),
        ("1114,중구,Jung-gu,municipality,,,,,found,codes,", "municipality has 5 digits"),
        ("11140,서울,Seoul,province,,,,,found,codes,", "province has 2 digits"),
        ("１１１４０,중구,Jung-gu,municipality,,,,,found,codes,", "municipality has 5 digits"),
        ("1114x,중구,Jung-gu,municipality,,,,,found,codes,", "municipality has 5 digits"),
        ("11140,중구,Jung-gu,town,,,,,found,codes,", "town is none of province"),
        ("11140,중구,Jung-gu,municipality,,,,,sure,codes,", "sure is none of official"),
        ("11140,중구,Jung-gu,municipality,,,,,,codes,", "nothing is none of official"),
        ("11140,,Jung-gu,municipality,,,,,found,codes,", "a name in both languages"),
        ("11140,중구, ,municipality,,,,,found,codes,", "a name in both languages"),
        ("11140,중구,Jung-gu,municipality,2023-02-29,,,,found,codes,", "is not a date"),
        ("11140,중구,Jung-gu,municipality,2024-02-02,2024-02-01,,,found,codes,", "before valid"),
        ("11110,종로구,Jongno-gu,municipality,,,,,found,codes,", "11110 is in line 4"),
        ("26110,중구,Jung-gu,municipality,,,,,found,codes,", "no row 26 for its province"),
        ("48123,성산구,Seongsan-gu,district,,,,,found,codes,", "a district, and nothing else"),
        ("11140,중구,Jung-gu,municipality,,,,11110,found,codes,", "a district, and nothing else"),
        ("48123,성산구,Seongsan-gu,district,,,,48121,found,codes,", "48121 is no municipality"),
        ("48123,성산구,Seongsan-gu,district,,,,48,found,codes,", "48 is no municipality"),
        ("48123,성산구,Seongsan-gu,district,,,,48999,found,codes,", "48999 is no municipality"),
        ("45,전라북도,Jeonbuk,province,,2024-01-17,52,,found,codes,", "no row 52 for its succ"),
        ("45,전라북도,Jeonbuk,province,,2023-06-09,51,,found,codes,", "begins the day after"),
        ("45,전라북도,Jeonbuk,province,,,51,,found,codes,", "begins the day after valid_until"),
        ("45,전라북도,Jeonbuk,province,,2023-06-10,51,,found,codes,", "the successor of 42"),
        ("48777,군,gun,municipality,,2023-06-10,51,,found,codes,", "are of one length"),
    ],
)
def test_a_bad_row_is_named_with_line_and_reason(home: Path, row: str, reason: str) -> None:
    detail = refused(with_rows(home, row))
    assert detail.startswith(f"{REGIONS}: line 10: ")
    assert reason in detail


def test_every_bad_row_is_named_at_once(home: Path) -> None:
    bad = "1114,중구,Jung-gu,municipality,,,,,found,codes,"
    detail = refused(with_rows(home, bad, "", "# a remark", bad, "x"))
    assert [part.split(":")[0] for part in detail.removeprefix(f"{REGIONS}: ").split("; ")] == [
        "line 10",
        "line 13",
        "line 14",
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("opens_on = 2025-03-28", "opens_on = 2025-03-28T00:00:00", "phase 1: opens_on is a date"),
        ("opens_on = 2025-03-28", 'opens_on = "2025-03-28"', "phase 1: opens_on is a date"),
        ("opens_on = 2025-03-28\n", "", "phase 1: missing or unknown: opens_on"),
        ('source = "mois"', 'source = "mois"\nextra = 1', "phase 1: missing or unknown: extra"),
        ('"anywhere"', '"somewhere"', "phase 1: somewhere is none of own-municipality, anywhere"),
        ('"전국"', '" "', "phase 1: texts are"),
        ('"전국"', "1", "phase 1: texts are"),
        ('reach = "anywhere"', 'reach = "anywhere"\nareas = []', "phase 1: areas is a list"),
        ('reach = "anywhere"', 'reach = "anywhere"\nareas = "11"', "phase 1: areas is a list"),
        ('reach = "anywhere"', 'reach = "anywhere"\nareas = [11]', "has no 11 on 2025-03-28"),
        ('reach = "anywhere"', 'reach = "anywhere"\nareas = ["26"]', "has no 26 on 2025-03-28"),
        ('reach = "anywhere"', 'reach = "anywhere"\nareas = ["42"]', "has no 42 on 2025-03-28"),
        ('reach = "anywhere"', 'reach = "anywhere"\nareas = ["48121"]', "48121 is a district"),
        ("[[phase]]", "[phase]", "a list of [[phase]], nothing else"),
        ("[[phase]]", "top = 1\n[[phase]]", "a list of [[phase]], nothing else"),
        ("[[phase]]", "[[phase]", "line 1"),
    ],
)
def test_a_bad_phase_is_named_with_its_reason(home: Path, old: str, new: str, reason: str) -> None:
    detail = refused(with_phase(home, old, new))
    assert detail.startswith(f"{PHASES}: ")
    assert reason in detail


def test_no_phases_are_not_all_residents_everywhere(home: Path) -> None:
    (home / FOLDER / PHASES).write_text("phase = []\n", "utf-8")
    assert "a list of [[phase]]" in refused(home)


def test_phases_stand_in_order_and_have_names_of_their_own(home: Path) -> None:
    earlier = PHASE.replace('"all"', '"early"').replace("2025-03-28", "2025-03-27")
    (home / FOLDER / PHASES).write_text(PHASE + earlier + PHASE, "utf-8")
    detail = refused(home)
    assert "phase 2: phases stand in the order of their days" in detail
    assert "phase 3: all is the name of an earlier phase" in detail


def test_the_shipped_files_can_be_copied_and_changed(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    for name in (REGIONS, PHASES):
        shutil.copy(str(files("station.policy") / name), tmp_path / FOLDER / name)
    phases = tmp_path / FOLDER / PHASES
    phases.write_text(phases.read_text("utf-8").replace("2025-03-28", "2025-04-01"), "utf-8")
    assert load_rollout(tmp_path).phases[-1].opens_on == date(2025, 4, 1)


def test_every_shipped_row_says_where_it_is_from() -> None:
    rollout = load_rollout(None)
    assert {row.source for row in rollout.regions.rows.values()} == {"codes", "changes", "merger"}
    uncertain = {code for code, row in rollout.regions.rows.items() if row.source == "merger"}
    assert all(rollout.regions.rows[code].certainty is Certainty.UNCERTAIN for code in uncertain)
    assert all(each.source for each in rollout.phases)
