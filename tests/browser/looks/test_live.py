"""live.js in a browser: a page that moves by itself takes nothing from whoever uses it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.looks.stage import NOW, Stage

FORM = """<form method="post" action="/form"><label>Why <input name="why" value=""></label>
<label><input type="checkbox" name="sure">Sure</label>
<label><input type="password" name="secret">Secret</label><button>Send</button></form>"""


def test_a_page_moves_by_itself(page: Page, url: str, stage: Stage) -> None:
    page.goto(url)
    until_heard(stage, page)
    stage.change("<h1>Two</h1>")
    expect(page.get_by_role("heading")).to_have_text("Two")


def test_what_was_typed_and_where_stays(page: Page, url: str, stage: Stage) -> None:
    stage.main = f"<h1>One</h1>{FORM}"
    page.goto(url)
    page.get_by_label("Sure").check()
    page.get_by_label("Why").press_sequentially("lost phone")
    page.keyboard.press("ArrowLeft")
    until_heard(stage, page)
    stage.change(f"<h1>Two</h1><p>A line more.</p>{FORM}")
    expect(page.get_by_role("heading")).to_have_text("Two")
    expect(page.get_by_label("Why")).to_be_focused()
    expect(page.get_by_label("Sure")).to_be_checked()
    page.keyboard.type("X")
    expect(page.get_by_label("Why")).to_have_value("lost phonXe")


def test_a_password_is_not_carried_over(page: Page, url: str, stage: Stage) -> None:
    stage.main = f"<h1>One</h1>{FORM}"
    page.goto(url)
    page.get_by_label("Secret").fill("words")
    until_heard(stage, page)
    stage.change(f"<h1>Two</h1>{FORM}")
    expect(page.get_by_role("heading")).to_have_text("Two")
    expect(page.get_by_label("Secret")).to_have_value("")


def test_a_code_that_was_opened_stays_open(page: Page, url: str, stage: Stage) -> None:
    code = "{{ ui.tx_code('493817') }}"
    stage.main = f"<h1>One</h1>{code}"
    page.goto(url)
    page.get_by_text("Tap to show the code").click()
    until_heard(stage, page)
    stage.change(f"<h1>Two</h1>{code}")
    expect(page.get_by_role("heading")).to_have_text("Two")
    expect(page.get_by_text("493 817")).to_be_visible()


def test_focus_whose_place_went_is_on_the_page_and_not_lost(
    page: Page, url: str, stage: Stage
) -> None:
    stage.main = f"<h1>One</h1>{FORM}"
    page.goto(url)
    page.get_by_label("Why").focus()
    until_heard(stage, page)
    stage.change("<h1>Two</h1>")
    expect(page.locator("main")).to_be_focused()


def test_a_station_that_is_away_is_told_calmly_and_its_return_too(
    page: Page, url: str, stage: Stage
) -> None:
    page.goto(url)
    until_heard(stage, page)
    page.context.route("**/*", lambda route: route.abort())
    stage.tell("")
    expect(page.get_by_text("The station does not answer")).to_be_visible()
    expect(page.get_by_role("heading")).to_have_text("One")
    stage.main = "<h1>Two</h1>"
    page.context.unroute("**/*")
    expect(page.get_by_role("heading")).to_have_text("Two")
    expect(page.get_by_text("The station does not answer")).to_be_hidden()
    until_heard(stage, page)


def test_a_stream_that_ends_is_opened_again_without_a_word(
    page: Page, url: str, stage: Stage
) -> None:
    page.goto(url)
    until_heard(stage, page)
    stage.main = "<h1>Two</h1>"
    stage.tell("")
    expect(page.get_by_role("heading")).to_have_text("Two")
    expect(page.locator(".away")).to_be_hidden()
    until_heard(stage, page)


def test_a_tab_that_nobody_sees_holds_no_connection_and_is_right_when_seen_again(
    page: Page, url: str, stage: Stage
) -> None:
    """A browser has six for each host: more tabs would freeze every one of them."""
    page.goto(url)
    until_heard(stage, page)
    see(page, hidden=True)
    for _ in range(6):
        tab = page.context.new_page()
        tab.goto(url)
        see(tab, hidden=True)
    stage.main = "<h1>Two</h1>"
    assert page.context.new_page().goto(url)
    see(page, hidden=False)
    expect(page.get_by_role("heading")).to_have_text("Two")
    until_heard(stage, page)


def see(page: Page, *, hidden: bool) -> None:
    """The test's browser shows every tab: say what it would say of one behind others."""
    page.evaluate(
        """hidden => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_page_that_is_locked_elsewhere_shows_the_lock(page: Page, url: str, stage: Stage) -> None:
    page.goto(url)
    until_heard(stage, page)
    stage.locked = True
    stage.change("")
    expect(page.get_by_role("heading")).to_have_text("Locked")
    assert page.url.endswith("/locked")


def test_a_countdown_counts_and_ends(page: Page, url: str, stage: Stage) -> None:
    stage.main = "<h1>One</h1>{{ ui.countdown(until) }}"
    page.clock.install(time=NOW)
    page.goto(url)
    expect(page.locator("time")).to_have_text(re.compile("^1:(30|29)$"))
    page.clock.fast_forward(80_000)
    expect(page.locator("time")).to_have_text(re.compile("^0:0[0-9]$"))
    page.clock.fast_forward(20_000)
    expect(page.locator("time")).to_have_text("Time is up")


def test_without_a_touch_nothing_is_shown_until_the_station_says_so(
    page: Page, url: str, stage: Stage
) -> None:
    stage.idle_seconds = 300
    page.clock.install(time=NOW)
    page.goto(url)
    page.clock.fast_forward(200_000)
    page.keyboard.press("Shift")
    page.clock.fast_forward(200_000)
    expect(page.locator("main")).to_be_visible()
    page.context.route("**/*", lambda route: route.abort())
    page.clock.fast_forward(301_000)
    expect(page.locator("main")).to_be_hidden()
    stage.locked = True
    page.context.unroute("**/*")
    page.clock.fast_forward(60_000)
    expect(page.get_by_role("heading")).to_have_text("Locked")


def test_a_form_goes_once_however_often_it_is_clicked(page: Page, url: str, stage: Stage) -> None:
    stage.main = f"<h1>One</h1>{FORM}"
    page.goto(url)
    page.get_by_text("Send").dblclick()
    expect(page.get_by_label("Why")).to_have_value("")
    page.get_by_label("Why").fill("again")
    page.get_by_text("Send").click()
    expect(page.get_by_label("Why")).to_have_value("")
    assert [each["why"] for each in stage.posted] == ["", "again"]


def test_without_script_a_page_works_by_reload(
    new_context: Callable[..., BrowserContext], url: str, stage: Stage
) -> None:
    stage.main = f"<h1>One</h1>{FORM}{{{{ ui.tx_code('493817') }}}}"
    page = new_context(java_script_enabled=False).new_page()
    page.goto(url)
    page.get_by_text("Tap to show the code").click()
    expect(page.get_by_text("493 817")).to_be_visible()
    page.get_by_label("Why").fill("lost phone")
    page.get_by_text("Send").click()
    expect(page.get_by_label("Why")).to_have_value("")
    stage.main = "<h1>Two</h1>"
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("Two")
    assert stage.posted[0]["why"] == "lost phone"


def test_what_is_pressed_stays_until_the_hand_is_lifted(page: Page, url: str, stage: Stage) -> None:
    stage.main = f"<h1>One</h1>{FORM}"
    page.goto(url)
    until_heard(stage, page)
    page.get_by_role("button", name="Send").hover()
    page.mouse.down()
    stage.change(f"<h1>Two</h1><p>A line more.</p>{FORM}")
    # Once when the stream opened, once when it told of the change.
    page.wait_for_function(
        "performance.getEntriesByType('resource')"
        ".filter((each) => each.initiatorType === 'fetch' && each.responseEnd).length >= 2"
    )
    page.evaluate("new Promise(requestAnimationFrame)")
    expect(page.get_by_role("heading")).to_have_text("One")
    page.mouse.up()
    expect(page.get_by_role("heading")).to_have_text("Two")
    assert len(stage.posted) == 1


@pytest.mark.parametrize("last", ["pointerdown", "contextmenu", "blur"])
def test_press_whose_end_is_never_seen_keeps_no_page_back(
    page: Page, url: str, stage: Stage, last: str
) -> None:
    """The browser's own menu, or another window, takes what comes after it."""
    page.goto(url)
    until_heard(stage, page)
    page.evaluate(
        """last => {
          const button = last === "pointerdown" ? 2 : 0;
          dispatchEvent(new PointerEvent("pointerdown", { button }));
          if (button === 0) dispatchEvent(new Event(last));
        }""",
        last,
    )
    stage.change("<h1>Two</h1>")
    expect(page.get_by_role("heading")).to_have_text("Two")


def until_heard(stage: Stage, page: Page) -> None:
    """The page listens to the stage."""
    page.wait_for_function("performance.getEntriesByType('resource').length > 0")
    while not stage.listeners:
        page.wait_for_timeout(10)
