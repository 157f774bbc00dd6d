"""A lost phone: its card is suspended, found again, or revoked; a shop sees each at once."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Enter
from tests.browser.counter import PHONE, Counter
from tests.browser.office import REVOKER, Office


def received(counter: Counter) -> None:
    counter.approved()
    counter.do("case.offer")
    counter.receive()
    counter.closed()
    counter.card_up()


def in_shop(counter: Counter) -> list[bool]:
    """Whether a shop accepts each format of the newest card, whoever shows it."""
    card = counter.cards()[0]["id"]
    counter.bench.act("/phones/show", phone=PHONE, card=card, view="NAME_DOB")
    answers: list[dict[str, Any]] = counter.bench.phone(PHONE)["shop"]["answers"]
    return [bool(each["accepted"]) for each in answers]


def open_card(counter: Counter, page: Page) -> None:
    """From the list of cards."""
    page.goto(f"{counter.station.url}/cards")
    page.locator("tbody a").first.click()
    expect(page.locator("h1")).not_to_have_text(counter.say("cards.title"))


def test_lost_phone_is_suspended_and_lifted_once_it_is_found(counter: Counter) -> None:
    received(counter)
    assert all(in_shop(counter))
    counter.bench.act("/phones/lose", phone=PHONE)
    open_card(counter, counter.officer)
    counter.do("cards.phone_lost")
    badge = counter.officer.locator(".badge").first
    expect(badge).to_have_text(counter.say("cards.status.1"))
    assert not any(in_shop(counter))

    counter.bench.act("/phones/find", phone=PHONE)
    counter.officer.goto(counter.station.url)
    counter.open_case()
    counter.read_card()
    counter.identify()
    counter.officer.goto(f"{counter.case_url}/cards")
    counter.tick("phone_lost")
    counter.do("cards.lift")
    expect(counter.officer.locator("main .banner.success")).to_be_visible()
    assert all(in_shop(counter))


def test_lost_phone_is_revoked_for_good_after_password_and_code_again(
    counter: Counter, enter: Enter, office: Office
) -> None:
    received(counter)
    counter.bench.act("/phones/lose", phone=PHONE)
    page = enter(REVOKER)
    open_card(counter, page)
    page.locator("#revoke > summary").click()
    page.locator("#revoke input[name=reason]").first.check()
    page.locator("#revoke input[name=final]").check()
    page.locator("#revoke button").click()
    expect(page.locator("main .banner.success")).to_be_visible()
    assert not any(in_shop(counter))
    assert counter.cards()[0]["status"] == "INVALID"
    counter.bench.act("/phones/find", phone=PHONE)
