"""Signing in and out, locked screens, and password and code once more."""

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.bootstrap import Station
from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.web.console import app
from station.web.console.app import ConsoleApp
from station.web.console.pages import Console
from station.web.console.visits import Presence
from tests.station.adapters.conftest import StillClock
from tests.station.web.console.browser import Browser

JUST_NOT_IDLE = {"minutes": 5, "seconds": -1}
IDLE = {"minutes": 5}
LISTENS = {"Accept": "text/event-stream"}
ENDED = {"minutes": 10, "seconds": 1}


def events(station: Station) -> list[str]:
    with station.authority.records.reading() as tx:
        return [each.event for each in tx.audit.entries()]


def test_an_officer_signs_in_and_sees_the_first_page(browser: Browser) -> None:
    assert browser.get("/").url.path == "/sign-in"
    answer = browser.post("/sign-in", next="/", name="kim", **browser.proof())
    assert (answer.status_code, answer.url.path) == (200, "/")
    assert "TEST kim" in answer.text


def test_a_code_with_spaces_and_a_name_with_spaces_are_taken(browser: Browser) -> None:
    browser.get("/sign-in")
    proof = browser.proof()
    code = f"{proof['code'][:3]} {proof['code'][3:]}"
    assert browser.post("/sign-in", name=" kim ", password=proof["password"], code=code).is_success


@pytest.mark.parametrize("wrong", ["name", "password", "code"])
def test_whatever_was_wrong_one_and_the_same_is_told(browser: Browser, wrong: str) -> None:
    browser.get("/sign-in")
    fields = {"name": "kim"} | browser.proof() | {wrong: "000000"}
    answer = browser.post("/sign-in", **fields)
    assert answer.status_code == 403
    assert "로그인하지 못했습니다." in answer.text
    assert "session" not in browser.client.cookies


def test_nothing_typed_at_all_is_told_too(browser: Browser) -> None:
    browser.get("/sign-in")
    assert browser.post("/sign-in").status_code == 403


def test_who_is_signed_in_is_not_asked_again(kim: Browser) -> None:
    assert kim.get("/sign-in", follow=False).headers["location"] == "/"


def test_signing_in_leads_to_what_was_asked_for(browser: Browser) -> None:
    page = browser.get("/cases/261123-0001?x=1")
    assert page.url.path == "/sign-in"
    assert 'name="next" value="/cases/261123-0001"' in page.text


def test_signing_out_ends_the_session(kim: Browser, station: Station) -> None:
    answer = kim.post("/sign-out")
    assert answer.url.path == "/sign-in"
    assert events(station)[-1] == "officer.signed_out"
    assert kim.get("/").url.path == "/sign-in"


def test_an_account_that_is_closed_is_out_at_once(kim: Browser, station: Station) -> None:
    with station.authority.records.transaction() as tx:
        tx.officers.close("kim")
    assert kim.get("/").url.path == "/sign-in"
    assert "session" not in kim.client.cookies


# Locked.


def test_a_page_in_use_is_not_locked(kim: Browser, clock: StillClock) -> None:
    for _ in range(4):
        clock.move(**JUST_NOT_IDLE)
        assert kim.get("/confirm").url.path == "/confirm"


def test_a_page_that_is_not_used_is_locked(kim: Browser, clock: StillClock) -> None:
    clock.move(**IDLE)
    page = kim.get("/cases/261123-0001")
    assert page.url.path == "/locked"
    assert "TEST kim" not in page.text
    assert 'name="next" value="/cases/261123-0001"' in page.text


def test_pages_that_renew_themselves_keep_nothing_open(kim: Browser, clock: StillClock) -> None:
    for _ in range(5):
        clock.move(minutes=1)
        page = kim.renew("/")
    assert page.url.path == "/locked"
    assert kim.get("/").url.path == "/locked"


def test_a_page_that_renews_itself_is_told_how_long_is_left(
    kim: Browser, clock: StillClock
) -> None:
    assert 'data-idle-seconds="300"' in kim.get("/").text
    clock.move(minutes=4)
    assert 'data-idle-seconds="61"' in kim.renew("/").text


def test_a_stream_keeps_nothing_open_and_just_ends(kim: Browser, clock: StillClock) -> None:
    clock.move(**JUST_NOT_IDLE)
    kim.get("/", headers=LISTENS)
    clock.move(seconds=1)
    assert kim.get("/", headers=LISTENS).status_code == 401


def test_a_stream_asks_whether_it_may_go_on(
    kim: Browser, console: ConsoleApp, clock: StillClock
) -> None:
    visits = console.console.visits
    officer = SignedIn("kim", kim.client.cookies["session"].partition(":")[2])
    assert visits.still(officer) is Presence.PRESENT
    clock.move(**IDLE)
    assert visits.still(officer) is Presence.LOCKED
    clock.move(**IDLE)
    clock.move(seconds=1)
    assert visits.still(officer) is Presence.NOBODY


def test_password_and_code_unlock_it_where_it_was(kim: Browser, clock: StillClock) -> None:
    clock.move(**IDLE)
    kim.get("/")
    answer = kim.post("/locked", False, next="/cases", **kim.proof())
    assert answer.headers["location"] == "/cases"
    assert kim.get("/").url.path == "/"
    clock.move(**JUST_NOT_IDLE)
    assert kim.get("/").url.path == "/"


@pytest.mark.parametrize("wrong", ["password", "code"])
def test_nothing_else_unlocks_it(kim: Browser, clock: StillClock, wrong: str) -> None:
    clock.move(**IDLE)
    kim.get("/")
    assert kim.post("/locked", **(kim.proof() | {wrong: "000000"})).status_code == 403
    assert kim.get("/").url.path == "/locked"


def test_another_officer_unlocks_nothing_but_may_sign_in(kim: Browser, clock: StillClock) -> None:
    clock.move(**IDLE)
    kim.get("/")
    assert kim.post("/locked", **kim.proof("lee")).status_code == 403
    kim.post("/sign-out")
    assert "TEST lee" in kim.sign_in("lee").text


def test_a_form_sent_from_a_page_that_was_locked_does_nothing(
    kim: Browser, clock: StillClock
) -> None:
    kim.get("/")
    clock.move(**IDLE)
    answer = kim.post("/confirm", False, next="/", **kim.proof())
    assert answer.headers["location"] == "/locked?next=/"


def test_a_session_that_was_away_for_longer_is_over(kim: Browser, clock: StillClock) -> None:
    clock.move(**IDLE)
    kim.get("/")
    clock.move(**ENDED)
    assert kim.get("/locked").url.path == "/sign-in"


def test_a_page_that_is_not_locked_asks_for_no_key(kim: Browser) -> None:
    assert kim.get("/locked?next=/cases", follow=False).headers["location"] == "/cases"


# Password and code once more.


class Asking:
    """A page that does what is not done on a session alone."""

    def __init__(self, _console: Console) -> None:
        pass

    def routes(self) -> list[Route]:
        return [Route("/asking", self.ask, methods=["GET", "POST"])]

    async def ask(self, _request: Request) -> Response:
        raise StationError("officer.confirm")


def test_what_asks_for_password_and_code_leads_to_the_question_and_back(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "PARTS", (*app.PARTS, Asking))
    browser = Browser(station, app.ConsoleApp(station))
    browser.sign_in()
    browser.at = "/cases/261123-0001?x=1"
    answer = browser.post("/asking", False)
    assert answer.headers["location"] == "/confirm?next=/cases/261123-0001"
    assert 'name="next" value="/cases/261123-0001"' in browser.get(answer.headers["location"]).text


def test_password_and_code_are_taken_and_nothing_is_repeated(
    kim: Browser, station: Station
) -> None:
    kim.get("/confirm?next=/")
    page = kim.post("/confirm", next="/", **kim.proof())
    assert page.url.path == "/"
    assert "확인했습니다. 하려던 일을 다시 누르세요." in page.text
    assert events(station)[-1] == "officer.confirmed"
    assert "확인했습니다." not in kim.get("/").text  # Told once.


def test_a_wrong_password_confirms_nothing(kim: Browser, station: Station) -> None:
    kim.get("/confirm?next=/")
    answer = kim.post("/confirm", next="/", password="x", code=kim.code("kim"))
    assert answer.status_code == 403
    assert "officer.confirmed" not in events(station)


# Language and theme.


def test_the_language_is_one_click_away_and_stays(kim: Browser) -> None:
    assert '<html lang="ko"' in kim.get("/").text
    page = kim.post("/language/en", next="/")
    assert '<html lang="en"' in page.text
    assert page.headers["content-language"] == "en"
    assert '<html lang="en"' in kim.get("/").text
    assert '<html lang="ko"' in kim.post("/language/ko", next="/").text


def test_failures_are_told_in_the_pages_language(browser: Browser) -> None:
    browser.get("/sign-in")
    browser.post("/language/en", next="/sign-in")
    assert "Signing in failed." in browser.post("/sign-in", name="kim").text


def test_the_theme_is_one_click_away_and_stays(kim: Browser) -> None:
    assert 'data-theme="auto"' in kim.get("/").text
    assert 'data-theme="dark"' in kim.post("/theme/dark", next="/").text
    assert 'data-theme="dark"' in kim.get("/").text


@pytest.mark.parametrize("path", ["/language/fr", "/language/KO", "/theme/pink", "/theme/ dark"])
def test_there_are_no_others(kim: Browser, path: str) -> None:
    assert kim.post(path, next="/").status_code == 404


def test_a_cookie_with_another_language_is_not_believed(kim: Browser) -> None:
    for name in ("language", "theme"):
        kim.client.cookies.set(name, 'x"><script>alert(1)</script>')
    page = kim.get("/").text
    assert '<html lang="ko" data-theme="auto"' in page


def test_a_demo_says_so_on_every_screen(browser: Browser) -> None:
    for page in (browser.get("/sign-in"), browser.sign_in(), browser.get("/no/such")):
        assert "시연용" in page.text
