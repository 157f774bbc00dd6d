"""Single use, one step at a time and by many at once."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from station.adapters.records.database import SqlRecords
from station.domain.grant import OfferState
from station.ports import Transaction
from tests.station.people import CASE, NOW, OFFER, TOKEN, numbered

TYPE_BY = NOW + timedelta(minutes=5)
CROWD = 8


@pytest.fixture(autouse=True)
def _one_offer(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.add(CASE)
        tx.grants.add_offer(OFFER)


def crowd(records: SqlRecords, act: Callable[[Transaction], object]) -> list[object]:
    """What `act` returns to each of a crowd that start together, each in its own commit."""
    start = threading.Barrier(CROWD)
    results: list[object] = []

    def run() -> None:
        start.wait()
        with records.transaction() as tx:
            results.append(act(tx))

    threads = [threading.Thread(target=run) for _ in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == CROWD
    return results


def test_an_offer_is_found_by_its_hashes(records: SqlRecords) -> None:
    with records.reading() as tx:
        assert tx.grants.offer_by_reference(OFFER.reference_hash) == OFFER
        assert tx.grants.offer_by_code(OFFER.code_hash) == OFFER
        assert tx.grants.current_offer(CASE.id) == OFFER
        assert tx.grants.offer_by_reference(OFFER.code_hash) is None
        assert tx.grants.offer_by_code(OFFER.reference_hash) is None
        assert tx.grants.current_offer("nobody") is None


def test_the_current_offer_is_the_one_made_last(records: SqlRecords) -> None:
    second = numbered(OFFER, 2, serial=2)
    with records.transaction() as tx:
        tx.grants.kill_offers(CASE.id)
        tx.grants.add_offer(second)
        assert tx.grants.current_offer(CASE.id) == second
        first = tx.grants.offer_by_code(OFFER.code_hash)
        assert first == replace(OFFER, state=OfferState.DEAD)


def test_the_first_fetch_is_noted_and_no_other(records: SqlRecords) -> None:
    with records.transaction() as tx:
        assert tx.grants.mark_fetched(OFFER, NOW, TYPE_BY)
        later = NOW + timedelta(seconds=30)
        assert not tx.grants.mark_fetched(OFFER, later, TYPE_BY + timedelta(hours=1))
        assert tx.grants.current_offer(CASE.id) == replace(OFFER, fetched_at=NOW, type_by=TYPE_BY)


def test_five_guesses_and_no_sixth(records: SqlRecords) -> None:
    with records.transaction() as tx:
        spent = [tx.grants.count_guess(OFFER) for _ in range(7)]
    assert spent == [1, 2, 3, 4, 5, None, None]


@pytest.mark.parametrize("end", ["consume", "kill"])
def test_an_offer_that_is_over_takes_no_fetch_guess_or_exchange(
    records: SqlRecords, end: str
) -> None:
    with records.transaction() as tx:
        assert tx.grants.consume_offer(OFFER) if end == "consume" else True
        tx.grants.kill_offers(CASE.id)
        assert not tx.grants.mark_fetched(OFFER, NOW, TYPE_BY)
        assert tx.grants.count_guess(OFFER) is None
        assert not tx.grants.consume_offer(OFFER)
        state = OfferState.CONSUMED if end == "consume" else OfferState.DEAD
        current = tx.grants.current_offer(CASE.id)
        assert current is not None
        assert (current.state, current.guesses, current.fetched_at) == (state, 0, None)


def test_killing_offers_is_for_one_case(records: SqlRecords) -> None:
    other = numbered(CASE, 2)
    with records.transaction() as tx:
        tx.cases.add(other)
        tx.grants.add_offer(numbered(OFFER, 2, case_id=other.id))
        tx.grants.kill_offers(CASE.id)
        kept = tx.grants.current_offer(other.id)
        assert kept is not None
        assert kept.state is OfferState.LIVE


def test_a_token_is_found_by_its_hash_until_it_is_revoked(records: SqlRecords) -> None:
    token = replace(TOKEN, identified="kr.mrrc.1.mdoc kr.mrrc.1.sd-jwt")
    with records.transaction() as tx:
        tx.grants.add_token(token)
        assert tx.grants.token(token.token_hash) == token
        assert tx.grants.token("0" * 64) is None
        tx.grants.revoke_tokens(CASE.id)
        assert tx.grants.tokens_of(CASE.id) == [replace(token, revoked=True)]


def test_a_single_use_is_used_once_for_each_kind(records: SqlRecords) -> None:
    with records.transaction() as tx:
        assert tx.grants.consume("c_nonce", "h", NOW)
        assert not tx.grants.consume("c_nonce", "h", NOW)
        assert not tx.grants.consume("c_nonce", "h", NOW + timedelta(days=1))
        assert tx.grants.consume("notification", "h", NOW)
        assert tx.grants.consume("c_nonce", "i", NOW)


def test_only_what_has_expired_is_forgotten(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.grants.consume("c_nonce", "old", NOW - timedelta(microseconds=1))
        tx.grants.consume("c_nonce", "now", NOW)
        tx.grants.forget_consumed(NOW)
        assert not tx.grants.consume("c_nonce", "now", NOW)
        assert tx.grants.consume("c_nonce", "old", NOW)


def test_of_a_crowd_one_uses_a_single_use(records: SqlRecords) -> None:
    results = crowd(records, lambda tx: tx.grants.consume("c_nonce", "h", NOW))
    assert sorted(results) == [False] * (CROWD - 1) + [True]  # type: ignore[type-var]


def test_of_a_crowd_one_exchanges_an_offer(records: SqlRecords) -> None:
    results = crowd(records, lambda tx: tx.grants.consume_offer(OFFER))
    assert results.count(True) == 1


def test_of_a_crowd_one_is_the_first_to_fetch(records: SqlRecords) -> None:
    results = crowd(records, lambda tx: tx.grants.mark_fetched(OFFER, NOW, TYPE_BY))
    assert results.count(True) == 1


def test_a_crowd_has_five_guesses_together(records: SqlRecords) -> None:
    results = crowd(records, lambda tx: tx.grants.count_guess(OFFER))
    assert {each for each in results if each is not None} == {1, 2, 3, 4, 5}
    assert results.count(None) == CROWD - 5


def test_a_use_that_is_rolled_back_is_not_used(records: SqlRecords) -> None:
    def use_and_fail() -> None:
        with records.transaction() as tx:
            assert tx.grants.consume("c_nonce", "h", NOW)
            assert tx.grants.consume_offer(OFFER)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        use_and_fail()
    with records.transaction() as tx:
        assert tx.grants.consume("c_nonce", "h", NOW)
        assert tx.grants.consume_offer(OFFER)
