"""The panel's page in a real browser: by keyboard, beside its frames, and beside a hostile page."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browser import chromium
from tests.card_sim.panel import panels

OFFER = "openid-credential-offer://?credential_offer_uri=http%3A%2F%2F127.0.0.1%3A1%2Foffers%2Fx"
ATTACKS = """async (panel) => {
  const order = JSON.stringify({ person: "kim-minji" });
  const send = (how) => fetch(`${panel}/card/insert`, { method: "POST", body: order, ...how })
    .then((answer) => answer.type === "opaque" ? "sent" : "read", () => "refused");
  const form = document.createElement("form");
  form.method = "POST", form.enctype = "text/plain", form.action = `${panel}/card/insert`;
  form.target = "hidden";
  const field = document.createElement("input");
  field.name = '{"person": "kim-minji", "x', field.value = '": 1}';
  form.append(field);
  const frame = document.createElement("iframe");
  frame.name = "hidden";
  document.body.append(form, frame);
  form.submit();
  await new Promise((done) => frame.addEventListener("load", done, { once: true }));
  return [
    await send({ mode: "no-cors" }),
    await send({ headers: { "Content-Type": "application/json" } }),
    await send({ headers: { "Content-Type": "application/json" }, credentials: "include" }),
    await fetch(`${panel}/state`).then(() => "read", () => "refused"),
  ];
}"""


class _Empty(BaseHTTPRequestHandler):
    """A page that does nothing by itself, in place of the station's or a stranger's."""

    def do_GET(self) -> None:
        content = b"<!doctype html><title>page</title><body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def site() -> Iterator[int]:
    """The port of some other site on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Empty) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.running() as browser:
        yield browser


@pytest.fixture
def panel(home: Path) -> Iterator[panels.Page]:
    with site() as console, site() as display:
        words = ("--console", f"http://127.0.0.1:{console}/")
        with panels.opened(
            home, *words, "--display", f"http://127.0.0.1:{display}/display"
        ) as panel:
            yield panel


@pytest.fixture
def seen(browser: Browser, panel: panels.Page) -> Iterator[Page]:
    """The panel's page, loaded; it complains of nothing and asks nobody else."""
    with chromium.window(browser) as (context, heard):
        page = context.new_page()
        page.goto(panel.origin)
        expect(page.locator("#insert-card")).to_be_enabled()
        yield page
        chromium.quiet(heard)


def frame(page: Page, name: str) -> Frame:
    """A frame once it shows its page."""
    page.wait_for_function(
        "(name) => document.querySelector(`iframe[name=${name}]`).src !== ''", arg=name
    )
    found = page.frame(name)
    assert found is not None
    found.wait_for_load_state()
    return found


def post(source: Frame, message: object) -> None:
    source.evaluate("(message) => parent.postMessage(message, '*')", message)


def settled(page: Page) -> None:
    """Return when every message that was posted before has been heard."""
    page.evaluate(
        "() => new Promise((done) => {"
        "  addEventListener('message', done, { once: true });"
        "  postMessage('mine', '*');"
        "})"
    )


def test_a_card_goes_in_and_out_by_keyboard(seen: Page, panel: panels.Page) -> None:
    seen.locator("#person").focus()
    for _ in range(2):
        seen.keyboard.press("ArrowDown")
    for _ in range(2):
        seen.keyboard.press("Tab")
    expect(seen.locator("#insert-card")).to_be_focused()
    seen.keyboard.press("Enter")
    expect(seen.locator("#slot-says")).to_contain_text("park-doyun")
    card = panel.card()
    assert card is not None
    assert card["person"] == "park-doyun"
    seen.locator("#pull-card").press("Space")
    expect(seen.locator("#slot-says")).to_contain_text("empty")


def test_page_shows_what_somebody_else_did(seen: Page, panel: panels.Page) -> None:
    panel.act("/card/insert", person="kim-minji", attack="clone")
    expect(seen.locator("#chip")).to_contain_text("clone")
    panel.act("/phones/add", phone="phone-9")
    expect(seen.locator("#phones")).to_contain_text("phone-9")


def test_what_is_refused_is_said(seen: Page, panel: panels.Page) -> None:
    seen.locator("#uri").fill("https://evil.example/")
    seen.locator("#scan button").click()
    expect(seen.locator("#phone-failure")).to_contain_text("An offer starts with")


def test_somebody_without_a_chip_has_no_card_to_put_in(seen: Page) -> None:
    seen.locator("#person").select_option("yun-sora")
    expect(seen.locator("#insert-card")).to_be_disabled()
    expect(seen.locator("#secrets")).to_contain_text("RRN")


def test_the_display_hands_over_the_offer_and_takes_it_back(seen: Page) -> None:
    display = frame(seen, "display")
    post(display, {"type": "offer", "uri": OFFER})
    expect(seen.locator("#uri")).to_have_value(OFFER)
    expect(seen.locator("#in-view")).not_to_be_empty()
    post(display, {"type": "offer", "uri": ""})
    expect(seen.locator("#uri")).to_have_value("")


@pytest.mark.parametrize(
    "message", [None, "x", {"type": "other", "uri": OFFER}, {"type": "offer", "uri": 1},
                {"type": "offer", "uri": "javascript:alert(1)"}],
)  # fmt: skip
def test_what_is_no_offer_is_not_taken(seen: Page, message: object) -> None:
    post(frame(seen, "display"), message)
    settled(seen)
    expect(seen.locator("#uri")).to_have_value("")


def test_only_the_display_hands_over_offers(seen: Page) -> None:
    post(frame(seen, "console"), {"type": "offer", "uri": OFFER})
    settled(seen)
    expect(seen.locator("#uri")).to_have_value("")


@pytest.mark.parametrize("name", [chromium.STRANGER, "127.0.0.1", "localhost"])
def test_a_hostile_page_changes_and_reads_nothing(
    browser: Browser, panel: panels.Page, name: str
) -> None:
    with site() as port, chromium.window(browser) as (context, _):
        own = context.new_page()
        own.goto(panel.origin)
        expect(own.locator("#insert-card")).to_be_enabled()
        hostile = context.new_page()
        hostile.goto(f"http://{name}:{port}/")
        before = panel.state()["version"]
        assert "read" not in hostile.evaluate(ATTACKS, panel.origin)
        hostile.evaluate(
            "([panel, message]) => {"
            "  const opened = window.open(panel);"
            "  opened?.postMessage(message, '*');"
            "}",
            [panel.origin, {"type": "offer", "uri": OFFER}],
        )
        settled(own)
        expect(own.locator("#uri")).to_have_value("")
        assert panel.state()["version"] == before


def test_a_hostile_page_cannot_frame_the_panel(browser: Browser, panel: panels.Page) -> None:
    with site() as port, chromium.window(browser) as (context, _):
        hostile = context.new_page()
        hostile.goto(f"http://127.0.0.1:{port}/")
        hostile.evaluate(
            "(panel) => new Promise((done) => {"
            "  const frame = document.createElement('iframe');"
            "  frame.name = 'panel', frame.src = panel;"
            "  frame.addEventListener('load', done);"
            "  document.body.append(frame);"
            "})",
            panel.origin,
        )
        framed = hostile.frame("panel")
        assert framed is None or framed.url.startswith("chrome-error:")


def test_a_name_pointed_at_this_machine_shows_nothing(browser: Browser, panel: panels.Page) -> None:
    with chromium.window(browser) as (context, _):
        hostile = context.new_page()
        port = panel.origin.rpartition(":")[2]
        answer = hostile.goto(f"http://{chromium.STRANGER}:{port}/")
        assert answer is not None
        assert answer.status == 421
