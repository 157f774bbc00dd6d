"""How long a session lives, and whose it is."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.domain.roles import Operation, Role
from tests.station.services.conftest import refused
from tests.station.services.staff import Staff


@pytest.fixture
def office(staff: Staff) -> Staff:
    staff.hire("kim", Role.PROOFER)
    return staff


def ask(staff: Staff, officer: SignedIn, operation: Operation = Operation.OPEN_CASE) -> None:
    with staff.records.reading() as tx:
        staff.authority.require(tx, officer, operation)


ENDS: dict[str, Callable[[Staff, SignedIn], object]] = {
    "signing out": lambda staff, kim: staff.signing_in.sign_out(kim),
    "a second sign-in": lambda staff, kim: staff.sign_in("kim"),
    "closing the account": lambda staff, kim: staff.officers.close(staff.sign_in("ada"), "kim"),
    "a reset": lambda staff, kim: staff.officers.reset(staff.sign_in("ada"), "kim"),
    "ten idle minutes": lambda staff, kim: staff.clock.move(minutes=10, microseconds=1),
    "an idle night": lambda staff, kim: staff.clock.move(hours=15),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_session_ends_with(office: Staff, end: str) -> None:
    kim = office.sign_in("kim")
    ask(office, kim)
    ENDS[end](office, kim)
    refused("officer.signed_out", lambda: ask(office, kim))


def test_a_closed_account_has_no_rights_even_if_a_session_were_left(office: Staff) -> None:
    kim = office.sign_in("kim")
    with office.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE officers SET active = 0 WHERE name = 'kim'")
    refused("officer.signed_out", lambda: ask(office, kim))


def test_ten_minutes_without_use_are_allowed(office: Staff) -> None:
    kim = office.sign_in("kim")
    office.clock.move(minutes=10)
    ask(office, kim)


def test_using_a_session_keeps_it_alive_for_eight_hours_and_no_longer(office: Staff) -> None:
    kim = office.sign_in("kim")
    for _ in range(48):
        office.clock.move(minutes=10)
        office.authority.touch(kim)
    office.clock.move(microseconds=1)
    refused("officer.signed_out", lambda: ask(office, kim))
    refused("officer.signed_out", lambda: office.authority.touch(kim))


def test_what_is_idle_is_not_revived_by_use(office: Staff) -> None:
    kim = office.sign_in("kim")
    office.clock.move(minutes=11)
    refused("officer.signed_out", lambda: office.authority.touch(kim))
    refused("officer.signed_out", lambda: ask(office, kim))


def test_reading_is_use(office: Staff) -> None:
    kim = office.sign_in("kim")
    for _ in range(3):
        office.clock.move(minutes=9)
        with office.authority.reading(kim, Operation.SHOW_CASE):
            pass
    ask(office, kim)


def test_use_is_noted_to_twenty_seconds(office: Staff) -> None:
    kim = office.sign_in("kim")
    began = office.clock.now()
    for seconds, noted in ((19, 0), (1, 20), (19, 20), (1, 40)):
        office.clock.move(seconds=seconds)
        office.authority.touch(kim)
        used_at = office.signing_in.whoami(kim)[1].used_at
        assert used_at == began + timedelta(seconds=noted)


def test_a_withdrawn_role_counts_at_once(office: Staff) -> None:
    kim = office.sign_in("kim")
    office.officers.withdraw(office.sign_in("ada"), "kim", Role.PROOFER)
    refused("officer.not_permitted", lambda: ask(office, kim))
    office.officers.grant(office.sign_in("ada"), "kim", Role.PROOFER)
    ask(office, kim)


def test_a_token_is_its_officers_alone(office: Staff) -> None:
    ada, kim = office.sign_in("ada"), office.sign_in("kim")
    for forged in (
        SignedIn("ada", kim.token),
        SignedIn("kim", ada.token),
        SignedIn("lee", kim.token),
        SignedIn("", kim.token),
        SignedIn("kim", ""),
        SignedIn("kim", kim.token[:-1]),
        SignedIn("kim", kim.token.swapcase()),
    ):
        refused("officer.signed_out", lambda who=forged: ask(office, who))  # type: ignore[misc]
    ask(office, kim)


def test_what_the_database_holds_is_no_token(office: Staff) -> None:
    kim = office.sign_in("kim")
    with office.records.reading() as tx:
        stored = office.authority.signed_in(tx, kim)[1].token_hash
    refused("officer.signed_out", lambda: ask(office, SignedIn("kim", stored)))


def test_a_token_does_not_show_itself(office: Staff) -> None:
    kim = office.sign_in("kim")
    assert kim.token not in repr(kim)


@pytest.mark.parametrize("operation", [Operation.CHANGE_OFFICERS])
def test_a_confirmation_is_good_for_five_minutes(office: Staff, operation: Operation) -> None:
    ada = office.sign_in("ada")
    office.clock.move(minutes=5)
    ask(office, ada, operation)
    office.clock.move(microseconds=1)
    refused("officer.confirm", lambda: ask(office, ada, operation))
    ask(office, ada, Operation.SHOW_OFFICERS)


def test_touching_confirms_nothing(office: Staff) -> None:
    ada = office.sign_in("ada")
    for _ in range(2):
        office.clock.move(minutes=3)
        office.authority.touch(ada)
    refused("officer.confirm", lambda: ask(office, ada, Operation.CHANGE_OFFICERS))


def test_nothing_is_noted_of_a_reading_that_was_refused(office: Staff) -> None:
    kim = office.sign_in("kim")
    before = office.signing_in.whoami(kim)[1].used_at
    office.clock.move(minutes=5)
    with pytest.raises(StationError), office.authority.reading(kim, Operation.SHOW_AUDIT):
        pass
    assert office.signing_in.whoami(kim)[1].used_at == before
