"""The rule of 17, the year rule of the Youth Protection Act, and birthdays: each boundary named."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.ages import age_on, birthday, first_card_day, youth_protection_passed
from station.domain.credential import age_flags, expiry_date, is_past_youth_protection
from station.domain.eligibility import Circumstances, Decision, decide
from station.domain.identity import Identity
from station.domain.regions import Regions
from station.domain.rollout import Rollout
from tests.station.people import IDENTITY, RECORD, born, passed

DAY = timedelta(days=1)
SOME_DAY = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def decided(date_of_birth: date, today: date) -> Decision:
    assert RECORD.card is not None
    person = replace(born(date_of_birth), card_expiry_date=date(9999, 1, 1))
    record = replace(RECORD, card=replace(RECORD.card, expiry_date=None))
    there = Circumstances("ic-pin", today, "1100000000", own_name_phone=True)
    everywhere = Rollout(Regions({}), ())
    return decide(person, record, passed("card_genuine"), there, everywhere)


def may_have_a_card(date_of_birth: date, today: date) -> bool:
    return decided(date_of_birth, today).approved


@pytest.mark.parametrize(
    ("date_of_birth", "first_day"),
    [
        pytest.param(date(2009, 11, 23), date(2026, 12, 1), id="turns-17-in-mid-month"),
        pytest.param(date(2009, 11, 30), date(2026, 12, 1), id="turns-17-on-the-last-of-a-month"),
        pytest.param(date(2009, 12, 1), date(2027, 1, 1), id="turns-17-on-the-first-of-a-month"),
        pytest.param(date(2009, 12, 31), date(2027, 1, 1), id="turns-17-on-the-last-of-december"),
        pytest.param(date(2009, 12, 15), date(2027, 1, 1), id="turns-17-in-december"),
        pytest.param(date(2010, 1, 1), date(2027, 2, 1), id="turns-17-on-new-years-day"),
        pytest.param(date(2010, 1, 31), date(2027, 2, 1), id="turns-17-on-31-january"),
        pytest.param(date(2009, 2, 28), date(2026, 3, 1), id="born-on-28-february"),
        # The 17th year ends with February, so 17 begins on 1 March: the card, in April.
        pytest.param(date(2008, 2, 29), date(2025, 4, 1), id="born-on-a-leap-day"),
        pytest.param(date(2008, 3, 1), date(2025, 4, 1), id="born-the-day-after-a-leap-day"),
    ],
)
class TestTheFirstCardDay:
    def test_is_the_first_of_the_month_after_turning_17(
        self, date_of_birth: date, first_day: date
    ) -> None:
        assert first_card_day(date_of_birth) == first_day

    def test_is_the_first_on_which_a_card_is_approved(
        self, date_of_birth: date, first_day: date
    ) -> None:
        assert may_have_a_card(date_of_birth, first_day)
        assert may_have_a_card(date_of_birth, first_day + DAY)

    def test_has_no_card_the_day_before(self, date_of_birth: date, first_day: date) -> None:
        decision = decided(date_of_birth, first_day - DAY)
        assert decision.failure == "eligibility.too_young"
        assert decision.possible_from == first_day


def test_whoever_turns_17_today_has_to_wait() -> None:
    today = date(2026, 11, 23)
    assert age_on(date(2009, 11, 23), today) == 17
    assert not may_have_a_card(date(2009, 11, 23), today)


@given(SOME_DAY)
def test_the_first_card_day_is_a_first_and_the_person_is_17_on_it(date_of_birth: date) -> None:
    first = first_card_day(date_of_birth)
    assert first.day == 1
    assert age_on(date_of_birth, first) == 17
    assert first - birthday(date_of_birth, 17) <= timedelta(days=31)
    assert (first - DAY).month == birthday(date_of_birth, 17).month


@pytest.mark.parametrize(
    ("date_of_birth", "today", "age"),
    [
        pytest.param(date(1990, 5, 20), date(2026, 5, 19), 35, id="the-day-before"),
        pytest.param(date(1990, 5, 20), date(2026, 5, 20), 36, id="the-birthday"),
        pytest.param(date(1990, 5, 20), date(2026, 5, 21), 36, id="the-day-after"),
        pytest.param(date(1990, 5, 20), date(1990, 5, 20), 0, id="the-day-of-birth"),
        pytest.param(date(1990, 12, 31), date(2026, 1, 1), 35, id="the-day-after-new-years-eve"),
        pytest.param(date(1990, 1, 1), date(2025, 12, 31), 35, id="the-eve-of-new-years-day"),
        pytest.param(date(2008, 2, 29), date(2025, 2, 28), 16, id="leap-day-28-february"),
        pytest.param(date(2008, 2, 29), date(2025, 3, 1), 17, id="leap-day-1-march"),
        pytest.param(date(2008, 2, 29), date(2028, 2, 28), 19, id="leap-day-eve-in-a-leap-year"),
        pytest.param(date(2008, 2, 29), date(2028, 2, 29), 20, id="leap-day-in-a-leap-year"),
        pytest.param(date(2000, 2, 29), date(2100, 3, 1), 100, id="leap-day-in-2100"),
    ],
)
def test_age_grows_on_the_birthday(date_of_birth: date, today: date, age: int) -> None:
    assert age_on(date_of_birth, today) == age


@given(SOME_DAY, st.integers(0, 120))
def test_age_and_birthday_agree(date_of_birth: date, age: int) -> None:
    day = birthday(date_of_birth, age)
    assert age_on(date_of_birth, day) == age
    assert age_on(date_of_birth, day - DAY) == age - 1


@pytest.mark.parametrize(
    ("date_of_birth", "today", "passed_it"),
    [
        pytest.param(date(2007, 12, 31), date(2026, 1, 1), True, id="first-day-of-the-19th-year"),
        pytest.param(date(2007, 12, 31), date(2025, 12, 31), False, id="last-day-before-it"),
        pytest.param(date(2007, 1, 1), date(2025, 12, 31), False, id="18-all-year"),
        pytest.param(date(2007, 1, 1), date(2026, 1, 1), True, id="19-on-new-years-day"),
    ],
)
def test_youth_protection_ends_with_the_year_before_the_19th_birthday(
    date_of_birth: date, today: date, passed_it: bool
) -> None:
    assert youth_protection_passed(date_of_birth, today) is passed_it
    assert is_past_youth_protection(born(date_of_birth), today) is passed_it


def test_youth_protection_is_not_the_age_of_19() -> None:
    person, today = born(date(2007, 12, 31)), date(2026, 1, 1)
    assert is_past_youth_protection(person, today)
    assert not age_flags(person, today)[19]


@pytest.mark.parametrize("limit", [14, 17, 18, 19, 65])
def test_each_age_flag_turns_on_the_birthday(limit: int) -> None:
    person: Identity = IDENTITY
    day = birthday(person.date_of_birth, limit)
    before, on = age_flags(person, day - DAY), age_flags(person, day)
    assert set(on) == {14, 17, 18, 19, 65}
    assert (before[limit], on[limit]) == (False, True)
    assert all(on[other] == (other <= limit) for other in on)


@pytest.mark.parametrize(
    ("issued", "expires"),
    [
        pytest.param(date(2026, 11, 23), date(2029, 11, 23), id="an-ordinary-day"),
        pytest.param(date(2026, 12, 31), date(2029, 12, 31), id="new-years-eve"),
        pytest.param(date(2027, 2, 28), date(2030, 2, 28), id="28-february"),
        pytest.param(date(2028, 3, 1), date(2031, 3, 1), id="the-day-after-a-leap-day"),
    ],
)
def test_a_mobile_card_expires_after_three_years(issued: date, expires: date) -> None:
    assert expiry_date(issued) == expires


def test_a_mobile_card_of_a_leap_day_ends_with_its_last_february() -> None:
    # Civil Act, Art. 157, 160(2): days count from 1 March, so the eve of 1 March ends the term.
    assert expiry_date(date(2028, 2, 29)) == date(2031, 2, 28)


@given(SOME_DAY)
def test_no_mobile_card_outlives_three_years(issued: date) -> None:
    assert expiry_date(issued) < birthday(issued + DAY, 3)
