"""The QR visit: nobody has a chip card, so two officers must agree, on the same page."""

from playwright.sync_api import expect

from tests.browser.counter import YUN, Counter
from tests.browser.office import SECOND, Office


def found(counter: Counter) -> None:
    people = counter.bench.state()["card"]["people"]
    yun = next(each for each in people if each["id"] == YUN)
    counter.open_case("qr-counter")
    counter.officer.locator("#rrn").fill(yun["rrn"])
    counter.officer.locator("#name").fill(yun["name"])
    counter.do("case.look_up")
    counter.at_stage("resident_found")


def proposed(counter: Counter) -> None:
    found(counter)
    counter.identify()
    counter.do("case.approve")
    counter.at_stage("proposed")


def countersign(counter: Counter, office: Office, nth: int, password: str = "") -> None:
    proof = office.proof(SECOND, nth)
    page = counter.officer
    page.locator("#name").fill(proof.name)
    page.locator("#password").fill(password or proof.password)
    page.locator("#code").fill(proof.code)
    counter.do("case.countersign")


def test_second_officer_signs_in_on_the_page_of_the_case(counter: Counter, office: Office) -> None:
    proposed(counter)
    countersign(counter, office, nth=-1, password="a password that is TEST wrong")
    expect(counter.officer.locator(".banner.error").first).to_contain_text("officer.sign_in")
    counter.at_stage("proposed")
    countersign(counter, office, nth=0)
    counter.at_stage("approved")
    counter.do("case.offer")
    counter.receive()
    counter.closed()
    assert counter.cards()[0]["status"] == "VALID"


def test_first_officer_stays_signed_in_and_cannot_agree_with_themselves(
    counter: Counter, office: Office
) -> None:
    proposed(counter)
    page = counter.officer
    for field in ("#name", "#password", "#code"):
        page.locator(field).fill("officer-01")
    counter.do("case.countersign")
    expect(page.locator(".banner.error").first).to_be_visible()
    counter.at_stage("proposed")
