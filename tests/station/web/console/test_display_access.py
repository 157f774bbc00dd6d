"""The display's routes: no officer there, and a cookie of their own."""

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from station.bootstrap import Station
from station.web.console import app
from station.web.console.pages import Console
from station.web.console.security import is_display, is_public
from tests.station.web.console.browser import Browser

SHOWN = "/display/trial"
ACTS = "/display/trial/act"


class Trial:
    """A page of the display that tells its form's token, and one that wants an officer."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [
            Route(SHOWN, self.shown),
            Route(ACTS, self.act, methods=["POST"]),
        ]

    async def shown(self, request: Request) -> Response:
        visit = self._console.visit(request)
        answer = PlainTextResponse(f'name="csrf" value="{self._console.visits.form_token(visit)}"')
        if visit.visitor:
            self._console.cookies.greet(answer, visit.visitor)
        return answer

    async def act(self, request: Request) -> Response:
        if self._console.form(request).get("as") == "officer":
            return PlainTextResponse(self._console.officer_of(request).officer)
        return PlainTextResponse("done")


@pytest.fixture
def display(station: Station, monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr(app, "PARTS", (*app.PARTS, Trial))
    return Browser(station, app.ConsoleApp(station))


def test_the_display_asks_for_no_officer(display: Browser) -> None:
    assert display.get(SHOWN).status_code == 200
    assert display.post(ACTS).text == "done"


def test_an_officers_session_is_worth_nothing_there(display: Browser) -> None:
    display.sign_in()
    display.get(SHOWN)
    answer = display.post(ACTS, False, **{"as": "officer"})
    assert answer.headers["location"].startswith("/sign-in")
    assert "kim" not in answer.text


def test_its_forms_are_bound_to_its_own_cookie(display: Browser) -> None:
    display.client.cookies.set("display", "paired", domain="127.0.0.1")
    display.get(SHOWN)
    token = display.token
    assert display.post(ACTS).text == "done"
    display.client.cookies.set("display", "another", domain="127.0.0.1")
    assert display.send(ACTS, {"csrf": token}).status_code == 403


def test_its_forms_outlive_an_officers_sign_in(display: Browser) -> None:
    display.client.cookies.set("display", "paired", domain="127.0.0.1")
    display.get(SHOWN)
    token = display.token
    display.sign_in()
    assert display.send(ACTS, {"csrf": token}).text == "done"


def test_a_token_of_the_display_does_nothing_in_the_console(display: Browser) -> None:
    display.sign_in()
    session = display.client.cookies["session"].partition(":")[2]
    display.client.cookies.set("display", session, domain="127.0.0.1")
    display.get(SHOWN)
    assert display.send("/sign-out", {"csrf": display.token}).status_code == 403


@pytest.mark.parametrize(
    "path", ["/displays", "/displayed/x", "/Display/x", "/x/display", "//display/x", "/"]
)
def test_what_only_looks_like_the_display_is_the_console(path: str) -> None:
    assert not is_display(path)


@pytest.mark.parametrize(
    "path", ["/sign-in/", "/sign-in/x", "/sign-inx", "/static", "/languages", "/x/static/", "/"]
)
def test_what_only_looks_public_is_not(path: str) -> None:
    assert not is_public(path)
