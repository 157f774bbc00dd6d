from dataclasses import replace
from datetime import date

import pytest

from station.domain.errors import StationError
from station.domain.identity import Rrn
from tests.station.people import IDENTITY, TEST_RRN, shown

# A real-looking number is made of a TEST one, and lies only in memory.
REAL_LOOKING = TEST_RRN[:2] + "02" + TEST_RRN[4:]


def refusal(text: str, *, demo: bool) -> StationError:
    with pytest.raises(StationError) as refused:
        Rrn.parse(text, demo=demo)
    assert refused.value.code == "input.invalid"
    for part in (text, text.replace("-", "")[-6:]):
        assert not part or part not in str(refused.value)
    return refused.value


def test_a_demo_accepts_a_test_number() -> None:
    assert Rrn.parse(TEST_RRN, demo=True).is_test


def test_a_real_station_accepts_a_number_of_the_ordinary_shape() -> None:
    assert not Rrn.parse(REAL_LOOKING, demo=False).is_test


def test_a_demo_refuses_a_number_that_could_be_somebodys() -> None:
    assert refusal(REAL_LOOKING, demo=True).detail == "RRN: only TEST numbers in a demo"


def test_a_real_station_refuses_a_test_number() -> None:
    assert refusal(TEST_RRN, demo=False).detail == "RRN: a TEST number"


def test_a_hyphen_may_be_written() -> None:
    assert Rrn.parse(f"{TEST_RRN[:6]}-{TEST_RRN[6:]}", demo=True) == Rrn(TEST_RRN)


@pytest.mark.parametrize("digit", ["5", "6", "7", "8"])
@pytest.mark.parametrize("demo", [True, False])
def test_an_alien_registration_number_is_another_procedure(digit: str, demo: bool) -> None:
    number = (TEST_RRN if demo else REAL_LOOKING)[:6] + digit + TEST_RRN[7:]
    assert refusal(number, demo=demo).detail == "RRN: alien registration is another procedure"


@pytest.mark.parametrize(
    ("digit", "year"),
    [("9", 1890), ("0", 1890), ("1", 1990), ("2", 1990), ("3", 2090), ("4", 2090)],
)
def test_the_seventh_digit_names_the_century(digit: str, year: int) -> None:
    number = Rrn.parse(TEST_RRN[:6] + digit + TEST_RRN[7:], demo=True)
    assert number.date_of_birth == date(year, 2, 28)


@pytest.mark.parametrize(
    "text",
    ["", "904228200000", "90422820000000", "9042282OOOOOO", "９０４２２８２００００００",
     "904228 2000000", "904228200000x", "-" * 13, "+904228200000", "904228200000\n"],
)  # fmt: skip
def test_anything_but_thirteen_ascii_digits_is_refused(text: str) -> None:
    assert refusal(text, demo=True).detail == "RRN: 13 digits"


@pytest.mark.parametrize("day", ["4230", "4431", "4100", "4132", "5301", "9901"])
def test_a_test_number_without_a_real_date_is_refused(day: str) -> None:
    assert refusal(f"89{day}1000000", demo=True).detail == "RRN: no such date"


@pytest.mark.parametrize("day", ["0230", "0431", "0100", "0132", "0001", "1301", "4001"])
def test_a_number_without_a_real_date_is_refused(day: str) -> None:
    assert refusal(f"89{day}1000000", demo=False).detail == "RRN: no such date"


def test_29_february_exists_in_leap_years_only() -> None:
    assert Rrn.parse("8842291000000", demo=True).date_of_birth == date(1988, 2, 29)
    assert refusal("8942291000000", demo=True).detail == "RRN: no such date"


def test_1900_was_no_leap_year_and_2000_was() -> None:
    assert refusal("0042291000000", demo=True).detail == "RRN: no such date"
    assert Rrn.parse("0042293000000", demo=True).date_of_birth == date(2000, 2, 29)


@pytest.mark.parametrize("show", [str, repr, format, "{}".format, "%s".__mod__, lambda n: f"{n}"])
def test_a_number_never_shows_its_last_six_digits(show: object) -> None:
    number = Rrn(f"{TEST_RRN[:6]}2123456")
    assert "123456" not in show(number)  # type: ignore[operator]
    assert "123456" not in repr([number])
    assert number.masked == "904228-2******"


def test_an_identity_shows_nothing_of_the_person() -> None:
    for thing in (IDENTITY, IDENTITY.address, [IDENTITY]):
        for value in (TEST_RRN, "904228", "가나", "시험", "T00000001", "1990", "portrait-of"):
            assert value not in shown(thing)


def test_a_korean_name_is_written_without_and_a_roman_one_with_a_space() -> None:
    assert IDENTITY.full_name == "가나시험"
    roman = replace(IDENTITY, family_name="SMITH", given_names="JANE ANN")
    assert roman.full_name == "SMITH JANE ANN"


def test_an_address_is_written_without_gaps_for_missing_parts() -> None:
    assert IDENTITY.address.formatted == "시험특별시 시험구 시험로 1"
    assert replace(IDENTITY.address, city="").formatted == "시험특별시 시험로 1"
