"""Pages that are never stale: two windows, a reload at every step, a server that dies."""

from playwright.sync_api import Page, expect

from tests.browser.chromium import beside
from tests.browser.counter import Counter


def shown(page: Page) -> str:
    """What a page says, without what counts down."""
    text: str = page.locator("main").evaluate(
        "main => { const seen = main.cloneNode(true);"
        " for (const each of seen.querySelectorAll('.countdown')) each.remove();"
        " return seen.textContent.replace(/\\s+/g, ' ').trim(); }"
    )
    return text


def same_after_reload(counter: Counter) -> None:
    """Both screens say after a reload what they said by themselves."""
    for page in (counter.officer, counter.display):
        before = shown(page)
        page.reload()
        assert shown(page) == before


def test_reload_at_every_step_changes_nothing(counter: Counter) -> None:
    same_after_reload(counter)
    counter.open_case()
    expect(counter.display.locator("h1")).to_have_text(counter.say("display.put_card"))
    same_after_reload(counter)
    counter.card_down()
    expect(counter.display.locator(".keys")).to_be_visible()
    expect(counter.officer.get_by_text(counter.say("case.asking_pin_full"))).to_be_visible()
    same_after_reload(counter)
    counter.type_pin(counter.pin())
    counter.at_stage("card_authenticated")
    expect(counter.display.locator("h1")).to_have_text(counter.say("display.officer_works"))
    same_after_reload(counter)
    counter.identify()
    counter.at_stage("identified")
    same_after_reload(counter)
    counter.do("case.approve")
    counter.at_stage("approved")
    same_after_reload(counter)
    counter.do("case.offer")
    expect(counter.display.locator(".qr .code")).to_be_visible()
    same_after_reload(counter)
    counter.scan()
    expect(counter.display.locator("#tx-code")).to_be_visible()
    expect(counter.officer.locator("#code-here")).to_be_visible()
    same_after_reload(counter)
    assert counter.type_code(counter.read_code()) == ""
    expect(counter.button("case.activate")).to_be_visible()
    expect(counter.display.locator("h1")).to_have_text(counter.say("display.show_phone"))
    same_after_reload(counter)
    counter.do("case.activate")
    counter.at_stage("active")
    expect(counter.display.locator("h1")).to_have_text(counter.say("display.done"))
    counter.do("case.receipt")
    counter.at_stage("closed")
    counter.officer.reload()  # What was told once is told once.
    same_after_reload(counter)


def test_reload_after_a_refused_step_asks_for_nothing_again(counter: Counter) -> None:
    counter.open_case()
    counter.card_down()
    counter.type_pin("000000")
    expect(counter.officer.locator("main .banner.error")).to_be_visible()
    counter.officer.locator("#more summary").click()
    counter.officer.locator("#to").fill("nobody-of-ours")
    counter.do("case.hand_over")
    expect(counter.officer.locator("main .banner.error").first).to_contain_text("officer.")
    counter.officer.wait_for_url(counter.case_url)  # The page's script has run.
    posted = len(counter.heard.posts)
    counter.officer.reload()
    assert counter.officer.url == counter.case_url
    expect(counter.button("case.read_again")).to_be_visible()
    assert len(counter.heard.posts) == posted


def test_second_window_follows_without_a_reload(counter: Counter) -> None:
    counter.open_case()
    second = beside(counter.officer)
    second.goto(counter.case_url)
    second.evaluate("window.stayed = true")

    def same() -> None:
        expect(second.locator("main")).to_have_text(
            counter.officer.locator("main").text_content() or ""
        )

    counter.read_card()
    same()
    counter.identify()
    counter.at_stage("identified")
    same()
    counter.do("case.approve", "case.offer")
    expect(second.get_by_text(counter.say("case.on_display"))).to_be_visible()
    counter.receive()
    same()
    # The second window acts, the first one follows.
    second.get_by_role("button", name=counter.say("case.not_this_phone")).click()
    counter.at_stage("approved")
    counter.officer.evaluate("window.stayed = true")
    second.get_by_role("button", name=counter.say("case.offer"), exact=True).click()
    expect(counter.officer.get_by_text(counter.say("case.on_display"))).to_be_visible()
    assert counter.officer.evaluate("window.stayed")


def test_window_that_refused_a_step_still_follows(counter: Counter) -> None:
    counter.approved()
    counter.officer.locator("#more summary").click()
    counter.officer.locator("#to").fill("nobody-of-ours")
    counter.do("case.hand_over")
    expect(counter.officer.locator("main .banner.error").first).to_contain_text("officer.")
    second = beside(counter.officer)
    second.goto(counter.case_url)
    second.get_by_role("button", name=counter.say("case.offer"), exact=True).click()
    expect(counter.officer.get_by_text(counter.say("case.on_display"))).to_be_visible()
    assert counter.officer.url == counter.case_url


def test_list_of_cases_follows_what_another_window_does(counter: Counter) -> None:
    watching = beside(counter.officer)
    watching.goto(counter.station.url)
    number = counter.open_case()
    row = watching.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text(counter.say("stage.opened"))
    counter.read_card()
    expect(row).to_contain_text(counter.say("stage.card_authenticated"))
