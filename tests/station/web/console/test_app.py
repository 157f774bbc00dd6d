"""Every route, whatever part it is of: who may reach it, and what its answers carry."""

import re
from itertools import product
from urllib.parse import urlencode

import pytest
from starlette.routing import Mount, Route

from station.bootstrap import Station
from station.web.console.app import ConsoleApp
from station.web.console.security import headers_of, is_display, is_public
from tests.station.web.console.browser import FOLLOWED, Browser

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
EXAMPLES = {"number": "261123-0001", "language": "en", "theme": "dark"}
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def path_of(route: Route) -> str:
    """The route's path with something in every place."""
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: EXAMPLES.get(found[1], "x"), route.path)


def reached(console: ConsoleApp) -> list[tuple[str, str]]:
    """(method, path) of every route; files are reached otherwise."""
    found = []
    for route in console.routes:
        if isinstance(route, Mount):
            assert route.path == "/static"
            continue
        assert isinstance(route, Route)
        methods = (route.methods or set()) - {"HEAD"}
        found += [(method, path_of(route)) for method in sorted(methods)]
    return found


def refused(browser: Browser, method: str, path: str, **headers: str) -> int:
    usual = {"Origin": browser.base, "Content-Type": "application/x-www-form-urlencoded"}
    sent = usual | FOLLOWED | headers
    fields = urlencode({"csrf": browser.token, "next": "/"})  # A token alone opens nothing.
    answer = browser.client.request(method, path, content=fields, headers=sent)
    assert "set-cookie" not in answer.headers or "session=" not in answer.headers["set-cookie"]
    status: int = answer.status_code
    return status


def test_a_route_takes_one_thing_to_read_or_one_to_do(console: ConsoleApp) -> None:
    pairs = reached(console)
    assert len(pairs) == len(set(pairs))
    assert {method for method, _ in pairs} <= {"GET", "POST"}


def test_without_a_session_everything_leads_to_signing_in(
    console: ConsoleApp, browser: Browser
) -> None:
    asked = [(m, p) for m, p in reached(console) if not is_public(p) and not is_display(p)]
    assert ("GET", "/") in asked
    for method, path in asked:
        browser.get("/sign-in")
        answer = browser.get(path, False) if method == "GET" else browser.post(path, False)
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/sign-in?next=/"), (method, path)


def test_without_a_session_a_path_that_is_not_there_looks_the_same(browser: Browser) -> None:
    assert browser.get("/no/such", follow=False).headers["location"].startswith("/sign-in?")


def test_a_locked_screen_lets_nothing_through(console: ConsoleApp, kim: Browser) -> None:
    kim.station.clock.move(minutes=5, seconds=1)  # type: ignore[attr-defined]
    kim.get("/")
    for method, path in reached(console):
        if is_public(path) or is_display(path) or path in ("/locked", "/sign-out"):
            continue
        answer = kim.get(path, follow=False) if method == "GET" else kim.post(path, False)
        assert answer.headers["location"].startswith("/locked?next=/"), (method, path)


def test_every_answer_carries_the_headers(console: ConsoleApp, kim: Browser) -> None:
    console.end()  # A stream says what it has to say, and ends.
    answers = [kim.get(path, follow=False) for method, path in reached(console) if method == "GET"]
    answers += [
        kim.get("/no/such"),
        kim.get("/static/no.css"),
        kim.get("/", headers={"Host": "evil.example"}),
        kim.send("/sign-out", {}),
        kim.send("/sign-in", {"csrf": "x" * 50000}),
        kim.client.request("BREW", "/"),
        kim.client.request("POST", "/", headers={"Origin": "https://evil.example"}),
    ]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (answer.url, name)
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert "permissions-policy" in answer.headers


def test_a_page_that_fails_carries_them_too_and_tells_no_detail(
    console: ConsoleApp, station: Station, kim: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise RuntimeError("9042282000000 /home/somebody")

    monkeypatch.setattr(type(console.console.visits), "form_token", fault)
    answer = kim.get("/")
    assert answer.status_code == 500
    assert "9042282" not in answer.text
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


def test_files_carry_them_and_may_be_kept_if_asked_about(browser: Browser) -> None:
    answer = browser.get("/static/console.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    expected = {name: value for name, value in HEADERS.items() if name != "cache-control"}
    assert expected.items() <= dict(answer.headers).items()
    again = browser.get("/static/console.css", True, {"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


WRONG = {
    "no origin": {"Origin": ""},
    "another origin": {"Origin": "http://evil.example"},
    "an origin that begins so": {"Origin": "http://127.0.0.1:8081.evil.example"},
    "another port": {"Origin": "http://127.0.0.1:9999"},
    "another name of this machine": {"Origin": "http://localhost:8081"},
    "a hidden origin": {"Origin": "null"},
    "https": {"Origin": "https://127.0.0.1:8081"},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "another port, by its metadata": {"Sec-Fetch-Site": "same-site"},
    "typed": {"Sec-Fetch-Site": "none"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_no_route_takes_what_another_page_sent(
    console: ConsoleApp, kim: Browser, wrong: str
) -> None:
    for method, path in product(UNSAFE, {path for _, path in reached(console)}):
        assert refused(kim, method, path, **WRONG[wrong]) == 403, path
    assert kim.get("/").url.path == "/"  # The session is as it was.


NAMES = [
    "evil.example", "evil.example:8081", "127.0.0.1", "127.0.0.1:80", "localhost.:8081",
    "127.0.0.1:8081.evil.example", "[::2]:8081", "user@127.0.0.1:8081", "", "0.0.0.0:8081",
    "127.1:8081",
]  # fmt: skip


@pytest.mark.parametrize("host", NAMES)
def test_under_another_name_nothing_is_served(console: ConsoleApp, kim: Browser, host: str) -> None:
    for method, path in reached(console):
        assert refused(kim, method, path, Host=host, Origin=f"http://{host}") == 421, path
    assert kim.get("/static/console.css", headers={"Host": host}).status_code == 421
    assert kim.get("/").url.path == "/"


def test_no_form_without_its_token(console: ConsoleApp, kim: Browser) -> None:
    for path in {path for method, path in reached(console) if method == "POST"}:
        for fields in ({}, {"csrf": ""}, {"csrf": "x"}, {"csrf": kim.token[:-1]}):
            assert kim.send(path, fields).status_code == 403, path
    assert kim.get("/").url.path == "/"


def test_a_demo_may_be_framed_by_its_panel_only(station: Station) -> None:
    settings = station.settings.console.model_copy(update={"panel_origin": "http://127.0.0.1:8090"})
    headers = headers_of(settings)
    assert headers["Content-Security-Policy"].endswith("frame-ancestors http://127.0.0.1:8090")
    assert "X-Frame-Options" not in headers
