"""What the database itself refuses, whatever the code does: every row here is raw SQL."""

from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from station.adapters.records.database import SqlRecords
from station.domain.case import Case
from station.domain.grant import OfferState
from tests.station.people import (
    CARD,
    CASE,
    CREDENTIAL,
    NOW,
    OFFER,
    OTHER_SUBJECT,
    SUBJECT,
    TOKEN,
    numbered,
)

SECOND_CASE: Case = numbered(CASE, 2)


@pytest.fixture(autouse=True)
def _filled(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.add(CASE)
        tx.cases.add(SECOND_CASE)
        tx.grants.add_offer(OFFER)
        tx.grants.add_token(TOKEN)
        tx.credentials.add_card(CARD)
        tx.credentials.free_index(lambda _: bytes(8))
        assert tx.credentials.reserve(CREDENTIAL, TOKEN.token_hash, "r" * 64)


def run(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        assert connection.execute(text(statement), values).rowcount == 1


def refused(engine: Engine, statement: str, **values: Any) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text(statement), values)


def copy(table: str, **changes: str) -> str:
    """A statement that inserts the table's first row again, with some columns changed."""
    columns = {
        "offers": "case_id serial reference_hash code_hash made_at scan_by guesses state",
        "tokens": "token_hash case_id offer_serial expires_at revoked",
        "mobile_cards": "id case_id subject document_number state issue_date expiry_date",
        "credentials": (
            "id card_id case_id configuration status_list status_index published state "
            "device_key intended_at valid_until run token_hash request"
        ),
        "cases": (
            "id number route stage officer consents opened_at expires_at version"
        ),
    }[table].split()  # fmt: skip
    values = [changes.get(column, column) for column in columns]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values)} FROM {table} ORDER BY rowid LIMIT 1"
    )


NEW_OFFER = {"serial": "2", "reference_hash": "'r2'", "code_hash": "'c2'"}
NEW_CARD = {"id": "'card2'", "document_number": "'M2'"}
NEW_CREDENTIAL = {
    "id": "'credential2'", "status_index": "8", "configuration": "'kr.mrrc.1.sd-jwt'",
}  # fmt: skip


def test_two_live_offers_of_a_case(engine: Engine) -> None:
    refused(engine, copy("offers", **NEW_OFFER))
    for state in (OfferState.DEAD, OfferState.CONSUMED):
        run(engine, copy("offers", **NEW_OFFER, state=f"'{state.value}'"))
        refused(engine, "UPDATE offers SET state = 'live' WHERE serial = 2")
        run(engine, "DELETE FROM offers WHERE serial = 2")


def test_two_live_offers_of_two_cases_are_well(engine: Engine) -> None:
    run(engine, copy("offers", **NEW_OFFER, case_id=f"'{SECOND_CASE.id}'"))


@pytest.mark.parametrize("column", ["reference_hash", "code_hash"])
def test_one_reference_or_code_for_two_offers(engine: Engine, column: str) -> None:
    changes = {k: v for k, v in NEW_OFFER.items() if k != column}
    refused(engine, copy("offers", **changes, state="'dead'"))


def test_a_sixth_guess(engine: Engine) -> None:
    run(engine, "UPDATE offers SET guesses = 5")
    refused(engine, "UPDATE offers SET guesses = 6")
    refused(engine, "UPDATE offers SET guesses = guesses + 1")
    refused(engine, copy("offers", **NEW_OFFER, state="'dead'", guesses="6"))


def test_a_second_token_for_an_offer(engine: Engine) -> None:
    refused(engine, copy("tokens", token_hash="'t2'"))
    run(engine, "UPDATE tokens SET revoked = 1")
    refused(engine, copy("tokens", token_hash="'t2'"))
    run(engine, copy("tokens", token_hash="'t2'", offer_serial="2"))


def test_a_token_twice(engine: Engine) -> None:
    refused(engine, copy("tokens", offer_serial="2"))


def test_two_open_cards_of_a_person(engine: Engine) -> None:
    refused(engine, copy("mobile_cards", **NEW_CARD))
    run(engine, copy("mobile_cards", **NEW_CARD, state="'revoked'"))
    refused(engine, "UPDATE mobile_cards SET state = 'pending_activation' WHERE id = 'card2'")


def test_two_active_cards_of_a_person(engine: Engine) -> None:
    run(engine, "UPDATE mobile_cards SET state = 'active'")
    refused(engine, copy("mobile_cards", **NEW_CARD))
    run(engine, copy("mobile_cards", **NEW_CARD, state="'suspended'"))
    refused(engine, "UPDATE mobile_cards SET state = 'active' WHERE id = 'card2'")


def test_an_active_and_an_open_card_of_a_person_are_well(engine: Engine) -> None:
    run(engine, copy("mobile_cards", **NEW_CARD, state="'active'"))


def test_cards_of_two_people_are_well(engine: Engine) -> None:
    run(engine, copy("mobile_cards", **NEW_CARD, subject=f"'{OTHER_SUBJECT}'"))
    assert SUBJECT != OTHER_SUBJECT


def test_one_document_number_for_two_cards(engine: Engine) -> None:
    refused(engine, copy("mobile_cards", id="'card2'", state="'revoked'"))


@pytest.mark.parametrize("state", ["intended", "voided", "delivered"])
def test_a_status_entry_twice_in_any_history(engine: Engine, state: str) -> None:
    run(engine, f"UPDATE credentials SET state = '{state}', published = 'invalid'")
    changes = {k: v for k, v in NEW_CREDENTIAL.items() if k != "status_index"}
    refused(engine, copy("credentials", **changes))
    refused(engine, copy("credentials", **changes, state="'voided'"))


def test_a_configuration_twice_under_one_token(engine: Engine) -> None:
    changes = {k: v for k, v in NEW_CREDENTIAL.items() if k != "configuration"}
    refused(engine, copy("credentials", **changes))
    run(engine, "UPDATE credentials SET state = 'voided'")
    run(engine, copy("credentials", **changes, state="'intended'"))
    refused(engine, "UPDATE credentials SET state = 'signed' WHERE state = 'voided'")


def test_both_configurations_under_one_token_are_well(engine: Engine) -> None:
    run(engine, copy("credentials", **NEW_CREDENTIAL))


def test_a_single_use_twice(engine: Engine) -> None:
    statement = "INSERT INTO consumed VALUES ('c_nonce', 'hash', :at)"
    run(engine, statement, at=str(NOW))
    refused(engine, statement, at=str(NOW))
    run(engine, "INSERT INTO consumed VALUES ('other', 'hash', :at)", at=str(NOW))


@pytest.mark.parametrize(("table", "column"), [("chips", "chip"), ("device_keys", "thumbprint")])
def test_one_key_for_two_people(engine: Engine, table: str, column: str) -> None:
    run(engine, f"INSERT INTO {table} ({column}, subject) VALUES ('key', :who)", who=SUBJECT)
    refused(engine, f"INSERT INTO {table} ({column}, subject) VALUES ('key', :who)", who="other")


def test_one_number_for_two_cases(engine: Engine) -> None:
    refused(engine, copy("cases", id="'case3'"))


@pytest.mark.parametrize(
    "statement",
    [
        copy("offers", **NEW_OFFER, case_id="'nobody'"),
        copy("tokens", token_hash="'t2'", case_id="'nobody'"),
        copy("mobile_cards", **NEW_CARD, case_id="'nobody'", state="'revoked'"),
        copy("credentials", **NEW_CREDENTIAL, card_id="'nobody'"),
        copy("credentials", **NEW_CREDENTIAL, status_list="99"),
        "INSERT INTO identities VALUES ('nobody', x'00')",
        "INSERT INTO checks VALUES ('nobody', 'a', 0, 'PASS', '')",
    ],
)
def test_a_row_of_nobody(engine: Engine, statement: str) -> None:
    refused(engine, statement)


@pytest.mark.parametrize("table", ["cases", "mobile_cards", "status_lists"])
def test_deleting_what_others_stand_on(engine: Engine, table: str) -> None:
    refused(engine, f"DELETE FROM {table}")


def test_an_audit_entry_twice(engine: Engine, records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.audit.append("a", "b")
    columns = "at, event, actor, case_id, fields, previous, digest"
    refused(engine, f"INSERT INTO audit (sequence, {columns}) SELECT 1, {columns} FROM audit")
