"""The PIN of a card, served at the counter: by its holder, on the display, in a case."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from card_sim.card import VirtualCard
from card_sim.persons import Person
from station.domain.case import Stage
from station.domain.evidence import IC_ON_SIGHT, IC_PIN, QR_COUNTER
from station.domain.officer import SignedIn
from station.domain.text import Words
from station.services.counter import Seen
from station.services.desk import DeskState, Progress, Task
from station.services.pin_desk import PinDesk
from station.web.console.app import ConsoleApp
from tests.flows.in_use import audited
from tests.flows.materials import Materials
from tests.flows.world import OFFICER, READER, SECOND, FakeClock, World, open_world
from tests.station.web.console.browser import Browser

PATIENCE = 30.0
NEW = "246801"
STATUS, CHANGE, UNBLOCK, RESET = (
    Task.PIN_STATUS,
    Task.PIN_CHANGE,
    Task.PIN_UNBLOCK,
    Task.PIN_RESET,
)


@dataclass
class Place:
    """A counter with its reader, its officer's page and the resident's display."""

    world: World
    officer: Browser
    display: Browser
    card: VirtualCard

    def put(self, person: Person) -> VirtualCard:
        self.card = self.world.materials.card(person)
        self.card.power_on()
        self.world.desk.card = self.card
        return self.card

    def begin(self, task: Task, number: str) -> httpx.Response:
        self.officer.get(f"/cases/{number}/pin")
        return self.officer.post(f"/cases/{number}/pin/start", task=task.value)

    def until(self, number: str, *states: DeskState) -> Progress:
        desk = self.world.station.desk

        def there() -> bool:
            doing = desk.doing(number)
            return doing is not None and (doing.state in states or doing.state.ended)

        with desk._changed:
            assert desk._changed.wait_for(there, PATIENCE)
        found = desk.doing(number)
        assert found is not None
        return found

    def types(self, number: str, asked: DeskState, typed: str) -> None:
        """The resident, at the display, once it asks."""
        assert self.until(number, asked).state is asked
        self.display.get("/display")
        pad = re.search(r'action="(/display/pin/[^"]+)"', self.display.page)
        assert pad is not None
        assert pad[1].endswith(f"?asked={asked}")
        self.display.post(pad[1], pin=typed)

    def types_can(self, number: str, can: str) -> None:
        """The officer, from the card."""
        doing = self.until(number, DeskState.ASKING_CAN)
        assert doing.state is DeskState.ASKING_CAN
        self.officer.get(f"/cases/{number}/pin")
        self.officer.post(f"/cases/{number}/pin/can", serial=str(doing.serial), can=can)

    def ended(self, number: str) -> Progress:
        return self.until(number)

    @property
    def pin(self) -> str | None:
        """The one that was set since the card was made."""
        self.card.memory.reload()
        return self.card.memory.state.pin

    @property
    def tries(self) -> int:
        self.card.memory.reload()
        return self.card.memory.state.pin_tries


@pytest.fixture
def place(materials: Materials, tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "station"
    shutil.copytree(materials.founded, folder)
    config = folder / "station.toml"
    config.write_text(
        config.read_text("utf-8").replace("[policy]", f'[policy]\nreader = "{READER}"'), "utf-8"
    )
    world = open_world(materials, folder, FakeClock(datetime.now(UTC).replace(microsecond=0)))
    station = world.station
    station.desk._tap = station.tap  # The reader of the test stands under the desk, too.
    world.station = station = replace(station, pin_desk=PinDesk(station.tap, station.desk))
    app = ConsoleApp(station)
    made = Place(world, Browser(station, app), Browser(station, app), materials.card(world.kim))
    made.put(world.kim)
    made.officer.client.cookies.set("session", f"{OFFICER.officer}:{OFFICER.token}")
    made.officer.get("/")
    answer = made.officer.post("/open-display", False)
    made.display.client.cookies.set("display", answer.cookies["display"])
    yield made
    world.hold()
    world.station.review.verify_audit()
    world.station.engine.dispose()


def blocked(place: Place, tries: int = 0) -> None:
    place.card.memory.change(pin_tries=tries)


def on_sight(place: Place, person: Person | None = None) -> str:
    """A case whose card was read by its CAN, and whose holder was identified."""
    world, person = place.world, person or place.world.kim
    station = world.station
    number = station.counter.open_case(OFFICER, IC_ON_SIGHT.name, IC_ON_SIGHT.consents).number
    place.put(person)
    station.tap.read_card(number, OFFICER, READER, lambda _: person.can)
    station.counter.identify(number, OFFICER, Seen(face_matches=True))
    place.card.power_on()
    return number


def test_state_is_told_and_costs_no_try(place: Place) -> None:
    blocked(place, 2)
    number = place.world.open()
    place.begin(STATUS, number)
    done = place.ended(number)
    assert (done.state, done.tries_left) == (DeskState.DONE, 2)
    page = place.officer.get(f"/cases/{number}/pin").text
    assert "남은 횟수 2회" in page
    assert place.tries == 2


def test_holder_changes_the_pin_at_the_display(place: Place) -> None:
    number = place.world.open()
    place.begin(CHANGE, number)
    place.types(number, DeskState.ASKING_PIN, place.world.kim.pin)
    place.types(number, DeskState.ASKING_NEW_PIN, NEW)
    assert 'name="pin"' not in place.officer.get(f"/cases/{number}/pin").text
    place.types(number, DeskState.ASKING_NEW_PIN_AGAIN, NEW)
    assert place.ended(number).state is DeskState.DONE
    assert place.pin == NEW
    assert audited(place.world, "pin.changed") == [{}]
    assert "비밀번호를 바꾸었습니다." in place.officer.get(f"/cases/{number}/pin").text
    assert "마쳤습니다" in place.display.get("/display").text


def test_visit_goes_on_with_the_new_pin(place: Place) -> None:
    number = place.world.open()
    place.begin(CHANGE, number)
    for asked, typed in (
        (DeskState.ASKING_PIN, place.world.kim.pin),
        (DeskState.ASKING_NEW_PIN, NEW),
        (DeskState.ASKING_NEW_PIN_AGAIN, NEW),
    ):
        place.types(number, asked, typed)
    place.ended(number)
    place.world.read(number, place.card, NEW)
    assert place.world.stage(number) is Stage.CARD_AUTHENTICATED


def test_two_different_new_pins_change_nothing(place: Place) -> None:
    number = place.world.open()
    place.begin(CHANGE, number)
    place.types(number, DeskState.ASKING_PIN, place.world.kim.pin)
    place.types(number, DeskState.ASKING_NEW_PIN, NEW)
    place.types(number, DeskState.ASKING_NEW_PIN_AGAIN, "135790")
    assert place.ended(number).failure == "card.pin_differs"
    assert place.pin is None  # As it was.
    assert place.tries == 3
    assert not audited(place.world, "pin.changed")


def test_wrong_present_pin_costs_one_try_and_changes_nothing(place: Place) -> None:
    number = place.world.open()
    place.begin(CHANGE, number)
    place.types(number, DeskState.ASKING_PIN, "000000")
    place.types(number, DeskState.ASKING_NEW_PIN, NEW)
    place.types(number, DeskState.ASKING_NEW_PIN_AGAIN, NEW)
    done = place.ended(number)
    assert (done.failure, done.detail) == ("card.pin_wrong", Words("남은 횟수 2회", "2 tries left"))
    assert place.tries == 2
    assert audited(place.world, "step.refused")[-1]["step"] == "pin-change"


def test_pad_that_is_behind_is_not_taken_for_the_new_pin(place: Place) -> None:
    """The display in a second window still asks for the present PIN."""
    number = place.world.open()
    place.begin(CHANGE, number)
    place.until(number, DeskState.ASKING_PIN)
    place.display.get("/display")
    behind = re.search(r'action="(/display/pin/[^"]+)"', place.display.page)
    assert behind is not None
    place.types(number, DeskState.ASKING_PIN, place.world.kim.pin)
    place.until(number, DeskState.ASKING_NEW_PIN)
    assert place.display.post(behind[1], pin=place.world.kim.pin).status_code == 409
    doing = place.world.station.desk.doing(number)
    assert doing is not None
    assert doing.state is DeskState.ASKING_NEW_PIN


def test_suspended_pin_is_resumed_with_the_can(place: Place) -> None:
    blocked(place, 1)
    number = place.world.open()
    place.begin(CHANGE, number)
    place.types_can(number, place.world.kim.can)
    place.types(number, DeskState.ASKING_PIN, place.world.kim.pin)
    place.types(number, DeskState.ASKING_NEW_PIN, NEW)
    place.types(number, DeskState.ASKING_NEW_PIN_AGAIN, NEW)
    assert place.ended(number).state is DeskState.DONE
    assert (place.pin, place.tries) == (NEW, 3)


def test_can_that_is_sent_twice_is_not_tried_as_the_pin(place: Place) -> None:
    """The last try, and a tired hand that clicks twice."""
    blocked(place, tries=1)
    number, can = place.world.open(), place.world.kim.can
    place.begin(CHANGE, number)
    place.types_can(number, can)
    serial = place.until(number, DeskState.ASKING_PIN).serial
    answer = place.officer.post(f"/cases/{number}/pin/can", serial=str(serial), can=can)
    assert "desk.not_asking" in answer.text
    assert place.until(number, DeskState.ASKING_PIN).state is DeskState.ASKING_PIN
    place.world.station.desk.cancel(number)
    assert place.tries == 1


def test_blocked_pin_is_asked_for_by_nobody(place: Place) -> None:
    blocked(place)
    number = place.world.open()
    place.begin(CHANGE, number)
    assert place.ended(number).failure == "card.pin_blocked"


def test_puk_unblocks_and_the_pin_stays(place: Place) -> None:
    blocked(place)
    number = place.world.open()
    place.begin(UNBLOCK, number)
    place.types(number, DeskState.ASKING_PUK, place.world.kim.puk)
    done = place.ended(number)
    assert (done.state, done.detail) == (DeskState.DONE, "operational")
    assert (place.pin, place.tries) == (None, 3)
    assert audited(place.world, "pin.unblocked") == [{}]


def test_wrong_puk_unblocks_nothing(place: Place) -> None:
    blocked(place)
    number = place.world.open()
    place.begin(UNBLOCK, number)
    place.types(number, DeskState.ASKING_PUK, "0000000000")
    assert place.ended(number).failure == "card.puk_wrong"
    assert place.tries == 0


@pytest.mark.parametrize(
    ("task", "asked", "code"),
    [
        (CHANGE, DeskState.ASKING_PIN, "card.pin_format"),
        (UNBLOCK, DeskState.ASKING_PUK, "card.puk_format"),
    ],
)
def test_what_can_be_no_password_is_not_sent(
    place: Place, task: Task, asked: DeskState, code: str
) -> None:
    number = place.world.open()
    place.begin(task, number)
    place.types(number, asked, "12ab")
    assert place.ended(number).failure == code
    assert place.tries == 3


class TestTerminal:
    """The office's own right, which needs neither PIN nor PUK."""

    def test_forgotten_pin_is_set_anew_for_who_was_identified(self, place: Place) -> None:
        number = on_sight(place)
        blocked(place)
        place.begin(RESET, number)
        place.types_can(number, place.world.kim.can)
        place.types(number, DeskState.ASKING_NEW_PIN, NEW)
        place.types(number, DeskState.ASKING_NEW_PIN_AGAIN, NEW)
        done = place.ended(number)
        assert (done.state, done.failure) == (DeskState.DONE, None)
        assert (place.pin, place.tries) == (NEW, 3)
        assert audited(place.world, "pin.reset") == [{}]

    def test_found_card_is_not_served_in_somebody_elses_case(self, place: Place) -> None:
        """An accomplice is identified; the card of another person lies on the reader."""
        number = on_sight(place, place.world.namgung)
        place.put(place.world.kim)
        place.begin(RESET, number)
        place.types_can(number, place.world.kim.can)
        place.types(number, DeskState.ASKING_NEW_PIN, NEW)
        place.types(number, DeskState.ASKING_NEW_PIN_AGAIN, NEW)
        assert place.ended(number).failure == "card.not_of_case"
        assert place.pin is None  # As it was.
        assert not audited(place.world, "pin.reset")

    @pytest.mark.parametrize("read", [False, True])
    def test_nobody_is_served_before_they_were_identified(self, place: Place, read: bool) -> None:
        world = place.world
        number = world.open()
        if read:
            world.read(number, place.card, world.kim.pin)
        answer = place.begin(RESET, number)
        assert answer.status_code == 409
        assert "case.wrong_stage" in answer.text
        assert world.station.desk.doing(number) is None


def test_one_thing_at_a_time_is_on_the_reader(place: Place) -> None:
    number = place.world.open()
    place.begin(CHANGE, number)
    place.until(number, DeskState.ASKING_PIN)
    other = place.world.station.counter.open_case(SECOND, IC_PIN.name, IC_PIN.consents).number
    browser = Browser(place.world.station, place.officer.app)
    browser.client.cookies.set("session", f"{SECOND.officer}:{SECOND.token}")
    browser.get(f"/cases/{other}/pin")
    answer = browser.post(f"/cases/{other}/pin/start", task="pin-status")
    assert "desk.busy" in answer.text


def test_service_is_cancelled_at_once(place: Place) -> None:
    number = place.world.open()
    place.begin(CHANGE, number)
    place.until(number, DeskState.ASKING_PIN)
    place.officer.get(f"/cases/{number}/pin")
    place.officer.post(f"/cases/{number}/pin/stop")
    assert place.ended(number).state is DeskState.CANCELLED
    assert place.pin is None  # As it was.


def test_reading_of_the_case_is_not_mistaken_for_the_service(place: Place) -> None:
    number = place.world.open()
    place.begin(STATUS, number)
    place.ended(number)
    assert place.world.station.desk.progress(number) is None
    assert f"/cases/{number}/pin" in place.officer.get(f"/cases/{number}").text


@pytest.mark.parametrize(
    ("officer", "route", "code"),
    [
        (SECOND, IC_PIN.name, "officer.not_holder"),
        (OFFICER, QR_COUNTER.name, "case.wrong_route"),
    ],
)
def test_nobody_else_and_nowhere_else(
    place: Place, officer: SignedIn, route: str, code: str
) -> None:
    consents = QR_COUNTER.consents if route == QR_COUNTER.name else IC_PIN.consents
    number = place.world.station.counter.open_case(OFFICER, route, consents).number
    browser = Browser(place.world.station, place.officer.app)
    browser.client.cookies.set("session", f"{officer.officer}:{officer.token}")
    page = browser.get(f"/cases/{number}/pin")
    assert "/pin/start" not in page.text
    assert code in browser.post(f"/cases/{number}/pin/start", task="pin-status").text


def test_what_was_typed_is_in_no_record(place: Place) -> None:
    number = place.world.open()
    place.begin(CHANGE, number)
    place.types(number, DeskState.ASKING_PIN, place.world.kim.pin)
    place.types(number, DeskState.ASKING_NEW_PIN, NEW)
    place.types(number, DeskState.ASKING_NEW_PIN_AGAIN, NEW)
    place.ended(number)
    for path in place.world.folder.rglob("*"):
        if path.is_file():
            assert NEW.encode() not in path.read_bytes(), path.name
