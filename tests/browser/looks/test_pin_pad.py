"""The PIN pad: touch and keys, and digits that are nowhere but in what is sent."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.looks.stage import Stage

PAD = "<h1>PIN</h1>{{ ui.pin_pad('/form', csrf, 3) }}"


@pytest.fixture
def pad(page: Page, url: str, stage: Stage) -> Page:
    stage.main = PAD
    page.goto(url)
    expect(page.get_by_role("group", name="PIN pad")).to_be_visible()
    return page


def test_tries_left_are_told_before_the_first_digit(pad: Page) -> None:
    expect(pad.get_by_text("Tries left: 3")).to_be_visible()


def test_digits_by_touch(pad: Page, stage: Stage) -> None:
    for digit in "482951":
        pad.get_by_role("button", name=digit, exact=True).click()
    expect(pad.get_by_role("img", name="Digits typed 6 / 6")).to_be_visible()
    stage.main = "<h1>Read</h1>"
    pad.get_by_role("button", name="Enter").click()
    expect(pad.get_by_role("heading")).to_have_text("Read")
    assert stage.posted == [{"csrf": "token", "pin": "482951"}]


def test_digits_by_keyboard(pad: Page, stage: Stage) -> None:
    pad.keyboard.type("48295")
    pad.keyboard.press("Backspace")
    pad.keyboard.type("61")
    stage.main = "<h1>Read</h1>"
    pad.keyboard.press("Enter")
    expect(pad.get_by_role("heading")).to_have_text("Read")
    assert stage.posted == [{"csrf": "token", "pin": "482961"}]


def test_a_key_that_has_the_focus_is_pressed_by_enter(pad: Page) -> None:
    pad.get_by_role("button", name="7", exact=True).focus()
    pad.keyboard.press("Enter")
    pad.keyboard.press("Enter")
    expect(pad.get_by_role("img", name="Digits typed 2 / 6")).to_be_visible()


def test_too_few_digits_are_not_sent_and_no_more_than_six_are_taken(
    pad: Page, stage: Stage
) -> None:
    pad.keyboard.type("48295")
    pad.keyboard.press("Enter")
    expect(pad.get_by_role("img", name="Digits typed 5 / 6")).to_be_visible()
    assert stage.posted == []
    pad.keyboard.type("1777")
    stage.main = "<h1>Read</h1>"
    pad.keyboard.press("Enter")
    expect(pad.get_by_role("heading")).to_have_text("Read")
    assert stage.posted[0]["pin"] == "482951"


def test_digits_are_not_in_the_document_nor_in_the_console_nor_kept(
    pad: Page, stage: Stage
) -> None:
    said: list[str] = []
    pad.on("console", lambda message: said.append(message.text))
    before = pad.content()
    pad.keyboard.type("482951")
    after = pad.content()
    assert after.replace(' class="set"', "").replace("6 / 6", "0 / 6") == before.replace(
        ' class=""', ""
    ).replace(' class="set"', "")
    stored = (
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    )
    assert "482951" not in pad.evaluate(stored)
    assert (
        pad.evaluate("Object.values(window).some((each) => String(each).includes('482951'))")
        is False
    )
    assert said == []


def test_digits_for_a_question_that_is_over_are_forgotten(pad: Page, stage: Stage) -> None:
    pad.keyboard.type("482")
    stage.change(PAD.replace("/form", "/form?again"))
    expect(pad.get_by_role("img", name="Digits typed 0 / 6")).to_be_visible()


def test_digits_stay_when_something_else_on_the_page_changed(pad: Page, stage: Stage) -> None:
    pad.keyboard.type("482")
    stage.change(f"{PAD}<p>A line more.</p>")
    expect(pad.get_by_text("A line more.")).to_be_visible()
    expect(pad.get_by_role("img", name="Digits typed 3 / 6")).to_be_visible()


def test_what_the_station_answers_is_shown(pad: Page, stage: Stage) -> None:
    stage.answer = "<h1>No</h1>{{ ui.banner('error', 'Not now.') }}"
    pad.keyboard.type("482951")
    pad.keyboard.press("Enter")
    expect(pad.get_by_role("alert")).to_contain_text("Not now.")


def test_without_script_the_field_posts_what_is_typed(
    new_context: Callable[..., BrowserContext], url: str, stage: Stage
) -> None:
    stage.main = PAD
    page = new_context(java_script_enabled=False).new_page()
    page.goto(url)
    field = page.get_by_label("PIN", exact=True)
    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_attribute("autocomplete", "off")
    expect(field).to_have_attribute("inputmode", "numeric")
    field.fill("482951")
    stage.main = "<h1>Read</h1>"
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_role("heading")).to_have_text("Read")
    assert stage.posted == [{"csrf": "token", "pin": "482951"}]
