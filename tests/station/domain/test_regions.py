"""One place under all the codes it had: forwards, backwards, with and without a row of its own."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.adapters.policy_files import load_rollout
from station.domain.regions import Level, Region, Regions

SHIPPED = load_rollout(None).regions
BEFORE, DURING, AFTER = date(2023, 6, 10), date(2024, 12, 27), date(2026, 7, 1)


@pytest.mark.parametrize(
    ("code", "day", "then"),
    [
        pytest.param("4272025000", date(2023, 6, 10), "4272025000", id="gangwon-last-day-of-42"),
        pytest.param("4272025000", date(2023, 6, 11), "5172025000", id="gangwon-first-day-of-51"),
        pytest.param("5172025000", date(2023, 6, 10), "4272025000", id="gangwon-looking-back"),
        pytest.param("4511151000", date(2024, 1, 17), "4511151000", id="jeonbuk-last-day-of-45"),
        pytest.param("4511151000", date(2024, 1, 18), "5211151000", id="jeonbuk-first-day-of-52"),
        pytest.param("4772025000", date(2023, 6, 30), "4772025000", id="gunwi-last-day-of-47"),
        pytest.param("4772025000", date(2023, 7, 1), "2772025000", id="gunwi-first-day-of-27"),
        pytest.param("2772025000", date(2023, 6, 30), "4772025000", id="gunwi-looking-back"),
        pytest.param("4683025000", date(2026, 6, 30), "4683025000", id="merger-eve"),
        pytest.param("4683025000", date(2026, 7, 1), "1280025000", id="merger"),
        pytest.param("1280025000", date(2026, 6, 30), "4683025000", id="merger-looking-back"),
        pytest.param("2917051000", date(2026, 7, 1), "1230051000", id="merger-gwangju"),
        pytest.param("2811051000", date(2026, 7, 1), "2811051000", id="divided-has-no-successor"),
        pytest.param("1111053000", DURING, "1111053000", id="nothing-changed"),
        pytest.param("9900000000", DURING, "9900000000", id="unknown"),
        pytest.param("", DURING, "", id="nothing"),
    ],
)
def test_a_place_has_the_code_of_the_day(code: str, day: date, then: str) -> None:
    assert SHIPPED.as_of(code, day) == then


@pytest.mark.parametrize(
    ("code", "municipality"),
    [
        ("4812151000", "48120"),  # A district of Changwon.
        ("4812000000", "48120"),
        ("4825053000", "48250"),
        ("1111053000", "11110"),  # An autonomous district.
        ("3611025000", "36"),
        ("5013051000", "50"),
        ("4119253000", "41190"),
        ("4272025000", "51720"),
        ("4899900000", "48999"),  # No row: five digits.
        ("9900000000", "99000"),
    ],
)
def test_the_basic_local_government_of_a_code(code: str, municipality: str) -> None:
    assert SHIPPED.municipality(code, DURING) == municipality


def test_every_part_of_a_renamed_province_follows_it() -> None:
    for row in SHIPPED.rows.values():
        if row.code.startswith(("51", "52")) and len(row.code) == 5:
            old = {"51": "42", "52": "45"}[row.code[:2]] + row.code[2:]
            assert SHIPPED.municipality(f"{old}00000", DURING) == (row.within or row.code)


def test_the_two_merged_provinces_share_no_code() -> None:
    """Mokpo was 46110 and Dong-gu 29110: a new prefix alone would make them one place."""
    old = [row for row in SHIPPED.rows.values() if row.code[:2] in {"29", "46"} and row.successor]
    assert len({row.successor for row in old}) == len(old) == 27


@given(st.sampled_from(sorted(SHIPPED.rows)), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_going_to_a_day_twice_is_going_once(code: str, day: date) -> None:
    full = code.ljust(10, "0")
    there = SHIPPED.as_of(full, day)
    assert SHIPPED.as_of(there, day) == there
    assert SHIPPED.as_of(SHIPPED.as_of(there, AFTER), day) == there


def test_in_2025_there_were_226_municipalities_and_two_provinces_without() -> None:
    rows = [row for row in SHIPPED.rows.values() if row.begun(DURING) and not row.ended(DURING)]
    count = {level: sum(row.level is level for row in rows) for level in Level}
    assert count[Level.MUNICIPALITY] == 226
    assert count[Level.SINGLE_TIER] == 2
    assert count[Level.PROVINCE] == 15


def test_rows_that_go_in_a_circle_end_all_the_same() -> None:
    """No loader lets them in; the domain does not hang on that."""
    day = date(2020, 1, 1)
    rows = [
        Region("11", "가", "a", Level.PROVINCE, valid_until=day, successor="12"),
        Region("12", "나", "b", Level.PROVINCE, valid_until=day, successor="11"),
    ]
    assert Regions({row.code: row for row in rows}).as_of("1100000000", DURING)


def test_a_row_is_valid_on_its_first_and_on_its_last_day() -> None:
    row = Region("11", "가", "a", Level.PROVINCE, date(2024, 1, 1), date(2024, 1, 31))
    assert not row.begun(date(2023, 12, 31))
    assert row.begun(date(2024, 1, 1))
    assert not row.ended(date(2024, 1, 31))
    assert row.ended(date(2024, 2, 1))
