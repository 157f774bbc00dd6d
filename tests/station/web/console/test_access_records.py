"""Whoever is shown personal data leaves a record of it: the table of routes, walked."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.routing import Route

from station.domain.case import Stage
from station.domain.credential import Cause
from station.domain.officer import Session, SignedIn
from station.services.authority import token_digest
from station.web.console.app import ConsoleApp
from station.web.console.security import is_display, is_public
from tests.flows import invariants
from tests.flows.canary import Secrets, canary
from tests.flows.materials import Materials, make_materials
from tests.flows.world import OFFICER, SECOND, World, new_world
from tests.station.web.console.browser import Browser

SHOWN_AT = {
    Stage.CARD_AUTHENTICATED: {"/cases/{number:str}", "/cases/{number:str}/portrait"},
    Stage.IDENTIFIED: {"/cases/{number:str}", "/cases/{number:str}/portrait"},
    Stage.ISSUED: {"/cases/{number:str}", "/cases/{number:str}/portrait"},
    Stage.CLOSED: set[str](),
}
"""Where the test knows that there is something to be seen; it looks everywhere."""


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    return make_materials(tmp_path_factory.mktemp("accesses"))


@pytest.fixture
def world(materials: Materials, tmp_path: Path) -> Iterator[World]:
    made = new_world(materials, tmp_path / "station")
    made.register(canary(made))
    yield made
    made.hold()
    made.station.engine.dispose()
    shutil.rmtree(tmp_path / "station")


def brought_to(world: World, stage: Stage) -> str:
    """A case of the person whose every datum is distinctive."""
    person = canary(world)
    if stage in {Stage.ISSUED, Stage.CLOSED}:
        number, _ = world.issued(person)
        if stage is Stage.CLOSED:
            world.station.lifecycle.activate(number, OFFICER)
            world.station.papers.receipt(number, OFFICER)
        return number
    number = world.open()
    world.read(number, world.materials.card(person), person.pin)
    if stage is Stage.IDENTIFIED:
        world.identify(number)
    return number


def card_of(world: World, number: str) -> str:
    """A card of the person, if there is one: reported lost, so that there is much to show."""
    cards = world.station.lifecycle.list(1, OFFICER)
    card = next((c for c in cards if c.case_id == _case_id(world, number)), None)
    if card is None:
        return "none"
    if world.stage(number) is Stage.CLOSED:
        world.station.lifecycle.suspend(card.id, OFFICER, Cause.PHONE_LOST)
    return card.id


def _case_id(world: World, number: str) -> str:
    return world.station.review.case(number, OFFICER).case.id


def fresh(world: World, officer: SignedIn, app: ConsoleApp, serial: int) -> Browser:
    """The officer, signed in anew: what was noted in an earlier session counts no more."""
    world.clock.move(seconds=1)
    now, later = world.clock.now(), world.clock.now() + timedelta(days=1)
    token = f"{officer.officer}-anew-{serial}"
    with world.station.authority.records.transaction() as tx:
        tx.officers.begin(
            Session(token_digest(token), officer.officer, "test", now, later, later, later)
        )
    browser = Browser(world.station, app)
    browser.client.cookies.set("session", f"{officer.officer}:{token}")
    return browser


def readable(app: ConsoleApp) -> list[Route]:
    routes = [each for each in app.routes if isinstance(each, Route)]
    return [each for each in routes if "GET" in (each.methods or ()) and not is_public(each.path)]


def accesses(world: World) -> int:
    return len(invariants.rows(world.folder, "SELECT id FROM access_records"))


@pytest.mark.parametrize("stage", SHOWN_AT)
@pytest.mark.parametrize("officer", [OFFICER, SECOND], ids=["its officer", "another"])
def test_every_page_that_shows_personal_data_leaves_a_record(
    world: World, stage: Stage, officer: SignedIn
) -> None:
    number = brought_to(world, stage)
    places = {"number": number, "card": card_of(world, number)}
    secrets = Secrets.of(canary(world))
    del secrets.values["masked name"]  # Of a receipt: it tells nobody apart.
    app = ConsoleApp(world.station)
    app.end()  # A stream says what it has to say, and ends.
    shown = set()
    for serial, route in enumerate(readable(app)):
        if is_display(route.path):
            continue  # Nobody looks there but the resident, and no session leads there.
        browser = fresh(world, officer, app, serial)
        before = accesses(world)
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: places.get(found[1], "x"), route.path)
        answer = browser.client.get(path, headers={"Sec-Fetch-Site": "same-origin"})
        if secrets.found_in(answer.content):
            shown.add(route.path)
            assert accesses(world) > before, route.path
    assert shown >= SHOWN_AT[stage]


def test_display_shows_no_name_and_no_number(world: World) -> None:
    number = brought_to(world, Stage.ISSUED)
    secrets = Secrets.of(canary(world))
    app = ConsoleApp(world.station)
    browser = fresh(world, OFFICER, app, 0)
    browser.get(f"/cases/{number}")
    made = browser.post("/open-display", False)
    browser.client.cookies.set("display", made.cookies["display"])
    page = browser.get("/display")
    only = replace(secrets, values=dict(secrets.values))
    del only.values["masked name"]
    assert secrets.found_in(page.content)  # It shows something.
    assert not only.found_in(page.content)
