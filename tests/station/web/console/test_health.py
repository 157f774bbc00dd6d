"""Whether the station can work, told to everybody who is signed in."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from apdu.errors import TransportError
from station.bootstrap import Station
from station.services.upkeep import Upkeep
from station.web.console.app import ConsoleApp
from tests.station.adapters.conftest import StillClock
from tests.station.signed_in import signed_in
from tests.station.web.console.browser import Browser

READER = "pcsc:"


@pytest.fixture
def clock() -> StillClock:
    """Later than the certificates were made."""
    return StillClock(datetime.now(UTC))


@pytest.fixture
def station(station: Station) -> Station:
    """One that serves, with a reader."""
    upkeep = Upkeep({}, station.clock)
    upkeep.run()
    station.review.checkpoint()
    health = replace(station.health, upkeep=upkeep, attached=lambda _: True)
    return replace(station, health=health, upkeep=upkeep)


def wrong(station: Station) -> set[str]:
    officer = signed_in(station)
    return {each.name for each in station.health.look(officer, READER) if not each.ok}


def test_all_is_well(station: Station) -> None:
    assert wrong(station) == set()


@pytest.mark.parametrize("name", ["kim", "lee", "choi", "ada"])
def test_everybody_who_is_signed_in_looks(browser: Browser, name: str) -> None:
    browser.sign_in(name)
    page = browser.get("/health")
    assert page.status_code == 200
    assert "모두 정상입니다." in page.text


def test_a_reader_that_is_unplugged(station: Station) -> None:
    away = replace(station.health, attached=lambda _: False)
    assert wrong(replace(station, health=away)) == {"reader"}


def test_readers_that_cannot_be_listed(station: Station) -> None:
    def fails(_: str) -> bool:
        raise TransportError("no smart card service")

    silent = replace(station, health=replace(station.health, attached=fails))
    assert wrong(silent) == {"reader"}


@pytest.mark.parametrize(("minutes", "expected"), [(1, set()), (3, {"checkpoint", "sweep"})])
def test_what_runs_by_itself_and_stopped(
    station: Station, clock: StillClock, minutes: int, expected: set[str]
) -> None:
    with station.authority.records.transaction() as tx:
        tx.audit.append("test.unsigned", "kim")
    clock.move(minutes=minutes)
    assert wrong(station) == expected


def test_what_runs_by_itself_and_failed(station: Station, clock: StillClock) -> None:
    def fails() -> None:
        raise OSError

    upkeep = Upkeep({"notices": fails, "cases": lambda: None}, clock)
    upkeep.run()
    assert upkeep.last is not None
    assert upkeep.last.failed == ("notices",)
    assert wrong(replace(station, health=replace(station.health, upkeep=upkeep))) == {"sweep"}


def test_what_is_wrong_is_told_with_what_to_do(station: Station) -> None:
    away = replace(station, health=replace(station.health, attached=lambda _: False))
    browser = Browser(away, ConsoleApp(away))
    browser.sign_in("kim")
    page = browser.get("/health").text
    assert "모두 정상입니다." not in page
    assert "카드를 읽을 수 없습니다." in page
