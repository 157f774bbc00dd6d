"""One browser and one center for the suite, one running station for each module."""

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import chromium
from tests.browser.camera import Camera
from tests.browser.counter import Counter
from tests.browser.gaze import PICTURES, Gaze
from tests.browser.office import OFFICER, Office, Proof, found
from tests.browser.stations import Serving, free_port, serving
from tests.card_sim.panel import panels

State = Any
_FAILED = pytest.StashKey[bool]()
Enter = Callable[[str], Page]
"""Signs somebody in, in a browser of their own; once for each officer and module."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Ended with the package: other tests run event loops of their own."""
    with chromium.running() as browser:
        yield browser


@pytest.fixture(scope="package")
def camera(browser: Browser) -> Camera:
    return Camera(browser)


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    folder = tmp_path_factory.mktemp("office")
    return found(folder, f"http://127.0.0.1:{free_port()}")


@pytest.fixture(scope="module")
def bench(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[panels.Page]:
    """Cards and phones."""
    home = tmp_path_factory.mktemp("bench") / "card-sim"
    shutil.copytree(office.card_home, home)
    trusted = office.station_home / "certificates" / "iaca.pem"
    with panels.opened(home, "--trust", str(trusted)) as page:
        yield page


@pytest.fixture(scope="module")
def settings(bench: panels.Page) -> dict[str, str]:
    """Of the station; a module may have others."""
    return {"STATION_POLICY__READER": bench.reader}


@pytest.fixture(scope="module")
def station(
    office: Office, settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    with serving(office, tmp_path_factory.mktemp("serving"), **settings) as station:
        yield station


@pytest.fixture(scope="module")
def signed_in(browser: Browser, station: Serving, office: Office) -> State:
    """The cookies of a browser in which the officer signed in and opened the display."""
    with chromium.window(browser) as (context, heard):
        page = context.new_page()
        page.goto(station.url)
        sign_in(page, office.proof(OFFICER))
        with context.expect_page() as opened:
            page.locator('form[action="/open-display"] button').click()
        expect(opened.value.locator("body.display h1")).to_be_visible()
        chromium.quiet(heard)
        return context.storage_state()


@pytest.fixture
def counter(
    request: pytest.FixtureRequest,
    browser: Browser,
    station: Serving,
    bench: panels.Page,
    camera: Camera,
    signed_in: State,
) -> Iterator[Counter]:
    """The officer is on the first page; the display stands beside it."""
    with chromium.window(browser, storage_state=signed_in) as (context, heard):
        officer = context.new_page()
        display = chromium.beside(officer)
        heard.watch_hands(officer)
        officer.goto(station.url)
        display.goto(f"{station.url}/display")
        made = Counter(station, context, heard, bench, camera, officer, display)
        yield made
        if request.node.stash.get(_FAILED, False):
            leave_pictures(context, request.node.name)
        made.leave()
        chromium.quiet(heard)


@pytest.fixture
def gaze() -> Iterator[Gaze]:
    gaze = Gaze()
    yield gaze
    assert not gaze.faults, "\n".join(gaze.faults)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test's windows learn that it failed before they are closed."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


def leave_pictures(context: BrowserContext, name: str) -> None:
    """What every window of a test that failed showed."""
    PICTURES.mkdir(exist_ok=True)
    for at, page in enumerate(context.pages):
        page.screenshot(path=PICTURES / f"failed-{name}-{at}.png", full_page=True)


def sign_in(page: Page, proof: Proof) -> None:
    page.locator("#name").fill(proof.name)
    page.locator("#password").fill(proof.password)
    page.locator("#code").fill(proof.code)
    page.locator("#code").press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.fixture
def enter(browser: Browser, station: Serving, office: Office) -> Iterator[Callable[[str], Page]]:
    """Sign in as somebody, in a browser of their own; once for each officer and module."""
    with ExitStack() as open_windows:
        windows: list[chromium.Heard] = []

        def entered(name: str) -> Page:
            context, heard = open_windows.enter_context(chromium.window(browser))
            windows.append(heard)
            page = context.new_page()
            page.goto(station.url)
            sign_in(page, office.proof(name))
            return page

        yield entered
        for heard in windows:
            chromium.quiet(heard)
