"""A counter: the officer's window, the resident's display, a card, a phone, and hands for each."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Locator, Page, expect

from station.web.console.texts import Texts
from tests.browser.camera import Camera
from tests.browser.chromium import Heard
from tests.browser.stations import Serving
from tests.card_sim.panel import panels

KIM, YUN, LOST, MARKUP = "kim-minji", "yun-sora", "choi-bunsil", "shin-taegeu"
PHONE = "phone-1"
Hand = Callable[[Locator], None]


def _drawn(code: str) -> str:
    """The lines of a QR code, as its markup has them."""
    [*_, drawn] = re.findall(r' d="([^"]+)"', code)
    return str(drawn)


def with_mouse(locator: Locator) -> None:
    locator.click()


@dataclass
class Counter:
    """One visit's place. `language` is the pages' own; what is read there is read in it.

    `press` is how the officer presses what is on the page: with the mouse, unless a test says
    otherwise.
    """

    station: Serving
    context: BrowserContext
    heard: Heard
    bench: panels.Page
    camera: Camera
    officer: Page
    display: Page
    language: str = "ko"
    press: Hand = with_mouse
    presses: list[str] = field(default_factory=list)

    def say(self, key: str, **values: object) -> str:
        """A text of the pages, as they show it."""
        return Texts().speaker(self.language)(key, **values)

    @property
    def number(self) -> str:
        found = re.search(r"/cases/([0-9]{6}-[0-9]+)", self.officer.url)
        assert found is not None, self.officer.url
        return found[1]

    @property
    def case_url(self) -> str:
        return f"{self.station.url}/cases/{self.number}"

    def button(self, key: str, **values: object) -> Locator:
        return self.officer.get_by_role("button", name=self.say(key, **values), exact=True)

    def link(self, key: str) -> Locator:
        return self.officer.get_by_role("link", name=self.say(key), exact=True)

    def do(self, *keys: str) -> None:
        """Press buttons of the officer's page, one after the other, each when it is there."""
        for key in keys:
            self._pressed(key, self.button(key))

    def tick(self, name: str, value: str = "yes") -> None:
        """Choose: a box or a choice, by its name in the form."""
        self._pressed(name, self.officer.locator(f'input[name="{name}"][value="{value}"]'))

    def _pressed(self, what: str, locator: Locator) -> None:
        self.presses.append(what)
        self.press(locator)

    # ---- The officer ------------------------------------------------------------------------

    def open_case(self, route: str = "ic-pin") -> str:
        """From the first page to the page of a new case; its number."""
        self._pressed("case.new", self.link("case.new"))
        if route != "ic-pin":
            self.tick("route", route)
        self.tick("consents")
        self.do("case.open")
        self.officer.wait_for_url("**/cases/*-*")
        return self.number

    def identify(self) -> None:
        self.tick("own_phone")
        self.do("case.same_person")

    def at_stage(self, stage: str) -> None:
        """Wait until the officer's page says so by itself."""
        expect(self.officer.locator(".lead")).to_contain_text(self.say(f"stage.{stage}"))

    def offer_again(self) -> None:
        """Another QR code; the display shows it when this returns."""
        code = self.display.locator(".qr .code")
        before = code.inner_html() if code.count() else ""
        self.do("case.offer_again")
        if before:
            expect(code.locator(f"path[d='{_drawn(before)}']")).to_have_count(0)
        expect(code).to_be_visible()

    # ---- The resident -----------------------------------------------------------------------

    def card_down(self, person: str = KIM, **order: object) -> None:
        self.bench.act("/card/insert", person=person, **order)

    def card_up(self) -> None:
        self.bench.act("/card/pull")

    def type_pin(self, pin: str) -> None:
        """On the display's pad, key by key."""
        for key in (*pin, "enter"):
            self.display.locator(f'[data-key="{key}"]').click()

    def pin(self, person: str = KIM) -> str:
        people = self.bench.state()["card"]["people"]
        return str(next(each["pin"] for each in people if each["id"] == person))

    def read_card(self, person: str = KIM) -> None:
        """The card is put down, its PIN typed; the officer's page shows the person."""
        self.card_down(person)
        self.type_pin(self.pin(person))
        self.at_stage("card_authenticated")

    def scan(self, phone: str = PHONE) -> None:
        """The phone scans what the display shows, up to its question for the code."""
        code = self.display.locator(".qr .code")
        expect(code).to_be_visible()
        self.bench.act("/phones/scan", phone=phone, uri=self.camera.read(code))
        self.bench.until_phone(phone, lambda shown: shown["doing"] != "receiving")
        assert self.bench.phone(phone)["doing"] == "asking", self.bench.phone(phone)

    def read_code(self) -> str:
        """The transaction code, after a tap on the display."""
        self.press(self.display.locator("#tx-code summary"))
        shown = self.display.locator("#tx-code p > span[aria-hidden]")
        expect(shown).to_be_visible()
        return re.sub(r"\D", "", shown.inner_text())

    def type_code(self, code: str, phone: str = PHONE) -> str:
        """On the phone; what it then complains of."""
        self.bench.act("/phones/tx-code", phone=phone, code=code)
        done = self.bench.until_phone(phone, lambda shown: shown["doing"] == "nothing")
        return str(done["failure"])

    def receive(self, phone: str = PHONE) -> None:
        """The phone takes the card; the officer's page asks what it shows."""
        self.scan(phone)
        assert self.type_code(self.read_code(), phone) == ""
        expect(self.button("case.activate")).to_be_visible()

    def cards(self, phone: str = PHONE) -> list[dict[str, object]]:
        """What the phone holds, as the issuer's status list has it now; the newest first."""
        self.bench.act("/phones/refresh", phone=phone)
        cards: list[dict[str, object]] = self.bench.phone(phone)["cards"]
        return cards

    # ---- The whole of it --------------------------------------------------------------------

    def approved(self, person: str = KIM) -> None:
        self.open_case()
        self.read_card(person)
        self.identify()
        self.do("case.approve")
        self.at_stage("approved")

    def closed(self) -> None:
        self.do("case.activate", "case.receipt")
        self.at_stage("closed")
        expect(self.link("case.print_receipt")).to_be_visible()

    def leave(self) -> None:
        """Whatever a test left: the reader is free and no case is open for the next one."""
        self.card_up()
        page = self.officer
        page.goto(self.station.url)
        self.language = page.locator("html").get_attribute("lang") or self.language
        mine = page.get_by_role("region", name=self.say("case.mine")).locator("tbody a")
        for case in mine.evaluate_all("all => all.map((each) => each.href)"):
            page.goto(case)
            if self.button("case.receipt").count():
                self.do("case.receipt")
                self.at_stage("closed")
            else:
                page.locator("#more > summary").click()
                self.do("case.cancel")
                self.at_stage("cancelled")
