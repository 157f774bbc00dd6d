"""Every page in both languages and themes, near and far: axe finds nothing, nothing is cut off.

Pictures of them are left in `tests/browser/pictures`, for people to look at.
"""

from playwright.sync_api import Browser, expect

from tests.browser import chromium
from tests.browser.conftest import Enter
from tests.browser.counter import KIM, LOST, PHONE, Counter
from tests.browser.gaze import Gaze
from tests.browser.office import AUDITOR, DIRECTOR, REVOKER, SECOND
from tests.browser.stations import Serving
from tests.browser.test_qr_visit import found
from tests.card_sim.panel import panels


def test_ic_visit_looks_right_at_every_step(counter: Counter, gaze: Gaze) -> None:
    officer, display = counter.officer, counter.display
    gaze.at(officer, "today-empty")
    gaze.at(display, "display-welcome")
    counter.link("case.new").click()
    gaze.at(officer, "new-case")
    counter.do("case.ask")
    expect(display.get_by_role("button", name=counter.say("display.agree"))).to_be_visible()
    gaze.at(officer, "asking")
    gaze.at(display, "display-consents")
    for box in display.get_by_role("checkbox").all():
        box.check()
    display.get_by_role("button", name=counter.say("display.agree")).click()
    expect(counter.button("case.open")).to_be_visible()
    gaze.at(officer, "asked")
    counter.do("case.open")
    expect(display.locator("h1")).to_have_text(counter.say("display.put_card"))
    gaze.at(officer, "case-waiting")
    gaze.at(display, "display-card")
    counter.card_down()
    expect(display.locator(".keys")).to_be_visible()
    expect(officer.get_by_text(counter.say("case.asking_pin_full"))).to_be_visible()
    gaze.at(officer, "case-pin")
    gaze.at(display, "display-pin")
    counter.type_pin("000000")
    expect(officer.locator("main .banner.error")).to_be_visible()
    expect(display.get_by_text(counter.say("display.ask_officer"))).to_be_visible()
    gaze.at(officer, "case-reading-failed")
    gaze.at(display, "display-reading-failed")
    counter.do("case.read_again")
    counter.type_pin(counter.pin())
    counter.at_stage("card_authenticated")
    gaze.at(officer, "case-person")
    gaze.at(display, "display-officer-works")
    counter.identify()
    counter.at_stage("identified")
    officer.locator("#override summary").click()
    officer.locator("#more summary").click()
    gaze.at(officer, "case-decision")
    counter.do("case.approve")
    counter.at_stage("approved")
    gaze.at(officer, "case-approved")
    counter.do("case.offer")
    expect(display.locator(".qr .code")).to_be_visible()
    officer.locator("#qr-here summary").click()
    gaze.at(officer, "case-offered")
    gaze.at(display, "display-qr")
    counter.offer_again()  # The first one was looked at for long.
    counter.scan()
    expect(display.locator("#tx-code")).to_be_visible()
    gaze.at(display, "display-code-hidden")
    code = counter.read_code()
    gaze.at(display, "display-code")
    officer.locator("#code-here > summary").click()
    gaze.at(officer, "case-scanned")
    assert counter.type_code(code) == ""
    expect(counter.button("case.activate")).to_be_visible()
    expect(display.locator("h1")).to_have_text(counter.say("display.show_phone"))
    gaze.at(officer, "case-activation")
    gaze.at(display, "display-show-phone")
    counter.do("case.activate")
    counter.at_stage("active")
    expect(display.locator("h1")).to_have_text(counter.say("display.done"))
    gaze.at(officer, "case-active")
    gaze.at(display, "display-done")
    counter.do("case.receipt")
    counter.at_stage("closed")
    gaze.at(officer, "case-closed")
    for paper in ("receipt", "application"):
        officer.goto(f"{counter.case_url}/{paper}")
        gaze.at(officer, f"paper-{paper}", again=False)
    officer.goto(counter.station.url)
    gaze.at(officer, "today")


def test_what_goes_wrong_looks_right(counter: Counter, gaze: Gaze) -> None:
    officer, display = counter.officer, counter.display
    counter.open_case()
    counter.read_card(LOST)
    counter.identify()
    counter.do("case.approve")
    counter.at_stage("refused")
    gaze.at(officer, "case-refused-told", again=False)
    gaze.at(officer, "case-refused")
    gaze.at(display, "display-ended")
    counter.card_up()
    officer.goto(counter.station.url)
    found(counter)
    gaze.at(officer, "case-qr-person")
    counter.identify()
    counter.do("case.approve")
    counter.at_stage("proposed")
    gaze.at(officer, "case-second")
    officer.locator("#more summary").click()
    counter.do("case.cancel")
    counter.at_stage("cancelled")
    gaze.at(officer, "case-cancelled")
    officer.goto(counter.station.url)
    counter.open_case("qr-counter")
    gaze.at(officer, "case-look-up")
    officer.goto(counter.station.url)
    counter.open_case("ic-on-sight")
    counter.card_down()
    expect(officer.locator("#can")).to_be_visible()
    gaze.at(officer, "case-can")
    officer.goto(f"{counter.station.url}/no-such-page")
    gaze.at(officer, "error")
    counter.context.clear_cookies(name="display")
    display.reload()
    gaze.at(display, "display-not-paired")


def test_signing_in_and_locked_pages_look_right(
    counter: Counter, station: Serving, enter: Enter, gaze: Gaze
) -> None:
    page = enter(SECOND)
    gaze.at(page, "today-of-approver")
    page.goto(f"{station.url}/approvals")
    gaze.at(page, "approvals")
    for name in ("confirm", "password"):
        page.goto(f"{station.url}/{name}")
        gaze.at(page, name)
    station.leave_alone(SECOND)
    page.goto(station.url)
    expect(page.get_by_role("heading", name=counter.say("lock.title"))).to_be_visible()
    gaze.at(page, "locked")
    page.get_by_role("button", name=counter.say("sign_in.out")).click()
    page.wait_for_url("**/sign-in*")
    gaze.at(page, "sign-in")
    for name in ("name", "password", "code"):
        page.locator(f"#{name}").fill("000000")
    page.locator("#code").press("Enter")
    expect(page.locator("main .banner.error")).to_be_visible()
    gaze.at(page, "sign-in-refused", again=False)
    page.goto(f"{station.url}/enrol")
    gaze.at(page, "enrol")


def test_pages_about_cards_look_right(counter: Counter, enter: Enter, gaze: Gaze) -> None:
    officer, url = counter.officer, counter.station.url
    for phone in ("phone-2", PHONE):  # Who has one card only is led straight to it.
        officer.goto(url)
        counter.approved()
        counter.do("case.offer")
        counter.receive(phone)
        counter.closed()
        counter.card_up()
    officer.goto(f"{url}/cards")
    gaze.at(officer, "cards")
    officer.locator("tbody a").first.click()
    card = officer.url
    gaze.at(officer, "card")
    counter.do("cards.phone_lost")
    expect(officer.locator(".badge").first).to_have_text(counter.say("cards.status.1"))
    gaze.at(officer, "card-suspended")
    officer.goto(f"{url}/cards")
    person = next(each for each in counter.bench.state()["card"]["people"] if each["id"] == KIM)
    officer.locator("#rrn").fill(person["rrn"])
    officer.locator("main #name").fill(person["name"])
    officer.locator('form[action$="/by-person"] button').click()
    expect(officer.locator("h1")).to_have_text(counter.say("cards.found"))
    gaze.at(officer, "cards-found", again=False)
    page = enter(REVOKER)
    page.goto(card)
    for each in ("#revoke", "#revoke-all"):
        page.locator(f"{each} > summary").click()
    gaze.at(page, "card-revoke")
    for each in ("figures", "health"):
        officer.goto(f"{url}/{each}")
        gaze.at(officer, each)


def test_pages_of_those_who_watch_and_hire_look_right(
    station: Serving, enter: Enter, gaze: Gaze
) -> None:
    page = enter(AUDITOR)
    page.goto(f"{station.url}/audit")
    gaze.at(page, "audit")
    page.goto(f"{station.url}/audit/accesses")
    gaze.at(page, "accesses")
    page = enter(DIRECTOR)
    page.goto(f"{station.url}/officers")
    page.locator("#account-1 summary").click()
    gaze.at(page, "officers")
    page.goto(f"{station.url}/officers/new")
    gaze.at(page, "officers-new")


def test_developers_page_looks_right(browser: Browser, bench: panels.Page, gaze: Gaze) -> None:
    """In both languages at once; with a card in its reader, and no console beside it."""
    bench.act("/card/insert", person=KIM)
    with chromium.window(browser) as (context, _):
        page = context.new_page()
        page.goto(bench.origin)
        expect(page.locator("h1")).to_be_visible()
        gaze.at(page, "panel", again=False)
    bench.act("/card/pull")


def test_every_component_looks_right(counter: Counter, gaze: Gaze) -> None:
    for name, path in (("styles", "/styles"), ("styles-display", "/styles/display")):
        counter.officer.goto(f"{counter.station.url}{path}")
        gaze.at(counter.officer, name)
