"""Five guesses for an offer, whoever guesses, at whichever server, before and after kill -9.

Source  assurance programme, invariant 5.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import httpx
import pytest

from tests.flows import invariants
from tests.flows.counts import covered
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.single_use import GUESSES, INVALID_GRANT, TOKENS, outcome
from tests.flows.test_tx_code import TRIES, wrong
from tests.flows.twins import HERE, THERE, Twins
from tests.flows.wallet import Wallet
from tests.flows.world import in_threads

MANY = 64
OF_CASE = "SELECT event FROM audit JOIN cases ON cases.id = case_id WHERE number = ?"


@dataclass
class Guessing:
    """One offer that was scanned, and those who guess at its tx_code."""

    twins: Twins
    phone: Wallet
    number: str = field(init=False)
    code: str = field(init=False)

    def __post_init__(self) -> None:
        self.number = self.twins.approved()
        self.code = self.twins.scanned(self.phone, self.number)

    def guess(self, side: int, code: str) -> tuple[int, str] | None:
        return outcome(replace(self.phone, http=self.twins.sides[side]).exchange(code))

    def wrong(self, place: int = 0) -> str:
        return wrong(self.code, place)

    def at_once(self, right: Callable[[int], bool]) -> int:
        """64 guesses at two servers, the right ones at the places `right` names; how many won."""
        answers = in_threads(
            MANY,
            lambda place: self.guess(
                place // 2 % 2, self.code if right(place) else self.wrong(place)
            ),
        )
        covered("guesses at a tx_code", MANY)
        assert set(answers) <= {None, INVALID_GRANT}
        return answers.count(None)

    def events(self, name: str) -> int:
        entries = invariants.rows(self.twins.folder, OF_CASE, self.number)
        return [entry["event"] for entry in entries].count(name)

    @property
    def guesses(self) -> int:
        return self.twins.count(GUESSES, self.number)

    @property
    def tokens(self) -> int:
        return self.twins.count(TOKENS, self.number)


@pytest.fixture
def guessing(twins: Twins) -> Guessing:
    return Guessing(twins, twins.wallet(Wallet))


MIXES: dict[str, Callable[[int], bool]] = {
    "all wrong": lambda _: False,
    "all right": lambda _: True,
    "one right": lambda place: place == MANY // 2,
    "one right, sent first": lambda place: place == 0,
    "one right, sent last": lambda place: place == MANY - 1,
    "every second right": lambda place: place % 2 == 0,
    "every eighth right": lambda place: place % 8 == 0,
    "right at one server, wrong at the other": lambda place: place // 2 % 2 == HERE,
}


@pytest.mark.parametrize("mix", MIXES)
def test_guesses_at_two_servers_are_five_together(guessing: Guessing, mix: str) -> None:
    won = guessing.at_once(MIXES[mix])
    assert won == guessing.tokens <= 1
    assert guessing.guesses <= TRIES
    # Whoever was compared is on record: as wrong, as granted, or as too late with the right code.
    assert guessing.events("tx_code.wrong") + won <= guessing.guesses
    assert guessing.guess(HERE, guessing.code) == INVALID_GRANT
    if mix == "all wrong":
        assert guessing.guesses == guessing.events("tx_code.wrong") == TRIES


def test_guesses_by_turns_at_two_servers_are_five_together(guessing: Guessing) -> None:
    for place in range(TRIES):
        assert guessing.guess(place % 2, guessing.wrong(place)) == INVALID_GRANT
    for side in (HERE, THERE):
        assert guessing.guess(side, guessing.code) == INVALID_GRANT
    assert (guessing.guesses, guessing.tokens) == (TRIES, 0)


def test_guesses_of_two_phones_at_one_offer_are_five_together(twins: Twins) -> None:
    """Who photographed the QR code guesses with a DPoP key of its own."""
    guessing = Guessing(twins, twins.wallet(DpopWallet))
    thief = twins.wallet(DpopWallet)
    thief.code = guessing.phone.code
    for phone in (guessing.phone, thief):
        phone.nonce()
    answers = in_threads(
        MANY,
        lambda place: outcome((guessing.phone, thief)[place % 2].exchange(guessing.wrong(place))),
    )
    assert set(answers) == {INVALID_GRANT}
    assert (guessing.guesses, guessing.events("tx_code.wrong")) == (TRIES, TRIES)


def test_guesses_while_the_offer_is_replaced_are_five_for_each(guessing: Guessing) -> None:
    twins, old = guessing.twins, guessing.code
    new = twins.wallet(Wallet)

    def hand(place: int) -> str | None:
        if place == MANY // 2:
            return twins.scanned(new, guessing.number)
        guessing.guess(place % 2, wrong(old, place))
        return None

    [code] = [each for each in in_threads(MANY, hand) if each]
    offers = invariants.rows(
        twins.folder,
        "SELECT serial, guesses FROM offers JOIN cases ON cases.id = case_id WHERE number = ?",
        guessing.number,
    )
    assert [offer["serial"] for offer in offers] == [1, 2]
    assert all(offer["guesses"] <= TRIES for offer in offers)
    assert guessing.guess(HERE, old) == INVALID_GRANT
    assert new.exchange(code).status_code == 200


@pytest.fixture(scope="module")
def killed(twins: Twins) -> list[Guessing]:
    """Offers with none to five wrong guesses at the time both servers were killed."""
    made = [Guessing(twins, twins.wallet(Wallet)) for _ in range(TRIES + 1)]
    for count, each in enumerate(made):
        for place in range(count):
            assert each.guess(place % 2, each.wrong(place)) == INVALID_GRANT
    twins.kill()
    twins.restart()
    return made


@pytest.mark.parametrize("before", range(TRIES + 1))
def test_guesses_before_a_kill_count_after_it(killed: list[Guessing], before: int) -> None:
    guessing = killed[before]
    assert guessing.guesses == before
    left = TRIES - before
    for place in range(left - 1):
        assert guessing.guess(place % 2, guessing.wrong(place)) == INVALID_GRANT
    last = None if left else INVALID_GRANT
    assert guessing.guess(HERE, guessing.code) == last
    assert guessing.guess(THERE, guessing.code) == INVALID_GRANT
    assert (guessing.guesses, guessing.tokens) == (TRIES, int(bool(left)))


@pytest.mark.parametrize("mix", ["all wrong", "every eighth right"])
def test_guesses_while_the_servers_are_killed_are_five_together(
    guessing: Guessing, mix: str
) -> None:
    """The kill comes with the first answer; afterwards everybody guesses again."""
    twins = guessing.twins

    def hand(place: int) -> tuple[int, str] | None:
        code = guessing.code if MIXES[mix](place) else guessing.wrong(place)
        try:
            answer = guessing.guess(place // 2 % 2, code)
        except httpx.TransportError:
            return INVALID_GRANT
        twins.kill()
        return answer

    won = in_threads(MANY, hand).count(None)
    before = guessing.guesses
    twins.restart()
    won += guessing.at_once(MIXES[mix])
    assert before <= guessing.guesses <= TRIES
    assert won <= guessing.tokens <= 1
