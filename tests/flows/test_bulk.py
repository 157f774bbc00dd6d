"""The counter of bulk people can make no number that is anybody's."""

import pytest

from station.domain.errors import StationError
from station.domain.identity import Rrn
from tests.flows.bulk import PEOPLE, identity_of, rrn_of

TEST_MONTH = "41"


def test_every_number_it_can_make_is_a_test_number_of_its_own() -> None:
    made = {rrn_of(place).digits for place in range(PEOPLE)}
    assert len(made) == PEOPLE
    assert {each[2:4] for each in made} == {TEST_MONTH}
    assert {len(each) for each in made} == {13}


@pytest.mark.parametrize("place", [0, 1, PEOPLE - 1])
def test_a_demo_takes_it_and_a_real_station_does_not(place: int) -> None:
    number = rrn_of(place)
    assert number.is_test
    assert Rrn.parse(number.digits, demo=True) == number
    assert number.date_of_birth == identity_of(place).date_of_birth
    with pytest.raises(StationError):
        Rrn.parse(number.digits, demo=False)


@pytest.mark.parametrize("place", [-1, PEOPLE])
def test_it_makes_no_other(place: int) -> None:
    with pytest.raises(ValueError, match="no such bulk person"):
        rrn_of(place)
