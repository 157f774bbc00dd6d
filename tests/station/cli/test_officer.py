"""`station officer`, `sign-in`, `sign-out`, `whoami` as officers meet them."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from station.adapters import passwords
from station.bootstrap.founding import found_demo
from station.domain.roles import Operation
from station.services.officers import Officers
from tests.station.cli.conftest import invoke, only_object, refused
from tests.station.cli.officers import RRNS, Terminals
from tests.station.conftest import ISSUER
from tests.station.services.staff import password_of

SECRET = b"twenty octets, these"


@pytest.fixture(scope="session")
def without_accounts(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("without-accounts") / "station"
    found_demo(folder, exported, ISSUER, "127.0.0.1:8080").station.engine.dispose()
    return folder


@pytest.fixture
def empty(without_accounts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminals:
    """A station that `init --demo` just made; its passwords are hashed at little cost."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "ITERATIONS", 1)
    home = shutil.copytree(without_accounts, tmp_path / "station")
    return Terminals(home, tmp_path / "terminals", monkeypatch)


@pytest.fixture
def office(empty: Terminals) -> Terminals:
    """`ada` made the first account and is signed in."""
    empty.found()
    return empty


def test_a_new_demo_has_no_account_and_lets_nobody_do_anything(empty: Terminals) -> None:
    refused(empty.run("x", "case", "open"), "officer.signed_out", 6)
    refused(empty.run("x", "officer", "list"), "officer.signed_out", 6)
    for name in ("admin", "officer", "root", "ada"):
        refused(empty.run("x", "sign-in", name, typed=f"{name}\n000000\n"), "officer.sign_in", 6)


def test_the_first_account_is_an_administrators_and_says_so(empty: Terminals) -> None:
    typed = f"{RRNS['ada']}\n{password_of('ada')}\n"
    made = empty.done("ada", "officer", "add", "ada", "--title", "TEST", typed=typed)
    assert (made["first"], made["roles"]) == (True, ["administrator"])
    assert made["otpauth"].startswith("otpauth://totp/")
    empty.scan("ada", made["otpauth"])
    assert empty.sign_in("ada")["roles"] == ["administrator"]


def test_the_first_account_has_no_other_role(empty: Terminals) -> None:
    words = ("officer", "add", "ada", "--title", "TEST", "--role", "proofer")
    typed = f"{RRNS['ada']}\n{password_of('ada')}\n"
    refused(empty.run("ada", *words, typed=typed), "input.invalid", 2)
    refused(empty.run("ada", "sign-in", "ada", typed=empty_proof()), "officer.sign_in", 6)


def empty_proof() -> str:
    return f"{password_of('ada')}\n000000\n"


def test_the_second_account_asks_for_an_administrator(office: Terminals) -> None:
    add = ("officer", "add", "kim", "--title", "TEST", "--role", "proofer")
    refused(office.run("nobody", *add, typed=f"{RRNS['kim']}\n"), "officer.signed_out", 6)
    office.hire("kim", "proofer")
    office.sign_in("kim")
    add = ("officer", "add", "lee", "--title", "TEST", "--role", "proofer")
    result = office.run("kim", *add, typed=f"{RRNS['lee']}\n")
    refused(result, "officer.not_permitted", 6)
    assert "RRN" not in result.stderr  # Nothing was asked for.


def test_an_invited_officer_chooses_a_password_and_works(office: Terminals) -> None:
    office.hire("kim", "proofer")
    assert office.sign_in("kim")["title"] == "TEST kim"
    assert office.done("kim", "case", "open")["officer"] == "kim"
    refused(office.run("ada", "case", "open"), "officer.not_permitted", 6)


def test_a_bad_invitation_is_told_before_a_password_is_asked_for(office: Terminals) -> None:
    result = office.run("kim", "officer", "enrol", "kim", typed="AAAA-AAAA-AAAA-AAAA\n")
    refused(result, "officer.invitation", 6)
    assert "password" not in result.stderr


@pytest.mark.parametrize("number", ["9002282" + "0" * 6, "123", "", "9042282000000x"])
def test_a_number_that_is_none_is_not_repeated(office: Terminals, number: str) -> None:
    result = office.run("ada", "officer", "add", "kim", "--title", "T", typed=f"{number}\n")
    refused(result, "input.invalid", 2)
    assert not number or number not in result.output


def test_neither_number_nor_password_is_an_argument(office: Terminals) -> None:
    for words in (
        ("officer", "add", "kim", RRNS["kim"], "--title", "T"),
        ("officer", "add", "kim", "--title", "T", "--rrn", RRNS["kim"]),
        ("sign-in", "ada", password_of("ada")),
        ("sign-in", "ada", "--password", password_of("ada")),
        ("officer", "enrol", "kim", "AAAA-AAAA-AAAA-AAAA"),
    ):
        assert office.run("ada", *words).exit_code == 2


def test_a_weak_password_is_refused_and_not_repeated(office: Terminals) -> None:
    invited = office.done("ada", "officer", "add", "kim", "--title", "T", typed=f"{RRNS['kim']}\n")
    typed = f"{invited['invitation']}\nPassw0rd!\n"
    result = office.run("kim", "officer", "enrol", "kim", typed=typed)
    assert refused(result, "officer.password", 6)["detail"] == "15 to 200 characters"
    assert "Passw0rd!" not in result.output
    office.enrol("kim", invited["invitation"])


@pytest.mark.parametrize("wrong", ["password", "code", "name"])
def test_a_failed_sign_in_tells_nothing_and_keeps_no_session(office: Terminals, wrong: str) -> None:
    password = "some other password" if wrong == "password" else password_of("ada")
    name = "nobody-here" if wrong == "name" else "ada"
    digits = "000000" if wrong == "code" else office.code("ada")
    result = office.run("x", "sign-in", name, typed=f"{password}\n{digits}\n")
    content = refused(result, "officer.sign_in", 6)
    assert content == {"error": "officer.sign_in", "detail": "", "exit_code": 6}
    assert password not in result.output
    assert not office.file("x").exists()


def test_a_code_may_be_typed_as_apps_show_it(office: Terminals) -> None:
    shown = office.code("ada")
    office.done("ada", "sign-in", "ada", typed=f"{password_of('ada')}\n{shown[:3]} {shown[3:]}\n")


def test_signing_in_elsewhere_ends_the_session_here(office: Terminals) -> None:
    office.sign_in("ada", at="elsewhere")
    refused(office.run("ada", "whoami"), "officer.signed_out", 6)
    assert office.done("elsewhere", "whoami")["officer"] == "ada"


def test_signing_out_forgets_and_ends_the_session(office: Terminals) -> None:
    kept = office.file("ada").read_bytes()
    assert office.done("ada", "sign-out") == {"officer": "ada"}
    assert not office.file("ada").exists()
    assert office.done("ada", "sign-out") == {"officer": None}
    office.file("ada").write_bytes(kept)
    office.file("ada").chmod(0o600)
    refused(office.run("ada", "whoami"), "officer.signed_out", 6)


def test_rights_are_granted_and_withdrawn_and_count_at_once(office: Terminals) -> None:
    office.hire("kim", "proofer")
    office.sign_in("kim")
    office.done("ada", "officer", "withdraw", "kim", "proofer")
    refused(office.run("kim", "case", "open"), "officer.not_permitted", 6)
    office.done("ada", "officer", "grant", "kim", "proofer")
    office.done("kim", "case", "open")
    refused(office.run("ada", "officer", "grant", "kim", "auditor"), "officer.roles_apart", 6)
    refused(office.run("ada", "officer", "grant", "ada", "proofer"), "officer.own_rights", 6)
    refused(office.run("ada", "officer", "grant", "who", "proofer"), "officer.not_found", 7)


def test_a_closed_account_is_out_at_once(office: Terminals) -> None:
    office.hire("kim", "proofer")
    office.sign_in("kim")
    office.done("ada", "officer", "close", "kim")
    refused(office.run("kim", "case", "open"), "officer.signed_out", 6)
    refused(office.run("kim", "sign-in", "kim", typed=office.proof("kim")), "officer.sign_in", 6)


def test_who_lost_the_phone_is_invited_again(office: Terminals) -> None:
    office.hire("kim", "proofer")
    office.sign_in("kim")
    invited = office.done("ada", "officer", "reset", "kim")
    refused(office.run("kim", "whoami"), "officer.signed_out", 6)
    office.enrol("kim", invited["invitation"])
    office.sign_in("kim")


def test_accounts_are_listed_with_their_state(office: Terminals) -> None:
    office.hire("kim", "proofer", "revoker")
    office.done("ada", "officer", "add", "lee", "--title", "T", typed=f"{RRNS['lee']}\n")
    office.done("ada", "officer", "close", "kim")
    accounts = office.done("ada", "officer", "list")["officers"]
    assert [(each["officer"], each["roles"], each["state"]) for each in accounts] == [
        ("ada", ["administrator"], "open"),
        ("kim", ["proofer", "revoker"], "closed"),
        ("lee", [], "invited"),
    ]


def test_the_history_tells_who_did_what(office: Terminals) -> None:
    office.hire("kim", "proofer")
    office.done("ada", "officer", "grant", "kim", "revoker")
    entries = office.done("ada", "officer", "history")["history"]
    assert [(e["event"], e["by"], e["officer"]) for e in entries] == [
        ("officer.added", "ada", "ada"),
        ("officer.added", "ada", "kim"),
        ("officer.enrolled", "kim", "kim"),
        ("officer.granted", "ada", "kim"),
    ]
    assert entries[-1]["role"] == "revoker"
    [last] = office.done("ada", "officer", "history", "--limit", "1")["history"]
    assert last == entries[-1]


def test_people_read_lines(office: Terminals) -> None:
    office.hire("kim", "proofer")
    for words, said in (
        (("officer", "list"), "proofer  TEST kim"),
        (("officer", "history"), "by ada"),
        (("officer", "roles"), "change-officers"),
        (("whoami",), "ada, TEST ada: administrator"),
    ):
        office.monkeypatch.setenv("STATION_SESSION", str(office.file("ada")))
        assert said in invoke(office.home, *words).stdout


def test_confirming_asks_again(office: Terminals) -> None:
    before = office.done("ada", "whoami")["confirmed_until"]
    refused(
        office.run("ada", "officer", "confirm", typed=f"wrong\n{office.code('ada')}\n"),
        "officer.sign_in", 6,
    )  # fmt: skip
    office.now += timedelta(seconds=1)
    office.done("ada", "officer", "confirm", typed=office.proof("ada"))
    assert office.done("ada", "whoami")["confirmed_until"] > before


def test_a_changed_password_is_used_from_then_on(office: Terminals) -> None:
    new = "some new and longer words"
    typed = f"{office.proof('ada')}{new}\n"
    office.done("ada", "officer", "password", typed=typed)
    assert not office.file("ada").exists()
    office.done("ada", "sign-in", "ada", typed=f"{new}\n{office.code('ada')}\n")


def test_the_table_of_roles_is_for_everybody(tmp_path: Path) -> None:
    shown = only_object(invoke(tmp_path / "none", "officer", "roles", "--json"))["operations"]
    assert set(shown) == {each.value for each in Operation}
    assert shown["countersign"] == {
        "roles": ["approver"], "holder_only": False, "confirmed_only": True,
    }  # fmt: skip


# At a terminal


@pytest.fixture
def terminal(empty: Terminals) -> Terminals:
    """Somebody sits there, and the authenticator's secret is known."""
    for module in ("asking", "enrolment"):
        empty.monkeypatch.setattr(f"station.cli.{module}.at_terminal", lambda: True)
    empty.monkeypatch.setattr(Officers, "new_secret", lambda _: SECRET)
    empty.secrets["ada"] = SECRET
    return empty


ADD = ("officer", "add", "ada", "--title", "TEST")


def test_a_person_scans_and_tries_the_authenticator_before_the_account_is_made(
    terminal: Terminals,
) -> None:
    password = password_of("ada")
    typed = f"{RRNS['ada']}\n{password}\n{password}\n000000\n{terminal.code('ada')}\n"
    result = terminal.run("ada", *ADD, typed=typed)
    made = only_object(result)
    assert "otpauth" not in made
    assert "█" in result.stderr
    assert "OR3WK3TUPEQG6Y3UMV2HGLBAORUGK43F" in result.stderr
    assert "is the phone's clock right?" in result.stderr
    assert password not in result.output
    assert RRNS["ada"] not in result.output
    terminal.steps.clear()
    terminal.sign_in("ada")


def test_an_authenticator_that_does_not_work_opens_no_account(terminal: Terminals) -> None:
    password = password_of("ada")
    typed = f"{RRNS['ada']}\n{password}\n{password}\n" + "000000\n" * 3
    refused(terminal.run("ada", *ADD, typed=typed), "officer.code", 6)
    refused(terminal.run("ada", "sign-in", "ada", typed=empty_proof()), "officer.sign_in", 6)


def test_a_new_password_is_typed_twice(terminal: Terminals) -> None:
    password = password_of("ada")
    typed = f"{RRNS['ada']}\n{password}\nsomething else\n{password}\n{password}\n"
    result = terminal.run("ada", *ADD, typed=typed + terminal.code("ada") + "\n")
    assert result.exit_code == 0
    assert "do not match" in result.output
