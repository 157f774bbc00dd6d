"""The card on the bench, read by the project's own reader as the station's is."""

import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from apdu.crypto.signatures import sign_plain
from apdu.errors import ApduError, CardRemoved
from apdu.exchange import Transport, run
from apdu.profiles.krrc import ChipReading, TerminalCredentials, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password, PasswordKind
from apdu.transports import sim
from tests.card_sim.panel.panels import PATIENCE_SECONDS, Page, opened
from tests.card_sim.test_vpcd import CARD_ACCESS, GET_ATR, POWER_ON, Reader
from tests.card_sim.world import TODAY, World

MINJI, DOYUN, NO_CHIP = "kim-minji", "park-doyun", "yun-sora"
WRONG_PIN = "000000"


def dialled(page: Page) -> sim.VirtualCardLink:
    return sim.connect("127.0.0.1", page.card_port)


def read(world: World, transport: Transport, pin: str) -> ChipReading:
    """The whole tap."""
    chain = world.home.pki.chains["p256"]
    key, algorithm = chain.terminal_key, chain.terminal.public_key.hash_algorithm
    terminal = TerminalCredentials(
        (chain.dv.encoded, chain.terminal.encoded),
        lambda message: sign_plain(key, message, algorithm),
    )
    found = run(survey(), transport)
    password = Password(PasswordKind.PIN, pin)
    trust = TrustStore((world.home.pki.csca.der,))
    now = datetime.combine(TODAY, time(12), UTC)
    return run(read_card(found, password, terminal, trust, now), transport)


def pin_of(world: World, person: str = MINJI) -> str:
    return world.home.person(person).pin


def test_a_reader_that_looks_hears_that_there_is_no_card(page: Page) -> None:
    for _ in range(3):  # As often as the station looks.
        with pytest.raises(CardRemoved):
            dialled(page)


def test_an_inserted_card_is_read_and_genuine(page: Page, world: World) -> None:
    shown = page.act("/card/insert", person=MINJI)["card"]["inserted"]
    assert (shown["person"], shown["pin"], shown["pin_tries"]) == (MINJI, pin_of(world), 3)
    with dialled(page) as link:
        assert read(world, link, pin_of(world)).genuine
        counted = page.card()
    assert counted is not None
    assert (counted["commands"], counted["powered"]) == (38, True)
    page.until(lambda state: not state["card"]["inserted"]["powered"])


def test_a_card_of_every_type_can_be_put_in(page: Page) -> None:
    for card_type in page.state()["card"]["types"]:
        page.act("/card/insert", person=DOYUN, type=card_type)
        with dialled(page) as link:
            assert link.transmit(CARD_ACCESS)[-2:] == b"\x90\x00"
        page.act("/card/pull")


def test_tries_that_are_left_are_shown_and_outlive_the_insertion(page: Page, world: World) -> None:
    page.act("/card/insert", person=MINJI)
    with dialled(page) as link, pytest.raises(ApduError):
        read(world, link, WRONG_PIN)
    card = page.card()
    assert card is not None
    assert card["pin_tries"] == 2
    page.act("/card/pull")
    again = page.act("/card/insert", person=MINJI)
    assert again["card"]["inserted"]["pin_tries"] == 2


def test_a_card_pulled_in_the_middle_is_removed_to_its_reader(page: Page, world: World) -> None:
    page.act("/card/insert", person=MINJI)
    with dialled(page) as link:
        run(survey(), link)
        assert page.act("/card/pull")["card"]["inserted"] is None
        with pytest.raises(CardRemoved):
            link.transmit(CARD_ACCESS)
    with pytest.raises(CardRemoved):
        dialled(page)
    page.act("/card/insert", person=MINJI)
    with dialled(page) as link:
        assert read(world, link, pin_of(world)).genuine


def test_a_card_that_hangs_can_be_pulled(page: Page) -> None:
    page.act("/card/insert", person=MINJI, fault="mute", at=1)
    ended: list[type[BaseException]] = []

    def ask() -> None:
        with dialled(page) as link, pytest.raises(ApduError) as error:
            link.transmit(CARD_ACCESS)
        ended.append(error.type)

    asking = threading.Thread(target=ask)
    asking.start()
    page.until(lambda state: state["card"]["inserted"]["commands"] == 1)
    page.act("/card/pull")
    asking.join(PATIENCE_SECONDS)
    assert ended == [CardRemoved]


def test_a_card_that_falls_out_stays_out(page: Page, world: World) -> None:
    page.act("/card/insert", person=MINJI, fault="removed", at=12)
    with dialled(page) as link, pytest.raises(CardRemoved):
        read(world, link, pin_of(world))
    left = page.until(lambda state: state["card"]["inserted"] is None)["card"]
    assert left["fell_out"]
    with pytest.raises(CardRemoved):
        dialled(page)
    again = page.act("/card/insert", person=MINJI)["card"]
    assert not again["fell_out"]


def test_a_checksum_that_is_wrong_ends_the_reading(page: Page, world: World) -> None:
    page.act("/card/insert", person=MINJI, fault="wrong-mac", at=30)
    with dialled(page) as link, pytest.raises(ApduError):
        read(world, link, pin_of(world))


@pytest.mark.parametrize("attack", ["clone", "altered"])
def test_a_forged_card_is_not_genuine(page: Page, world: World, attack: str) -> None:
    page.act("/card/insert", person=MINJI, attack=attack)
    with dialled(page) as link:
        assert not read(world, link, pin_of(world)).genuine


def test_a_card_that_took_anothers_place_is_free_again_when_pulled(page: Page) -> None:
    page.act("/card/insert", person=MINJI, fault=f"swapped={DOYUN}", at=1)
    page.act("/card/pull")
    page.act("/card/insert", person=DOYUN)
    page.act("/card/pull")
    page.act("/card/insert", person=MINJI)


def test_a_swap_with_oneself_is_refused_and_leaves_the_card_free(page: Page) -> None:
    assert "another reader" in page.refusal(
        "/card/insert", person=MINJI, fault=f"swapped={MINJI}", at=1
    )
    page.act("/card/insert", person=MINJI)


def test_a_card_behind_a_slow_link_answers_all_the_same(page: Page) -> None:
    page.act("/card/insert", person=MINJI, speed="tcl-848")
    with dialled(page) as link:
        assert link.transmit(CARD_ACCESS)[-2:] == b"\x90\x00"


def test_a_slot_holds_one_card(page: Page) -> None:
    page.act("/card/insert", person=MINJI)
    assert "pull it first" in page.refusal("/card/insert", person=DOYUN)
    card = page.card()
    assert card is not None
    assert card["person"] == MINJI


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"person": "nobody"},
        {"person": NO_CHIP},
        {"person": ["kim-minji"]},
        {"person": MINJI, "type": "krrc-9"},
        {"person": MINJI, "speed": "warp"},
        {"person": MINJI, "speed": ["instant"]},
        {"person": MINJI, "attack": "magic"},
        {"person": MINJI, "fault": "magic"},
        {"person": MINJI, "fault": "removed", "at": 0},
        {"person": MINJI, "fault": "removed", "at": "12+3"},
        {"person": MINJI, "fault": "swapped=nobody"},
        {"person": MINJI, "colour": "blue"},
    ],
)
def test_an_order_that_cannot_be_meant_is_refused(page: Page, asked: dict[str, object]) -> None:
    page.refusal("/card/insert", **asked)
    assert page.card() is None


def test_a_card_in_another_reader_is_not_put_in_here_too(page: Page, home: Path) -> None:
    command = [sys.executable, "-m", "card_sim", "--home", str(home), "insert", MINJI]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as elsewhere:
        try:
            assert elsewhere.stdout is not None
            assert elsewhere.stdout.readline().startswith("ready")
            assert "in another reader" in page.refusal("/card/insert", person=MINJI)
        finally:
            elsewhere.kill()


def test_a_pulled_card_is_free_for_another_reader(page: Page, home: Path) -> None:
    page.act("/card/insert", person=MINJI)
    with dialled(page) as link:
        link.transmit(CARD_ACCESS)
        page.act("/card/pull")
    with opened(home) as other:
        other.act("/card/insert", person=MINJI)


class TestVpcd:
    """In a slot of the virtual reader driver, played by a socket."""

    def test_a_card_dials_the_driver_and_leaves_when_pulled(self, home: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as driver:
            port = driver.getsockname()[1]
            with opened(home, "--vpcd", str(port)) as page:
                assert page.reader == f"vpcd:127.0.0.1:{port}"
                for _ in range(2):
                    page.act("/card/insert", person=MINJI)
                    link, _ = driver.accept()
                    with link:
                        reader = Reader(link)
                        reader.send(POWER_ON)
                        assert reader.ask(GET_ATR)[0] == 0x3B
                        page.act("/card/pull")
                        assert reader.is_left_alone()

    def test_a_card_is_out_when_its_reader_goes_away(self, home: Path) -> None:
        driver = socket.create_server(("127.0.0.1", 0))
        with driver, opened(home, "--vpcd", str(driver.getsockname()[1])) as page:
            page.act("/card/insert", person=MINJI)
            link, _ = driver.accept()
            link.close()
            page.until(lambda state: state["card"]["inserted"] is None)

    def test_without_a_driver_nothing_is_put_in(self, home: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as driver:
            port = driver.getsockname()[1]
        with opened(home, "--vpcd", str(port)) as page:
            assert "No virtual reader" in page.refusal("/card/insert", person=MINJI)
            assert "No virtual reader" in page.refusal("/card/insert", person=MINJI)
