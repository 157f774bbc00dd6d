"""What pages load: little, from this machine only, and nothing that the policy forbids."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.browser.counter import Counter
from tests.figures import FIGURES

MOST = 150_000
_TRANSFERRED = """() => ["navigation", "resource"]
  .flatMap((kind) => performance.getEntriesByType(kind))
  .map(({ name, transferSize }) => [name, transferSize])"""


@pytest.mark.parametrize("path", ["/sign-in", "/", "/display"])
def test_first_page_is_light_without_the_font(
    counter: Counter, browser: Browser, path: str
) -> None:
    state = counter.context.storage_state() if path != "/sign-in" else None
    with chromium.window(browser, storage_state=state) as (context, heard):
        page = context.new_page()
        page.goto(f"{counter.station.url}{path}", wait_until="load")
        loaded = page.evaluate(_TRANSFERRED)
        assert len(loaded) > 4
        octets = sum(transferred for name, transferred in loaded if ".woff2" not in name)
        assert 0 < octets < MOST
        chromium.quiet(heard)
    line = f"{path:<10} {octets / 1000:6.1f} kB in {len(loaded)} files, fonts not counted"
    FIGURES.setdefault("what a first page transfers", []).append(line)


class TestWhatIsHeard:
    """The ears of these tests: without them everything would be quiet."""

    @pytest.fixture
    def page(self, counter: Counter) -> Page:
        return counter.officer

    def test_script_in_the_page_is_forbidden_and_heard(self, counter: Counter, page: Page) -> None:
        page.evaluate(
            """() => { const made = document.createElement("script");
              made.textContent = "window.ran = true"; document.body.append(made); }"""
        )
        assert not page.evaluate("window.ran")
        page.wait_for_function("true")
        assert any("script-src" in each for each in counter.heard.complaints)
        counter.heard.complaints.clear()

    def test_request_to_elsewhere_is_heard_and_leads_nowhere(
        self, counter: Counter, page: Page
    ) -> None:
        page.goto("about:blank")
        failed = page.evaluate(
            """() => fetch("https://elsewhere.example/").then(() => "", () => "failed")"""
        )
        assert failed == "failed"
        assert counter.heard.elsewhere == ["https://elsewhere.example/"]
        counter.heard.requests.clear()

    def test_dialog_and_error_are_heard(self, counter: Counter, page: Page) -> None:
        page.evaluate("alert('heard')")
        with page.expect_event("pageerror"):
            page.evaluate("setTimeout(() => { throw new Error('heard') })")
        assert any(each.startswith("dialog") for each in counter.heard.complaints)
        assert any(each.startswith("uncaught") for each in counter.heard.complaints)
        counter.heard.complaints.clear()
