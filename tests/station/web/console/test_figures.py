"""Figures on their page, from cases in the database."""

from dataclasses import replace
from datetime import timedelta

from station.bootstrap import Station
from station.domain.case import Stage
from station.domain.figures import Outcome
from station.domain.officer import SignedIn
from tests.station.adapters.conftest import StillClock
from tests.station.people import CASE, NOW, numbered
from tests.station.web.console.browser import Browser, parsed
from tests.station.web.console.hostile import STRINGS

MIDNIGHT = NOW.replace(hour=15, minute=0, second=0)  # Of 24 November, in Korea.
YESTERDAY = timedelta(days=-1)


def add(station: Station, *made: tuple[Stage, str, str | None, timedelta]) -> None:
    """Cases by stage, route, reason, and when they were opened, from now."""
    with station.authority.records.transaction() as tx:
        for serial, (stage, route, reason, when) in enumerate(made, 2):
            case = numbered(CASE, serial, stage=stage, route=route, reason=reason)
            tx.cases.add(replace(case, opened_at=NOW + when))


def rows(page: str) -> str:
    return " ".join(parsed(page)[0].split())


def test_today_and_the_last_days_are_counted_apart(kim: Browser, station: Station) -> None:
    today = timedelta()
    add(
        station,
        (Stage.CLOSED, "ic-pin", None, today),
        (Stage.ACTIVE, "ic-pin", None, today),
        (Stage.REFUSED, "qr-counter", "eligibility.card_lost", today),
        (Stage.CANCELLED, "ic-pin", "resident", YESTERDAY),
        (Stage.EXPIRED, "ic-on-sight", None, 14 * YESTERDAY),
    )
    report = station.reporting.figures(station_officer(kim))
    assert report.today.opened == 3
    assert report.today.outcomes[Outcome.ISSUED] == 2
    assert report.together.opened == 4  # The fifteenth day is over.
    assert report.together.routes == {"ic-pin": 3, "qr-counter": 1}
    assert report.together.refusals == {"eligibility.card_lost": 1}
    page = rows(kim.get("/figures").text)
    assert "E7" in page
    assert "발급 2" in page


def test_days_begin_at_midnight_in_korea(kim: Browser, station: Station, clock: StillClock) -> None:
    just = timedelta(microseconds=1)
    add(
        station,
        (Stage.CLOSED, "ic-pin", None, MIDNIGHT - NOW - just),
        (Stage.CLOSED, "ic-pin", None, MIDNIGHT - NOW),
    )
    clock.at = MIDNIGHT
    kim.sign_in("kim")
    report = station.reporting.figures(station_officer(kim))
    assert [each.opened for each in report.by_day.values()][-2:] == [1, 1]
    assert report.today.opened == 1


def station_officer(browser: Browser) -> SignedIn:
    name, _, token = browser.client.cookies["session"].partition(":")
    return SignedIn(name, token)


def test_reasons_are_text(kim: Browser, station: Station) -> None:
    refused = Stage.REFUSED
    texts = [each for each in STRINGS[:40] if len(each) <= 60]
    add(station, (refused, "ic-pin", None, timedelta()))
    _, plain = parsed(kim.get("/figures").text)
    with station.authority.records.transaction() as tx:
        for serial, reason in enumerate(texts, 100):
            tx.cases.add(numbered(CASE, serial, stage=refused, reason=reason))
    _, tags = parsed(kim.get("/figures").text)
    assert set(tags) == set(plain)


def test_figures_name_nobody(kim: Browser, station: Station) -> None:
    add(station, (Stage.CLOSED, "ic-pin", None, timedelta()))
    page = kim.get("/figures").text
    assert "261123-0002" not in page
