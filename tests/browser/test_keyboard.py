"""The whole IC visit without a mouse, on both screens; where the focus is can always be seen."""

from playwright.sync_api import Locator, expect

from tests.browser.counter import Counter

MOST_TABS = 60
_FOCUSED = "element => element === document.activeElement"
_SEEN = """element => {
  const drawn = (each) => { const style = getComputedStyle(each);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return outlined || style.boxShadow !== "none"; };
  return drawn(element) || drawn(element.closest("label") ?? element);
}"""


def by_tab(locator: Locator) -> None:
    """Go there with Tab as far as it takes, and press."""
    expect(locator).to_be_visible()
    page = locator.page
    for _ in range(MOST_TABS):
        if locator.evaluate(_FOCUSED):
            break
        page.keyboard.press("Tab")
    assert locator.evaluate(_FOCUSED), f"Tab does not lead to {locator}"
    assert locator.evaluate(_SEEN), f"the focus does not show on {locator}"
    ticked = locator.get_attribute("type") in {"checkbox", "radio"}
    page.keyboard.press("Space" if ticked else "Enter")


def test_ic_visit_by_keyboard_alone(counter: Counter) -> None:
    counter.press = by_tab
    counter.open_case()
    counter.card_down()
    expect(counter.display.locator(".keys")).to_be_visible()
    counter.display.keyboard.type(counter.pin()[:3] + "9")
    counter.display.keyboard.press("Backspace")
    counter.display.keyboard.type(counter.pin()[3:])
    counter.display.keyboard.press("Enter")
    counter.at_stage("card_authenticated")
    counter.identify()
    counter.do("case.approve", "case.offer")
    counter.receive()
    counter.closed()
    assert set(counter.heard.hands) == {"keydown"}


def test_pin_pad_is_reached_key_by_key(counter: Counter) -> None:
    counter.press = by_tab
    counter.open_case()
    counter.card_down()
    for digit in counter.pin():
        by_tab(counter.display.locator(f'[data-key="{digit}"]'))
    by_tab(counter.display.locator('[data-key="enter"]'))
    counter.at_stage("card_authenticated")


def test_first_tab_leads_past_the_menu(counter: Counter) -> None:
    counter.officer.keyboard.press("Tab")
    skip = counter.officer.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    counter.officer.keyboard.press("Enter")
    expect(counter.officer.locator("main")).to_be_focused()
