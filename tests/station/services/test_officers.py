"""Accounts and rights: who changes them, what is left behind, what nobody can do."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from station.domain.account import HISTORY, INVITATION_LIFE, OfficerEvent
from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.domain.roles import Role
from tests.station.services.conftest import refused
from tests.station.services.staff import PLACE, Staff, password_of

SECRET = b"s" * 20


def in_threads(*works: Callable[[], object]) -> list[str]:
    """The codes that `works`, begun together, end with; "" for what went well."""
    together, codes = threading.Barrier(len(works)), [""] * len(works)

    def run(place: int) -> None:
        together.wait()
        try:
            works[place]()
        except StationError as error:
            codes[place] = error.code

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


# The first account


def test_a_new_station_has_no_account(nobody: Staff) -> None:
    assert nobody.officers.none_yet()
    refused("officer.sign_in", lambda: nobody.signing_in.sign_in("admin", "admin", "123456", PLACE))


def test_the_first_account_is_an_administrators(nobody: Staff) -> None:
    nobody.found()
    assert nobody.account("ada").roles == {Role.ADMINISTRATOR}
    assert not nobody.officers.none_yet()
    nobody.officers.list(nobody.sign_in("ada"))


@pytest.mark.parametrize("roles", [(), (Role.PROOFER,), (Role.ADMINISTRATOR, Role.KEY_CUSTODIAN)])
def test_the_first_account_has_no_other_role(nobody: Staff, roles: tuple[Role, ...]) -> None:
    new = nobody.newcomer("ada", *roles)
    work = lambda: nobody.officers.add_first(new, password_of("ada"), SECRET)  # noqa: E731
    refused("input.invalid", work)
    assert nobody.officers.none_yet()


@pytest.mark.parametrize("state", ["open", "closed"])
def test_there_is_one_first_account(staff: Staff, state: str) -> None:
    if state == "closed":
        staff.hire("eve", Role.ADMINISTRATOR)
        staff.officers.close(staff.sign_in("eve"), "ada")
    new = staff.newcomer("bob", Role.ADMINISTRATOR)
    work = lambda: staff.officers.add_first(new, password_of("bob"), SECRET)  # noqa: E731
    refused("officer.first", work)


def test_of_sixteen_first_accounts_one_is_made(nobody: Staff) -> None:
    new = [nobody.newcomer(f"ada{number}", Role.ADMINISTRATOR) for number in range(16)]
    works = [
        lambda each=each: nobody.officers.add_first(each, password_of("xyz"), SECRET)
        for each in new
    ]
    assert sorted(in_threads(*works)) == [""] + ["officer.first"] * 15


# Invitations


def test_an_invited_account_opens_with_the_invitation(staff: Staff) -> None:
    staff.hire("kim", Role.PROOFER)
    account = staff.account("kim")
    assert (account.title, account.active) == ("TEST kim", True)
    assert account.roles == {Role.PROOFER}
    staff.sign_in("kim")


def test_an_invitation_is_typed_as_people_type(staff: Staff) -> None:
    invited = staff.officers.add(staff.sign_in("ada"), staff.newcomer("kim"))
    staff.enrol("kim", f" {invited.code.lower().replace('-', ' ')}\t")


def test_an_invitation_has_eighty_bits_and_is_stored_as_a_digest(staff: Staff) -> None:
    invited = staff.officers.add(staff.sign_in("ada"), staff.newcomer("kim"))
    assert len(invited.code.replace("-", "")) * 5 == 80
    assert invited.code not in staff.account("kim").password
    assert invited.code not in repr(invited)
    assert invited.ends_at == staff.clock.now() + INVITATION_LIFE


def enrolling(staff: Staff, name: str, code: str) -> Callable[[], None]:
    return lambda: staff.officers.enrol(name, code, password_of(name), SECRET)


def test_an_invitation_is_good_once(staff: Staff) -> None:
    invited = staff.officers.add(staff.sign_in("ada"), staff.newcomer("kim"))
    staff.enrol("kim", invited.code)
    refused("officer.invitation", enrolling(staff, "kim", invited.code))


def test_of_sixteen_who_enrol_with_one_invitation_one_does(staff: Staff) -> None:
    code = staff.officers.add(staff.sign_in("ada"), staff.newcomer("kim")).code
    codes = in_threads(*[enrolling(staff, "kim", code)] * 16)
    assert sorted(codes) == [""] + ["officer.invitation"] * 15


@pytest.mark.parametrize("late", [False, True])
def test_an_invitation_is_good_for_a_day(staff: Staff, late: bool) -> None:
    code = staff.officers.add(staff.sign_in("ada"), staff.newcomer("kim")).code
    staff.clock.move(hours=24, microseconds=int(late))
    if late:
        refused("officer.invitation", enrolling(staff, "kim", code))
    else:
        staff.enrol("kim", code)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda staff: staff.officers.reset(staff.sign_in("ada"), "kim"),
        lambda staff: staff.officers.close(staff.sign_in("ada"), "kim"),
    ],
    ids=["another one", "closing"],
)
def test_an_invitation_ends_with(staff: Staff, spoil: Callable[[Staff], object]) -> None:
    code = staff.officers.add(staff.sign_in("ada"), staff.newcomer("kim")).code
    spoil(staff)
    refused("officer.invitation", enrolling(staff, "kim", code))


@pytest.mark.parametrize("name", ["lee", "ada", "kim2", "\udcff"])
def test_an_invitation_is_for_one_account(staff: Staff, name: str) -> None:
    code = staff.officers.add(staff.sign_in("ada"), staff.newcomer("kim")).code
    enrol = staff.officers.enrol
    refused("officer.invitation", lambda: enrol(name, code, "words that anybody has", SECRET))


@pytest.mark.parametrize("guess", ["", "AAAA-AAAA-AAAA-AAAA", "\udcff"])
def test_a_guess_is_no_invitation(staff: Staff, guess: str) -> None:
    staff.officers.add(staff.sign_in("ada"), staff.newcomer("kim"))
    refused("officer.invitation", enrolling(staff, "kim", guess))


def test_what_is_stored_of_an_invitation_is_none(staff: Staff) -> None:
    staff.officers.add(staff.sign_in("ada"), staff.newcomer("kim"))
    stored = staff.account("kim").password
    for guess in (stored, *stored.split(" ")):
        refused("officer.invitation", enrolling(staff, "kim", guess))


# Names and people


@pytest.mark.parametrize(
    "name",
    ["", "ab", "Kim", "1kim", "kim lee", "kim\n", "홍길동", "a" * 41, "kim;", "<b>", "-kim",
     "station", "wallet", "nobody"],
)  # fmt: skip
def test_an_account_has_a_name_for_records(staff: Staff, name: str) -> None:
    ada = staff.sign_in("ada")
    new = replace(staff.newcomer("kim"), name=name)
    refused("input.invalid", lambda: staff.officers.add(ada, new))


@pytest.mark.parametrize("title", ["", "  ", "x" * 61, "two\nlines", "\x1b[2J"])
def test_an_account_has_a_title_for_receipts(staff: Staff, title: str) -> None:
    ada, new = staff.sign_in("ada"), replace(staff.newcomer("kim"), title=title)
    refused("input.invalid", lambda: staff.officers.add(ada, new))


def test_a_name_is_given_once(staff: Staff) -> None:
    staff.hire("kim")
    staff.officers.close(staff.sign_in("ada"), "kim")
    ada, new = staff.sign_in("ada"), staff.newcomer("kim")
    refused("officer.exists", lambda: staff.officers.add(ada, new))


def test_a_person_has_one_account(staff: Staff) -> None:
    ada, new = staff.sign_in("ada"), staff.newcomer("kim", Role.PROOFER)
    staff.officers.add(ada, new)
    twice = replace(new, name="kim2", roles=frozenset({Role.APPROVER}))
    refused("officer.exists", lambda: staff.officers.add(ada, twice))
    staff.officers.close(ada, "kim")
    staff.officers.add(ada, twice)


def test_nothing_of_the_number_password_or_invitation_is_kept(staff: Staff) -> None:
    new = staff.newcomer("kim", Role.PROOFER)
    invited = staff.officers.add(staff.sign_in("ada"), new)
    staff.enrol("kim", invited.code)
    everything = " ".join(str(each) for each in dump(staff))
    for secret in (new.rrn.digits, invited.code, staff.secrets["kim"].hex()):
        assert secret not in everything
    told = repr(staff.account("kim"))
    for secret in (password_of("kim"), str(staff.secrets["kim"]), staff.account("kim").subject):
        assert secret not in told


def dump(staff: Staff) -> list[object]:
    tables = ("officers", "officer_roles", "sessions", "audit", "sign_in_failures")
    with staff.engine.connect() as connection:
        return [
            value.hex() if isinstance(value, bytes) else value
            for table in tables
            for row in connection.execute(text(f"SELECT * FROM {table}"))
            for value in row
        ]


# Passwords


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("abcdefgh1234567", True),
        ("abcdefgh123456", False),
        ("abcdefgabcdefgabcdefg", False),
        ("abcdefghabcdefgh", True),
        ("a long one with kim", False),
        ("A LONG ONE WITH KIM", False),
        ("가나다라마바사아자차카타파하나", True),
        ("x" * 193 + "abcdefg", True),
        ("x" * 194 + "abcdefg", False),
        ("", False),
    ],
    ids=["15", "14", "7 different", "8 different", "name", "NAME", "Korean", "200", "201", "none"],
)
def test_a_password_is_long_varied_and_not_the_name(
    staff: Staff, password: str, good: bool
) -> None:
    code = staff.officers.add(staff.sign_in("ada"), staff.newcomer("kim")).code
    enrol = staff.officers.enrol
    if good:
        enrol("kim", code, password, SECRET)
    else:
        detail = refused("officer.password", lambda: enrol("kim", code, password, SECRET))
        assert not password or password not in detail
        staff.enrol("kim", code)  # A bad choice costs nothing.


# Changing rights


CHANGES: dict[str, Callable[[Staff, SignedIn, str], object]] = {
    "add": lambda staff, by, _: staff.officers.add(by, staff.newcomer("new")),
    "reset": lambda staff, by, name: staff.officers.reset(by, name),
    "grant": lambda staff, by, name: staff.officers.grant(by, name, Role.KEY_CUSTODIAN),
    "withdraw": lambda staff, by, name: staff.officers.withdraw(by, name, Role.PROOFER),
    "close": lambda staff, by, name: staff.officers.close(by, name),
}
EVENT = {
    "add": OfficerEvent.ADDED,
    "reset": OfficerEvent.RESET,
    "grant": OfficerEvent.GRANTED,
    "withdraw": OfficerEvent.WITHDRAWN,
    "close": OfficerEvent.CLOSED,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", [None, *(each for each in Role if each != Role.ADMINISTRATOR)])
def test_only_an_administrator_changes_accounts(
    staff: Staff, change: str, role: Role | None
) -> None:
    staff.hire("kim", Role.PROOFER)
    staff.hire("lee", *([role] if role else []))
    lee = staff.sign_in("lee")
    before = dump(staff)
    refused("officer.not_permitted", lambda: CHANGES[change](staff, lee, "kim"))
    assert dump(staff) == before


@pytest.mark.parametrize("change", CHANGES)
def test_changes_are_made_on_a_fresh_confirmation(staff: Staff, change: str) -> None:
    staff.hire("kim", Role.PROOFER)
    ada = staff.sign_in("ada")
    staff.clock.move(minutes=6)
    refused("officer.confirm", lambda: CHANGES[change](staff, ada, "kim"))
    staff.signing_in.confirm(ada, password_of("ada"), staff.code("ada"))
    CHANGES[change](staff, ada, "kim")


@pytest.mark.parametrize("change", CHANGES.keys() - {"add"})
def test_nobody_changes_their_own_account(staff: Staff, change: str) -> None:
    staff.hire("eve", Role.ADMINISTRATOR)
    ada = staff.sign_in("ada")
    refused("officer.own_rights", lambda: CHANGES[change](staff, ada, "ada"))


@pytest.mark.parametrize("name", ["lee", "", "\udcff", "closed"])
@pytest.mark.parametrize("change", CHANGES.keys() - {"add"})
def test_only_open_accounts_are_changed(staff: Staff, change: str, name: str) -> None:
    staff.hire("closed", Role.PROOFER)
    staff.officers.close(staff.sign_in("ada"), "closed")
    ada = staff.sign_in("ada")
    refused("officer.not_found", lambda: CHANGES[change](staff, ada, name))


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_recorded_once(staff: Staff, change: str) -> None:
    staff.hire("kim", Role.PROOFER)
    ada = staff.sign_in("ada")
    before = len(staff.entries())
    CHANGES[change](staff, ada, "kim")
    [entry] = staff.entries()[before:]
    assert (entry.event, entry.actor) == (EVENT[change].value, "ada")
    assert entry.fields["officer"] == ("new" if change == "add" else "kim")


def test_what_changes_nothing_is_not_recorded(staff: Staff) -> None:
    staff.hire("kim", Role.PROOFER)
    ada = staff.sign_in("ada")
    before = staff.entries()
    staff.officers.grant(ada, "kim", Role.PROOFER)
    staff.officers.withdraw(ada, "kim", Role.REVOKER)
    assert staff.entries() == before


APART = [
    *((Role.AUDITOR, each) for each in Role if each != Role.AUDITOR),
    *((Role.ADMINISTRATOR, each) for each in (Role.PROOFER, Role.APPROVER, Role.REVOKER)),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_roles_that_are_apart_are_neither_given_together_nor_added(
    staff: Staff, one: Role, other: Role
) -> None:
    ada = staff.sign_in("ada")
    refused(
        "officer.roles_apart", lambda: staff.officers.add(ada, staff.newcomer("kim", one, other))
    )
    for number, (first, second) in enumerate([(one, other), (other, one)]):
        name = f"kim{number}"
        staff.officers.add(ada, staff.newcomer(name, first))
        refused(
            "officer.roles_apart",
            lambda name=name, role=second: staff.officers.grant(ada, name, role),  # type: ignore[misc]
        )
        assert staff.account(name).roles == {first}


def test_two_administrators_cannot_close_each_other(staff: Staff) -> None:
    staff.hire("eve", Role.ADMINISTRATOR)
    ada, eve = staff.sign_in("ada"), staff.sign_in("eve")
    codes = in_threads(
        lambda: staff.officers.close(ada, "eve"), lambda: staff.officers.close(eve, "ada")
    )
    assert sorted(codes) == ["", "officer.signed_out"]


def test_two_administrators_cannot_withdraw_each_other(staff: Staff) -> None:
    staff.hire("eve", Role.ADMINISTRATOR)
    ada, eve = staff.sign_in("ada"), staff.sign_in("eve")
    codes = in_threads(
        lambda: staff.officers.withdraw(ada, "eve", Role.ADMINISTRATOR),
        lambda: staff.officers.withdraw(eve, "ada", Role.ADMINISTRATOR),
    )
    assert sorted(codes) == ["", "officer.not_permitted"]


def test_a_reset_voids_password_and_authenticator(staff: Staff) -> None:
    staff.hire("kim", Role.PROOFER)
    old = staff.secrets["kim"]
    invited = staff.officers.reset(staff.sign_in("ada"), "kim")
    refused("officer.sign_in", lambda: staff.sign_in("kim"))
    staff.enrol("kim", invited.code)
    assert staff.secrets["kim"] != old
    staff.sign_in("kim")
    staff.secrets["kim"] = old
    refused("officer.sign_in", lambda: staff.sign_in("kim"))
    assert staff.account("kim").roles == {Role.PROOFER}


# Looking


@pytest.mark.parametrize("role", Role)
def test_accounts_are_for_administrators_and_auditors(staff: Staff, role: Role) -> None:
    staff.hire("kim", role)
    kim = staff.sign_in("kim")
    for look in (
        lambda: staff.officers.list(kim),
        lambda: staff.officers.history(kim, 10),
    ):
        if role in {Role.ADMINISTRATOR, Role.AUDITOR}:
            look()
        else:
            refused("officer.not_permitted", look)


def test_closed_accounts_stay_on_the_list(staff: Staff) -> None:
    staff.hire("kim", Role.PROOFER)
    staff.officers.close(staff.sign_in("ada"), "kim")
    accounts = staff.officers.list(staff.sign_in("ada"))
    assert [(each.name, each.active) for each in accounts] == [("ada", True), ("kim", False)]


def test_the_history_tells_who_when_whom_and_what(staff: Staff) -> None:
    staff.hire("kim", Role.PROOFER)
    ada = staff.sign_in("ada")
    staff.officers.grant(ada, "kim", Role.REVOKER)
    staff.officers.withdraw(ada, "kim", Role.PROOFER)
    staff.officers.close(ada, "kim")
    entries = staff.officers.history(ada, 100)
    assert [(e.event, e.actor, e.fields.get("role", e.fields.get("roles"))) for e in entries] == [
        ("officer.added", "ada", "administrator"),
        ("officer.added", "ada", "proofer"),
        ("officer.enrolled", "kim", None),
        ("officer.granted", "ada", "revoker"),
        ("officer.withdrawn", "ada", "proofer"),
        ("officer.closed", "ada", None),
    ]
    assert entries[-1].at == staff.clock.now()
    assert staff.officers.history(ada, 2) == entries[-2:]


def test_the_history_is_there_after_three_years(staff: Staff) -> None:
    staff.hire("kim", Role.PROOFER)
    before = staff.officers.history(staff.sign_in("ada"), 100)
    staff.clock.move(days=3 * 366)
    assert staff.officers.history(staff.sign_in("ada"), 100) == before
    assert staff.clock.now() - before[0].at > timedelta(days=3 * 365)


def test_signing_in_is_no_history(staff: Staff) -> None:
    assert OfficerEvent.SIGNED_IN not in HISTORY
    ada = staff.sign_in("ada")
    assert len(staff.officers.history(ada, 100)) == 1
