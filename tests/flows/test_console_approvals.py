"""Cases that wait for a second officer, on the page of whoever may be that officer."""

import pytest

from station.domain.case import Stage
from station.domain.evidence import QR_COUNTER
from station.domain.officer import Purpose, SignedIn
from station.domain.roles import Role
from station.services.counter import Seen
from station.web.console.app import ConsoleApp
from station.web.console.approvals import ApprovalPages
from tests.flows.in_use import of_roles
from tests.flows.world import OFFICER, World
from tests.station.web.console.browser import Browser


def proposed(world: World) -> str:
    """A case on the route where two must agree."""
    station, yun = world.station, world.yun
    number = station.counter.open_case(OFFICER, QR_COUNTER.name, QR_COUNTER.consents).number
    station.look_up.find(number, OFFICER, (yun.rrn, yun.name), Purpose.ISSUANCE)
    station.counter.identify(number, OFFICER, Seen(True, "resident_card"))
    world.approve(number)
    assert world.stage(number) is Stage.PROPOSED
    return number


def approver(world: World) -> Browser:
    return signed_in_as(world, of_roles(world, Role.APPROVER))


def holder(world: World) -> Browser:
    return signed_in_as(world, OFFICER)


def signed_in_as(world: World, officer: SignedIn) -> Browser:
    made = Browser(world.station, ConsoleApp(world.station))
    made.client.cookies.set("session", f"{officer.officer}:{officer.token}")
    return made


def test_case_that_waits_is_listed_with_its_age(world: World) -> None:
    number = proposed(world)
    browser = approver(world)
    assert "0분" in browser.get("/approvals").text
    world.clock.move(minutes=12)
    page = browser.get("/approvals").text
    assert f'href="/cases/{number}"' in page
    assert "12분" in page
    assert world.yun.name not in page


def test_approver_follows_the_link_and_approves(world: World) -> None:
    number = proposed(world)
    browser = approver(world)
    browser.get("/approvals")
    browser.get(f"/cases/{number}")
    browser.post(f"/cases/{number}/countersign")
    assert world.stage(number) is Stage.APPROVED
    assert "기다리는 접수가 없습니다." in browser.get("/approvals").text


@pytest.mark.parametrize(
    ("language", "told"),
    [("ko", "다른 곳에서 로그인해 있으면 그 로그인은 끝납니다."), ("en", "that session ends")],
)
def test_who_signs_in_beside_the_first_officer_is_told_what_it_ends(
    world: World, language: str, told: str
) -> None:
    number = proposed(world)
    first, second = holder(world), approver(world)
    for browser in (first, second):
        browser.get("/")
        browser.post(f"/language/{language}", next="/")
    assert told in first.get(f"/cases/{number}").text
    assert told not in second.get(f"/cases/{number}").text  # Signed in already.


def test_page_renews_itself_when_something_is_proposed(world: World) -> None:
    pages = ApprovalPages(ConsoleApp(world.station).console)
    officer = of_roles(world, Role.APPROVER)
    before = pages._fingerprint(officer)
    proposed(world)
    after = pages._fingerprint(officer)
    assert None not in {before, after}
    assert before != after
    world.clock.move(minutes=1)
    assert pages._fingerprint(officer) == after
    world.station.signing_in.sign_out(officer)
    assert pages._fingerprint(officer) is None
