"""The visit on the real pcscd, with the virtual reader's driver: nothing between is played."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.counter import Counter
from tests.browser.office import Office
from tests.card_sim.panel import panels
from tests.interop.pcscd import Slot, empty_slot

pytestmark = pytest.mark.pcsc


@pytest.fixture(scope="module")
def slot(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slot]:
    home = tmp_path_factory.mktemp("bench") / "card-sim"
    shutil.copytree(office.card_home, home)
    with empty_slot(home) as slot:
        yield slot


@pytest.fixture(scope="module")
def bench(slot: Slot, office: Office) -> Iterator[panels.Page]:
    trusted = office.station_home / "certificates" / "iaca.pem"
    with panels.opened(slot.home, "--vpcd", str(slot.port), "--trust", str(trusted)) as page:
        yield page


@pytest.fixture(scope="module")
def settings(slot: Slot) -> dict[str, str]:
    return {"STATION_POLICY__READER": f"pcsc:{slot.reader}"}


def test_ic_visit_on_a_real_reader_with_a_mistyped_pin_and_a_pulled_card(
    counter: Counter,
) -> None:
    counter.open_case()
    counter.card_down(speed="t1-38400")
    counter.type_pin("000000")
    failed = counter.officer.locator("main .banner.error")
    expect(failed).to_be_visible()
    counter.do("case.read_again")
    tries = counter.display.locator(".tries")
    expect(tries).to_have_text(counter.say("ui.tries_left", count=2))
    counter.type_pin(counter.pin())
    expect(counter.officer.locator(".progress .count")).to_be_visible()
    counter.card_up()
    expect(failed).to_be_visible()
    counter.do("case.read_again")
    expect(counter.officer.get_by_text(counter.say("case.put_card"))).to_be_visible()
    counter.read_card()
    counter.identify()
    counter.do("case.approve", "case.offer")
    counter.receive()
    counter.closed()
    assert counter.cards()[0]["status"] == "VALID"
