"""Whether the station can work, told to everybody who is signed in."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from apdu.errors import TransportError
from station.bootstrap import Station
from station.domain.text import Words
from station.services.reader_watch import ReaderWatch
from station.services.upkeep import Upkeep
from station.web.console.app import ConsoleApp
from station.web.serving import _console, listening
from tests.station.adapters.conftest import StillClock
from tests.station.signed_in import signed_in
from tests.station.web.console.browser import Browser

ENDS_WITHIN = 60  # Only ends a test that hangs.


@pytest.fixture
def clock() -> StillClock:
    """Later than the certificates were made."""
    return StillClock(datetime.now(UTC))


def looking(station: Station, attached: Callable[[str], bool]) -> Station:
    """The station with such a reader, not looked at yet."""
    watch = ReaderWatch(attached, "pcsc:", station.clock)
    return replace(station, reader_watch=watch, health=replace(station.health, reader=watch))


def seen(station: Station, attached: Callable[[str], bool]) -> Station:
    made = looking(station, attached)
    made.reader_watch.look()
    return made


@pytest.fixture
def station(station: Station) -> Station:
    """One that serves, with a reader."""
    upkeep = Upkeep(dict.fromkeys(station.upkeep.steps, lambda: None), station.clock)
    upkeep.run()
    station.review.checkpoint()
    serves = replace(station, health=replace(station.health, upkeep=upkeep), upkeep=upkeep)
    return seen(serves, lambda _: True)


def wrong(station: Station) -> set[str]:
    return {each.name for each in station.health.look(signed_in(station)) if not each.ok}


def test_all_is_well(station: Station) -> None:
    assert wrong(station) == set()


@pytest.mark.parametrize("name", ["kim", "lee", "choi", "ada"])
def test_everybody_who_is_signed_in_looks(browser: Browser, name: str) -> None:
    browser.sign_in(name)
    page = browser.get("/health")
    assert page.status_code == 200
    assert "모두 정상입니다." in page.text


def test_a_reader_that_is_unplugged(station: Station) -> None:
    assert wrong(seen(station, lambda _: False)) == {"reader"}


def test_readers_that_cannot_be_listed(station: Station) -> None:
    def fails(_: str) -> bool:
        raise TransportError("no smart card service")

    assert wrong(seen(station, fails)) == {"reader"}


def test_a_reader_that_nobody_has_looked_at(station: Station) -> None:
    assert wrong(looking(station, lambda _: True)) == {"reader"}


@pytest.mark.parametrize(("seconds", "expected"), [(60, set()), (61, {"reader"})])
def test_a_reader_that_was_seen_too_long_ago(
    station: Station, clock: StillClock, seconds: int, expected: set[str]
) -> None:
    clock.move(seconds=seconds)
    assert wrong(station) == expected


def test_a_reader_service_that_hangs_delays_no_page(station: Station, clock: StillClock) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def hangs(_: str) -> bool:
        asked.set()
        return go_on.wait()

    hung = looking(station, hangs)
    hung.reader_watch.begin()
    asked.wait()
    try:
        assert wrong(hung) == {"reader"}
    finally:
        hung.reader_watch.end()
        go_on.set()


def test_no_request_asks_the_reader_service(station: Station) -> None:
    def asked(_: str) -> bool:
        raise AssertionError("within a request")

    away = looking(station, asked)
    browser = Browser(away, ConsoleApp(away))
    browser.sign_in("kim")
    assert browser.get("/health").status_code == 200


def test_the_reader_is_looked_at_as_long_as_the_console_is_served(station: Station) -> None:
    asked = threading.Semaphore(0)

    def attached(_: str) -> bool:
        asked.release()
        return True

    served = looking(station, attached)

    async def serve() -> None:
        with listening("127.0.0.1", 0) as on:
            server = _console(served, on)
            ended = server.begin()
            assert await asyncio.to_thread(asked.acquire, timeout=ENDS_WITHIN)
            server.should_exit = True
            await ended

    asyncio.run(serve())
    for each in threading.enumerate():
        if each.name == "reader":
            each.join()  # Or the test does not end.
    assert wrong(served) == set()


def test_the_page_says_when_the_reader_was_seen(
    station: Station, browser: Browser, clock: StillClock
) -> None:
    clock.at = datetime(2026, 11, 23, 5, 7, tzinfo=UTC)
    station.reader_watch.look()
    clock.move(minutes=3)
    browser.sign_in("kim")
    page = browser.get("/health").text
    assert "2026-11-23 14:07 KST 확인" in page
    assert "판독기가 있는지 알 수 없습니다." in page


@pytest.mark.parametrize(("minutes", "expected"), [(2, set()), (3, {"checkpoint", "sweep"})])
def test_what_runs_by_itself_and_stopped(
    station: Station, clock: StillClock, minutes: int, expected: set[str]
) -> None:
    with station.authority.records.transaction() as tx:
        tx.audit.append("test.unsigned", "kim")
    clock.move(minutes=minutes)
    station.reader_watch.look()
    assert wrong(station) == expected


def test_what_runs_by_itself_and_failed(station: Station, clock: StillClock) -> None:
    def fails() -> None:
        raise OSError

    upkeep = Upkeep({"notices": fails, "cases": lambda: None}, clock)
    upkeep.run()
    assert upkeep.last is not None
    assert upkeep.last.failed == ("notices",)
    failing = replace(station, health=replace(station.health, upkeep=upkeep))
    assert wrong(failing) == {"sweep"}
    browser = Browser(failing, ConsoleApp(failing))
    browser.sign_in("kim")
    page = browser.get("/health").text
    assert "알림 보내기" in page
    assert "notices" not in page


def test_all_that_runs_by_itself_has_words(station: Station, clock: StillClock) -> None:
    def fails() -> None:
        raise OSError

    upkeep = Upkeep(dict.fromkeys(station.upkeep.steps, fails), clock)
    upkeep.run()
    failing = replace(station.health, upkeep=upkeep)
    sweep = next(each for each in failing.look(signed_in(station)) if each.name == "sweep")
    assert isinstance(sweep.detail, Words)
    assert not set(sweep.detail.ko.split(", ")) & set(sweep.detail.en.split(", "))


def test_a_detail_is_told_in_the_language_of_the_page(station: Station) -> None:
    def fails(_: str) -> bool:
        raise TransportError("no smart card service")

    away = seen(station, fails)
    browser = Browser(away, ConsoleApp(away))
    browser.sign_in("kim")
    page = browser.get("/health").text
    assert "판독기 서비스를 쓸 수 없음" in page
    assert "no smart card service" not in page
    browser.post("/language/en")
    assert "No smart card service" in browser.get("/health").text


def test_what_is_wrong_is_told_with_what_to_do(station: Station) -> None:
    away = seen(station, lambda _: False)
    browser = Browser(away, ConsoleApp(away))
    browser.sign_in("kim")
    page = browser.get("/health").text
    assert "모두 정상입니다." not in page
    assert "카드를 읽을 수 없습니다." in page
