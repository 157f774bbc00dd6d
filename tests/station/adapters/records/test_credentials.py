from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from station.adapters.records import status_lists as rows
from station.adapters.records.database import SqlRecords
from station.domain.credential import CardState, IssueState, PublishedStatus
from station.domain.errors import StationError
from station.ports import Transaction
from tests.station.people import (
    CARD,
    CASE,
    CREDENTIAL,
    NOW,
    OTHER_SUBJECT,
    SUBJECT,
    TOKEN,
    numbered,
)

REQUEST = "r" * 64
VALID, INVALID, SUSPENDED = (
    PublishedStatus.VALID,
    PublishedStatus.INVALID,
    PublishedStatus.SUSPENDED,
)
SECOND = numbered(CREDENTIAL, 2, configuration="kr.mrrc.1.sd-jwt")


def indexes(*numbers: int) -> object:
    """Randomness that draws these entries, in order."""
    drawn = iter(numbers)
    return lambda count: next(drawn).to_bytes(count)


@pytest.fixture(autouse=True)
def _one_card(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.add(CASE)
        tx.grants.add_token(TOKEN)
        assert tx.credentials.add_card(CARD)
        tx.credentials.free_index(indexes(0))  # type: ignore[arg-type]


def reserve(tx: Transaction) -> None:
    for credential in (CREDENTIAL, SECOND):
        assert tx.credentials.reserve(credential, TOKEN.token_hash, REQUEST)


def published(tx: Transaction) -> list[PublishedStatus]:
    _, entries = tx.credentials.published(1)
    return [entries[each.status_index] for each in (CREDENTIAL, SECOND)]


def test_a_card_is_read_as_it_was_stored(records: SqlRecords) -> None:
    with records.reading() as tx:
        assert tx.credentials.card(CARD.id) == CARD
        assert tx.credentials.card_of_case(CASE.id) == CARD
        assert tx.credentials.cards_of(SUBJECT) == [CARD]
        assert tx.credentials.cards(10) == [CARD]
        assert tx.credentials.card("nobody") is None
        assert tx.credentials.cards_of(OTHER_SUBJECT) == []


def test_a_second_open_card_of_a_person_is_refused_and_the_commit_goes_on(
    records: SqlRecords,
) -> None:
    with records.transaction() as tx:
        assert not tx.credentials.add_card(numbered(CARD, 2))
        tx.audit.append("still.here", "test")
    with records.reading() as tx:
        assert tx.credentials.cards_of(SUBJECT) == [CARD]
        assert tx.audit.head() is not None


@pytest.mark.parametrize("state", [CardState.REVOKED, CardState.VOIDED])
def test_a_card_that_ended_is_no_card_of_its_case(records: SqlRecords, state: CardState) -> None:
    with records.transaction() as tx:
        tx.credentials.save_card(replace(CARD, state=state, reason="209"))
        assert tx.credentials.card_of_case(CASE.id) is None
        assert tx.credentials.card(CARD.id) == replace(CARD, state=state, reason="209")
        assert tx.credentials.add_card(numbered(CARD, 2))


def test_two_active_cards_of_a_person_are_impossible(records: SqlRecords) -> None:
    second = numbered(CARD, 2)
    with records.transaction() as tx:
        tx.credentials.save_card(replace(CARD, state=CardState.ACTIVE, reason=None))
        assert tx.credentials.add_card(second)
    with pytest.raises(StationError) as refused, records.transaction() as tx:
        tx.credentials.save_card(replace(second, state=CardState.ACTIVE, reason=None))
    assert (refused.value.code, refused.value.detail) == ("database.unusable", "IntegrityError")
    with records.reading() as tx:
        assert [c.state for c in tx.credentials.cards_of(SUBJECT) if c.id == second.id] == [
            CardState.PENDING_ACTIVATION
        ]


def test_an_intent_is_published_as_suspended(records: SqlRecords) -> None:
    with records.transaction() as tx:
        reserve(tx)
        assert published(tx) == [SUSPENDED, SUSPENDED]
        both = sorted((CREDENTIAL, SECOND), key=lambda each: each.id)
        assert tx.credentials.of_case(CASE.id) == both
        assert tx.credentials.of_card(CARD.id) == both
        assert tx.credentials.by_id(SECOND.id) == SECOND
        assert tx.credentials.in_state(IssueState.INTENDED) == both
        assert tx.credentials.in_state(IssueState.SIGNED) == []


def test_a_configuration_is_reserved_once_for_a_token(records: SqlRecords) -> None:
    again = numbered(CREDENTIAL, 3)
    with records.transaction() as tx:
        reserve(tx)
        before = tx.credentials.status_version(1)
        assert not tx.credentials.reserve(again, TOKEN.token_hash, REQUEST)
        assert tx.credentials.by_id(again.id) is None
        assert tx.credentials.status_version(1) == before


def test_the_status_follows_the_card(records: SqlRecords) -> None:
    with records.transaction() as tx:
        reserve(tx)
        for state, expected in (
            (CardState.ACTIVE, VALID),
            (CardState.SUSPENDED, SUSPENDED),
            (CardState.ACTIVE, VALID),
            (CardState.REVOKED, INVALID),
        ):
            tx.credentials.save_card(replace(CARD, state=state, reason=None))
            assert published(tx) == [expected, expected]


@pytest.mark.parametrize("end", [CardState.REVOKED, CardState.VOIDED])
@pytest.mark.parametrize("later", [CardState.ACTIVE, CardState.SUSPENDED, CardState.VOIDED,
                                   CardState.PENDING_ACTIVATION, CardState.REVOKED])  # fmt: skip
def test_an_entry_never_leaves_invalid(
    records: SqlRecords, end: CardState, later: CardState
) -> None:
    with records.transaction() as tx:
        reserve(tx)
        tx.credentials.save_card(replace(CARD, state=end, reason="first"))
        tx.credentials.save_card(replace(CARD, state=later, reason="later"))
        assert published(tx) == [INVALID, INVALID]
        assert tx.credentials.card(CARD.id) == replace(CARD, state=end, reason="first")


def test_a_voided_credential_stays_invalid_when_its_card_becomes_active(
    records: SqlRecords,
) -> None:
    with records.transaction() as tx:
        reserve(tx)
        assert tx.credentials.void(SECOND.id)
        tx.credentials.save_card(replace(CARD, state=CardState.ACTIVE, reason=None))
        assert published(tx) == [VALID, INVALID]


def test_a_status_change_makes_a_new_version_and_nothing_else_does(records: SqlRecords) -> None:
    with records.transaction() as tx:
        versions = [tx.credentials.status_version(1)]
        for act in (
            lambda: reserve(tx),
            lambda: tx.credentials.save_card(replace(CARD, state=CardState.ACTIVE, reason=None)),
            lambda: tx.credentials.save_card(replace(CARD, state=CardState.ACTIVE, reason=None)),
            lambda: tx.credentials.void(SECOND.id),
            lambda: tx.credentials.void(SECOND.id),
            lambda: tx.credentials.save_card(replace(CARD, state=CardState.REVOKED, reason=None)),
            lambda: tx.credentials.save_card(replace(CARD, state=CardState.REVOKED, reason=None)),
        ):
            act()
            versions.append(tx.credentials.status_version(1))
    assert versions == [1, 3, 4, 4, 5, 5, 6, 6]


def test_an_issue_goes_from_intended_to_signed_to_delivered(records: SqlRecords) -> None:
    with records.transaction() as tx:
        reserve(tx)
        assert not tx.credentials.mark_delivered(CREDENTIAL.id)
        assert tx.credentials.mark_signed(CREDENTIAL.id, "0" * 64, b"the answer")
        assert not tx.credentials.mark_signed(CREDENTIAL.id, "1" * 64, b"another")
        assert tx.credentials.mark_delivered(CREDENTIAL.id)
        assert not tx.credentials.mark_delivered(CREDENTIAL.id)
        assert not tx.credentials.void(CREDENTIAL.id)
        assert published(tx) == [SUSPENDED, SUSPENDED]
        found = tx.credentials.by_id(CREDENTIAL.id)
        assert found == replace(CREDENTIAL, state=IssueState.DELIVERED)


@pytest.mark.parametrize("signed", [True, False])
def test_what_is_voided_is_never_signed_or_delivered(records: SqlRecords, signed: bool) -> None:
    with records.transaction() as tx:
        reserve(tx)
        if signed:
            tx.credentials.mark_signed(CREDENTIAL.id, "0" * 64, b"the answer")
        assert tx.credentials.void(CREDENTIAL.id)
        assert not tx.credentials.void(CREDENTIAL.id)
        assert not tx.credentials.mark_signed(CREDENTIAL.id, "0" * 64, b"the answer")
        assert not tx.credentials.mark_delivered(CREDENTIAL.id)
        assert tx.credentials.response_of(TOKEN.token_hash, REQUEST) is None
        assert published(tx) == [INVALID, SUSPENDED]


def test_a_response_is_for_its_token_and_its_request(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.credentials.reserve(CREDENTIAL, TOKEN.token_hash, REQUEST)
        assert tx.credentials.response_of(TOKEN.token_hash, REQUEST) is None
        tx.credentials.mark_signed(CREDENTIAL.id, "0" * 64, b"the answer")
        found = tx.credentials.response_of(TOKEN.token_hash, REQUEST)
        assert found == (CREDENTIAL.id, b"the answer")
        assert tx.credentials.response_of("0" * 64, REQUEST) is None
        assert tx.credentials.response_of(TOKEN.token_hash, "0" * 64) is None
        tx.credentials.erase_response(CREDENTIAL.id)
        assert tx.credentials.response_of(TOKEN.token_hash, REQUEST) is None


def test_every_response_of_a_case_is_erased(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.credentials.reserve(CREDENTIAL, TOKEN.token_hash, REQUEST)
        tx.credentials.reserve(SECOND, TOKEN.token_hash, "s" * 64)
        for each in (CREDENTIAL, SECOND):
            tx.credentials.mark_signed(each.id, "0" * 64, b"the answer")
        tx.credentials.erase_responses(CASE.id)
        assert tx.credentials.response_of(TOKEN.token_hash, REQUEST) is None
        assert tx.credentials.response_of(TOKEN.token_hash, "s" * 64) is None


def test_a_stored_response_is_sealed_and_bound_to_its_credential(
    records: SqlRecords, engine: Engine, database: Path
) -> None:
    with records.transaction() as tx:
        tx.credentials.reserve(CREDENTIAL, TOKEN.token_hash, REQUEST)
        tx.credentials.reserve(SECOND, TOKEN.token_hash, "s" * 64)
        for each in (CREDENTIAL, SECOND):
            tx.credentials.mark_signed(each.id, "0" * 64, b"the answer")
    engine.dispose()
    assert b"the answer" not in database.read_bytes()
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE credentials SET response = (SELECT response FROM credentials "
                 "WHERE id = :other) WHERE id = :this"),
            {"this": CREDENTIAL.id, "other": SECOND.id},
        )  # fmt: skip
    with records.reading() as tx, pytest.raises(StationError) as refused:
        tx.credentials.response_of(TOKEN.token_hash, REQUEST)
    assert refused.value.code == "key.unusable"


def test_a_device_key_stays_with_its_resident(records: SqlRecords) -> None:
    with records.transaction() as tx:
        assert tx.credentials.bind_device_key("k", SUBJECT)
        assert tx.credentials.bind_device_key("k", SUBJECT)
        assert not tx.credentials.bind_device_key("k", OTHER_SUBJECT)


def test_a_free_entry_was_never_used_not_even_by_what_is_void(records: SqlRecords) -> None:
    with records.transaction() as tx:
        reserve(tx)
        tx.credentials.void(CREDENTIAL.id)
        used = (CREDENTIAL.status_index, SECOND.status_index)
        drawn = indexes(*used, used[0] + rows.LIST_SIZE, 99)
        assert tx.credentials.free_index(drawn) == (1, 99)  # type: ignore[arg-type]


def test_a_free_entry_lies_within_the_list(records: SqlRecords) -> None:
    with records.transaction() as tx:
        last = tx.credentials.free_index(lambda count: b"\xff" * count)
        assert last == (1, rows.LIST_SIZE - 1)
        assert tx.credentials.published(1) == (rows.LIST_SIZE, {})


def test_a_list_that_is_full_enough_gets_a_successor(
    records: SqlRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    with records.transaction() as tx:
        reserve(tx)
        monkeypatch.setattr(rows, "FULL_ENOUGH", 3 / rows.LIST_SIZE)
        assert tx.credentials.free_index(indexes(5)) == (1, 5)  # type: ignore[arg-type]
        monkeypatch.setattr(rows, "FULL_ENOUGH", 2 / rows.LIST_SIZE)
        assert tx.credentials.free_index(indexes(5)) == (2, 5)  # type: ignore[arg-type]
        assert tx.credentials.free_index(indexes(6)) == (2, 6)  # type: ignore[arg-type]
        assert tx.credentials.published(1)[1].keys() == {7, 1002}


def test_an_unknown_list_is_empty(records: SqlRecords) -> None:
    with records.reading() as tx:
        assert tx.credentials.status_version(9) is None
        assert tx.credentials.published(9) == (0, {})


def test_publication_times_only_grow(records: SqlRecords) -> None:
    with records.transaction() as tx:
        times = [
            tx.credentials.claim_publication(1, 1, now)
            for now in (
                NOW.replace(microsecond=999_999),
                NOW,  # The same second again.
                NOW - timedelta(days=1),  # A clock set back.
                NOW + timedelta(hours=1),
            )
        ]
    assert times == [
        NOW,
        NOW + timedelta(seconds=1),
        NOW + timedelta(seconds=2),
        NOW + timedelta(hours=1),
    ]
    assert all(isinstance(each, datetime) and each.tzinfo is UTC for each in times)


def test_an_older_version_is_not_published_after_a_newer_one(records: SqlRecords) -> None:
    with records.transaction() as tx:
        assert tx.credentials.claim_publication(1, 7, NOW) == NOW
        assert tx.credentials.claim_publication(1, 6, NOW + timedelta(hours=1)) is None
        assert tx.credentials.claim_publication(1, 7, NOW) == NOW + timedelta(seconds=1)
        assert tx.credentials.claim_publication(9, 1, NOW) is None


def test_the_attestation_key_of_a_device_serves_one_person(records: SqlRecords) -> None:
    with records.transaction() as tx:
        assert tx.credentials.bind_attestation_signer("s" * 64, SUBJECT)
        assert tx.credentials.bind_attestation_signer("s" * 64, SUBJECT)
        assert not tx.credentials.bind_attestation_signer("s" * 64, OTHER_SUBJECT)
        assert tx.credentials.bind_attestation_signer("t" * 64, OTHER_SUBJECT)
    with records.transaction() as tx:
        assert not tx.credentials.bind_attestation_signer("s" * 64, OTHER_SUBJECT)
