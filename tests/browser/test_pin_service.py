"""The PIN of the plastic card, changed: the digits are typed at the display and nowhere else."""

from playwright.sync_api import expect

from tests.browser.counter import Counter
from tests.browser.gaze import Gaze

NEW = "975312"


def test_pin_is_changed_at_the_display_and_opens_the_card(counter: Counter, gaze: Gaze) -> None:
    officer, display = counter.officer, counter.display
    heading = display.locator("h1")
    counter.open_case()
    counter.do("case.stop_reading")
    expect(counter.button("case.read_again")).to_be_visible()
    officer.goto(f"{counter.case_url}/pin")
    gaze.at(officer, "pin")
    officer.locator('button[value="pin-change"]').click()
    counter.card_down()
    expect(heading).to_have_text(counter.say("display.pin"))
    gaze.at(officer, "pin-asked")
    counter.type_pin(counter.pin())
    expect(heading).to_have_text(counter.say("display.new_pin"))
    gaze.at(display, "display-new-pin")
    counter.type_pin(NEW)
    expect(heading).to_have_text(counter.say("display.new_pin_again"))
    counter.type_pin(NEW)
    expect(heading).to_have_text(counter.say("display.pin_done"))
    expect(officer.locator("main .banner.success")).to_be_visible()
    gaze.at(officer, "pin-changed")
    gaze.at(display, "display-pin-changed")
    officer.goto(counter.case_url)
    officer.locator('form[action$="/read-card"] button').click()
    expect(heading).to_have_text(counter.say("display.pin"))
    counter.type_pin(NEW)
    counter.at_stage("card_authenticated")
