from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from station.domain.grant import OfferState, korean_day
from tests.station.people import NOW, OFFER, TOKEN

SECOND = timedelta(seconds=1)
FETCHED = replace(OFFER, fetched_at=NOW, type_by=NOW + timedelta(minutes=5))


def test_an_offer_is_scannable_for_ninety_seconds() -> None:
    assert OFFER.scannable(NOW + 90 * SECOND)
    assert not OFFER.scannable(NOW + 91 * SECOND)


def test_a_fetched_offer_may_be_fetched_again_until_its_code_ends() -> None:
    assert FETCHED.scannable(NOW + 300 * SECOND)
    assert not FETCHED.scannable(NOW + 301 * SECOND)


def test_an_offer_nobody_fetched_cannot_be_exchanged() -> None:
    assert not OFFER.exchangeable(NOW)


def test_a_fetched_offer_is_exchangeable_for_five_minutes() -> None:
    assert FETCHED.exchangeable(NOW + 300 * SECOND)
    assert not FETCHED.exchangeable(NOW + 301 * SECOND)


@pytest.mark.parametrize("state", [OfferState.CONSUMED, OfferState.DEAD])
def test_an_offer_that_is_over_is_good_for_nothing(state: OfferState) -> None:
    over = replace(FETCHED, state=state)
    assert not over.scannable(NOW)
    assert not over.exchangeable(NOW)


@pytest.mark.parametrize(("guesses", "left"), [(0, 5), (4, 1), (5, 0), (6, 0)])
def test_five_guesses_are_all_there_are(guesses: int, left: int) -> None:
    assert replace(OFFER, guesses=guesses).tries_left == left


def test_a_token_is_usable_to_its_last_second() -> None:
    assert TOKEN.usable(TOKEN.expires_at)
    assert not TOKEN.usable(TOKEN.expires_at + timedelta(microseconds=1))


def test_a_revoked_token_is_not_usable() -> None:
    assert not replace(TOKEN, revoked=True).usable(NOW)


@pytest.mark.parametrize(
    ("utc", "day"),
    [((14, 59, 59), date(2026, 11, 23)), ((15, 0, 0), date(2026, 11, 24))],
)
def test_a_day_in_korea_begins_at_15_hours_utc(utc: tuple[int, int, int], day: date) -> None:
    assert korean_day(datetime(2026, 11, 23, *utc, tzinfo=UTC)) == day
