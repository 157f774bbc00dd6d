"""When a credential is to be made anew, and what becomes of its card."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from station.domain.credential import CardState, IssueState, MobileCard, TechnicalCredential
from station.domain.grant import KST
from station.domain.renewal import (
    Anew,
    Due,
    is_under_way,
    present,
    renewed,
    replaced_by,
    was_made_anew,
    why_due,
)
from tests.station.people import CARD, CREDENTIAL, NOW, TODAY, born, numbered

ACTIVE = replace(CARD, state=CardState.ACTIVE)
HELD = replace(CREDENTIAL, state=IssueState.DELIVERED)
LATER = NOW + timedelta(days=10)
FAR = NOW + timedelta(days=410)


def anew(at: datetime = LATER, **changes: Any) -> Anew:
    return replace(Anew(at, born(date(1990, 2, 28)), None, FAR), **changes)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=KST).astimezone(UTC)


def due(credential: TechnicalCredential = HELD, card: MobileCard = ACTIVE, **changes: Any) -> Any:
    return why_due(card, [credential], anew(**changes))


def test_nothing_changed_and_nothing_ends() -> None:
    assert due() is None
    assert why_due(ACTIVE, [], anew()) is None


@pytest.mark.parametrize(
    ("left", "why"), [(timedelta(days=30), Due.ENDS), (timedelta(days=30, seconds=1), None)]
)
def test_credential_that_ends_within_thirty_days_is_due(left: timedelta, why: Due | None) -> None:
    assert due(replace(HELD, valid_until=LATER + left)) is why


@pytest.mark.parametrize(("longer", "why"), [(0, None), (1, Due.ENDS)])
def test_only_if_the_new_one_ends_later(longer: int, why: Due | None) -> None:
    soon = LATER + timedelta(days=5)
    assert due(replace(HELD, valid_until=soon), until=soon + timedelta(seconds=longer)) is why


@pytest.mark.parametrize("age", [14, 17, 18, 19, 65])
def test_age_flag_is_due_on_the_birthday(age: int) -> None:
    """Made on the 23rd of November; on the 2nd of December the flag turns."""
    birthday = date(2026, 12, 2)
    person = born(birthday.replace(year=birthday.year - age))
    eve, day = (anew(noon(each), identity=person) for each in (date(2026, 12, 1), birthday))
    assert why_due(ACTIVE, [HELD], eve) is None
    assert why_due(ACTIVE, [HELD], day) is Due.AGE


def test_youth_protection_ends_with_the_year() -> None:
    """Born in May 2008: nineteen in May 2027, no longer a youth from the first of January."""
    person = born(date(2008, 5, 20))
    eve, new_year = (
        anew(noon(each), identity=person) for each in (date(2026, 12, 31), date(2027, 1, 1))
    )
    assert why_due(ACTIVE, [HELD], eve) is None
    assert why_due(ACTIVE, [HELD], new_year) is Due.AGE


def test_day_turns_in_korea() -> None:
    """15:00 UTC is midnight in Seoul."""
    person = born(date(2007, 12, 2))
    before = datetime(2026, 12, 1, 14, 59, 59, tzinfo=UTC)
    assert due(at=before, identity=person) is None
    assert due(at=before + timedelta(seconds=1), identity=person) is Due.AGE


def test_one_made_after_the_birthday_says_it_already() -> None:
    person = born(date(2007, 11, 25))
    made = replace(HELD, intended_at=noon(date(2026, 11, 25)))
    assert due(identity=person) is Due.AGE
    assert due(made, identity=person) is None


@pytest.mark.parametrize(
    ("says", "now_at", "why"),
    [(None, None, None), (None, "a", Due.ADDRESS), ("a", "a", None), ("a", None, Due.ADDRESS)],
)
def test_address_that_is_no_longer_true_is_due(
    says: str | None, now_at: str | None, why: Due | None
) -> None:
    assert due(replace(HELD, address=says), address=now_at) is why


def test_card_that_is_marked_is_due() -> None:
    assert due(card=replace(ACTIVE, due="204")) is Due.ADDRESS


def test_one_of_several_that_is_due_suffices() -> None:
    old = replace(HELD, address="a")
    assert why_due(ACTIVE, [HELD, old], anew()) is Due.ADDRESS


@pytest.mark.parametrize(
    ("today", "why"), [(date(2029, 8, 23), None), (date(2029, 8, 24), Due.TERM)]
)
def test_card_is_due_in_its_last_three_months(today: date, why: Due | None) -> None:
    """It ends on the 23rd of November 2029."""
    now = noon(today)
    held = replace(HELD, valid_until=now + timedelta(days=100))
    assert due(held, at=now, until=now + timedelta(days=200)) is why
    assert (renewed(ACTIVE, today) != ACTIVE) == (why is Due.TERM)


def test_renewed_card_has_three_years_from_that_day() -> None:
    card = renewed(replace(ACTIVE, due="A04"), date(2029, 9, 1))
    assert (card.issue_date, card.expiry_date) == (date(2029, 9, 1), date(2032, 9, 1))
    assert card.due is None
    assert renewed(replace(ACTIVE, due="204"), date(2029, 9, 1)).due == "204"
    assert renewed(card, date(2029, 9, 2)) == card


def test_credential_older_than_the_dates_of_its_card_is_due() -> None:
    later = replace(ACTIVE, issue_date=TODAY + timedelta(days=1))
    assert due(card=later) is Due.TERM


@pytest.mark.parametrize(("seconds", "under_way"), [(300, True), (301, False)])
def test_what_was_just_made_may_still_be_sent(seconds: int, *, under_way: bool) -> None:
    assert is_under_way([HELD], NOW + timedelta(seconds=seconds)) is under_way
    assert not is_under_way([], NOW)


def test_present_is_what_a_wallet_has_and_nothing_replaced() -> None:
    others = [replace(CREDENTIAL, state=each) for each in IssueState]
    superseded = replace(HELD, superseded=True)
    assert present([*others, superseded]) == [HELD]


@pytest.mark.parametrize(
    ("earlier", "anew"),
    [
        ({}, True),
        ({"superseded": True}, True),
        ({"state": IssueState.VOIDED}, False),
        ({"configuration": "kr.mrrc.1.sd-jwt"}, False),
        ({"intended_at": LATER}, False),
    ],
)
def test_credential_was_made_anew_where_there_was_one_before(
    earlier: dict[str, Any], *, anew: bool
) -> None:
    credential = numbered(HELD, 1, intended_at=LATER)
    assert was_made_anew(credential, [credential, replace(HELD, **earlier)]) is anew


class TestReplacing:
    NEW = numbered(HELD, 1, intended_at=LATER)

    def test_newer_one_takes_the_place_of_older_ones_of_its_key(self) -> None:
        older = [HELD, numbered(HELD, 2, intended_at=NOW + timedelta(days=1))]
        assert replaced_by([self.NEW], [*older, self.NEW]) == older

    @pytest.mark.parametrize(
        "other",
        [
            {"device_key": "0" * 64},
            {"configuration": "kr.mrrc.1.sd-jwt"},
            {"intended_at": LATER},
            {"intended_at": LATER + timedelta(seconds=1)},
            {"state": IssueState.VOIDED},
            {"superseded": True},
        ],
    )
    def test_no_other_is_replaced(self, other: dict[str, Any]) -> None:
        assert replaced_by([self.NEW], [replace(HELD, **other)]) == []

    @pytest.mark.parametrize("state", [IssueState.INTENDED, IssueState.SIGNED, IssueState.VOIDED])
    def test_what_has_not_left_replaces_nothing(self, state: IssueState) -> None:
        assert replaced_by([replace(self.NEW, state=state)], [HELD]) == []

    def test_what_was_not_fetched_is_replaced_too(self) -> None:
        left = replace(HELD, state=IssueState.SIGNED)
        assert replaced_by([self.NEW], [left]) == [left]
