"""A window without a station behind it: a stage, which the test holds in its hand."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import chromium
from tests.browser.looks.served import served
from tests.browser.looks.stage import Stage

Opener = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Opener]:
    """Opens a window with cookies of its own; what it is given is Playwright's."""
    with ExitStack() as opened:
        windows: list[chromium.Heard] = []

        def made(**settings: object) -> BrowserContext:
            context, heard = opened.enter_context(chromium.window(browser, **settings))
            windows.append(heard)
            return context

        yield made
        for heard in windows:
            chromium.quiet(heard)


@pytest.fixture
def page(new_context: Opener) -> Page:
    return new_context().new_page()


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def url(stage: Stage) -> Iterator[str]:
    """Of the stage's page."""
    with served(stage.app()) as base:
        yield f"{base}/page"
        stage.tell("")
