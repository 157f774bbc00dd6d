"""Debian's Chromium, driven by Playwright: it reaches this machine and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    Response,
    WebError,
    expect,
    sync_playwright,
)

from tests.interop.programs import program

PATIENCE_MS = 60_000
"""How long a condition may take to come; it only ends a test that hangs."""
STRANGER = "evil.test"
"""A name whose owner points it at this machine."""
_NAMES = f"MAP {STRANGER} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
_OF_THIS_MACHINE = {"127.0.0.1", "localhost", STRANGER}
_NO_REQUEST = {"about", "blob", "chrome-error", "data"}
_STATUS_SEEN = "Failed to load resource"
"""How Chromium notes a status or a connection that was refused: tests ask for both."""
# What a policy forbids is told as an event; said again, it is a complaint like any other.
_TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.effectiveDirective} forbids ${event.blockedURI}`));
"""


_TELL_HANDS = """
for (const kind of ["pointerdown", "keydown"])
  addEventListener(kind, (event) => event.isTrusted && heardHand(kind), true);
"""


@dataclass
class Heard:
    """What a browser complained of, which requests it sent, and what hands did."""

    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    hands: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext) -> None:
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", self._said)
        context.on("weberror", self._failed)
        context.on("dialog", self._asked)
        context.on("request", self._requested)
        context.on("response", self._answered)

    def watch_hands(self, page: Page) -> None:
        """Note every `pointerdown` and `keydown` on the pages that this one will show."""
        page.expose_binding("heardHand", lambda _, kind: self.hands.append(kind))
        page.add_init_script(_TELL_HANDS)

    @property
    def elsewhere(self) -> list[str]:
        """Requests that leave the machine."""
        parts = [(each, urlsplit(each)) for each in self.requests]
        return [
            each
            for each, url in parts
            if url.scheme not in _NO_REQUEST and url.hostname not in _OF_THIS_MACHINE
        ]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_STATUS_SEEN):
            self.complaints.append(f"{message.type}: {message.text}")

    def _failed(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")

    def _asked(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, request: Request) -> None:
        self.requests.append(request.url)
        if request.method == "POST":
            self.posts.append(request.url)

    def _answered(self, response: Response) -> None:
        if "/static/" in response.url and response.status not in {200, 304}:
            self.missing.append(response.url)


@contextmanager
def running() -> Iterator[Browser]:
    """One browser for many tests."""
    path = program("chromium", "chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=[f"--host-resolver-rules={_NAMES}"]
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(browser: Browser, **settings: object) -> Iterator[tuple[BrowserContext, Heard]]:
    """A browser profile of its own. Whoever opens it says at the end what may be heard."""
    context = browser.new_context(**settings)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    heard = Heard()
    heard.listen(context)
    try:
        yield context, heard
    finally:
        context.close()


def beside(page: Page) -> Page:
    """Another page of the same profile in a window of its own: on a screen of its own it is seen.

    A tab behind another one is drawn once in a second, and a click waits for two drawings.
    """
    context, browser = page.context, page.context.browser
    assert browser is not None
    session = context.new_cdp_session(page)
    profile = session.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    wanted = {"url": "about:blank", "newWindow": True, "browserContextId": profile}
    with context.expect_page() as opened:
        browser.new_browser_cdp_session().send("Target.createTarget", wanted)
    session.detach()
    return opened.value


def quiet(heard: Heard) -> None:
    """Nothing was complained of, nothing left the machine, no file of ours was missing."""
    assert heard.complaints == []
    assert heard.elsewhere == []
    assert heard.missing == []


def shot(page: Page) -> bytes:
    """The page as a camera sees it."""
    return page.screenshot(animations="disabled", caret="hide")
