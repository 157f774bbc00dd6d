"""An invited officer opens the own account in the browser, and changes the own password."""

import re
from base64 import b32decode, b32encode

import pytest

from station.bootstrap import Station
from station.domain.account import Invitation, NewOfficer
from station.domain.identity import Rrn
from station.domain.roles import Role
from tests.station.adapters.conftest import StillClock
from tests.station.people import TEST_RRN
from tests.station.services.staff import code, password_of
from tests.station.signed_in import signed_in
from tests.station.web.console.browser import Browser

WORDS = "four words that nobody else knows"


@pytest.fixture
def invitation(station: Station) -> str:
    """Of `park`, who was just invited."""
    ada = signed_in(station, "ada", {Role.ADMINISTRATOR})
    new = NewOfficer("park", "TEST park", Rrn(TEST_RRN), frozenset({Role.PROOFER}))
    return station.officers.add(ada, new).code


def begun(browser: Browser, invitation: str) -> bytes:
    """The page with the secret; the secret."""
    browser.get("/enrol")
    browser.post("/enrol", name="park", invitation=invitation)
    found = re.search(r'name="secret" value="([A-Z2-7]+)"', browser.page)
    assert found is not None
    assert "<svg" in browser.page
    return b32decode(found[1])


def filled(browser: Browser, invitation: str, secret: bytes) -> dict[str, str]:
    """The form, filled in well."""
    step = int(browser.station.clock.now().timestamp()) // 30
    return {
        "name": "park",
        "invitation": invitation,
        "secret": b32encode(secret).decode(),
        "password": WORDS,
        "again": WORDS,
        "code": code(secret, step),
    }


def opened(browser: Browser, invitation: str, secret: bytes) -> int:
    return browser.post("/enrol/open", **filled(browser, invitation, secret)).status_code


def test_invited_officer_chooses_a_password_and_signs_in(
    browser: Browser, invitation: str, clock: StillClock
) -> None:
    secret = begun(browser, invitation)
    assert opened(browser, invitation, secret) == 200
    assert browser.at.startswith("/sign-in")
    clock.move(seconds=60)
    step = int(clock.now().timestamp()) // 30
    proof = {"password": WORDS, "code": code(secret, step)}
    browser.post("/sign-in", next="/", name="park", **proof)
    assert "TEST park" in browser.page


@pytest.mark.parametrize("invitation_typed", ["", "AAAA-BBBB", "x" * 200])
def test_wrong_invitation_shows_no_secret(
    browser: Browser, invitation: str, invitation_typed: str
) -> None:
    browser.get("/enrol")
    answer = browser.post("/enrol", name="park", invitation=invitation_typed)
    assert answer.status_code >= 400
    assert 'name="secret"' not in answer.text


@pytest.mark.parametrize(
    "other",
    [
        {"again": "something else"},
        {"code": "000000"},
        {"password": "short", "again": "short"},
        {"invitation": "AAAA"},
        {"secret": "AAAAAAAA"},
        {"secret": "not base 32!"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_nothing_is_kept_unless_all_is_right(
    browser: Browser, invitation: str, other: dict[str, str]
) -> None:
    secret = begun(browser, invitation)
    fields = filled(browser, invitation, secret) | other
    assert browser.post("/enrol/open", **fields).status_code >= 400
    with browser.station.authority.records.reading() as tx:
        account = tx.officers.get("park")
    assert account is not None
    assert account.totp_secret != secret
    assert Invitation.parse(account.password) is not None
    assert WORDS not in browser.page


def test_invitation_opens_an_account_once(browser: Browser, invitation: str) -> None:
    secret = begun(browser, invitation)
    assert opened(browser, invitation, secret) == 200
    browser.get("/enrol")
    assert browser.post("/enrol", name="park", invitation=invitation).status_code >= 400


def test_officer_changes_the_own_password_and_signs_in_again(
    kim: Browser, clock: StillClock
) -> None:
    kim.get("/password")
    new = {"new": WORDS, "again": WORDS}
    answer = kim.post("/password", **kim.proof("kim"), **new)
    assert answer.url.path == "/sign-in"
    assert kim.get("/").url.path == "/sign-in"
    clock.move(seconds=60)
    kim.get("/sign-in")
    kim.post("/sign-in", next="/", name="kim", password=WORDS, code=kim.code("kim"))
    assert "TEST kim" in kim.page


@pytest.mark.parametrize(
    "other", [{"again": "x"}, {"code": "000000"}, {"password": "wrong"}, {"new": "a", "again": "a"}]
)
def test_password_is_not_changed_unless_all_is_right(kim: Browser, other: dict[str, str]) -> None:
    kim.get("/password")
    fields = kim.proof("kim") | {"new": WORDS, "again": WORDS} | other
    answer = kim.post("/password", **fields)
    assert answer.status_code >= 400
    assert WORDS not in answer.text
    with kim.station.authority.records.reading() as tx:
        account = tx.officers.get("kim")
    assert account is not None
    assert kim.station.signing_in.passwords.match(password_of("kim"), account.password)


def test_name_that_no_account_can_have_is_no_fault_of_ours(browser: Browser) -> None:
    """It would be drawn into a QR code, which has an end."""
    browser.get("/enrol")
    form = {"name": "a" * 9000, "secret": "A" * 32, "password": "one", "again": "two"}
    assert browser.post("/enrol/open", **form).status_code == 409
