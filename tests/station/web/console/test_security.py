"""What a hostile page, a hostile neighbour or a thief of cookies may try; nothing comes of it."""

from dataclasses import replace
from itertools import product
from urllib.parse import quote, quote_plus, urlencode

import pytest

from station.bootstrap import Station
from station.web.console.app import ConsoleApp
from station.web.console.forms import MAX_BODY, MAX_FIELDS, local
from station.web.console.messages import sealed
from station.web.console.pages import Console
from tests.station.adapters.conftest import StillClock
from tests.station.web.console.browser import FOLLOWED, FORM, HERE, Browser, parsed
from tests.station.web.console.hostile import STRINGS

SINCE = {"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}
EVIL = "http://evil.example"


def signed_in(browser: Browser) -> bool:
    return browser.get("/").url.path == "/"


def events(station: Station) -> list[str]:
    with station.authority.records.reading() as tx:
        return [each.event for each in tx.audit.entries()]


def other(station: Station, console: ConsoleApp) -> Browser:
    return Browser(station, console)


# DNS rebinding: evil.example now points to this machine, so a page of it is same-origin to us.


def test_a_rebound_name_reads_nothing(kim: Browser) -> None:
    headers = FOLLOWED | {"Host": "evil.example:8081"}
    answer = kim.client.get("/", headers=headers)
    assert answer.status_code == 421
    assert "kim" not in answer.text


def test_a_rebound_name_does_nothing(kim: Browser) -> None:
    headers = {"Host": "evil.example:8081", "Origin": "http://evil.example:8081"}
    assert kim.send("/sign-out", {"csrf": kim.token}, headers).status_code == 421
    assert signed_in(kim)


def test_two_hosts_in_one_request_are_none(kim: Browser) -> None:
    headers = [("Host", "127.0.0.1:8081"), ("Host", "evil.example")]
    assert kim.client.get("/", headers=headers).status_code == 421


def test_a_proxys_headers_are_not_believed(kim: Browser) -> None:
    told = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
            "Forwarded": "host=evil.example", "X-HTTP-Method-Override": "POST"}  # fmt: skip
    answer = kim.get("/confirm", headers=told)
    assert answer.status_code == 200
    assert "evil.example" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_this_machine_has_three_names(station: Station, console: ConsoleApp, name: str) -> None:
    browser = Browser(station, console, f"http://{name}:8081")
    assert browser.sign_in().url.path == "/"


# CSRF.


def test_another_sites_form_does_nothing(kim: Browser) -> None:
    """It knows no token, and a browser would not even send the cookie."""
    for headers in ({"Origin": EVIL}, {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}):
        assert kim.send("/sign-out", {}, headers).status_code == 403
    assert signed_in(kim)


def test_a_stolen_token_is_worth_nothing_from_elsewhere(kim: Browser) -> None:
    assert kim.send("/sign-out", {"csrf": kim.token}, {"Origin": EVIL}).status_code == 403
    assert signed_in(kim)


def test_another_officers_token_is_worth_nothing(
    kim: Browser, station: Station, console: ConsoleApp
) -> None:
    lee = other(station, console)
    lee.sign_in("lee")
    assert lee.token != kim.token
    assert kim.send("/sign-out", {"csrf": lee.token}).status_code == 403
    assert signed_in(kim)


def test_the_token_of_the_session_before_is_worth_nothing(kim: Browser) -> None:
    before = kim.token
    kim.post("/sign-out")
    kim.station.clock.move(seconds=60)  # type: ignore[attr-defined]
    kim.sign_in("kim")
    assert kim.send("/sign-out", {"csrf": before}).status_code == 403
    assert signed_in(kim)


def test_nobody_is_signed_in_by_another_page(browser: Browser) -> None:
    """Login CSRF: the victim would work in the attacker's session."""
    fields = {"name": "kim", "next": "/"} | browser.proof()
    assert browser.send("/sign-in", fields).status_code == 403
    browser.get("/sign-in")
    token = {"csrf": browser.token}
    assert browser.send("/sign-in", fields | token, {"Origin": EVIL}).status_code == 403
    assert not signed_in(browser)
    assert "officer.signed_in" not in events(browser.station)


def test_a_token_of_another_browser_signs_nobody_in(
    browser: Browser, station: Station, console: ConsoleApp
) -> None:
    attacker = other(station, console)
    attacker.get("/sign-in")
    browser.get("/sign-in")
    fields = {"name": "kim", "csrf": attacker.token} | browser.proof()
    assert browser.send("/sign-in", fields).status_code == 403


def windows(station: Station, console: ConsoleApp) -> tuple[Browser, Browser]:
    """Of one browser, opened at once: neither request brings a cookie, both answers set some."""
    first, second = other(station, console), other(station, console)
    for each in (first, second):
        each.get("/sign-in")
    first.client.cookies.update(second.client.cookies)
    second.client.cookies.update(first.client.cookies)
    return first, second


@pytest.mark.parametrize("which", [0, 1])
def test_of_two_windows_that_were_opened_at_once_each_signs_in(
    station: Station, console: ConsoleApp, which: int
) -> None:
    window = windows(station, console)[which]
    answer = window.post("/sign-in", next="/", name="kim", **window.proof())
    assert (answer.status_code, answer.url.path) == (200, "/")
    assert not [name for name in window.client.cookies if name.startswith("visitor")]


def test_a_browser_with_two_windows_takes_no_others_form(
    station: Station, console: ConsoleApp
) -> None:
    """Login CSRF again: the attacker has tokens of their own, and cookies to go with them."""
    window, _ = windows(station, console)
    attacker, _ = windows(station, console)
    fields = {"name": "kim", "csrf": attacker.token} | window.proof()
    assert window.send("/sign-in", fields).status_code == 403
    assert "officer.signed_in" not in events(station)


def test_windows_after_the_first_share_its_cookie(browser: Browser) -> None:
    browser.get("/sign-in")
    before = dict(browser.client.cookies)
    for path in ("/sign-in", "/enrol", "/no/such"):
        browser.get(path)
    assert dict(browser.client.cookies) == before
    assert len(before) == 1


@pytest.mark.parametrize(
    "cookie", ["visitor", "visitor-", "visitor-planted-", 'visitor-"x', "visitor-(x", "visitor-x"]
)
def test_a_cookie_that_names_no_visitor_is_none(browser: Browser, cookie: str) -> None:
    for value in ("", "x", "planted", "x" * 32, "x" * 33, "(" * 32):
        sent = {**FOLLOWED, "Cookie": f"{cookie}={value}"}
        answer = browser.client.get("/sign-in", headers=sent)
        assert answer.status_code == 200
        assert "visitor-" in answer.headers["set-cookie"], value
        browser.client.cookies.clear()


def test_a_token_in_the_query_is_none(kim: Browser) -> None:
    assert kim.send(f"/sign-out?csrf={kim.token}", {}).status_code == 403
    assert signed_in(kim)


def test_what_is_only_read_changes_nothing(kim: Browser) -> None:
    for path in ("/sign-out", "/language/en", "/theme/dark"):
        assert kim.get(path, follow=False).status_code in {404, 405}
    assert signed_in(kim)
    assert 'lang="ko"' in kim.page


# Sessions.


def test_a_session_that_was_planted_is_not_taken_over(browser: Browser) -> None:
    """Fixation: whoever knew the cookie before signing in knows nothing after."""
    visitor = "planted-".ljust(32, "x")
    for name, value in (("session", "kim:planted-token"), ("visitor-planted-", visitor)):
        browser.client.cookies.set(name, value, domain="127.0.0.1")
    browser.sign_in()
    now = {cookie.value for cookie in browser.client.cookies.jar}
    assert not {value for value in now if value and "planted" in value}


def test_an_officer_who_takes_over_a_browser_ends_the_session_before(
    kim: Browser, station: Station
) -> None:
    before = kim.client.cookies["session"]
    kim.post("/sign-in", name="lee", next="/", **kim.proof("lee"))
    assert kim.client.cookies["session"].startswith("lee:")
    thief = other(station, kim.app)
    thief.client.cookies.set("session", before)
    assert not signed_in(thief)


def test_the_cookie_of_a_session_that_ended_is_worth_nothing(
    kim: Browser, station: Station, console: ConsoleApp
) -> None:
    thief = other(station, console)
    thief.client.cookies.set("session", kim.client.cookies["session"])
    assert signed_in(thief)
    kim.post("/sign-out")
    assert not signed_in(thief)
    assert "session" not in kim.client.cookies


def test_an_officer_who_signs_in_elsewhere_is_signed_out_here(
    kim: Browser, station: Station, console: ConsoleApp
) -> None:
    elsewhere = other(station, console)
    elsewhere.sign_in("kim")
    assert signed_in(elsewhere)
    assert not signed_in(kim)


MADE_UP = (
    "", ":", "kim", "kim:", ":x", "kim:x", "KIM:x", "kim:x:y", "x" * 4000, "kim:\u00e9",
    "../../kim:x", "kim;x", "lee:{token}", '"kim:x"', "kim:{token}=",
)  # fmt: skip


def test_a_cookie_that_was_made_up_signs_nobody_in(kim: Browser) -> None:
    token = kim.client.cookies["session"].partition(":")[2]
    kim.client.cookies.clear()
    for cookie in MADE_UP:
        raw = f"session={cookie.format(token=token)}".encode()
        answer = kim.client.get("/", headers={**FOLLOWED, "Cookie": raw})
        assert answer.status_code == 303, cookie
        assert answer.headers["location"].startswith("/sign-in")


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    browser.get("/sign-in")
    answer = browser.post("/sign-in", False, next="/", name="kim", **browser.proof())
    [session] = [
        each for each in answer.headers.get_list("set-cookie") if each.startswith("session=")
    ]
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(session.split("; "))
    assert "Max-Age" not in session
    assert "Domain" not in session


def test_behind_tls_cookies_are_of_this_host_only(station: Station) -> None:
    console = station.settings.console.model_copy(update={"origin": "https://console.example"})
    settings = station.settings.model_copy(update={"console": console})
    behind = replace(station, settings=settings)
    browser = Browser(behind, ConsoleApp(behind), "https://console.example")
    browser.get("/sign-in")
    answer = browser.post("/sign-in", False, next="/", name="kim", **browser.proof())
    for cookie in answer.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert browser.get("/").url.path == "/"
    assert browser.get("/", headers={"Host": "127.0.0.1:8081"}).status_code == 421


def test_a_page_is_nowhere_after_signing_out(kim: Browser) -> None:
    assert kim.get("/").headers["cache-control"] == "no-store"
    kim.post("/sign-out")
    assert kim.get("/", headers=SINCE).url.path == "/sign-in"


def test_a_restarted_server_knows_its_officers(kim: Browser, station: Station) -> None:
    again = Browser(station, ConsoleApp(station))
    again.client.cookies = kim.client.cookies
    again.page = kim.page
    assert signed_in(again)
    assert again.post("/sign-out").url.path == "/sign-in"


# Where a redirect leads.

ELSEWHERE = [
    "http://evil.example", "https://evil.example/", "//evil.example", "///evil.example",
    "/\\evil.example", "\\\\evil.example", "/%2fevil.example", "/%5cevil.example",
    "http:evil.example", "javascript:alert(1)", "data:text/html,x", "/\tevil", "/\nevil",
    "/a//evil.example", "/a\r\nSet-Cookie: x=y", " /a", "/ a", "/@evil.example/%0d%0aX: y",
    "evil.example", "", "?next=//evil.example", "/.//evil.example", "/가", "/" + "a" * 300,
    "/a?next=//evil.example", "/a#b",
]  # fmt: skip


@pytest.mark.parametrize("path", ELSEWHERE)
def test_signing_in_leads_nowhere_else(browser: Browser, path: str) -> None:
    browser.get(f"/sign-in?next={quote(path)}")
    answer = browser.post("/sign-in", False, next=path, name="kim", **browser.proof())
    assert answer.headers["location"] == "/"
    browser.get("/")
    for form in ("/language/en", "/theme/dark"):
        assert browser.post(form, False, next=path).headers["location"] == "/"
    for page in ("/sign-in", "/locked"):
        assert browser.get(f"{page}?next={quote(path)}", False).headers["location"] == "/"


@pytest.mark.parametrize(
    "path", ["/", "/cases", "/cases/261123-0001", "/audit?page=2&of=kim", "/a/"]
)
def test_signing_in_leads_back_to_where_one_was(browser: Browser, path: str) -> None:
    assert local(path) == path
    browser.get("/sign-in")
    answer = browser.post("/sign-in", False, next=path, name="kim", **browser.proof())
    assert answer.headers["location"] == path


def test_a_long_path_takes_no_long_time() -> None:
    assert local("/" + "a/" * 50 + "%") == "/"
    assert local("/a" * 100_000 + "\\") == "/"


ELSEWHERE_FROM = (
    "http://evil.example/x", f"{HERE}.evil.example/x", f"{HERE}@evil.example/x", "x", "//", "://",
    f"{HERE}//evil.example", f"{HERE}/\\evil.example",
)  # fmt: skip


def test_a_referer_of_elsewhere_leads_nowhere(kim: Browser) -> None:
    for referer in ELSEWHERE_FROM:
        answer = kim.send("/sign-out", {}, {"Referer": referer})
        assert 'href="/x"' not in answer.text
        assert "evil" not in answer.text
    assert 'href="/x"' in kim.send("/sign-out", {}, {"Referer": f"{HERE}/x"}).text


def test_a_message_that_has_no_text_any_more_is_not_told(kim: Browser) -> None:
    console: Console = kim.app.console
    token = kim.client.cookies["session"].partition(":")[2]
    for key in ("confirm.done", "no.such"):
        cookie = sealed(console.station.codes, ("session", token), key, {})
        kim.client.cookies.set("message", cookie, domain="127.0.0.1")
        page = kim.get("/confirm")
        assert page.status_code == 200
        assert ("하려던 일을 다시 누르세요." in page.text) == (key == "confirm.done")


def test_a_message_carries_nothing_that_was_typed(station: Station) -> None:
    for value in ("김 민지", "<b>", "a b", "", "x" * 41, "a&b:c", "9042282000000\n"):
        with pytest.raises(ValueError, match="numbers and names"):
            sealed(station.codes, ("session", "x"), "confirm.done", {"name": value})


# What is sent.


@pytest.mark.parametrize("size", [MAX_BODY + 1, 10 * MAX_BODY])
def test_more_than_any_form_holds_is_not_read(kim: Browser, size: int) -> None:
    answer = kim.send("/sign-out", {"csrf": kim.token, "x": "y" * size})
    assert answer.status_code == 413
    assert signed_in(kim)


def post(browser: Browser, body: bytes | str, kind: str = FORM["Content-Type"]) -> int:
    headers = FOLLOWED | {"Origin": HERE, "Content-Type": kind}
    status: int = browser.client.post("/sign-out", content=body, headers=headers).status_code
    return status


def test_a_form_is_a_form(kim: Browser) -> None:
    token = urlencode({"csrf": kim.token})
    many = "&".join(f"f{each}=1" for each in range(MAX_FIELDS))
    for body in (f"{token}&{token}", f"{token}&a=1&a=2", f"{token}&{many}", f"{token}&a=%ff",
                 f"{token}&a=%C0%AF", f"{token}&가=1", f"{token}&a", "\x00"):  # fmt: skip
        assert post(kim, body) in {400, 403}, body
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain", ""):
        assert post(kim, token, kind) == 400, kind
    assert signed_in(kim)
    assert post(kim, token) == 303


@pytest.mark.parametrize("path", [
    "/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/....//app.py",
    "/static//etc/passwd", "/static/%2fetc/passwd", "/static/..%5capp.py", "/static/%00",
    "/static/console.css%00.js", "/static/", "/static", "/static/fonts", "/static/~root",
    "/static/%252e%252e/app.py", "/static/../templates/base.html", "/static/" + "a" * 5000,
])  # fmt: skip
def test_files_are_those_of_the_folder(browser: Browser, path: str) -> None:
    answer = browser.client.get(path, headers=FOLLOWED)
    assert answer.status_code in {303, 404, 405}
    assert "import" not in answer.text
    assert "root:" not in answer.text


def test_no_header_can_be_put_into_an_answer(kim: Browser) -> None:
    for text in ("x\r\nSet-Cookie: a=b", "x%0d%0aSet-Cookie:%20a=b", "x\nLocation: //evil"):
        for answer in (
            kim.get(f"/sign-in?next={quote(text)}", False),
            kim.post("/language/en", False, next=text),
            kim.get(f"/{quote(text)}"),
            kim.get("/", headers={"Cookie": f"language={quote(text)}; theme={quote(text)}"}),
        ):
            assert "a=b" not in str(answer.headers)
            assert "evil" not in str(answer.headers)


# What is told.


def test_a_thousand_hostile_strings_come_back_as_text(browser: Browser) -> None:
    assert len(STRINGS) >= 1000
    browser.get("/sign-in")
    expected = sorted(parsed(browser.page)[1])
    for text in STRINGS:
        answer = browser.post("/sign-in", name=text, password=text, code=text, next=text)
        if answer.status_code == 400:
            continue  # Not even text.
        assert answer.status_code == 403
        _, tags = parsed(answer.text)
        alert = {"div", "p", "strong", "small", "svg", "use", "path", "span", "h2"}
        assert set(tags) - set(expected) <= alert, text
        assert "<script>alert" not in answer.text
        assert "a=b" not in str(answer.headers)


def test_passwords_and_codes_never_come_back(browser: Browser) -> None:
    browser.get("/sign-in")
    answer = browser.post("/sign-in", name="kim", password="Zq7Password", code="918273")
    assert answer.status_code == 403
    assert "Zq7Password" not in answer.text
    assert "918273" not in answer.text


@pytest.mark.parametrize("path", ["/<script>alert(1)</script>", "/%3Csvg/onload=alert(1)%3E",
                                  "/{{7*7}}", "/x?y=%3Cscript%3E"])  # fmt: skip
def test_a_path_that_is_not_there_is_not_repeated(kim: Browser, path: str) -> None:
    answer = kim.get(path)
    assert answer.status_code == 404
    assert "alert(1)" not in answer.text
    assert "49" not in parsed(answer.text)[0].split()


def test_a_made_up_message_is_not_told(kim: Browser) -> None:
    for cookie in ("x.confirm.done", ".confirm.done", "confirm.done", "x" * 3000, "a.b&c:d"):
        kim.client.cookies.set("message", quote_plus(cookie))
        answer = kim.get("/confirm")
        assert answer.status_code == 200
        assert "하려던 일을 다시" not in answer.text


# Reading from elsewhere.


LOADED_AS = (
    ("cors", "empty"), ("no-cors", "script"), ("no-cors", "image"), ("navigate", "iframe"),
    ("navigate", "object"), ("navigate", "embed"), ("websocket", "empty"), ("no-cors", "style"),
)  # fmt: skip


def test_another_page_loads_nothing_of_ours(kim: Browser) -> None:
    for site, (mode, dest) in product(("cross-site", "same-site"), LOADED_AS):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
        for path in ("/", "/static/console.css", "/display"):
            assert kim.client.get(path, headers=headers).status_code == 403, headers


def test_a_link_from_elsewhere_may_be_followed(kim: Browser) -> None:
    headers = FOLLOWED | {"Sec-Fetch-Site": "cross-site"}
    assert kim.client.get("/confirm", headers=headers).status_code == 200


def test_no_page_of_another_origin_may_ask_first(kim: Browser) -> None:
    headers = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
    answer = kim.client.options("/", headers=headers)
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_websocket_is_closed(console: ConsoleApp, kim: Browser) -> None:
    with pytest.raises(Exception), kim.client.websocket_connect("/"):  # noqa: B017, PT011
        pass


# A guesser.


def test_a_guesser_locks_nobody_out(
    browser: Browser, station: Station, console: ConsoleApp, clock: StillClock
) -> None:
    attacker = other(station, console)
    attacker.get("/sign-in")
    for number in range(50):
        attacker.post("/sign-in", name="kim", password="guess", code=f"{number:06d}")
    assert browser.sign_in("kim").url.path == "/"
