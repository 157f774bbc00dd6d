"""A key device that was away is left alone for a while, and asked by one wallet at a time."""

from datetime import timedelta

from station.domain.deferral import RETRY_INTERVAL
from station.services.signing import Outage
from tests.station.people import NOW

MOMENT = timedelta(microseconds=1)


def test_without_an_outage_everybody_may_try() -> None:
    outage = Outage()
    assert all(outage.may_try(NOW) for _ in range(3))


def test_during_an_outage_one_may_try_in_each_interval() -> None:
    outage = Outage()
    outage.begin(NOW)
    again = NOW + RETRY_INTERVAL
    assert not outage.may_try(again - MOMENT)
    assert [outage.may_try(again) for _ in range(3)] == [True, False, False]
    assert not outage.may_try(again + RETRY_INTERVAL - MOMENT)
    assert outage.may_try(again + RETRY_INTERVAL)


def test_a_signature_ends_the_outage() -> None:
    outage = Outage()
    outage.begin(NOW)
    outage.end()
    assert [outage.may_try(NOW) for _ in range(3)] == [True] * 3
