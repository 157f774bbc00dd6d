"""The audit log on its pages: looked into, verified, and whose data were looked at."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from station.bootstrap import Station
from station.domain.officer import Access, Purpose, SignedIn
from station.services.verifying import Verifying
from station.web.console.app import ConsoleApp
from station.web.console.audit import AuditPages
from tests.station.adapters.conftest import StillClock
from tests.station.services.test_verifying import SlowCheckpoints, until_verified
from tests.station.web.console.browser import Browser, parsed
from tests.station.web.console.hostile import STRINGS

SUBJECT = "7" * 64


@pytest.fixture
def choi(browser: Browser) -> Browser:
    browser.sign_in("choi")
    return browser


def verified(auditor: Browser) -> str:
    """What the page says once the log was verified."""
    auditor.post("/audit/verify")
    until_verified()
    return auditor.get("/audit").text


def append(station: Station, event: str, count: int = 1, **fields: str) -> None:
    with station.authority.records.transaction() as tx:
        for _ in range(count):
            tx.audit.append(event, "kim", None, **fields)


def test_entries_are_listed_newest_first(choi: Browser, station: Station) -> None:
    append(station, "test.first")
    append(station, "test.second")
    page = choi.get("/audit").text
    assert page.index("test.second") < page.index("test.first")


def test_entries_of_one_event_a_page_at_a_time(choi: Browser, station: Station) -> None:
    append(station, "test.many", 60)
    append(station, "test.other")
    page = choi.get("/audit?event=test.many").text
    assert "test.other" not in page
    assert page.count(">test.many</a>") == 50
    earlier = choi.get("/audit?event=test.many&before=" + page.split("before=")[1].split('"')[0])
    assert earlier.text.count(">test.many</a>") == 10


def test_entries_of_one_case(choi: Browser, browser: Browser, station: Station) -> None:
    other = Browser(station, browser.app)
    other.sign_in("kim")
    other.get("/cases/new")
    opened = other.post("/cases", False, route="qr-counter", consents="yes")
    number = opened.headers["location"].rpartition("/")[2]
    page = choi.get(f"/audit?case={number}").text
    assert ">접수, 동의 기록</a>" in page
    assert ">로그인</a>" not in page


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("case=999999-9999", 404),
        ("event=DROP%20TABLE", 400),
        ("before=x", 400),
        ("event=%3Cscript%3E", 400),
        ("before=99999999999999999999999", 200),
    ],
)
def test_what_nobody_asks_for_is_told(choi: Browser, asked: str, status: int) -> None:
    assert choi.get(f"/audit?{asked}").status_code == status


def test_a_whole_log_is_told_with_its_length(choi: Browser, station: Station) -> None:
    station.review.checkpoint()
    choi.get("/audit")
    page = verified(choi)
    assert "기록이 온전합니다" in page
    assert "data-live" not in page


def test_a_log_that_was_changed_is_told(choi: Browser, station: Station) -> None:
    append(station, "test.first")
    station.review.checkpoint()
    choi.get("/audit")
    with station.engine.begin() as connection:
        connection.execute(text("PRAGMA writable_schema = ON"))
        for name in connection.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
        ).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE audit SET actor = 'lee' WHERE event = 'test.first'"))
    page = verified(choi)
    assert "audit.broken" in page
    assert "기록이 온전합니다" not in page


def test_a_log_nobody_signed_is_not_whole(choi: Browser, station: Station) -> None:
    station.home.checkpoints.unlink(missing_ok=True)
    choi.get("/audit")
    assert "audit.broken" in verified(choi)


def test_a_log_that_takes_long_is_verified_beside_the_requests(station: Station) -> None:
    checkpoints = SlowCheckpoints(station.review.checkpoints)
    review = replace(station.review, checkpoints=checkpoints)
    verifying = Verifying(station.authority, review, station.clock)
    slow = replace(station, verifying=verifying)
    choi = Browser(slow, ConsoleApp(slow))
    choi.sign_in("choi")
    station.review.checkpoint()
    choi.get("/audit")
    pages = AuditPages(choi.app.console)
    officer = SignedIn("choi", choi.client.cookies["session"].partition(":")[2])
    try:
        assert "검증하고 있습니다." in choi.post("/audit/verify").text
        assert 'data-live="/audit/events"' in choi.page
        under_way = pages._fingerprint(officer)
    finally:
        checkpoints.go_on.set()
    until_verified()
    assert pages._fingerprint(officer) not in {under_way, None}
    assert "기록이 온전합니다" in choi.get("/audit").text
    station.signing_in.sign_out(officer)
    assert pages._fingerprint(officer) is None


def test_accesses_ask_for_password_and_code_first(
    choi: Browser, station: Station, clock: StillClock
) -> None:
    note(station)
    assert SUBJECT[:12] in choi.get("/audit/accesses").text
    for _ in range(2):
        clock.move(minutes=3)
        choi.get("/audit")
    answer = choi.get("/audit/accesses", follow=False)
    assert answer.headers["location"] == "/confirm?next=/audit/accesses"
    choi.get(answer.headers["location"])
    page = choi.post("/confirm", next="/audit/accesses", **choi.proof("choi"))
    assert page.url.path == "/audit/accesses"
    assert SUBJECT[:12] in page.text


def note(station: Station) -> None:
    """Somebody's data were looked at."""
    with station.authority.records.transaction() as tx:
        officer = signed_in(station)
        why = (Purpose.COMPLAINT, Access.FOUND)
        station.authority.note_access(tx, officer, SUBJECT, why)


def signed_in(station: Station) -> SignedIn:
    return SignedIn("officer-kim", "officer-kim-0")


def test_the_whole_pseudonym_is_not_shown(choi: Browser, station: Station) -> None:
    note(station)
    page = choi.get("/audit/accesses").text
    assert "민원 처리" in page
    assert SUBJECT not in page


def test_fields_are_text(choi: Browser, station: Station) -> None:
    append(station, "test.plain", a="b")
    _, plain = parsed(choi.get("/audit").text)
    for each in STRINGS[:45]:
        append(station, "test.hostile", a=each)
    answer = choi.get("/audit?event=test.hostile")
    assert answer.status_code == 200
    assert set(parsed(answer.text)[1]) <= set(plain) | {"a"}


def test_what_an_entry_says_is_text_wherever_it_stands(choi: Browser, station: Station) -> None:
    _, plain = parsed(choi.get("/audit").text)
    for name in ("place", "reason", "detail", "until"):
        append(station, "case.refused", 1, **{name: "<b onclick=alert(1)>&#60;b>"})
    assert "b" not in set(parsed(choi.get("/audit?event=case.refused").text)[1]) - set(plain)


@pytest.mark.parametrize("name", ["kim", "lee", "ada"])
def test_nobody_else_looks_or_verifies(browser: Browser, name: str) -> None:
    browser.sign_in(name)
    for path in ("/audit", "/audit/accesses"):
        assert browser.get(path).status_code == 403
    assert browser.post("/audit/verify").status_code == 403
