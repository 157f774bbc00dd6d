"""Accounts of officers on the console's pages."""

import re

import pytest

from station.bootstrap import Station
from station.domain.officer import Officer
from station.domain.roles import Role
from tests.station.adapters.conftest import StillClock
from tests.station.services.staff import rrn
from tests.station.web.console.browser import Browser, parsed
from tests.station.web.console.hostile import STRINGS

NEW = {"name": "park", "title": "주무관 박", "rrn": rrn(7).digits, "role-proofer": "yes"}


@pytest.fixture
def ada(browser: Browser) -> Browser:
    browser.sign_in("ada")
    return browser


def account(station: Station, name: str) -> Officer | None:
    with station.authority.records.reading() as tx:
        return tx.officers.get(name)


def test_accounts_are_listed_with_their_roles(ada: Browser) -> None:
    page = ada.get("/officers").text
    for name in ("kim", "lee", "choi", "ada"):
        assert f">{name}<" in page
    assert "승인" in page


def test_an_auditor_looks_and_changes_nothing(browser: Browser, station: Station) -> None:
    browser.sign_in("choi")
    page = browser.get("/officers").text
    assert "/officers/grant" not in page
    assert browser.get("/officers/new").status_code == 403
    for action in ("new", "reset", "close", "grant", "withdraw"):
        fields = NEW | {"name": "kim", "role": "approver", "final": "yes"}
        assert browser.post(f"/officers/{action}", **fields).status_code == 403
    assert account(station, "kim").roles == {Role.PROOFER}  # type: ignore[union-attr]


def test_an_invitation_is_shown_once_and_opens_the_account(ada: Browser, station: Station) -> None:
    ada.get("/officers/new")
    answer = ada.post("/officers/new", **NEW)
    code = re.search(r"[A-Z2-7]{4}(-[A-Z2-7]{4})+", answer.text)
    assert code is not None
    station.officers.check_invitation("park", code[0])
    assert code[0] not in str(answer.headers)
    assert code[0] not in ada.get("/officers").text
    assert account(station, "park").roles == {Role.PROOFER}  # type: ignore[union-attr]


def test_what_was_typed_stays_but_the_registration_number(ada: Browser) -> None:
    ada.get("/officers/new")
    answer = ada.post("/officers/new", **NEW | {"name": "Not A Name"})
    assert answer.status_code == 400
    assert 'value="Not A Name"' in answer.text
    assert 'value="주무관 박"' in answer.text
    assert 'name="role-proofer" value="yes" checked' in answer.text
    assert NEW["rrn"][:6] not in answer.text


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "kim"}, "officer.exists"),
        ({"rrn": "1"}, "input.invalid"),
        ({"role-auditor": "yes"}, "officer.roles_apart"),
    ],
)
def test_an_account_that_cannot_be_is_refused(
    ada: Browser, station: Station, changed: dict[str, str], code: str
) -> None:
    ada.get("/officers/new")
    assert code in ada.post("/officers/new", **NEW | changed).text
    assert account(station, "park") is None


def test_a_role_is_given_and_taken(ada: Browser, station: Station) -> None:
    ada.get("/officers")
    ada.post("/officers/grant", name="kim", role="approver")
    assert account(station, "kim").roles == {Role.PROOFER, Role.APPROVER}  # type: ignore[union-attr]
    page = ada.post("/officers/withdraw", name="kim", role="approver")
    assert "권한을 말소했습니다." in page.text
    assert account(station, "kim").roles == {Role.PROOFER}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("action", "fields", "code"),
    [
        ("grant", {"name": "ada", "role": "key_custodian"}, "officer.own_rights"),
        ("withdraw", {"name": "ada", "role": "administrator"}, "officer.own_rights"),
        ("close", {"name": "ada", "final": "yes"}, "officer.own_rights"),
        ("reset", {"name": "ada"}, "officer.own_rights"),
        ("grant", {"name": "nobody-here", "role": "proofer"}, "officer.not_found"),
        ("grant", {"name": "kim", "role": "king"}, "input.invalid"),
        ("grant", {"name": "kim", "role": "auditor"}, "officer.roles_apart"),
        ("close", {"name": "kim"}, "input.invalid"),
    ],
)
def test_a_refused_change_is_told_on_the_page(
    ada: Browser, action: str, fields: dict[str, str], code: str
) -> None:
    ada.get("/officers")
    answer = ada.post(f"/officers/{action}", **fields)
    assert answer.status_code >= 400
    assert code in answer.text
    assert "<h1>담당자</h1>" in answer.text


def test_a_closed_account_is_out_at_once(ada: Browser, station: Station) -> None:
    ada.get("/officers")
    ada.post("/officers/close", name="kim", final="yes")
    found = account(station, "kim")
    assert found is not None
    assert not found.active


def test_who_lost_the_authenticator_is_invited_again(ada: Browser, station: Station) -> None:
    ada.get("/officers")
    code = re.search(r"[A-Z2-7]{4}(-[A-Z2-7]{4})+", ada.post("/officers/reset", name="kim").text)
    assert code is not None
    station.officers.check_invitation("kim", code[0])


class TestConfirmation:
    """Five minutes after password and code, they are asked for again; nothing is typed twice."""

    @pytest.fixture
    def later(self, ada: Browser, clock: StillClock) -> Browser:
        for _ in range(2):
            clock.move(minutes=3)
            ada.get("/officers")
        return ada

    def test_before_the_form_of_an_invitation(self, later: Browser) -> None:
        answer = later.get("/officers/new", follow=False)
        assert answer.headers["location"] == "/confirm?next=/officers/new"
        later.get(answer.headers["location"])
        page = later.post("/confirm", next="/officers/new", **later.proof("ada"))
        assert page.url.path == "/officers/new"

    def test_before_a_change_and_the_change_is_not_made(
        self, later: Browser, station: Station
    ) -> None:
        answer = later.post("/officers/grant", False, name="kim", role="approver")
        assert answer.headers["location"] == "/confirm?next=/officers"
        assert account(station, "kim").roles == {Role.PROOFER}  # type: ignore[union-attr]


def test_hostile_names_are_text(ada: Browser) -> None:
    ada.get("/officers/new")
    _, tags = parsed(ada.page)
    for text in STRINGS[:60]:
        answer = ada.post("/officers/new", **NEW | {"name": text, "title": text})
        if answer.status_code == 200:
            continue
        assert set(parsed(answer.text)[1]) <= {*tags, "bdi"}, text
