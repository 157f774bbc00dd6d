"""What the database refuses of officers, whatever the code does: every row here is raw SQL.

For each trigger the same statement goes through once the trigger is dropped: else the test
would show something else.
"""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from station.adapters.records.database import SqlRecords
from station.domain.officer import Access, AccessRecord, Officer, Part, Purpose, Session
from station.domain.roles import Role
from tests.station.people import CARD, CASE, NOW, OFFER, OTHER_SUBJECT, SUBJECT, TOKEN, numbered

MINE = numbered(CASE, 2, subject=SUBJECT)
TWO = numbered(CASE, 3, eyes=2, officer="lee")


def officer(name: str, subject: str, *roles: Role) -> Officer:
    return Officer(name, f"TEST {name}", subject, "none", b"s" * 20, NOW, frozenset(roles))


def session(officer: str, token_hash: str) -> Session:
    return Session(token_hash, officer, "desk", NOW, NOW, NOW, NOW + timedelta(hours=8))


@pytest.fixture(autouse=True)
def _filled(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.add(CASE)
        tx.cases.add(MINE)
        tx.cases.add(TWO)
        tx.grants.add_offer(OFFER)
        tx.grants.add_token(TOKEN)
        tx.credentials.add_card(CARD)
        tx.credentials.free_index(lambda _: bytes(8))
        tx.officers.add(officer("kim", SUBJECT, Role.PROOFER))
        tx.officers.add(officer("lee", OTHER_SUBJECT, Role.APPROVER))
        tx.officers.add(officer("ada", "a" * 64, Role.ADMINISTRATOR))
        tx.officers.add(officer("choi", "c" * 64, Role.AUDITOR))
        tx.officers.begin(session("kim", "1" * 64))
        tx.cases.add_part(CASE.id, "kim", Part.PROOFER)
        tx.cases.add_part(TWO.id, "lee", Part.PROOFER)
        tx.access.add(
            AccessRecord(NOW, "kim", "desk", SUBJECT, Purpose.ISSUANCE, Access.VIEWED, CASE.id)
        )
        assert tx.officers.spend_step("kim", 100)


def part(case: str, officer: str, part: str) -> str:
    return f"INSERT INTO case_parts VALUES ('{case}', '{officer}', '{part}')"


def role(officer: str, role: str) -> str:
    return f"INSERT INTO officer_roles VALUES ('{officer}', '{role}')"


def stage(stage: str, case: str = TWO.id) -> str:
    return f"UPDATE cases SET stage = '{stage}' WHERE id = '{case}'"


CREDENTIAL_OF_TWO = (
    "INSERT INTO credentials (id, card_id, case_id, configuration, status_list, status_index,"
    " published, state, device_key, intended_at, valid_until, run, token_hash, request)"
    f" VALUES ('x', '{CARD.id}', '{TWO.id}', 'kr.mrrc.1.mdoc', 1, 9, 0, 'intended', 'k',"
    f" '2026-11-23', '2027-11-23', 'r', '{TOKEN.token_hash}', 'q')"
)
OPEN_SESSION = (
    "INSERT INTO sessions VALUES ('{}', '{}', 'desk', '2026-11-23', '2026-11-23', '2026-11-23',"
    " '2036-11-23', 0)"
)

# (trigger, statement that it refuses, what comes before)
REFUSED: list[tuple[str, str, tuple[str, ...]]] = [
    ("parts_are_apart", part(CASE.id, "kim", "approver"), ()),
    ("parts_are_apart", part(TWO.id, "lee", "approver"), ()),
    ("parts_stay", "DELETE FROM case_parts WHERE officer = 'kim'", ()),
    ("parts_do_not_change", "UPDATE case_parts SET officer = 'lee' WHERE officer = 'kim'", ()),
    ("parts_do_not_change", "UPDATE case_parts SET part = 'approver'", ()),
    ("no_part_in_the_own_case", part(MINE.id, "kim", "proofer"), ()),
    ("no_part_in_the_own_case", part(MINE.id, "kim", "approver"), ()),
    ("no_own_case", f"UPDATE cases SET subject = '{SUBJECT}' WHERE id = '{CASE.id}'", ()),
    ("eyes_never_fall", f"UPDATE cases SET eyes = 1 WHERE id = '{TWO.id}'", ()),
    ("eyes_never_fall", f"UPDATE cases SET eyes = 0 WHERE id = '{CASE.id}'", ()),
    *(("approved_by_two", stage(each), ())
      for each in ("approved", "offered", "key_bound", "issued", "active")),
    ("signed_by_two", CREDENTIAL_OF_TWO, ()),
    ("held_by_a_proofer", f"UPDATE cases SET officer = 'kim' WHERE id = '{TWO.id}'",
     (part(TWO.id, "kim", "approver"), stage("approved"))),
    *(("held_by_a_proofer", f"UPDATE cases SET stage = '{each}', officer = 'kim' WHERE eyes = 2",
       (part(TWO.id, "kim", "approver"),)) for each in ("identified", "proposed", "approved")),
    ("cases_are_not_replaced", "INSERT OR REPLACE INTO cases (id, number, route, stage, officer,"
     " consents, opened_at, expires_at, version, eyes) SELECT id, number, route, 'approved',"
     f" officer, consents, opened_at, expires_at, version, 1 FROM cases WHERE id = '{TWO.id}'", ()),
    *(("auditors_are_apart", role("choi", each.value), ())
      for each in Role if each != Role.AUDITOR),
    *(("auditors_are_apart", role(each, "auditor"), ()) for each in ("kim", "lee", "ada")),
    *(("administrators_are_apart", role("ada", each), ())
      for each in ("proofer", "approver", "revoker")),
    *(("administrators_are_apart", role(each, "administrator"), ()) for each in ("kim", "lee")),
    ("roles_do_not_change", "UPDATE officer_roles SET role = 'key_custodian'"
                            " WHERE officer = 'kim'", ()),
    ("roles_do_not_change", "UPDATE officer_roles SET officer = 'lee' WHERE officer = 'kim'", ()),
    ("officers_stay", "DELETE FROM officers WHERE name = 'choi'",
     ("DELETE FROM officer_roles WHERE officer = 'choi'",)),
    ("officers_stay_who_they_are", "UPDATE officers SET subject = 'nobody' WHERE name = 'kim'", ()),
    ("officers_stay_who_they_are", "UPDATE officers SET name = 'chae' WHERE name = 'choi'",
     ("DELETE FROM officer_roles WHERE officer = 'choi'",)),
    ("access_is_not_changed", "UPDATE access_records SET officer = 'lee'", ()),
    ("access_is_not_changed", "UPDATE access_records SET at = '2000-01-01'", ()),
    ("access_is_not_deleted", "DELETE FROM access_records", ()),
    ("access_is_not_replaced", "INSERT OR REPLACE INTO access_records SELECT id, at, 'lee', place,"
                               " subject, purpose, access, case_id FROM access_records", ()),
    ("an_administrator_stays", "DELETE FROM officer_roles WHERE officer = 'ada'", ()),
    ("an_administrator_stays_active", "UPDATE officers SET active = 0 WHERE name = 'ada'", ()),
    ("steps_never_fall", "UPDATE officers SET totp_step = 99 WHERE name = 'kim'", ()),
    ("accounts_stay_closed", "UPDATE officers SET active = 1 WHERE name = 'kim'",
     ("UPDATE officers SET active = 0 WHERE name = 'kim'",)),
    ("sessions_stay_ended", "UPDATE sessions SET ended = 0", ("UPDATE sessions SET ended = 1",)),
    ("sessions_stay_whose_they_are", "UPDATE sessions SET officer = 'ada'", ()),
    ("sessions_stay_whose_they_are", "UPDATE sessions SET token_hash = 'known'", ()),
    ("sessions_stay_whose_they_are", "UPDATE sessions SET ends_at = '2099-01-01'", ()),
    ("closed_accounts_have_no_session", OPEN_SESSION.format("2", "lee"),
     ("UPDATE officers SET active = 0 WHERE name = 'lee'",)),
]  # fmt: skip
IDS = [f"{number} {name}" for number, (name, _, _) in enumerate(REFUSED)]


@pytest.mark.parametrize(("trigger", "statement", "before"), REFUSED, ids=IDS)
def test_the_database_refuses(
    engine: Engine, trigger: str, statement: str, before: tuple[str, ...]
) -> None:
    with engine.connect() as connection:
        for each in before:
            connection.exec_driver_sql(each)
        with pytest.raises(IntegrityError, match=trigger):
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize(("trigger", "statement", "before"), REFUSED, ids=IDS)
def test_without_its_trigger_it_would_go_through(
    engine: Engine, trigger: str, statement: str, before: tuple[str, ...]
) -> None:
    with engine.connect() as connection:
        for each in (*before, f"DROP TRIGGER {trigger}"):
            connection.exec_driver_sql(each)
        assert connection.exec_driver_sql(statement).rowcount > 0


def test_every_trigger_on_these_tables_is_attacked(engine: Engine) -> None:
    known = {trigger for trigger, _, _ in REFUSED}
    with engine.connect() as connection:
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('officers',"
            " 'officer_roles', 'sessions', 'access_records', 'case_parts')"
        )
        assert set(connection.scalars(text(query))) <= known
        for name in known:
            found = connection.scalar(
                text("SELECT 1 FROM sqlite_master WHERE name = :name"), {"name": name}
            )
            assert found, name


def test_nobody_has_two_accounts(engine: Engine) -> None:
    again = (
        "INSERT INTO officers SELECT 'kim2', title, subject, password, totp_secret, totp_step,"
        " active, made_at FROM officers WHERE name = 'kim'"
    )
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.exec_driver_sql(again)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE officers SET active = 0 WHERE name = 'kim'")
        connection.exec_driver_sql(again.replace("active, made_at", "1, made_at"))


def test_nobody_has_two_sessions(engine: Engine) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.exec_driver_sql(OPEN_SESSION.format("2", "kim"))


@pytest.mark.parametrize("name", ["", "root", "PROOFER", "auditor ", "administrator'"])
def test_there_are_six_roles(engine: Engine, name: str) -> None:
    statement = text("INSERT INTO officer_roles VALUES ('kim', :name)")
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(statement, {"name": name})


def test_roles_and_sessions_and_parts_are_somebodys(engine: Engine) -> None:
    for statement in (
        role("stranger", "proofer"),
        OPEN_SESSION.format("2", "stranger"),
        part(CASE.id, "stranger", "proofer"),
        part("nowhere", "lee", "proofer"),
    ):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_a_second_pair_of_eyes_lets_the_case_go_on(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(part(TWO.id, "kim", "approver"))
        for each in ("approved", "offered", "key_bound", "issued", "active"):
            connection.exec_driver_sql(stage(each))


def test_one_pair_of_eyes_is_enough_where_one_is_asked_for(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(stage("approved", CASE.id))


def test_another_administrator_may_take_over(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM officer_roles WHERE officer = 'choi'")
        connection.exec_driver_sql(role("choi", "administrator"))
        connection.exec_driver_sql("UPDATE officers SET active = 0 WHERE name = 'ada'")
        connection.exec_driver_sql("DELETE FROM officer_roles WHERE officer = 'ada'")


def test_the_secret_of_an_authenticator_is_sealed(engine: Engine) -> None:
    with engine.connect() as connection:
        for sealed in connection.scalars(text("SELECT totp_secret FROM officers")):
            assert b"s" * 20 not in sealed


def test_failures_are_counted_by_account_and_step(records: SqlRecords) -> None:
    with records.transaction() as tx:
        count = tx.officers.count_failure
        assert [count("kim", 7) for _ in range(3)] == [0, None, None]
        assert [count("", 7), count("lee", 7)] == [0, 0]
        assert [count("kim", 6), count("kim", 8), count("kim", 8)] == [None, 3, None]
        assert count("kim", 9) == 1
