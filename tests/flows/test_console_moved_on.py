"""Pages that are behind the visit, and displays that stand before the next resident."""

import asyncio
import re

import pytest
from starlette.responses import Response

from station.domain.case import Stage
from station.domain.evidence import IC_PIN
from station.domain.roles import Role
from station.domain.rules import RULES
from station.services.desk import DeskState
from station.web.console import asking as asking_pages
from station.web.console.live import Look
from tests.flows import test_console_visit as visit
from tests.flows.test_console_visit import Counter, approved, card_down, on_phone, opened, read
from tests.flows.world import OFFICER, READER, SECOND

counter = visit.counter
GIVEN = {"terms": "yes", "identification": "yes", "portrait": "yes"}


def another(counter: Counter) -> str:
    """The officer's next case, opened without a page."""
    return counter.world.station.counter.open_case(OFFICER, IC_PIN.name, IC_PIN.consents).number


class TestReader:
    def test_officer_cannot_type_the_pin_where_a_can_is_typed(self, counter: Counter) -> None:
        opened(counter)
        card_down(counter)
        counter.until(DeskState.ASKING_PIN)
        asking = counter.world.station.desk.progress(counter.number)
        assert asking is not None
        answer = counter.do("can", serial=str(asking.serial), can="000000")
        assert "desk.not_asking" in answer.text
        assert counter.until(DeskState.ASKING_PIN) is DeskState.ASKING_PIN
        counter.world.station.desk.cancel(counter.number)

    def test_refused_case_lets_the_reader_go(self, counter: Counter) -> None:
        opened(counter)
        counter.do("refuse")
        assert counter.until(DeskState.CANCELLED, DeskState.FAILED)

    def test_signed_out_officer_keeps_no_reader_busy(self, counter: Counter) -> None:
        opened(counter)
        station, number = counter.world.station, counter.number
        counter.officer.post("/sign-out")
        with station.desk._changed:
            assert station.desk._changed.wait_for(lambda: ended(counter, number), visit.PATIENCE)
        other = station.counter.open_case(SECOND, IC_PIN.name, IC_PIN.consents).number
        station.desk.start(other, SECOND, READER)
        station.desk.cancel(other)

    def test_case_that_ended_elsewhere_keeps_no_reader_busy(self, counter: Counter) -> None:
        opened(counter)
        counter.world.station.counter.refuse(counter.number, OFFICER, "not_convinced")
        assert counter.until(DeskState.CANCELLED, DeskState.FAILED)

    def test_serial_that_is_no_number_of_ours_is_refused(self, counter: Counter) -> None:
        opened(counter)
        assert counter.do("can", serial="9" * 5000, can="123456").status_code == 409


def ended(counter: Counter, number: str) -> bool:
    progress = counter.world.station.desk.progress(number)
    return progress is not None and progress.state.ended


class TestDisplay:
    def test_page_that_renews_itself_takes_no_display(self, counter: Counter) -> None:
        """The tab of the last resident hears of their phone while the next one is here."""
        approved(counter)
        counter.do("offer")
        before = counter.number
        now = another(counter)
        counter.officer.get(f"/cases/{now}")
        counter.officer.renew(f"/cases/{before}")
        counter.officer.renew(f"/cases/{before}/pin")
        assert 'class="qr"' not in counter.display.get("/display").text

    def test_who_just_consented_sees_no_case_of_somebody_else(self, counter: Counter) -> None:
        approved(counter)
        counter.do("offer")
        assert 'class="qr"' in counter.display.get("/display").text
        counter.officer.get("/cases/new")
        counter.officer.post("/cases/ask", route="ic-pin")
        counter.display.get("/display")
        counter.display.post("/display/consents", answer="agree", **GIVEN, **asking(counter))
        assert 'class="qr"' not in counter.display.get("/display").text

    def test_case_that_is_opened_again_is_shown_in_place_of_consents(
        self, counter: Counter
    ) -> None:
        approved(counter)
        counter.do("offer")
        number = counter.number
        counter.officer.get("/cases/new")
        counter.officer.post("/cases/ask", route="ic-pin")
        counter.officer.get(f"/cases/{number}")
        assert 'class="qr"' in counter.display.get("/display").text

    def test_consents_of_one_resident_are_not_taken_for_the_next(self, counter: Counter) -> None:
        """The form of the resident before is sent once more: Back, and a tap."""
        counter.officer.get("/cases/new")
        counter.officer.post("/cases/ask", route="ic-pin")
        counter.display.get("/display")
        old = asking(counter)
        counter.officer.post("/cases/ask-no-more")
        counter.officer.post("/cases/ask", route="ic-pin")
        counter.display.post("/display/consents", answer="agree", **GIVEN, **old)
        assert "동의하는 중" in counter.officer.get("/cases/asking").text

    def test_answer_stands_once_the_officer_may_have_seen_it(self, counter: Counter) -> None:
        counter.officer.get("/cases/new")
        counter.officer.post("/cases/ask", route="ic-pin")
        counter.display.get("/display")
        sent = GIVEN | asking(counter)
        counter.display.post("/display/consents", answer="agree", **sent)
        counter.officer.get("/cases/asking")
        counter.display.post("/display/consents", answer="agree", fingerprint="yes", **sent)
        counter.officer.post("/cases", **{"route": "ic-pin", "from": "display"})
        case = counter.world.station.review.case(counter.number, OFFICER).case
        assert "fingerprint" not in case.consents

    def test_session_that_nobody_used_shows_nothing_there(self, counter: Counter) -> None:
        """The officer went home without signing out."""
        with counter.world.station.authority.records.transaction() as tx:
            tx.officers.grant("lee", Role.PROOFER)
        counter.officer.client.cookies.clear()
        counter.officer.sign_in("lee")
        answer = counter.officer.post("/open-display", False)
        counter.display.client.cookies.set("display", answer.cookies["display"])
        assert "어서 오세요" in counter.display.get("/display").text
        idle = counter.world.station.authority.idle
        counter.world.clock.move(seconds=idle.total_seconds() + 1)
        assert "준비 중" in counter.display.get("/display").text


def asking(counter: Counter) -> dict[str, str]:
    """What the form of the consents on the display carries, besides its token."""
    found = re.search(r'name="asked" value="([^"]*)"', counter.display.page)
    return {"asked": found[1]} if found else {}


def test_pin_of_no_reading_of_ours_is_no_fault_of_ours(counter: Counter) -> None:
    opened(counter)
    counter.display.get("/display")
    path = f"/display/pin/{counter.number}/{'9' * 5000}?asked=asking_pin"
    assert counter.display.post(path, pin="000000").status_code == 409


class TestStaleForm:
    def test_activates_no_card_but_the_one_that_was_seen(self, counter: Counter) -> None:
        """A window behind the visit: another phone took the card since."""
        approved(counter)
        on_phone(counter)
        stale = counter.officer.get(f"/cases/{counter.number}").text
        counter.do("offer")
        on_phone(counter)
        answer = counter.do("activate", **seen(stale, "activate"))
        assert "case.changed" in answer.text
        assert counter.stage() is Stage.ISSUED
        counter.do("activate", **seen(counter.officer.page, "activate"))
        assert counter.stage() is Stage.ACTIVE

    def test_makes_no_offer_in_place_of_what_a_phone_just_took(self, counter: Counter) -> None:
        approved(counter)
        stale = counter.officer.get(f"/cases/{counter.number}").text
        on_phone(counter)
        answer = counter.do("offer", **seen(stale, "offer"))
        assert "case.changed" in answer.text
        assert counter.stage() is Stage.ISSUED


def seen(page: str, action: str) -> dict[str, str]:
    """What a button's form carries, besides its token."""
    form = page.split(f'/{action}">')[1].partition("</form>")[0]
    return dict(re.findall(r'name="(seen)" value="([^"]*)"', form))


def test_second_officer_is_told_what_was_waived(counter: Counter) -> None:
    read(counter)
    counter.do("identify", face="matches", own_phone="no")
    counter.do("approve", override="eligibility.phone_not_own")
    assert counter.stage() is Stage.PROPOSED
    [rule] = [each for each in RULES if each.failure == "eligibility.phone_not_own"]
    page = counter.officer.get(f"/cases/{counter.number}").text
    assert rule.title_ko in page.split("예외로 인정한 규칙")[1]


def test_stream_of_the_consents_ends_with_the_session(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Look] = []

    def listen(look: Look, _ending: asyncio.Event) -> Response:
        looks.append(look)
        return Response()

    monkeypatch.setattr(asking_pages, "stream", listen)
    counter.officer.get("/cases/asking/events", headers={"Accept": "text/event-stream"})
    [look] = looks
    assert asyncio.run(_of(look)) is not None
    counter.world.station.signing_in.sign_out(OFFICER)
    assert asyncio.run(_of(look)) is None


async def _of(look: Look) -> str | None:
    return await look()
