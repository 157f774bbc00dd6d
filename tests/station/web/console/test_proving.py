"""A page that hammers wherever a password is hashed: memory for two, and pages that answer."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import httpx
import pytest

from station.adapters.passwords import AT_ONCE
from station.domain.account import NewOfficer
from station.domain.identity import Rrn
from station.domain.roles import Role
from station.web.console.app import ConsoleApp
from station.web.console.threads import MOST, PROVING
from tests.station.adapters.conftest import StillClock
from tests.station.people import TEST_RRN
from tests.station.signed_in import signed_in
from tests.station.web.console.browser import FOLLOWED, FORM, HERE, Browser
from tests.station.web.console.test_enrolment import begun, filled

CROWD = MOST + 5
PATIENCE = 30  # Only ends a test that hangs.
WRONG = {"name": "lee", "password": "guess", "code": "000000"}
CHANGED = {"new": "some longer words of nobody", "again": "some longer words of nobody"}


@dataclass
class SlowPasswords:
    """`station.ports.Passwords`: nobody gets ready before `go_on`."""

    at_work: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    go_on: threading.Event = field(default_factory=threading.Event)

    def digest(self, password: str) -> str:
        self._work()
        return f"digest of {password}"

    def match(self, password: str, stored: str | None) -> bool:
        return stored == self.digest(password)

    def _work(self) -> None:
        with self.lock:
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        self.go_on.wait()
        with self.lock:
            self.at_work -= 1


def at_sign_in(browser: Browser) -> dict[str, str]:
    browser.get("/sign-in")
    return WRONG


def at_confirm(browser: Browser) -> dict[str, str]:
    browser.sign_in()
    return WRONG


def at_the_lock(browser: Browser) -> dict[str, str]:
    browser.sign_in()
    assert isinstance(browser.station.clock, StillClock)
    browser.station.clock.move(minutes=5)
    browser.get("/locked")
    return WRONG


def at_password(browser: Browser) -> dict[str, str]:
    browser.sign_in()
    return WRONG | CHANGED


def at_enrolment(browser: Browser) -> dict[str, str]:
    ada = signed_in(browser.station, "ada", {Role.ADMINISTRATOR})
    new = NewOfficer("park", "TEST park", Rrn(TEST_RRN), frozenset({Role.PROOFER}))
    invitation = browser.station.officers.add(ada, new).code
    return filled(browser, invitation, begun(browser, invitation))


def beside_a_case(browser: Browser) -> dict[str, str]:
    browser.sign_in()
    return WRONG


PATHS: dict[str, Callable[[Browser], dict[str, str]]] = {
    "/sign-in": at_sign_in,
    "/confirm": at_confirm,
    "/locked": at_the_lock,
    "/password": at_password,
    "/enrol/open": at_enrolment,
    "/cases/261123-0001/countersign": beside_a_case,
}


def slow(browser: Browser) -> SlowPasswords:
    """From now on, in this browser's console."""
    station, passwords = browser.station, SlowPasswords()
    signing_in = replace(station.signing_in, passwords=passwords)
    officers = replace(station.officers, passwords=passwords)
    browser.app = ConsoleApp(replace(station, signing_in=signing_in, officers=officers))
    return passwords


async def hammered(
    browser: Browser, passwords: SlowPasswords, path: str, forms: Sequence[Mapping[str, str]]
) -> list[httpx.Response]:
    """What forms that are sent at once are answered; all wait or work before one may end."""
    sent = FOLLOWED | FORM | {"Origin": HERE}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(browser.app),
        base_url=HERE,
        headers=sent,
        cookies=browser.client.cookies,
    ) as client:
        contents = [urlencode({"csrf": browser.token, **each}) for each in forms]
        posts = [asyncio.create_task(client.post(path, content=each)) for each in contents]
        try:
            async with asyncio.timeout(PATIENCE):
                while passwords.at_work + PROVING.statistics().tasks_waiting < len(forms):
                    assert passwords.at_work <= AT_ONCE
                    assert (await client.get("/enrol")).status_code == httpx.codes.OK
        finally:
            passwords.go_on.set()
            answers = await asyncio.gather(*posts)
        return answers


@pytest.mark.parametrize("path", PATHS)
def test_a_crowd_gets_two_hashes_at_once_and_keeps_no_page_waiting(
    browser: Browser, path: str
) -> None:
    fields = PATHS[path](browser)
    passwords = slow(browser)
    answers = asyncio.run(hammered(browser, passwords, path, [fields] * CROWD))
    assert passwords.most == AT_ONCE
    assert {each.status_code for each in answers} <= {303, 403, 404, 409}


def test_a_crowd_locks_no_officer_out(browser: Browser) -> None:
    """Who comes last waits, and is let in."""
    browser.get("/sign-in")
    guess, right = WRONG | {"name": "kim"}, {"name": "kim"} | browser.proof("kim")
    passwords = slow(browser)
    *others, last = asyncio.run(hammered(browser, passwords, "/sign-in", [*[guess] * CROWD, right]))
    assert {each.status_code for each in others} == {403}
    assert last.status_code == 303
