"""The tx_code: five comparisons and no more, whoever guesses, however many at once."""

import hmac
import threading
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest

from tests.flows import invariants
from tests.flows.wallet import Wallet, error_of
from tests.flows.world import OFFICER, World, in_threads

INVALID_GRANT = (400, "invalid_grant")
TRIES = 5
GUESSERS = 64


def wrong(code: str, place: int = 0) -> str:
    """A code of the right form that is not `code`."""
    return f"{(int(code) + 1 + place) % 10**6:06d}"


def guesses(world: World) -> int:
    [row] = invariants.rows(world.folder, "SELECT guesses FROM offers")
    spent: int = row["guesses"]
    return spent


def guess_wrong(phone: Wallet, code: str, times: int) -> None:
    for place in range(times):
        assert error_of(phone.exchange(wrong(code, place))) == INVALID_GRANT


def test_right_code_after_four_wrong_ones_works(world: World) -> None:
    number, phone = world.offered()
    code = world.tx_code(number)
    guess_wrong(phone, code, TRIES - 1)
    assert world.shown(number).offer.tries_left == 1
    assert phone.exchange(code).status_code == 200


def test_right_code_after_five_wrong_ones_is_refused(world: World) -> None:
    number, phone = world.offered()
    code = world.tx_code(number)
    guess_wrong(phone, code, TRIES)
    assert error_of(phone.exchange(code)) == INVALID_GRANT
    assert guesses(world) == TRIES
    assert invariants.events(world.folder)[-2:] == ["tx_code.wrong", "offer.dead"]


def test_wrong_code_does_not_burn_the_offer(world: World) -> None:
    number, phone = world.offered()
    code = world.tx_code(number)
    guess_wrong(phone, code, 1)
    assert world.tx_code(number) == code
    assert phone.exchange(code).status_code == 200


def test_offer_that_died_of_guesses_is_replaced(world: World) -> None:
    number, phone = world.offered()
    guess_wrong(phone, world.tx_code(number), TRIES)
    assert phone.fetch(world.offer(number)).status_code == 200
    assert phone.exchange(world.tx_code(number)).status_code == 200


def test_guesses_in_parallel_are_compared_five_times(world: World) -> None:
    """Counted where it is compared, so that a count that lies is found out."""
    number, phone = world.offered()
    code = world.tx_code(number)
    with mock.patch.object(hmac, "compare_digest", wraps=hmac.compare_digest) as compare:
        answers = in_threads(GUESSERS, lambda place: phone.exchange(wrong(code, place)))
    assert {error_of(answer) for answer in answers} == {INVALID_GRANT}
    assert compare.call_count == TRIES
    assert guesses(world) == TRIES
    assert error_of(phone.exchange(code)) == INVALID_GRANT


def test_right_code_among_parallel_guesses_wins_at_most_once(world: World) -> None:
    number, phone = world.offered()
    code = world.tx_code(number)
    with mock.patch.object(hmac, "compare_digest", wraps=hmac.compare_digest) as compare:
        answers = in_threads(
            GUESSERS, lambda place: phone.exchange(code if place % 8 == 0 else wrong(code, place))
        )
    assert compare.call_count <= TRIES
    assert sum(answer.status_code == 200 for answer in answers) <= 1


def test_guess_is_durable_before_it_is_compared(world: World) -> None:
    number, phone = world.offered()
    code = world.tx_code(number)
    seen: list[int] = []

    def compare(_given: bytes, _expected: bytes) -> bool:
        seen.append(guesses(world))
        return False

    with mock.patch.object(hmac, "compare_digest", compare):
        phone.exchange(code)
        phone.exchange(code)
    assert seen == [1, 2]


def test_count_survives_a_restart(world: World) -> None:
    number, phone = world.offered()
    code = world.tx_code(number)
    guess_wrong(phone, code, TRIES - 1)
    again = world.restarted().wallet()
    assert error_of(again.exchange(wrong(code), phone.code)) == INVALID_GRANT
    assert error_of(again.exchange(code, phone.code)) == INVALID_GRANT
    assert guesses(world) == TRIES


@pytest.mark.parametrize("missing", [None, ""])
def test_missing_tx_code_costs_no_guess(world: World, missing: str | None) -> None:
    _, phone = world.offered()
    assert error_of(phone.exchange(missing)) == (400, "invalid_request")
    assert guesses(world) == 0


def test_guess_at_the_code_itself_costs_no_guess(world: World) -> None:
    number, phone = world.offered()
    answer = phone.exchange(world.tx_code(number), "A" * len(phone.code))
    assert error_of(answer) == INVALID_GRANT
    assert guesses(world) == 0


def test_answer_does_not_tell_which_was_wrong(world: World) -> None:
    number, phone = world.offered()
    code = world.tx_code(number)
    wrong_tx_code = phone.exchange(wrong(code))
    wrong_code = phone.exchange(code, "A" * len(phone.code))
    assert wrong_tx_code.content == wrong_code.content
    assert wrong_tx_code.headers == wrong_code.headers


@pytest.mark.parametrize("guess", ["123 456", "１２３４５６", "00000000000000000", "abcdef"])
def test_code_of_another_form_is_a_wrong_guess(world: World, guess: str) -> None:
    _, phone = world.offered()
    assert error_of(phone.exchange(guess)) == INVALID_GRANT


def test_tx_code_is_never_beside_the_qr_code(world: World) -> None:
    number = world.approved()
    uri = world.offer(number)
    before = world.shown(number)
    assert before.uri == uri
    assert before.tx_code is None
    world.wallet().fetch(uri)
    after = world.shown(number)
    assert after.uri is None
    assert after.tx_code is not None


def test_unfetched_offer_takes_no_code(world: World) -> None:
    """Nobody types what was never shown: the code alone opens nothing."""
    number = world.approved()
    world.offer(number)
    case_id = world.station.review.case(number, OFFICER).case.id
    code = world.station.offering._code(case_id, 1)
    assert error_of(world.wallet().exchange("123456", code)) == INVALID_GRANT
    assert guesses(world) == 0


def test_last_wrong_guess_kills_only_the_offer_it_was_for(world: World) -> None:
    """While the fifth guess is compared, the officer replaces the offer: the new one lives."""
    number, old = world.offered()
    code = world.tx_code(number)
    guess_wrong(old, code, TRIES - 1)
    new = world.wallet()

    def replaced(_given: bytes, _expected: bytes) -> bool:
        assert new.fetch(world.offer(number)).status_code == 200
        return False

    with mock.patch.object(hmac, "compare_digest", replaced):
        assert error_of(old.exchange(code)) == INVALID_GRANT
    assert new.exchange(world.tx_code(number)).status_code == 200


def test_codes_compared_at_once_give_one_token(world: World) -> None:
    """Five right guesses, all compared before the first of them takes the offer."""
    number, phone = world.offered()
    code = world.tx_code(number)
    together = threading.Barrier(TRIES)

    def compare(given: bytes, expected: bytes) -> bool:
        together.wait(30)
        return given == expected

    with mock.patch.object(hmac, "compare_digest", compare):
        answers = in_threads(TRIES, lambda _: phone.exchange(code))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * (TRIES - 1)
    lost = {error_of(answer) for answer in answers if answer.status_code != 200}
    assert lost == {INVALID_GRANT}


def test_sixth_guess_is_not_compared_while_five_are(world: World) -> None:
    """None of the five has come to its end yet: the count alone holds the sixth off."""
    number, phone = world.offered()
    code = world.tx_code(number)
    comparing, go_on = threading.Semaphore(0), threading.Event()

    def compare(given: bytes, expected: bytes) -> bool:
        comparing.release()
        go_on.wait(30)
        return given == expected

    with mock.patch.object(hmac, "compare_digest", compare), ThreadPoolExecutor(TRIES) as pool:
        guessing = [pool.submit(phone.exchange, wrong(code, place)) for place in range(TRIES)]
        for _ in range(TRIES):
            assert comparing.acquire(timeout=30)
        sixth = phone.exchange(code)
        compared = comparing.acquire(blocking=False)
        go_on.set()
    assert not compared
    assert error_of(sixth) == INVALID_GRANT
    assert {error_of(each.result()) for each in guessing} == {INVALID_GRANT}
    assert guesses(world) == TRIES
