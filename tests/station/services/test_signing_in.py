"""Signing in: who gets in, who learns nothing, and who cannot lock anybody out."""

import threading
import unicodedata
from collections.abc import Callable

import pytest
from sqlalchemy import text

from station.domain.account import OfficerEvent
from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.domain.roles import Role
from station.services.authority import token_digest
from tests.station.services.conftest import refused
from tests.station.services.staff import PLACE, Staff, password_of

Work = Callable[[], object]


def attempt(staff: Staff, name: str, password: str, code: str) -> Work:
    return lambda: staff.signing_in.sign_in(name, password, code, PLACE)


@pytest.fixture
def office(staff: Staff) -> Staff:
    """Somebody to attack: `kim`, whose next code was never used."""
    staff.hire("kim", Role.PROOFER)
    staff.clock.move(seconds=90)
    staff.passwords.looked_at.clear()
    return staff


def live(staff: Staff, officer: SignedIn) -> bool:
    with staff.records.reading() as tx:
        session = tx.officers.session(token_digest(officer.token))
    assert session is not None
    return session.live(staff.clock.now(), staff.authority.idle)


def test_password_and_code_begin_a_session(office: Staff) -> None:
    officer = office.sign_in("kim")
    account, session = office.signing_in.whoami(officer)
    assert (account.name, session.officer, session.place) == ("kim", "kim", PLACE)
    assert session.began_at == session.used_at == session.confirmed_at == office.clock.now()
    assert office.events()[-1] == OfficerEvent.SIGNED_IN.value


def test_the_database_holds_no_token(office: Staff) -> None:
    officer = office.sign_in("kim")
    with office.engine.connect() as connection:
        [*stored] = connection.scalars(text("SELECT token_hash FROM sessions WHERE NOT ended"))
    assert token_digest(officer.token) in stored
    assert officer.token not in stored
    assert len(officer.token) == 43


WRONG: dict[str, Callable[[Staff], tuple[str, str, str]]] = {
    "password": lambda s: ("kim", "another long password", s.code("kim")),
    "no password": lambda s: ("kim", "", s.code("kim")),
    "what is stored": lambda s: ("kim", s.account("kim").password, s.code("kim")),
    "code": lambda s: ("kim", password_of("kim"), s.wrong_code("kim")),
    "no code": lambda s: ("kim", password_of("kim"), ""),
    "code with more": lambda s: ("kim", password_of("kim"), s.code("kim") + "0"),
    "code with a line": lambda s: ("kim", password_of("kim"), s.code("kim") + "\n"),
    "code in other digits": lambda s: (
        "kim", password_of("kim"), s.code("kim").translate({48 + d: 0x660 + d for d in range(10)})
    ),
    "code of another": lambda s: ("kim", password_of("kim"), s.code("ada")),
    "old code": lambda s: ("kim", password_of("kim"), s.code("kim", -2)),
    "code of the future": lambda s: ("kim", password_of("kim"), s.code("kim", 2)),
    "both": lambda s: ("kim", "another long password", s.wrong_code("kim")),
    "stranger": lambda s: ("lee", password_of("kim"), s.code("kim")),
    "stranger's name as SQL": lambda s: ("kim' OR 'a'='a", password_of("kim"), s.code("kim")),
    "no name": lambda s: ("", password_of("kim"), s.code("kim")),
    "name of another": lambda s: ("ada", password_of("kim"), s.code("kim")),
    "name in capitals": lambda s: ("KIM", password_of("kim"), s.code("kim")),
    "name that is no text": lambda s: ("\udcff", password_of("kim"), s.code("kim")),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_whatever_is_wrong_the_answer_and_the_work_are_the_same(office: Staff, wrong: str) -> None:
    detail = refused("officer.sign_in", attempt(office, *WRONG[wrong](office)))
    assert detail == ""
    assert len(office.passwords.looked_at) == 1


WITH_A_RIGHT_CODE = {"password", "no password", "what is stored"}


@pytest.mark.parametrize("wrong", [each for each in WRONG if each not in WITH_A_RIGHT_CODE])
def test_a_password_is_compared_only_behind_a_right_code(office: Staff, wrong: str) -> None:
    name, _, code = WRONG[wrong](office)
    refused("officer.sign_in", attempt(office, name, password_of("kim"), code))
    assert office.passwords.looked_at == [None]


@pytest.mark.parametrize("state", ["closed", "invited", "reset"])
def test_an_account_that_is_not_open_answers_as_a_stranger_does(office: Staff, state: str) -> None:
    ada = office.sign_in("ada")
    if state == "closed":
        office.officers.close(ada, "kim")
    elif state == "reset":
        office.officers.reset(ada, "kim")
    else:
        office.officers.add(ada, office.newcomer("lee", Role.PROOFER))
    name = "lee" if state == "invited" else "kim"
    secret = office.account(name).totp_secret
    office.secrets[name] = secret
    office.passwords.looked_at.clear()
    for password in (password_of("kim"), office.account(name).password, ""):
        refused("officer.sign_in", attempt(office, name, password, office.code(name)))
    assert office.passwords.looked_at == [None] * 3


@pytest.mark.parametrize(
    ("later", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_code_is_good_one_step_before_and_after_its_own(
    office: Staff, later: int, good: bool
) -> None:
    work = attempt(office, "kim", password_of("kim"), office.code("kim", later))
    if good:
        work()
    else:
        refused("officer.sign_in", work)


def test_a_code_is_good_once(office: Staff) -> None:
    again = attempt(office, "kim", password_of("kim"), office.code("kim"))
    again()
    refused("officer.sign_in", again)
    office.clock.move(seconds=29)
    refused("officer.sign_in", again)


def test_the_code_before_a_used_one_is_used_up_with_it(office: Staff) -> None:
    before = attempt(office, "kim", password_of("kim"), office.code("kim", -1))
    attempt(office, "kim", password_of("kim"), office.code("kim"))()
    refused("officer.sign_in", before)
    refused("officer.sign_in", before)


def test_the_code_of_the_previous_step_is_good_once(office: Staff) -> None:
    work = attempt(office, "kim", password_of("kim"), office.code("kim", -1))
    work()
    refused("officer.sign_in", work)
    attempt(office, "kim", password_of("kim"), office.code("kim"))()


def test_a_code_is_spent_on_a_wrong_password(office: Staff) -> None:
    code = office.code("kim")
    refused("officer.sign_in", attempt(office, "kim", "another long password", code))
    refused("officer.sign_in", attempt(office, "kim", password_of("kim"), code))
    office.clock.move(seconds=30)
    attempt(office, "kim", password_of("kim"), office.code("kim"))()


def test_one_password_can_be_tried_in_a_time_step(office: Staff) -> None:
    for guess in range(50):
        code = office.code("kim")
        refused("officer.sign_in", attempt(office, "kim", f"{guess:020d}", code))
    assert [each for each in office.passwords.looked_at if each] == [office.account("kim").password]


def test_a_clock_set_back_makes_no_code_good_again(office: Staff) -> None:
    code = office.code("kim")
    attempt(office, "kim", password_of("kim"), code)()
    office.clock.move(seconds=-4)
    refused("officer.sign_in", attempt(office, "kim", password_of("kim"), code))


def test_guessers_without_the_authenticator_lock_nobody_out(office: Staff) -> None:
    for _ in range(300):
        refused("officer.sign_in", attempt(office, "kim", "guess", office.wrong_code("kim")))
    assert set(office.passwords.looked_at) == {None}
    attempt(office, "kim", password_of("kim"), office.code("kim"))()


def test_of_sixteen_at_once_with_one_code_one_gets_in(office: Staff) -> None:
    code, together = office.code("kim"), threading.Barrier(16)
    inside: list[SignedIn] = []
    outside: list[str] = []

    def knock() -> None:
        together.wait()
        try:
            inside.append(office.signing_in.sign_in("kim", password_of("kim"), code, PLACE))
        except StationError as error:
            outside.append(error.code)

    threads = [threading.Thread(target=knock) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(inside), outside) == (1, ["officer.sign_in"] * 15)
    assert sum(1 for each in office.passwords.looked_at if each) == 1
    assert live(office, inside[0])


def test_an_account_closed_while_its_password_is_compared_does_not_get_in(office: Staff) -> None:
    ada = office.sign_in("ada")
    office.passwords.meanwhile = lambda: office.officers.close(ada, "kim")
    work = attempt(office, "kim", password_of("kim"), office.code("kim"))
    refused("officer.sign_in", work)


def test_an_account_reset_while_its_password_is_compared_does_not_get_in(office: Staff) -> None:
    ada = office.sign_in("ada")

    def reset() -> None:
        office.officers.reset(ada, "kim")

    office.passwords.meanwhile = reset
    work = attempt(office, "kim", password_of("kim"), office.code("kim"))
    refused("officer.sign_in", work)


def test_a_password_is_the_same_however_its_letters_are_composed(office: Staff) -> None:
    invited = office.officers.add(office.sign_in("ada"), office.newcomer("lee", Role.PROOFER))
    composed = "가나다라마바사아자차카타파하é"
    apart = unicodedata.normalize("NFD", composed)
    assert apart != composed
    secret = office.secrets["lee"] = office.officers.new_secret()
    office.officers.enrol("lee", invited.code, composed, secret)
    attempt(office, "lee", apart, office.code("lee"))()


def failures(staff: Staff) -> list[tuple[str, str, int]]:
    return [
        (each.fields["officer"], each.fields["wrong"], int(each.fields["unrecorded"]))
        for each in staff.entries()
        if each.event == OfficerEvent.SIGN_IN_FAILED.value
    ]


def test_strangers_fill_no_log(office: Staff) -> None:
    for _ in range(100):
        refused("officer.sign_in", attempt(office, "kim", "guess", office.wrong_code("kim")))
    assert failures(office) == [("kim", "code", 0)]
    office.clock.move(seconds=30)
    refused("officer.sign_in", attempt(office, "kim", "guess", office.wrong_code("kim")))
    assert failures(office) == [("kim", "code", 0), ("kim", "code", 99)]


def test_a_name_that_nobody_has_is_not_recorded(office: Staff) -> None:
    for number in range(100):
        refused("officer.sign_in", attempt(office, f"my password {number}", "x", "123456"))
    assert failures(office) == [("", "code", 0)]
    assert "my password" not in repr(office.entries())


def test_every_wrong_password_behind_a_right_code_is_recorded(office: Staff) -> None:
    for _ in range(2):
        refused("officer.sign_in", attempt(office, "kim", "guess", office.wrong_code("kim")))
        refused("officer.sign_in", attempt(office, "kim", "guess", office.code("kim")))
        office.clock.move(seconds=30)
    assert failures(office) == [("kim", "code", 0), ("kim", "password", 0)] * 2


def test_a_failed_sign_in_is_nobodys(office: Staff) -> None:
    refused("officer.sign_in", attempt(office, "kim", "guess", office.code("kim")))
    assert (office.entries()[-1].actor, office.entries()[-1].fields["place"]) == ("nobody", PLACE)


def test_a_place_is_short_and_printable(office: Staff) -> None:
    place = "\x1b[2Jdesk\n" + "x" * 100
    office.signing_in.sign_in("kim", password_of("kim"), office.code("kim"), place)
    assert office.entries()[-1].fields["place"] == ("[2Jdesk" + "x" * 100)[:60]


def test_confirming_asks_for_both_again(office: Staff) -> None:
    kim = office.sign_in("kim")
    confirm = office.signing_in.confirm
    office.clock.move(minutes=4)
    for wrong in ("password", "code", "both"):
        _, password, code = WRONG[wrong](office)
        refused("officer.sign_in", lambda p=password, c=code: confirm(kim, p, c))  # type: ignore[misc]
        office.clock.move(seconds=30)
    before = office.signing_in.whoami(kim)[1].confirmed_at
    confirm(kim, password_of("kim"), office.code("kim"))
    assert office.signing_in.whoami(kim)[1].confirmed_at == office.clock.now() > before
    assert office.events()[-1] == OfficerEvent.CONFIRMED.value


def test_the_code_of_signing_in_does_not_confirm(office: Staff) -> None:
    kim = office.sign_in("kim")
    work = lambda: office.signing_in.confirm(kim, password_of("kim"), office.code("kim"))  # noqa: E731
    refused("officer.sign_in", work)


def test_an_ended_session_is_not_confirmed(office: Staff) -> None:
    kim = office.sign_in("kim")
    office.signing_in.sign_out(kim)
    office.clock.move(seconds=30)
    confirm = office.signing_in.confirm
    refused("officer.signed_out", lambda: confirm(kim, password_of("kim"), office.code("kim")))
    assert office.passwords.looked_at == [office.account("kim").password]  # That of signing in.


def test_a_session_that_ends_while_the_password_is_compared_is_not_confirmed(
    office: Staff,
) -> None:
    kim, before = office.sign_in("kim"), office.clock.now()
    office.clock.move(seconds=30)
    office.passwords.meanwhile = lambda: office.signing_in.sign_out(kim)
    confirm = office.signing_in.confirm
    refused("officer.signed_out", lambda: confirm(kim, password_of("kim"), office.code("kim")))
    with office.records.reading() as tx:
        session = tx.officers.session(token_digest(kim.token))
    assert session is not None
    assert session.confirmed_at == before


def test_changing_the_password_ends_the_session_and_the_old_one(office: Staff) -> None:
    kim, new = office.sign_in("kim"), "some new and longer words"
    office.clock.move(seconds=30)
    office.signing_in.change_password(kim, password_of("kim"), office.code("kim"), new)
    assert not live(office, kim)
    office.clock.move(seconds=30)
    refused("officer.sign_in", attempt(office, "kim", password_of("kim"), office.code("kim")))
    office.clock.move(seconds=30)
    attempt(office, "kim", new, office.code("kim"))()
    assert OfficerEvent.PASSWORD_CHANGED.value in office.events()


def test_a_password_is_not_changed_without_the_old_one(office: Staff) -> None:
    kim, change = office.sign_in("kim"), office.signing_in.change_password
    office.clock.move(seconds=30)
    new = "some new and longer words"
    refused("officer.sign_in", lambda: change(kim, "a guess", office.code("kim"), new))
    refused("officer.password", lambda: change(kim, password_of("kim"), "", "short"))
    assert live(office, kim)


def test_signing_out_ends_the_session_once(office: Staff) -> None:
    kim = office.sign_in("kim")
    for _ in range(2):
        office.signing_in.sign_out(kim)
        assert not live(office, kim)
    assert office.events().count(OfficerEvent.SIGNED_OUT.value) == 1


def test_nobody_signs_another_out(office: Staff) -> None:
    kim = office.sign_in("kim")
    office.signing_in.sign_out(SignedIn("ada", kim.token))
    office.signing_in.sign_out(SignedIn("kim", "guess"))
    assert live(office, kim)
