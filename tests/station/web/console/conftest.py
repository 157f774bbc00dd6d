"""A console over a station whose clock stands still, with officers who can sign in."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from station.bootstrap import Outside, Station, build
from station.domain.roles import Role
from station.web.console.app import ConsoleApp
from station.web.console.threads import PROVING
from tests.station import signed_in
from tests.station.adapters.conftest import StillClock
from tests.station.services.staff import CountedPasswords, password_of
from tests.station.web.console.browser import SECRET, Browser

OFFICERS = {
    "kim": {Role.PROOFER},
    "lee": {Role.APPROVER, Role.REVOKER},
    "choi": {Role.AUDITOR},
    "ada": {Role.ADMINISTRATOR},
}


@dataclass
class BoundedPasswords(CountedPasswords):
    """Counts what pages have hashed past the bound (`threads.prove`): also pages to come."""

    astray: int = 0

    def digest(self, password: str) -> str:
        within_a_request = threading.current_thread() is not threading.main_thread()
        if within_a_request and not PROVING.borrowed_tokens:
            self.astray += 1
        return super().digest(password)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def station(home: Path, clock: StillClock) -> Iterator[Station]:
    """Passwords cost nothing here; everything else is as in a counter's station."""
    made = build(home, Outside(clock=clock))
    passwords = BoundedPasswords()
    with made.authority.records.transaction() as tx:
        for name, roles in OFFICERS.items():
            account = signed_in.officer(name, roles, clock.now())
            stored = passwords.digest(password_of(name))
            assert tx.officers.add(replace(account, password=stored, totp_secret=SECRET))
    yield replace(
        made,
        signing_in=replace(made.signing_in, passwords=passwords),
        officers=replace(made.officers, passwords=passwords),
    )
    made.engine.dispose()
    assert passwords.astray == 0


@pytest.fixture
def console(station: Station) -> ConsoleApp:
    return ConsoleApp(station)


@pytest.fixture
def browser(station: Station, console: ConsoleApp) -> Browser:
    """Nobody is signed in."""
    return Browser(station, console)


@pytest.fixture
def kim(browser: Browser) -> Browser:
    """Officer kim, signed in."""
    browser.sign_in("kim")
    return browser
