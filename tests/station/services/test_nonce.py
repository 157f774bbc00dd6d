"""A c_nonce is spent once, in time, and only if it is the station's own."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from station.bootstrap import Station
from station.services.offering import Offering
from tests.station.adapters.conftest import StillClock
from tests.station.people import NOW


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def offering(station: Station, clock: StillClock) -> Offering:
    nonces = replace(station.offering.nonces, clock=clock)
    return replace(station.offering, clock=clock, nonces=nonces)


def spend(offering: Offering, nonce: str) -> bool:
    with offering.records.transaction() as tx:
        return offering.spend_nonce(tx, nonce)


def octets(nonce: str) -> bytearray:
    return bytearray(base64.urlsafe_b64decode(nonce + "=" * (-len(nonce) % 4)))


def test_a_nonce_is_spent_once(offering: Offering) -> None:
    nonce = offering.nonce()
    assert spend(offering, nonce)
    assert not spend(offering, nonce)


def test_two_nonces_differ(offering: Offering) -> None:
    assert offering.nonce() != offering.nonce()


def test_a_nonce_lives_five_minutes(offering: Offering, clock: StillClock) -> None:
    first, second = offering.nonce(), offering.nonce()
    clock.at = NOW + timedelta(minutes=5)
    assert spend(offering, first)
    clock.move(seconds=1)
    assert not spend(offering, second)


@pytest.mark.parametrize("place", [0, 7, 8, 23, 24, 55])
def test_an_altered_nonce_is_not_the_stations(offering: Offering, place: int) -> None:
    altered = octets(offering.nonce())
    altered[place] ^= 1
    assert not spend(offering, base64.urlsafe_b64encode(altered).decode().rstrip("="))


def test_a_nonce_that_names_a_later_end_is_not_the_stations(
    offering: Offering, clock: StillClock
) -> None:
    made = octets(offering.nonce())
    made[:8] = (int.from_bytes(made[:8]) + 3600).to_bytes(8)
    clock.move(minutes=6)
    assert not spend(offering, base64.urlsafe_b64encode(made).decode().rstrip("="))


def test_a_nonce_in_another_spelling_is_the_same_nonce(offering: Offering) -> None:
    nonce = offering.nonce()
    assert spend(offering, nonce)
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # The last character's unused bits may be set, padding may be written or not.
    others = {nonce[:-1] + each for each in last} | {nonce + "=", nonce + "=="}
    same = [each for each in others if _decodes_to(each, octets(nonce))]
    assert len(same) > 1
    assert not any(spend(offering, each) for each in same)


def _decodes_to(text: str, expected: bytearray) -> bool:
    try:
        return octets(text.rstrip("=")) == expected
    except ValueError:
        return False


@pytest.mark.parametrize("nonce", ["", "x", "=", "A" * 75, "A" * 10_000, "가", "A+/=", "\x00"])
def test_what_is_no_nonce_is_not_spent(offering: Offering, nonce: str) -> None:
    assert not spend(offering, nonce)


def test_a_nonce_of_another_station_is_not_spent(offering: Offering) -> None:
    class OtherCodes:
        def derive(self, *labels: str) -> bytes:
            return bytes(32)

    other = replace(offering.nonces, codes=OtherCodes())
    assert not spend(offering, other.make())


def test_a_nonce_of_another_kind_is_not_spent(station: Station, offering: Offering) -> None:
    assert station.senders.nonces.open(station.senders.fresh_nonce()) is not None
    assert not spend(offering, station.senders.fresh_nonce())
    assert station.senders.nonces.open(offering.nonce()) is None
