"""A server that is killed and started again: pages come back by themselves, cases go on."""

from playwright.sync_api import expect

from tests.browser.counter import Counter


def restart(counter: Counter) -> None:
    """A power cut: both screens say that the station is away, and come back.

    They have come whole before it: a page that is cut off from its script says nothing.
    """
    screens = (counter.officer, counter.display)
    for page in screens:
        page.wait_for_load_state()
        page.evaluate("window.stayed = true")
    counter.station.kill()
    for page in screens:
        expect(page.locator(".away")).to_be_visible()
    counter.station.start()
    for page in screens:
        expect(page.locator(".away")).to_be_hidden()
        assert page.evaluate("window.stayed")


def test_case_goes_on_after_a_restart_while_the_pin_is_asked(counter: Counter) -> None:
    counter.open_case()
    counter.card_down()
    expect(counter.display.locator(".keys")).to_be_visible()
    restart(counter)
    expect(counter.display.locator(".keys")).to_have_count(0)
    counter.card_up()
    counter.do("case.read_card")
    counter.read_card()


def test_case_goes_on_after_a_restart_while_the_qr_code_is_shown(counter: Counter) -> None:
    counter.approved()
    counter.do("case.offer")
    counter.at_stage("offered")
    expect(counter.display.locator(".qr .code")).to_be_visible()
    restart(counter)
    counter.receive()
    counter.closed()
    assert counter.cards()[0]["status"] == "VALID"


def test_what_was_typed_outlives_a_restart(counter: Counter) -> None:
    counter.open_case("qr-counter")
    counter.officer.locator("#name").fill("윤소라")
    restart(counter)
    expect(counter.officer.locator("#name")).to_have_value("윤소라")
