"""Phases: which opens what, and from when an office may serve an address."""

from datetime import date, timedelta

import pytest

from station.adapters.policy_files import load_rollout
from station.domain.regions import Level, Regions
from station.domain.rollout import Place, Rollout

SHIPPED = load_rollout(None)
DAY = timedelta(days=1)
PILOT, ONE, TWO, THREE, ALL = (each.opens_on for each in SHIPPED.phases)
SEOUL, CHANGWON, GIMHAE = "1111053000", "4812151000", "4825053000"


def test_the_days_of_the_roll_out() -> None:
    assert [
        date(2024, 12, 27),
        date(2025, 2, 14),
        date(2025, 2, 28),
        date(2025, 3, 14),
        date(2025, 3, 28),
    ] == [PILOT, ONE, TWO, THREE, ALL]


def test_every_municipality_is_opened_by_one_phase_beside_the_pilot_and_the_last() -> None:
    areas = [area for each in SHIPPED.phases[1:4] for area in each.areas]
    in_force = {
        row.code
        for row in SHIPPED.regions.rows.values()
        if row.level in {Level.PROVINCE, Level.SINGLE_TIER}
        and row.begun(ONE)
        and not row.ended(ONE)
    }
    assert sorted(areas) == sorted(in_force)


def test_the_pilot_has_nine_local_governments() -> None:
    assert len(SHIPPED.phases[0].areas) == 9


@pytest.mark.parametrize(
    ("address", "opens"),
    [
        ("3611051000", PILOT),
        ("5172025000", PILOT),
        ("4128151000", PILOT),
        ("4128751000", PILOT),
        (CHANGWON, ONE),
        ("5011051000", ONE),
        ("2711051000", ONE),
        ("4148051000", TWO),
        ("2811051000", TWO),
        (SEOUL, THREE),
        ("2917051000", THREE),
        ("9900000000", ALL),
    ],
)
def test_an_address_is_opened_on_the_day_of_its_phase(address: str, opens: date) -> None:
    place = SHIPPED.place(address, address, opens - DAY)
    assert (place.open, place.here_from) == (False, opens)
    assert SHIPPED.place(address, address, opens).open
    assert place.phase is not None
    assert place.phase.opens_on == opens


def test_at_home_abroad_and_everywhere() -> None:
    home = SHIPPED.place(CHANGWON, "4812951000", ONE)
    away = SHIPPED.place(GIMHAE, CHANGWON, ONE)
    assert (home.open, home.here, home.here_from) == (True, True, ONE)
    assert (away.open, away.here, away.here_from) == (True, False, ALL)
    assert not SHIPPED.place(GIMHAE, CHANGWON, ALL - DAY).here
    assert SHIPPED.place(GIMHAE, CHANGWON, ALL).here


def test_nothing_is_begun_before_the_first_phase() -> None:
    assert not SHIPPED.place(SEOUL, SEOUL, PILOT - DAY).begun
    assert SHIPPED.place(SEOUL, SEOUL, PILOT).begun


def test_a_phase_is_opened_to_a_place_by_the_code_it_had_then() -> None:
    """Gwangju and Jeonnam have one prefix today and were in two phases."""
    assert SHIPPED.place("1280025000", "4683025000", PILOT).open
    assert not SHIPPED.place("1230051000", "2917051000", ONE).open
    assert SHIPPED.place("1230051000", "2917051000", THREE).open


def test_without_phases_everybody_is_served_anywhere() -> None:
    place = Rollout(Regions({}), ()).place(SEOUL, GIMHAE, PILOT)
    assert place == Place(begun=True, open=True, here=True, phase=None, here_from=None)


@pytest.mark.parametrize(
    ("address", "centre", "day", "failure"),
    [
        (SEOUL, SEOUL, PILOT - DAY, "eligibility.not_begun"),
        (SEOUL, SEOUL, PILOT, "eligibility.phase_not_open"),
        (SEOUL, GIMHAE, PILOT, "eligibility.phase_not_open"),
        (GIMHAE, CHANGWON, ONE, "eligibility.wrong_centre"),
        (GIMHAE, GIMHAE, ONE, None),
        (GIMHAE, CHANGWON, ALL, None),
    ],
)
def test_what_stands_in_the_way(address: str, centre: str, day: date, failure: str | None) -> None:
    assert SHIPPED.place(address, centre, day).failure == failure


def test_from_when_every_office_may_serve() -> None:
    assert SHIPPED.anywhere_from(SEOUL) == ALL
    assert Rollout(SHIPPED.regions, SHIPPED.phases[:-1]).anywhere_from(SEOUL) is None
