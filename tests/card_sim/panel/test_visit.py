"""The phones on the bench against a running `station serve`."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from station.bootstrap import Station, build
from station.domain.credential import Cause
from tests.card_sim.panel.panels import Page, opened
from tests.flows.materials import Materials, make_materials
from tests.flows.servers import Servers, running
from tests.flows.world import OFFICER, new_world

FIRST, SECOND = "phone-1", "phone-2"


@dataclass
class Visit:
    """A case that is approved, its station behind a server, and the panel beside it."""

    station: Station
    number: str
    home: Path
    page: Page

    def offer(self) -> str:
        _, shown = self.station.offering.offer(self.number, OFFICER)
        assert shown.uri is not None
        return shown.uri

    def tx_code(self) -> str:
        code = self.station.offering.show(self.number, OFFICER).tx_code
        assert code is not None
        return code

    def scan(self, phone: str = FIRST) -> None:
        """Scan the QR code, up to the question for the tx_code."""
        self.page.act("/phones/scan", phone=phone, uri=self.offer())
        self.page.until_phone(phone, lambda shown: shown["doing"] == "asking")

    def type(self, code: str, phone: str = FIRST) -> dict[str, Any]:
        self.page.act("/phones/tx-code", phone=phone, code=code)
        return self.page.until_phone(phone, lambda shown: shown["doing"] == "nothing")

    def received(self) -> dict[str, Any]:
        """The phone with its card."""
        self.scan()
        phone = self.type(self.tx_code())
        assert phone["failure"] == ""
        return phone

    def activate(self) -> str:
        """The mobile card's id."""
        _, card = self.station.lifecycle.activate(self.number, OFFICER)
        return card.id

    def show(self, view: str) -> list[dict[str, Any]]:
        card = self.page.phone(FIRST)["cards"][0]["id"]
        self.page.act("/phones/show", phone=FIRST, card=card, view=view)
        answers: list[dict[str, Any]] = self.page.phone(FIRST)["shop"]["answers"]
        return answers


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    return make_materials(tmp_path_factory.mktemp("panel"))


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with running() as servers:
        yield servers


@pytest.fixture
def visit(materials: Materials, servers: Servers, tmp_path: Path) -> Iterator[Visit]:
    folder = tmp_path / "station"
    world = new_world(materials, folder)
    number = world.approved()
    world.station.engine.dispose()
    server = servers.plain(folder, materials.port)
    home = tmp_path / "card-sim"
    shutil.copytree(materials.home.folder / "pki", home / "pki")
    station = build(folder)
    with opened(home, "--trust", str(folder / "certificates" / "iaca.pem")) as page:
        yield Visit(station, number, home, page)
    station.engine.dispose()
    server.kill()


def test_a_phone_receives_shows_its_status_and_goes_shopping(visit: Visit) -> None:
    received = visit.received()
    [card] = received["cards"]
    assert card["name"] == "김민지"
    assert card["status"] == "PENDING"
    assert {each["format"] for each in card["formats"]} == {"mso_mdoc", "dc+sd-jwt"}
    assert "issuer told: credential_accepted" in received["told"]

    visit.activate()
    visit.page.act("/phones/refresh", phone=FIRST)
    assert visit.page.phone(FIRST)["cards"][0]["status"] == "VALID"

    for answer in visit.show("ADULT_ONLY"):
        assert answer["accepted"]
        assert list(answer["claims"].values()) == ["True"]
        assert len(answer["withheld"]) > 5
    assert visit.page.phone(SECOND)["cards"] == []


def test_a_mistyped_tx_code_fails_and_the_phone_scans_again(visit: Visit) -> None:
    visit.scan()
    wrong = f"{(int(visit.tx_code()) + 1) % 10**6:06d}"
    failed = visit.type(wrong)
    assert "wrong tx_code" in failed["failure"]
    assert failed["cards"] == []
    visit.received()


def test_a_lost_phone_scans_nothing_and_is_refused_once_suspended(visit: Visit) -> None:
    visit.received()
    card = visit.activate()
    visit.page.act("/phones/lose", phone=FIRST)
    assert "lost" in visit.page.refusal(
        "/phones/scan", phone=FIRST, uri="openid-credential-offer://"
    )
    assert all(answer["accepted"] for answer in visit.show("NAME_DOB"))  # The finder tries.

    visit.station.lifecycle.suspend(card, OFFICER, Cause.PHONE_LOST)
    for answer in visit.show("NAME_DOB"):
        assert not answer["accepted"]
        assert answer["claims"] == {}
        assert "SUSPENDED" in answer["sentence"]
    visit.page.act("/phones/find", phone=FIRST)
    assert not visit.page.phone(FIRST)["lost"]


def test_a_phone_has_what_it_had_when_the_panel_is_started_again(visit: Visit) -> None:
    held = visit.received()["cards"]
    visit.page.act("/phones/lose", phone=SECOND)
    visit.page.stop()
    with opened(visit.home) as again:
        again.act("/phones/refresh", phone=FIRST)
        assert again.phone(FIRST)["cards"] == held
        assert again.phone(SECOND)["lost"]


class TestWithoutAStation:
    """What a phone says when nothing comes."""

    @pytest.mark.parametrize("uri", ["", "https://evil.example/", "openid-credential-offer://x"])
    def test_what_is_no_offer_fails_on_the_phone(self, page: Page, uri: str) -> None:
        page.act("/phones/scan", phone=FIRST, uri=uri)
        failed = page.until_phone(FIRST, lambda shown: shown["failure"] != "")
        assert failed["doing"] == "nothing"

    def test_a_tx_code_nobody_asked_for_is_refused(self, page: Page) -> None:
        assert "asks for no" in page.refusal("/phones/tx-code", phone=FIRST, code="123456")

    def test_a_card_the_phone_does_not_hold_cannot_be_shown(self, page: Page) -> None:
        page.refusal("/phones/show", phone=FIRST, card="none", view="FULL")

    def test_a_phone_can_be_added_once(self, page: Page) -> None:
        page.act("/phones/add", phone="phone-3")
        assert page.phone("phone-3")["cards"] == []
        assert "already" in page.refusal("/phones/add", phone="phone-3")

    @pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "A", "-a", "a" * 40, "a\n", "전화"])
    def test_a_name_that_is_no_folder_is_refused(self, page: Page, name: str) -> None:
        page.refusal("/phones/add", phone=name)

    def test_an_unknown_phone_does_nothing(self, page: Page) -> None:
        for path in ("scan", "tx-code", "refresh", "show", "lose", "find"):
            page.refusal(f"/phones/{path}", phone="phone-9")
