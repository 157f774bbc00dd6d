"""What reaches the panel: its own page does; a hostile page in the same browser does not."""

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.card_sim.panel.panels import Page, opened
from tests.card_sim.world import World

MINJI = {"person": "kim-minji"}
EVIL = "http://evil.example"


@pytest.fixture(scope="module")
def page(world: World) -> Iterator[Page]:
    """One for all: nothing that is refused changes it."""
    with opened(world.home.folder) as page:
        yield page
        assert page.card() is None


def raw(page: Page, method: str, path: str, headers: dict[str, str], body: str = "") -> int:
    """The status of a request with these headers and no others."""
    link = http.client.HTTPConnection("127.0.0.1", int(page.origin.rpartition(":")[2]))
    link.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        link.putheader(name, value)
    link.endheaders(body.encode())
    status = link.getresponse().status
    link.close()
    return status


def inserting(page: Page, **changed: str | None) -> int:
    """The status of an insertion whose headers differ from the page's own in `changed`."""
    body = json.dumps(MINJI)
    own = {
        "Host": page.origin.removeprefix("http://"),
        "Origin": page.origin,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    headers = own | {name.replace("_", "-"): value for name, value in changed.items()}
    return raw(
        page, "POST", "/card/insert", {n: v for n, v in headers.items() if v is not None}, body
    )


@pytest.mark.parametrize("origin", [EVIL, "null", "http://localhost:{port}", "", None, "{own}.x"])
def test_another_pages_origin_puts_no_card_in(page: Page, origin: str | None) -> None:
    port = page.origin.rpartition(":")[2]
    named = origin and origin.format(port=port, own=page.origin)
    assert inserting(page, Origin=named) == 403
    assert page.card() is None


def test_the_consoles_own_page_puts_no_card_in(page: Page) -> None:
    assert inserting(page, Origin="http://127.0.0.1:8081", Sec_Fetch_Site="same-site") == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_says_whose_request_it_is_is_believed(page: Page, site: str) -> None:
    assert inserting(page, Sec_Fetch_Site=site) == 403
    assert page.get("/state", **{"Sec-Fetch-Site": site}).status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_what_a_form_can_send_is_refused(page: Page, kind: str | None) -> None:
    assert inserting(page, Content_Type=kind) == 415


@pytest.mark.parametrize("host", ["evil.example:{port}", "evil.example", "localhost:{port}", None])
@pytest.mark.parametrize("path", ["/", "/state", "/panel.js"])
def test_a_name_that_was_pointed_here_reads_nothing(
    page: Page, path: str, host: str | None
) -> None:
    named = {} if host is None else {"Host": host.format(port=page.origin.rpartition(":")[2])}
    assert raw(page, "GET", path, named) == 421
    assert inserting(page, Host=named.get("Host")) == 421


def test_nobody_is_allowed_to_ask_from_elsewhere(page: Page) -> None:
    preflight = page._http.options("/card/insert", headers={"Origin": EVIL})
    answers = [preflight, page.get("/", Origin=EVIL), page.get("/state", Origin=EVIL)]
    assert preflight.status_code == 501
    assert not [n for each in answers for n in each.headers if n.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/state", "/panel.css", "/panel.js", "/nothing"])
def test_every_answer_is_kept_by_nobody_and_framed_by_nobody(page: Page, path: str) -> None:
    headers = page.get(path).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_page_loads_from_itself_only_and_frames_the_station_only(world: World) -> None:
    words = ("--console", "http://127.0.0.1:4001/", "--display", "http://127.0.0.1:4002/display")
    with opened(world.home.folder, *words) as page:
        answer = page.get("/")
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-src http://127.0.0.1:4001 http://127.0.0.1:4002;" in policy
        assert "default-src 'none'" in policy
        assert 'data-display-origin="http://127.0.0.1:4002"' in answer.text
        assert "DEMO" in answer.text
        assert answer.text.count("http://") == 3


@pytest.mark.parametrize(
    ("body", "status"),
    [("", 400), ("[]", 400), ("{", 400), ("[" * 5000, 400), ("x" * 20_000, 413)],
)
def test_a_body_that_is_no_small_object_is_refused(page: Page, body: str, status: int) -> None:
    own = {"Origin": page.origin, "Content-Type": "application/json"}
    assert page._http.post("/card/insert", content=body, headers=own).status_code == status


@pytest.mark.parametrize("length", [None, "-1", "1e3", "9" * 5000])
def test_a_length_that_is_none_is_refused(page: Page, length: str | None) -> None:
    assert inserting(page, Content_Length=length) in {411, 413}


@pytest.mark.parametrize("path", ["/card", "/state", "/card/insert?x", "/phones/close"])
def test_what_does_not_exist_cannot_be_done(page: Page, path: str) -> None:
    assert page.send(path, {}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/../panel.py", "/static/panel.js", "//etc/passwd", "/panel.html"]
)
def test_no_other_file_is_served(page: Page, path: str) -> None:
    host = {"Host": page.origin.removeprefix("http://")}
    assert raw(page, "GET", path, host) == 404


def test_the_panel_is_on_loopback_only(page: Page) -> None:
    for port in (int(page.origin.rpartition(":")[2]), page.card_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port))


def test_two_panels_are_apart(page: Page, tmp_path: Path) -> None:
    with opened(tmp_path) as other:
        assert inserting(page, Origin=other.origin) == 403
