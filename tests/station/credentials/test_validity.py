from datetime import UTC, datetime, timedelta, timezone

import pytest

from station.credentials.errors import CredentialError
from station.credentials.validity import Validity, validity

NOW = datetime(2026, 11, 23, 4, 30, 15, 999_999, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
SECOND = timedelta(seconds=1)
YEARS = NOW + timedelta(days=1095)


def test_validity_ends_with_the_earliest_end() -> None:
    ends = (YEARS, NOW + timedelta(days=457), NOW + timedelta(days=900))
    until = validity(NOW, ends).valid_until
    assert until == datetime(2028, 2, 23, 4, 30, 15, tzinfo=UTC)
    assert validity(NOW, ends[::-1]).valid_until == until


def test_validity_starts_with_the_utc_day() -> None:
    times = validity(NOW, (YEARS,))
    assert times.signed == times.valid_from == MIDNIGHT


def test_validity_does_not_start_before_the_signing_certificate() -> None:
    start = MIDNIGHT + timedelta(hours=3)
    assert validity(NOW, (YEARS,), start).signed == start
    assert validity(NOW, (YEARS,), MIDNIGHT - SECOND).signed == MIDNIGHT


def test_validity_before_the_signing_certificate_is_refused() -> None:
    with pytest.raises(CredentialError) as refused:
        validity(NOW, (YEARS,), NOW + SECOND)
    assert refused.value.code == "not_yet_valid"


@pytest.mark.parametrize("past", [SECOND, timedelta(0), timedelta(days=1)])
def test_validity_of_what_has_expired_is_refused(past: timedelta) -> None:
    with pytest.raises(CredentialError) as refused:
        validity(NOW, (YEARS, NOW.replace(microsecond=0) - past))
    assert refused.value.code == "expired"


def test_validity_one_second_before_the_end_is_granted() -> None:
    assert validity(NOW, (NOW + SECOND,)).valid_until == NOW.replace(microsecond=0) + SECOND


def test_times_of_another_zone_become_utc() -> None:
    seoul = timezone(timedelta(hours=9))
    times = validity(NOW.astimezone(seoul), (YEARS.astimezone(seoul),))
    assert times.valid_until == YEARS.replace(microsecond=0)
    assert times.valid_until.tzinfo is UTC


def test_a_credential_without_an_end_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="without an end"):
        validity(NOW, ())


@pytest.mark.parametrize(
    "times",
    [
        (NOW, NOW, YEARS),
        (MIDNIGHT.replace(tzinfo=None), MIDNIGHT, MIDNIGHT + SECOND),
        (MIDNIGHT, MIDNIGHT, MIDNIGHT),
        (MIDNIGHT + SECOND, MIDNIGHT, MIDNIGHT + 2 * SECOND),
    ],
)
def test_times_with_fractions_without_zone_or_out_of_order_are_refused(
    times: tuple[datetime, datetime, datetime],
) -> None:
    with pytest.raises(ValueError, match="times of a credential"):
        Validity(*times)
