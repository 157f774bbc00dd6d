"""The synthetic people: nobody's numbers, the right ages, text that fits everywhere."""

import unicodedata
from datetime import date, timedelta

import pytest

from apdu.lds import mrz
from card_sim.persons import Person, persons
from tests.card_sim.world import TODAY

DAYS = [TODAY, date(2028, 2, 29), date(2027, 12, 31), date(2030, 3, 1)]


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
    everyday, long_name, minor = people(today)
    assert (age(everyday, today), age(long_name, today), age(minor, today)) == (34, 58, 16)
    assert age(minor, today + timedelta(days=300)) == 16


@pytest.mark.parametrize("today", DAYS)
def test_cards_are_valid_on_that_day_and_live_ten_years(today: date) -> None:
    for person in people(today):
        assert person.date_of_issue < today < person.date_of_expiry
        assert person.date_of_expiry.year == person.date_of_issue.year + 10


def test_everything_fits_the_card() -> None:
    for person in people(TODAY):
        assert mrz.decode(mrz.encode(person.mrz)) == person.mrz
        assert unicodedata.normalize("NFC", person.name) == person.name
        assert len(person.name) <= 19


def test_one_has_hanja_for_a_part_of_a_long_name_and_one_has_none() -> None:
    _, long_name, minor = people(TODAY)
    assert len(long_name.name) == 16
    assert long_name.hanja is not None
    assert long_name.hanja.startswith("南宮")
    assert minor.hanja is None


def test_nobody_shares_a_number_or_a_password() -> None:
    three = people(TODAY)
    for name in ("id", "rrn", "document_number", "can", "pin", "puk"):
        assert len({getattr(person, name) for person in three}) == 3


def test_repr_keeps_the_person_to_itself() -> None:
    for person in people(TODAY):
        text = repr(person)
        for secret in (person.name, person.given_names, person.rrn, person.pin, person.can):
            assert secret not in text
