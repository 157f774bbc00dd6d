"""A hostile page in the officer's browser changes nothing and reads nothing."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import STRANGER
from tests.browser.counter import Counter
from tests.browser.stations import Serving

ATTACK = (Path(__file__).parent / "hostile.js").read_text("utf-8")


class _Hostile(BaseHTTPRequestHandler):
    """An empty page, which runs what the test gives it."""

    def do_GET(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>hostile</title><body>")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def listening() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hostile) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def hostile() -> Iterator[int]:
    """The port of another origin on this machine."""
    with listening() as port:
        yield port


def held(station: Serving) -> list[str]:
    """Everything the station has written down, but when sessions were last used."""
    with closing(sqlite3.connect(station.folder / "station.db", timeout=30)) as database:
        return [each for each in database.iterdump() if '"sessions"' not in each]


def stopped(counter: Counter) -> None:
    """A case that waits for a card no more: nothing moves by itself."""
    counter.open_case()
    counter.do("case.stop_reading")
    expect(counter.button("case.read_again")).to_be_visible()


def forget(counter: Counter) -> None:
    """What the attacker's own pages complained of, and did not get."""
    counter.heard.complaints.clear()
    counter.heard.missing.clear()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", STRANGER])
def test_hostile_page_of_another_origin_gets_nothing(
    counter: Counter, hostile: int, host: str
) -> None:
    stopped(counter)
    before, seen = held(counter.station), counter.officer.locator("main").text_content() or ""
    page = counter.context.new_page()
    page.goto(f"http://{host}:{hostile}/")
    victim = {"console": counter.station.url, "number": counter.number}
    assert page.evaluate(ATTACK, victim) == []
    assert held(counter.station) == before
    counter.officer.reload()
    expect(counter.officer.locator("main")).to_have_text(seen)
    forget(counter)


def test_name_that_a_stranger_points_at_this_machine_opens_nothing(counter: Counter) -> None:
    stopped(counter)
    before = held(counter.station)
    rebound = counter.station.url.replace("127.0.0.1", STRANGER)
    page = counter.context.new_page()
    for path in ("/", "/display", "/sign-in", "/static/live.js"):
        answer = page.goto(f"{rebound}{path}")
        assert answer is not None
        assert answer.status == HTTPStatus.MISDIRECTED_REQUEST
        assert page.locator("body").inner_text().strip() == "Refused."
    # The page that was there before the name was pointed here is of the same origin now.
    statuses = page.evaluate(
        """async (paths) => Promise.all(paths.flatMap((path) =>
          ["GET", "POST"].map(async (method) => (await fetch(path, { method })).status)))""",
        [f"/cases/{counter.number}", f"/cases/{counter.number}/cancel", "/display", "/sign-in"],
    )
    assert set(statuses) == {HTTPStatus.MISDIRECTED_REQUEST}
    assert held(counter.station) == before
    forget(counter)


@pytest.mark.parametrize("host", ["127.0.0.1", STRANGER])
def test_form_of_a_hostile_page_is_refused_when_it_takes_the_whole_window(
    counter: Counter, hostile: int, host: str
) -> None:
    stopped(counter)
    before = held(counter.station)
    page = counter.context.new_page()
    for path in (f"/cases/{counter.number}/cancel", "/sign-out", "/display/language/en"):
        page.goto(f"http://{host}:{hostile}/")
        with page.expect_navigation() as navigated:
            page.evaluate(
                """(action) => { const form = document.createElement("form");
                  Object.assign(form, { action, method: "post" });
                  document.body.append(form); form.submit(); }""",
                counter.station.url + path,
            )
        assert navigated.value.status == HTTPStatus.FORBIDDEN
    assert held(counter.station) == before
    expect(counter.officer.locator("html")).to_have_attribute("lang", "ko")
