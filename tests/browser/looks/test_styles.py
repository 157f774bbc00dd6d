"""Every component in a browser: narrow, enlarged, dark, on paper, by keyboard."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

CONSOLE, DISPLAY = "styles.html", "styles_display.html"
LANGUAGES, THEMES, PAGES = ("ko", "en"), ("light", "dark"), (CONSOLE, DISPLAY)

_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Radio buttons and check boxes are as large as the card around them.
_TARGETS = """
[...document.querySelectorAll("a, button, summary, .choice, input:not([type=hidden])")]
  .filter((each) => each.checkVisibility() && !each.closest(".choice > *"))
  .filter((each) => !each.matches(".skip"))
  .map((each) => each.getBoundingClientRect()).map((box) => Math.min(box.width, box.height))"""
_FOCUSED = """(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return { outlineStyle, outlineWidth, gone: document.activeElement === document.body };
})()"""
# WCAG 2.2, 1.4.12: what a reader may set without losing anything.
_SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important } p { margin-bottom: 2em !important }"""


@pytest.fixture
def show(url: str, page: Page) -> Callable[..., Page]:
    """Opens a page of components."""

    def shown(template: str = CONSOLE, language: str = "ko", theme: str = "light") -> Page:
        query = f"language={language}&theme={theme}"
        page.goto(url.replace("/page", f"/styles/{template}?{query}"))
        page.evaluate("document.fonts.ready")
        return page

    return shown


@pytest.mark.parametrize("template", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 640, 768, 1280])
def test_nothing_scrolls_sideways(
    show: Callable[..., Page], page: Page, template: str, language: str, width: int
) -> None:
    """WCAG 2.2, 1.4.10: 320 pixels are 1280 at 400 %, 640 at 200 %."""
    page.set_viewport_size({"width": width, "height": 800})
    assert show(template, language).evaluate(_TOO_WIDE) == 0


@pytest.mark.parametrize("template", PAGES)
def test_text_may_be_spaced(show: Callable[..., Page], page: Page, template: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    show(template, "en").add_style_tag(content=_SPACED)
    assert page.evaluate(_TOO_WIDE) == 0


@pytest.mark.parametrize(("template", "least"), [(CONSOLE, 24), (DISPLAY, 44)])
@pytest.mark.parametrize("width", [320, 1280])
def test_whatever_is_clicked_or_touched_is_large_enough(
    show: Callable[..., Page], page: Page, template: str, least: int, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sizes = show(template).evaluate(_TARGETS)
    assert len(sizes) > 10
    assert min(sizes) >= least


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("template", PAGES)
def test_focus_is_seen_wherever_it_goes(
    show: Callable[..., Page], template: str, theme: str
) -> None:
    page = show(template, "en", theme)
    seen = 0
    while True:
        page.keyboard.press("Tab")
        style: dict[str, Any] = page.evaluate(_FOCUSED)
        if style["gone"]:
            break
        assert style["outlineStyle"] == "solid"
        assert float(style["outlineWidth"].removesuffix("px")) >= 2
        seen += 1
    assert seen > 10


def test_the_first_key_leads_past_the_header(show: Callable[..., Page]) -> None:
    page = show()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("of_the_machine", THEMES)
@pytest.mark.parametrize("theme", ["auto", *THEMES])
def test_a_theme_is_the_chosen_one_or_the_machines(
    new_context: Callable[..., BrowserContext], url: str, theme: str, of_the_machine: str
) -> None:
    page = new_context(color_scheme=of_the_machine).new_page()
    page.goto(url.replace("/page", f"/styles/{CONSOLE}?theme={theme}"))
    expected = of_the_machine if theme == "auto" else theme
    paper = {"light": "rgb(244, 245, 246)", "dark": "rgb(19, 20, 22)"}[expected]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper


def test_paper_is_white_and_bears_nothing_that_opens_a_credential(
    show: Callable[..., Page], page: Page
) -> None:
    page.emulate_media(media="print")
    show(CONSOLE, "en", "dark")
    for hidden in (".qr", ".tx-code", ".actions", ".bar-button"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.get_by_text("DEMO")).to_be_visible()
    ink = page.locator("h1").evaluate("(each) => getComputedStyle(each).color")
    assert ink == "rgb(30, 33, 36)"


def test_who_wants_no_motion_has_none(new_context: Callable[..., BrowserContext], url: str) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    page.goto(url.replace("/page", f"/styles/{CONSOLE}"))
    waits = page.locator("progress:not([value])")
    assert waits.evaluate("(each) => getComputedStyle(each).animationName") == "none"


def test_typed_digits_are_seen_where_the_machine_sets_all_colours(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    page = new_context(forced_colors="active").new_page()
    page.goto(url.replace("/page", f"/styles/{DISPLAY}"))
    page.keyboard.type("1")
    dots = page.locator(".dots span").evaluate_all(
        "(all) => all.map((each) => getComputedStyle(each).backgroundColor)"
    )
    assert dots[0] != dots[1]


def test_marks_of_checks_differ_in_shape(show: Callable[..., Page]) -> None:
    drawn = "(all) => all.map((each) => each.getAttribute('d'))"
    shapes = show().locator(".checks path").evaluate_all(drawn)
    assert len(set(shapes)) == 3
