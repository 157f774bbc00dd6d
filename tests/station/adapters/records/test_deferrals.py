"""Requests that wait: one for a token and configuration, ended once, no keys afterwards."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from station.adapters.records.database import SqlRecords
from station.adapters.records.deferrals import POINT_OCTETS
from station.domain.deferral import Deferral, DeferralState
from tests.station.people import CARD, CASE, NOW, TOKEN, numbered, shown

POINTS = (b"\x04" + b"k" * (POINT_OCTETS - 1), b"\x04" + b"l" * (POINT_OCTETS - 1))
DEFERRAL = Deferral(
    id="1" * 32,
    transaction_hash="2" * 64,
    token_hash=TOKEN.token_hash,
    case_id=CASE.id,
    card_id=CARD.id,
    configuration="kr.mrrc.1.mdoc",
    request="3" * 64,
    keys=POINTS,
    made_at=NOW,
    expires_at=NOW + timedelta(hours=1),
)
OTHER = replace(DEFERRAL, id="4" * 32, transaction_hash="5" * 64, configuration="kr.mrrc.1.sd-jwt")
ENDS = [DeferralState.ISSUED, DeferralState.GIVEN_UP]


@pytest.fixture(autouse=True)
def _one_waits(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.add(CASE)
        tx.grants.add_token(TOKEN)
        tx.credentials.add_card(CARD)
        assert tx.deferrals.add(DEFERRAL)


def test_a_deferral_is_found_as_it_was_added(records: SqlRecords) -> None:
    with records.reading() as tx:
        assert tx.deferrals.by_transaction(DEFERRAL.transaction_hash) == DEFERRAL
        assert tx.deferrals.waiting(CASE.id) == [DEFERRAL]
        assert tx.deferrals.waiting_for(TOKEN.token_hash, DEFERRAL.configuration) == DEFERRAL
        assert tx.deferrals.by_transaction(DEFERRAL.id) is None
        assert tx.deferrals.waiting_for(TOKEN.token_hash, OTHER.configuration) is None
        assert tx.deferrals.waiting("nobody") == []


def test_a_deferral_does_not_show_its_keys() -> None:
    assert "kkkk" not in shown(DEFERRAL)


def test_a_token_waits_for_a_configuration_once(records: SqlRecords) -> None:
    again = replace(DEFERRAL, id="6" * 32, transaction_hash="7" * 64, request="8" * 64)
    with records.transaction() as tx:
        assert not tx.deferrals.add(again)
        assert tx.deferrals.add(OTHER)
        assert tx.deferrals.waiting(CASE.id) == [DEFERRAL, OTHER]
        assert tx.deferrals.end(DEFERRAL.id, DeferralState.GIVEN_UP)
        assert tx.deferrals.add(again)


def test_two_deferrals_never_have_one_transaction_id(records: SqlRecords) -> None:
    same = replace(OTHER, transaction_hash=DEFERRAL.transaction_hash)
    with records.transaction() as tx:
        assert not tx.deferrals.add(same)


@pytest.mark.parametrize("state", ENDS)
@pytest.mark.parametrize("later", ENDS)
def test_a_deferral_ends_once_and_keeps_no_keys(
    records: SqlRecords, state: DeferralState, later: DeferralState
) -> None:
    with records.transaction() as tx:
        assert tx.deferrals.end(DEFERRAL.id, state)
        assert not tx.deferrals.end(DEFERRAL.id, later)
        tx.deferrals.give_up(CASE.id)
        ended = tx.deferrals.by_transaction(DEFERRAL.transaction_hash)
        assert ended == replace(DEFERRAL, state=state, keys=())
        assert tx.deferrals.waiting(CASE.id) == []


def test_giving_up_a_case_ends_all_that_waits_in_it_and_nothing_else(records: SqlRecords) -> None:
    elsewhere, token = numbered(CASE, 2), numbered(TOKEN, 2, case_id=f"{2:032x}")
    third = replace(
        OTHER, id="9" * 32, transaction_hash="9" * 64, token_hash=token.token_hash,
        case_id=elsewhere.id,
    )  # fmt: skip
    with records.transaction() as tx:
        tx.cases.add(elsewhere)
        tx.grants.add_token(token)
        assert tx.deferrals.add(OTHER)
        assert tx.deferrals.add(third)
        tx.deferrals.give_up(CASE.id)
        assert tx.deferrals.waiting(CASE.id) == []
        assert tx.deferrals.waiting(elsewhere.id) == [third]


@pytest.mark.parametrize("strange", ["token_hash", "case_id", "card_id"])
def test_a_deferral_belongs_to_a_token_a_case_and_a_card(records: SqlRecords, strange: str) -> None:
    with records.transaction() as tx:
        changes: dict[str, Any] = {strange: "0" * 31 + "x"}
        assert not tx.deferrals.add(replace(OTHER, **changes))
