"""The synthetic people: nobody's numbers, the right ages, text that fits everywhere."""

import unicodedata
from datetime import date, timedelta

import pytest

from apdu.lds import eid_groups, mrz
from card_sim.persons import Person, persons
from card_sim.persons.days import leap_day_before, years_after
from tests.card_sim.world import TODAY

DAYS = [TODAY, date(2028, 2, 29), date(2027, 12, 31), date(2030, 3, 1)]
MRZ_NAME_WIDTH = 30


def people(today: date) -> list[Person]:
    return list(persons(today).values())


def age(person: Person, today: date) -> int:
    born = person.date_of_birth
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


@pytest.mark.parametrize("today", DAYS)
def test_numbers_are_test_numbers_of_the_true_birth_date(today: date) -> None:
    for person in people(today):
        born = person.date_of_birth
        assert len(person.rrn) == 13
        assert person.rrn[:2] + person.rrn[4:6] == f"{born:%y%d}"
        assert int(person.rrn[2:4]) == born.month + 40
        assert int(person.rrn[6]) == {"M": 1, "F": 2}[person.sex] + (2 if born.year >= 2000 else 0)


@pytest.mark.parametrize("today", DAYS)
def test_ages_stay_what_they_are_for(today: date) -> None:
    known = persons(today)
    ages = {name: age(person, today) for name, person in known.items()}
    assert (ages["kim-minji"], ages["namgung-eunhasu"], ages["park-doyun"]) == (34, 58, 16)
    assert age(known["park-doyun"], today + timedelta(days=300)) == 16
    assert all(each >= 30 for name, each in ages.items() if name != "park-doyun")


@pytest.mark.parametrize("today", DAYS)
def test_one_is_born_on_a_leap_day_whatever_the_day(today: date) -> None:
    born = persons(today)["oh-yundal"].date_of_birth
    assert (born.month, born.day) == (2, 29)
    assert 40 <= age(persons(today)["oh-yundal"], today) <= 43


@pytest.mark.parametrize(
    ("year", "leap"), [(2024, 2024), (2023, 2020), (2100, 2096), (2103, 2096), (2000, 2000)]
)
def test_leap_day_is_the_last_one_not_after_the_year(year: int, leap: int) -> None:
    assert leap_day_before(year) == date(leap, 2, 29)


def test_leap_day_in_another_year_is_the_last_of_february() -> None:
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert years_after(date(2024, 2, 29), 1) == date(2025, 2, 28)


@pytest.mark.parametrize("today", DAYS)
def test_cards_are_valid_on_that_day_and_live_ten_years(today: date) -> None:
    for person in people(today):
        assert person.date_of_issue < today < person.date_of_expiry
        assert person.date_of_expiry.year == person.date_of_issue.year + 10


def test_everything_fits_the_card() -> None:
    for person in people(TODAY):
        assert mrz.decode(mrz.encode(person.mrz)) == person.mrz
        assert unicodedata.normalize("NFC", person.name) == person.name
        groups = {n: eid_groups.encode_group(n, person.eid) for n in eid_groups.GROUPS}
        assert eid_groups.decode_all(groups) == person.eid


def test_one_has_hanja_for_a_part_of_a_long_name_and_one_has_none() -> None:
    known = persons(TODAY)
    long_name = known["namgung-eunhasu"]
    assert len(long_name.name) == 16
    assert long_name.hanja is not None
    assert long_name.hanja.startswith("南宮")
    assert known["park-doyun"].hanja is None


def test_one_has_a_roman_name_too_long_for_the_machine_readable_zone() -> None:
    person = persons(TODAY)["montgomery-theodora"]
    assert person.name.isascii()
    assert person.name == f"{person.family_name} {person.given_names}"
    surname, given = person.romanized
    assert len(f"{surname}<<{given}") == MRZ_NAME_WIDTH
    assert person.given_names.startswith(given)
    assert person.given_names != given


def test_one_has_lost_the_card_and_nobody_else() -> None:
    assert [each.id for each in people(TODAY) if each.card_lost] == ["choi-bunsil"]


def test_one_has_a_portrait_in_jpeg_2000_and_nobody_else() -> None:
    unusual = [each.id for each in people(TODAY) if each.portrait_format != "jpeg"]
    assert unusual == ["jeong-sajin"]


def test_one_has_markup_and_characters_that_turn_the_writing_in_the_name() -> None:
    person = persons(TODAY)["shin-taegeu"]
    for piece in ("<script>", "&", "'", '"', "\u202e", "\u2066"):
        assert piece in person.given_names


def test_everybody_has_a_purpose_and_nobody_shares_a_number_or_a_password() -> None:
    everybody = people(TODAY)
    for name in ("id", "purpose", "rrn", "document_number", "can", "pin", "puk"):
        assert len({getattr(person, name) for person in everybody}) == len(everybody)


def test_repr_keeps_the_person_to_itself() -> None:
    for person in people(TODAY):
        text = repr(person)
        for secret in (person.name, person.given_names, person.rrn, person.pin, person.can):
            assert secret not in text
