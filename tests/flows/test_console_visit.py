"""Whole visits through the console's pages and the resident's display, as browsers send them."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from station.domain.case import Stage
from station.domain.officer import Access, SignedIn
from station.domain.roles import Role
from station.services.desk import DeskState
from station.web.console.app import ConsoleApp
from tests.flows.materials import Materials
from tests.flows.world import AUDITOR, OFFICER, READER, FakeClock, World, open_world
from tests.station.services.staff import CountedPasswords, password_of
from tests.station.signed_in import officer as account
from tests.station.web.console.browser import SECRET, Browser

PATIENCE = 30.0


@dataclass
class Counter:
    """A counter: the officer's browser, the display's, and what lies on the reader."""

    world: World
    officer: Browser
    display: Browser

    @property
    def number(self) -> str:
        found = re.search(r"/cases/([0-9]{6}-[0-9]+)", self.officer.at + self.officer.page)
        assert found is not None
        return found[1]

    def do(self, action: str, **fields: str) -> httpx.Response:
        return self.officer.post(f"/cases/{self.number}/{action}", **fields)

    def until(self, *states: DeskState) -> DeskState:
        """Wait until the reader is in one of these states."""
        desk, number = self.world.station.desk, self.number

        def there() -> bool:
            progress = desk.progress(number)
            return progress is not None and progress.state in states

        with desk._changed:
            assert desk._changed.wait_for(there, PATIENCE)
        progress = desk.progress(number)
        assert progress is not None
        return progress.state

    def type_pin(self, pin: str) -> None:
        """At the display, as the resident does."""
        self.display.get("/display")
        found = re.search(r'action="(/display/pin/[^"]+)"', self.display.page)
        assert found is not None
        self.display.post(found[1], pin=pin)

    def answer(self, **given: str) -> None:
        """The form of the consents that the display shows."""
        found = re.search(r'name="asked" value="([^"]*)"', self.display.page)
        self.display.post("/display/consents", asked=found[1] if found else "", **given)

    def stage(self) -> Stage:
        return self.world.stage(self.number)


@pytest.fixture
def counter(materials: Materials, tmp_path: Path) -> Iterator[Counter]:
    folder = tmp_path / "station"
    shutil.copytree(materials.founded, folder)
    config = folder / "station.toml"
    config.write_text(
        config.read_text("utf-8").replace("[policy]", f'[policy]\nreader = "{READER}"'), "utf-8"
    )
    world = open_world(materials, folder, FakeClock(datetime.now(UTC).replace(microsecond=0)))
    passwords = CountedPasswords()
    signing_in = replace(world.station.signing_in, passwords=passwords)
    world.station = replace(world.station, signing_in=signing_in)
    with world.station.authority.records.transaction() as tx:
        stored = passwords.digest(password_of("lee"))
        second = account("lee", {Role.APPROVER}, world.clock.now())
        assert tx.officers.add(replace(second, password=stored, totp_secret=SECRET))
    # The reader of the test stands under the desk, too.
    world.station.desk._tap = world.station.tap
    app = ConsoleApp(world.station)
    made = Counter(world, Browser(world.station, app), Browser(world.station, app))
    sign_in(made, OFFICER)
    yield made
    world.hold()
    world.station.review.verify_audit()
    world.station.engine.dispose()


def sign_in(counter: Counter, officer: SignedIn) -> None:
    counter.officer.client.cookies.set("session", f"{officer.officer}:{officer.token}")
    counter.officer.get("/")
    answer = counter.officer.post("/open-display", False)
    counter.display.client.cookies.set("display", answer.cookies["display"])


def opened(counter: Counter, route: str = "ic-pin") -> None:
    counter.officer.get("/cases/new")
    counter.officer.post("/cases", route=route, consents="yes")


def card_down(counter: Counter) -> None:
    card = counter.world.materials.card(counter.world.kim)
    card.power_on()
    counter.world.desk.card = card


def read(counter: Counter) -> None:
    opened(counter)
    card_down(counter)
    counter.until(DeskState.ASKING_PIN)
    counter.type_pin(counter.world.kim.pin)
    assert counter.until(DeskState.DONE, DeskState.FAILED) is DeskState.DONE
    counter.officer.get(f"/cases/{counter.number}")


def approved(counter: Counter) -> None:
    read(counter)
    counter.do("identify", face="matches", own_phone="yes")
    counter.do("approve")


def on_phone(counter: Counter) -> None:
    """The phone scans what the display shows, and takes both credentials."""
    counter.do("offer")
    assert "<svg" in counter.display.get("/display").text
    phone = counter.world.wallet()
    uri = counter.world.shown(counter.number).uri
    assert uri is not None
    assert phone.fetch(uri).status_code == 200
    page = counter.display.get("/display").text
    code = counter.world.tx_code(counter.number)
    assert code[:3] in page
    assert "<svg" not in page.split("<main")[1].split("tx-code")[0].replace('class="icon"', "")
    assert phone.exchange(code).status_code == 200
    from tests.flows.world import _receive  # noqa: PLC0415

    _receive(phone)
    counter.officer.get(f"/cases/{counter.number}")


def test_ic_visit_goes_from_new_case_to_receipt(counter: Counter) -> None:
    approved(counter)
    assert counter.stage() is Stage.APPROVED
    on_phone(counter)
    assert counter.world.kim.name in counter.officer.page  # Does this phone show ...?
    counter.do("activate")
    assert counter.stage() is Stage.ACTIVE
    counter.do("receipt")
    assert counter.stage() is Stage.CLOSED
    receipt = counter.officer.get(f"/cases/{counter.number}/receipt")
    assert receipt.status_code == 200
    assert "sha256-" in receipt.headers["content-security-policy"]
    assert counter.world.kim.name not in receipt.text  # Its middle is hidden.
    assert "발급을 마쳤습니다" in counter.display.get("/display").text


def test_officer_never_sees_a_place_for_the_pin(counter: Counter) -> None:
    opened(counter)
    card_down(counter)
    counter.until(DeskState.ASKING_PIN)
    page = counter.officer.get(f"/cases/{counter.number}").text
    assert 'name="pin"' not in page
    assert 'name="pin"' in counter.display.get("/display").text


def test_mistyped_pin_is_told_with_its_tries_and_can_be_typed_again(counter: Counter) -> None:
    opened(counter)
    card_down(counter)
    counter.until(DeskState.ASKING_PIN)
    counter.type_pin("000000")
    counter.until(DeskState.FAILED)
    page = counter.officer.get(f"/cases/{counter.number}").text
    assert "남은 횟수 2회" in page
    counter.do("read-card")
    counter.until(DeskState.ASKING_PIN)
    assert "2" in counter.display.get("/display").text.split("tries")[1][:60]
    counter.type_pin(counter.world.kim.pin)
    assert counter.until(DeskState.DONE, DeskState.FAILED) is DeskState.DONE


def test_person_is_shown_masked_beside_the_portrait_and_leaves_one_record(
    counter: Counter,
) -> None:
    read(counter)
    page = counter.officer.get(f"/cases/{counter.number}").text
    kim = counter.world.kim
    assert kim.name in page
    assert kim.rrn[7:] not in page
    assert f"{kim.rrn[:6]}-{kim.rrn[6]}******" in page
    portrait = counter.officer.get(f"/cases/{counter.number}/portrait")
    assert portrait.headers["content-type"] == "image/jpeg"
    assert portrait.headers["cache-control"] == "no-store"
    for _ in range(3):
        counter.officer.renew(f"/cases/{counter.number}")
    seen = counter.world.station.review.accesses(100, AUDITOR)
    assert [each.access for each in seen].count(Access.VIEWED) == 1


def test_display_names_nobody_whole_and_shows_no_case_without_a_pass(counter: Counter) -> None:
    approved(counter)
    on_phone(counter)
    page = counter.display.get("/display").text
    kim = counter.world.kim
    assert kim.name not in page
    assert kim.rrn[:6] not in page
    counter.display.client.cookies.set("display", "officer-kim:" + "0" * 64 + ":x")
    strange = counter.display.get("/display").text
    assert counter.number not in strange
    assert "준비 중" in strange


def test_display_ends_with_the_session_of_its_officer(counter: Counter) -> None:
    opened(counter)
    counter.officer.get("/")
    counter.officer.post("/sign-out")
    assert "준비 중" in counter.display.get("/display").text


def test_qr_visit_asks_for_the_second_officer_on_the_same_page(counter: Counter) -> None:
    opened(counter, "qr-counter")
    yun = counter.world.yun
    counter.do("look-up", rrn=yun.rrn, name=yun.name)
    assert counter.stage() is Stage.RESIDENT_FOUND
    counter.do("identify", face="matches", document="resident_card", own_phone="yes")
    counter.do("approve")
    assert counter.stage() is Stage.PROPOSED
    answer = counter.do(
        "countersign", name="lee", password="wrong", code=counter.officer.code("lee")
    )
    assert answer.status_code == 409
    assert counter.stage() is Stage.PROPOSED
    counter.world.clock.move(seconds=90)
    counter.do("countersign", name="lee", **counter.officer.proof("lee"))
    assert counter.stage() is Stage.APPROVED
    on_phone(counter)
    counter.do("activate")
    assert counter.stage() is Stage.ACTIVE


def test_refusal_is_told_on_the_page_of_the_case_with_its_rule(counter: Counter) -> None:
    read(counter)
    counter.world.register(counter.world.kim, card_status="lost")
    counter.do("identify", face="matches", own_phone="yes")
    answer = counter.do("approve")
    assert answer.status_code == 409
    assert "eligibility.card_lost" in answer.text
    assert "E7" in answer.text
    assert counter.stage() is Stage.REFUSED


def left_at(page: str) -> str:
    """The step at which a case ended before its time, as its page says."""
    found = re.search(r'<li class="stopped".*?class="what">([^<]+)<', page, re.DOTALL)
    assert found
    return found[1]


def test_a_case_that_ended_early_shows_the_step_it_was_left_at(counter: Counter) -> None:
    read(counter)
    counter.do("identify", face="differs", own_phone="yes")
    assert left_at(counter.officer.get(f"/cases/{counter.number}").text) == "본인 대조"
    read(counter)
    counter.do("identify", face="matches", own_phone="yes")
    counter.do("cancel")
    assert left_at(counter.officer.get(f"/cases/{counter.number}").text) == "결정"
    read(counter)
    counter.do("identify", face="matches", own_phone="yes")
    counter.do("approve")
    counter.do("offer")
    counter.do("cancel")
    assert left_at(counter.officer.get(f"/cases/{counter.number}").text) == "휴대전화"


def test_wrong_phone_is_taken_back_and_offered_again(counter: Counter) -> None:
    approved(counter)
    on_phone(counter)
    counter.do("not-this-phone")
    assert counter.stage() is Stage.APPROVED
    on_phone(counter)
    counter.do("activate")
    assert counter.stage() is Stage.ACTIVE


def test_case_is_cancelled_whatever_the_reader_does(counter: Counter) -> None:
    opened(counter)
    card_down(counter)
    counter.until(DeskState.ASKING_PIN)
    counter.do("cancel")
    assert counter.stage() is Stage.CANCELLED
    counter.until(DeskState.CANCELLED)


@pytest.mark.parametrize("path", ["receipt", "slip"])
def test_looking_at_a_paper_changes_no_case(counter: Counter, path: str) -> None:
    approved(counter)
    on_phone(counter)
    counter.do("activate")
    assert counter.officer.get(f"/cases/{counter.number}/{path}").status_code == 409
    assert counter.stage() is Stage.ACTIVE


Step = Callable[[Counter], None]


@pytest.mark.parametrize("step", [opened, read, approved, on_phone], ids=lambda each: each.__name__)
def test_restarted_server_shows_the_same_page(counter: Counter, step: Step) -> None:
    if step is on_phone:
        approved(counter)
    step(counter)
    counter.world.station.desk.cancel(counter.number)
    before = counter.officer.get(f"/cases/{counter.number}").text
    fresh = Browser(counter.world.station, ConsoleApp(counter.world.station))
    fresh.client.cookies = counter.officer.client.cookies
    assert fresh.get(f"/cases/{counter.number}").text == before


def test_resident_consents_at_the_display_before_the_case_is_opened(counter: Counter) -> None:
    counter.officer.get("/cases/new")
    counter.officer.post("/cases/ask", route="ic-pin")
    page = counter.display.get("/display").text
    assert 'name="identification"' in page
    counter.answer(answer="agree", terms="yes", identification="yes", portrait="yes")
    assert "고유식별정보 처리" in counter.officer.get("/cases/asking").text
    counter.officer.post("/cases", **{"route": "ic-pin", "from": "display"})
    case = counter.world.station.review.case(counter.number, OFFICER).case
    assert case.consents == ("terms", "identification", "portrait")
    assert 'name="identification"' not in counter.display.get("/display").text


@pytest.mark.parametrize("answer", [{"answer": "no", "terms": "yes"}, {"answer": "agree"}])
def test_resident_who_does_not_agree_opens_no_case(
    counter: Counter, answer: dict[str, str]
) -> None:
    counter.officer.get("/cases/new")
    counter.officer.post("/cases/ask", route="ic-pin")
    counter.display.get("/display")
    counter.answer(**answer)
    assert "동의하지 않았습니다" in counter.officer.get("/cases/asking").text
    refused = counter.officer.post("/cases", **{"route": "ic-pin", "from": "display"})
    assert refused.status_code == 409
    assert counter.world.station.review.cases(10, OFFICER) == []


def test_consents_of_one_route_do_not_open_another(counter: Counter) -> None:
    counter.officer.get("/cases/new")
    counter.officer.post("/cases/ask", route="ic-pin")
    counter.display.get("/display")
    given = {"terms": "yes", "identification": "yes", "portrait": "yes"}
    counter.answer(answer="agree", **given)
    counter.officer.get("/cases/asking")
    refused = counter.officer.post("/cases", **{"route": "qr-counter", "from": "display"})
    assert refused.status_code == 409


def test_nobody_consents_without_a_pass(counter: Counter) -> None:
    counter.officer.get("/cases/new")
    counter.officer.post("/cases/ask", route="ic-pin")
    counter.display.client.cookies.set("display", "officer-kim:" + "0" * 64 + ":x")
    counter.display.get("/display")
    counter.answer(answer="agree", terms="yes")
    assert counter.officer.get("/cases/asking").text.count("동의하는 중") >= 1
