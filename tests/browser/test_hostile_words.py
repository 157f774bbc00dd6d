"""What cards and people say is text on every page, whatever it would rather be."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from station.domain.identity import Identity
from station.domain.officer import SignedIn
from station.domain.text import visible
from station.services.review import Review
from station.web.console.app import ConsoleApp
from tests.browser import chromium
from tests.browser.counter import MARKUP, Counter
from tests.flows.materials import make_materials
from tests.flows.world import OFFICER, World, new_world
from tests.station.web.console.browser import Browser as Client
from tests.station.web.console.hostile import STRINGS

NOWHERE = "http://127.0.0.1:1/"
WORDS = STRINGS[:201]
AT_ONCE = 3  # on one page: name, address, number of the card
HARMLESS = "plain"


def test_name_with_markup_is_text_from_the_card_to_the_receipt(counter: Counter) -> None:
    people = counter.bench.state()["card"]["people"]
    name = next(each["name"] for each in people if each["id"] == MARKUP)
    counter.approved(MARKUP)
    expect(counter.officer.locator(".facts dd").first).to_have_text(visible(name))
    counter.do("case.offer")
    counter.receive()
    expect(counter.officer.locator(".question")).to_contain_text(visible(name))
    expect(counter.display.locator(".lead")).to_contain_text("<")
    counter.closed()
    for paper in ("receipt", "application"):
        counter.officer.goto(f"{counter.case_url}/{paper}")
        assert counter.officer.locator("script:not([src])").count() == 0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A case whose card was read, in this process, so that its words can be exchanged."""
    made = new_world(
        make_materials(tmp_path_factory.mktemp("words")),
        tmp_path_factory.mktemp("station") / "station",
    )
    yield made
    made.station.engine.dispose()


def with_words(identity: Identity, words: list[str]) -> Identity:
    name, street, number = words
    address = replace(identity.address, province="", city="", street=street)
    return replace(
        identity, family_name=name, given_names="", address=address, document_number=number
    )


@pytest.fixture
def unguarded(browser: Browser) -> Iterator[Page]:
    """A page that nothing keeps from running what is written on it."""
    with chromium.window(browser) as (context, heard):
        page = context.new_page()
        yield page
        chromium.quiet(heard)


def test_two_hundred_hostile_strings_are_shown_as_text(
    world: World, unguarded: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    identity = world.station.review.identity(number, OFFICER)
    assert identity is not None
    client = Client(world.station, ConsoleApp(world.station))
    client.client.cookies.set("session", f"{OFFICER.officer}:{OFFICER.token}")
    said = [[HARMLESS] * AT_ONCE]
    said += [WORDS[at : at + AT_ONCE] for at in range(0, len(WORDS), AT_ONCE)]
    made: dict[str, int] = {}
    for words in said:
        shown = with_words(identity, words)
        monkeypatch.setattr(Review, "glimpse", _showing(shown))
        page = client.get(f"/cases/{number}").text
        unguarded.unroute_all()
        unguarded.route("**/*", _answering(page))
        unguarded.goto(NOWHERE)
        facts = unguarded.locator(".facts dd bdi").evaluate_all(
            "all => all.map((each) => each.textContent)"
        )
        for each in words:
            assert visible(each).strip() in [fact.strip() for fact in facts]
        made[str(words)] = unguarded.evaluate("document.querySelectorAll('*').length")
    assert set(made.values()) == {made[str(said[0])]}


def _showing(identity: Identity) -> object:
    def glimpse(_self: Review, _number: str, _officer: SignedIn) -> Identity:
        return identity

    return glimpse


def _answering(page: str) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        kind = "text/javascript" if route.request.resource_type == "script" else "text/html"
        own = route.request.is_navigation_request()
        route.fulfill(status=200, content_type=f"{kind}; charset=utf-8", body=page if own else "")

    return answer
