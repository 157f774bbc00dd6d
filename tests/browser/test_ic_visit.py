"""The IC visit, clicked through: card and PIN, what goes wrong with them, and the end of it."""

from playwright.sync_api import expect

from tests.browser.counter import LOST, PHONE, Counter

MOST_CLICKS = 9


def test_ic_visit_takes_nine_clicks_from_new_case_to_receipt_and_no_typing(
    counter: Counter,
) -> None:
    counter.open_case()
    counter.read_card()
    counter.officer.wait_for_function(
        "() => document.querySelector('.portrait img')?.naturalWidth > 100"
    )
    counter.identify()
    counter.do("case.approve", "case.offer")
    counter.receive()
    assert counter.cards()[0]["status"] == "PENDING"
    counter.closed()
    assert len(counter.heard.hands) <= MOST_CLICKS, counter.presses
    assert set(counter.heard.hands) == {"pointerdown"}
    assert counter.cards(PHONE)[0]["status"] == "VALID"
    expect(counter.display.locator("h1")).to_have_text(counter.say("display.done"))


def test_mistyped_pin_is_told_on_both_screens_and_typed_again(counter: Counter) -> None:
    counter.open_case()
    counter.card_down()
    tries = counter.display.locator(".tries")
    expect(tries).to_have_text(counter.say("ui.tries_left", count=3))
    counter.type_pin("000000")
    expect(counter.officer.locator(".banner.error")).to_be_visible()
    expect(counter.display.get_by_text(counter.say("display.ask_officer"))).to_be_visible()
    counter.do("case.read_again")
    expect(tries).to_have_text(counter.say("ui.tries_left", count=2))
    counter.type_pin(counter.pin())
    counter.at_stage("card_authenticated")


def test_card_pulled_while_it_is_read_is_told_and_read_again(counter: Counter) -> None:
    counter.open_case()
    counter.card_down(speed="t1-9600")
    counter.type_pin(counter.pin())
    expect(counter.officer.locator(".progress .count")).to_be_visible()
    counter.card_up()
    failed = counter.officer.locator(".banner.error")
    expect(failed).to_be_visible()
    expect(failed).to_contain_text(counter.say("page.remedy"))
    counter.do("case.read_again")
    expect(counter.officer.get_by_text(counter.say("case.put_card"))).to_be_visible()
    counter.read_card()


def test_reading_is_given_up_while_the_card_is_read(counter: Counter) -> None:
    counter.open_case()
    counter.card_down(speed="t1-9600")
    counter.type_pin(counter.pin())
    expect(counter.officer.locator(".progress .count")).to_be_visible()
    counter.do("case.stop_reading")
    expect(counter.button("case.read_again")).to_be_visible()
    counter.card_up()


def test_case_ends_and_the_next_one_begins_while_a_card_never_answers(counter: Counter) -> None:
    counter.open_case()
    counter.card_down(fault="mute", at=2)
    expect(counter.officer.locator(".progress")).to_be_visible()
    counter.officer.locator("#more > summary").click()
    counter.do("case.cancel")
    counter.at_stage("cancelled")
    counter.officer.goto(counter.station.url)
    counter.open_case()
    expect(counter.button("case.stop_reading")).to_be_visible()


def test_wrong_phone_is_taken_back_and_another_one_receives(counter: Counter) -> None:
    counter.approved()
    counter.do("case.offer")
    counter.receive("phone-2")
    counter.do("case.not_this_phone")
    counter.at_stage("approved")
    counter.do("case.offer")
    counter.receive()
    counter.closed()
    assert counter.cards("phone-2")[0]["status"] == "INVALID"
    assert counter.cards()[0]["status"] == "VALID"


def test_mistyped_code_costs_a_try_and_the_phone_scans_again(counter: Counter) -> None:
    counter.approved()
    counter.do("case.offer")
    counter.scan()
    code = counter.read_code()
    assert "tx_code" in counter.type_code(f"{(int(code) + 1) % 10**6:06d}")
    expect(counter.officer.locator("main .banner")).to_contain_text(
        counter.say("case.guesses", left=4)
    )
    counter.offer_again()
    counter.receive()


def test_refusal_says_its_rule_and_what_to_do(counter: Counter) -> None:
    counter.open_case()
    counter.read_card(LOST)
    counter.identify()
    counter.do("case.approve")
    counter.at_stage("refused")
    told = counter.officer.locator(".banner.error").first
    expect(told).to_contain_text("eligibility.card_lost")
    expect(told).to_contain_text("E7")
    expect(counter.display.locator("h1")).to_have_text(counter.say("display.ended"))
    expect(counter.button("case.offer")).to_have_count(0)


def test_another_person_than_on_the_card_is_refused(counter: Counter) -> None:
    counter.open_case()
    counter.read_card()
    counter.do("case.other_person")
    counter.at_stage("refused")


def test_new_phone_supersedes_the_card_on_the_old_one(counter: Counter) -> None:
    for phone in ("phone-1", "phone-2"):
        counter.officer.goto(counter.station.url)
        counter.approved()
        counter.do("case.offer")
        counter.receive(phone)
        counter.closed()
        counter.card_up()
    assert counter.cards("phone-2")[0]["status"] == "VALID"
    assert counter.cards("phone-1")[0]["status"] == "INVALID"
