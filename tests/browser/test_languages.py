"""Korean first, English at one click, at any step; the two screens each have their own."""

from playwright.sync_api import Page, expect

from tests.browser.counter import Counter


def switch(page: Page, to: str) -> None:
    """One click."""
    page.locator(f'button.bar-button[lang="{to}"]').click()
    expect(page.locator("html")).to_have_attribute("lang", to)


def test_language_changes_at_any_step_and_the_case_goes_on(counter: Counter) -> None:
    counter.open_case()
    number = counter.number
    switch(counter.officer, "en")
    counter.language = "en"
    assert counter.number == number
    expect(counter.officer.get_by_text(counter.say("case.put_card"))).to_be_visible()
    counter.read_card()
    switch(counter.officer, "ko")
    counter.language = "ko"
    counter.at_stage("card_authenticated")
    counter.identify()
    counter.do("case.approve", "case.offer")
    switch(counter.officer, "en")
    counter.language = "en"
    counter.receive()
    counter.closed()


def test_display_speaks_the_residents_language_and_the_console_the_officers(
    counter: Counter,
) -> None:
    counter.open_case()
    counter.card_down()
    expect(counter.display.locator(".keys")).to_be_visible()
    switch(counter.display, "en")
    expect(counter.display.locator(".keys")).to_be_visible()
    counter.officer.reload()
    expect(counter.officer.locator("html")).to_have_attribute("lang", "ko")
    counter.type_pin(counter.pin())
    counter.at_stage("card_authenticated")
    expect(counter.display.locator("html")).to_have_attribute("lang", "en")


def test_what_was_typed_and_where_the_focus_is_stay_when_the_page_moves(counter: Counter) -> None:
    counter.open_case()
    counter.officer.locator("#more summary").click()
    to = counter.officer.locator("#to")
    to.fill("officer-0")
    counter.card_down()
    expect(counter.officer.get_by_text(counter.say("case.asking_pin_full"))).to_be_visible()
    expect(to).to_be_focused()
    expect(to).to_have_value("officer-0")
    expect(to).to_be_visible()
