"""Two server processes on one database: secrets work once, and neither harms the other."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from card_sim.phone.jose import decode_jws
from tests.flows import invariants
from tests.flows.journey import Journey
from tests.flows.killing_server import Point
from tests.flows.materials import free_port
from tests.flows.servers import Server, Servers, signatures_of
from tests.flows.test_single_use import DENIED, INVALID_GRANT, INVALID_NONCE, outcomes
from tests.flows.test_tx_code import GUESSERS, TRIES, wrong
from tests.flows.wallet import CONFIGURATIONS, MDOC, SD_JWT, Wallet, error_of
from tests.flows.world import in_threads

MANY = 16


class Pair:
    """A journey to one server, and a second server on the same folder."""

    def __init__(self, journey: Journey, servers: Servers) -> None:
        self.journey = journey
        self.folder = journey.server.folder
        self.other: Server = servers.plain(self.folder, free_port())
        self.here = journey.wallet
        self.there = replace(
            journey.wallet, http=httpx.Client(base_url=self.other.base, timeout=60)
        )

    def sides(self) -> tuple[Wallet, Wallet]:
        """The same phone, over either server."""
        self.there.code, self.there.access_token = self.here.code, self.here.access_token
        return self.here, self.there

    def everywhere(self, request: Callable[[Wallet, int], httpx.Response]) -> list[httpx.Response]:
        sides = self.sides()
        return in_threads(MANY, lambda place: request(sides[place % 2], place))


@pytest.fixture
def pair(outset: Callable[..., Journey], servers: Servers) -> Iterator[Pair]:
    made = Pair(outset(None), servers)
    yield made
    invariants.hold(made.folder, signatures_of(made.folder))


def test_code_gives_one_token_on_two_servers(pair: Pair) -> None:
    code = pair.journey.tx_code()
    answers = pair.everywhere(lambda phone, _: phone.exchange(code))
    assert outcomes(answers) == (1, {INVALID_GRANT})


def test_guesses_are_counted_over_two_servers(pair: Pair) -> None:
    code = pair.journey.tx_code()
    sides = pair.sides()
    answers = in_threads(GUESSERS, lambda place: sides[place % 2].exchange(wrong(code, place)))
    assert outcomes(answers) == (0, {INVALID_GRANT})
    assert invariants.rows(pair.folder, "SELECT guesses FROM offers") == [{"guesses": TRIES}]
    wrongs = [event for event in invariants.events(pair.folder) if event == "tx_code.wrong"]
    assert len(wrongs) == TRIES
    for phone in sides:
        assert error_of(phone.exchange(code)) == INVALID_GRANT


def test_nonce_of_one_server_is_known_and_spent_at_the_other(pair: Pair) -> None:
    pair.journey.take_token()
    nonce = pair.here.nonce()
    proofs = [pair.here.proof(nonce) for _ in range(MANY)]
    answers = pair.everywhere(
        lambda phone, place: phone.credential(
            phone.body(CONFIGURATIONS[place // 2 % 2], proofs[place])
        )
    )
    assert outcomes(answers) == (1, {INVALID_NONCE})
    assert len(invariants.rows(pair.folder, "SELECT 1 FROM credentials")) == 1


def test_token_gives_each_configuration_once_on_two_servers(pair: Pair) -> None:
    pair.journey.take_token()
    bodies = [pair.here.body(CONFIGURATIONS[place // 2 % 2]) for place in range(MANY)]
    answers = pair.everywhere(lambda phone, place: phone.credential(bodies[place]))
    assert outcomes(answers) == (2, {DENIED})
    assert len(invariants.rows(pair.folder, "SELECT 1 FROM credentials")) == 2


def test_lost_response_comes_from_either_server(pair: Pair) -> None:
    pair.journey.take_token()
    here, there = pair.sides()
    body = here.body(MDOC)
    assert there.credential(body).content == here.credential(body).content


def test_status_lists_of_two_servers_have_times_that_only_rise(pair: Pair) -> None:
    pair.journey.take_token()
    times = []
    for configuration in CONFIGURATIONS:
        assert pair.here.credential(pair.here.body(configuration)).status_code == 200
        for phone in pair.sides():
            times.append(decode_jws(phone.http.get("/status/1").text).payload["iat"])
    assert times == sorted(set(times))


def test_everything_spent_stays_spent_after_kill_and_restart(pair: Pair, servers: Servers) -> None:
    code = pair.journey.tx_code()
    assert error_of(pair.here.exchange(wrong(code))) == INVALID_GRANT
    pair.journey.take_token()
    nonce = pair.here.nonce()
    body = pair.here.body(MDOC, pair.here.proof(nonce))
    first = pair.here.credential(body)
    pair.journey.server.kill()
    pair.other.kill()
    pair.journey.server = servers.plain(pair.folder, pair.journey.port)
    assert error_of(pair.here.exchange(code)) == INVALID_GRANT
    assert error_of(pair.here.credential(pair.here.body(MDOC))) == DENIED
    again = pair.here.body(SD_JWT, pair.here.proof(nonce))
    assert error_of(pair.here.credential(again)) == INVALID_NONCE
    assert pair.here.credential(body).content == first.content
    assert invariants.rows(pair.folder, "SELECT guesses FROM offers") == [{"guesses": 2}]


@pytest.mark.parametrize("when", ["before", "after"])
def test_starting_server_leaves_the_intent_of_a_living_one(
    outset: Callable[..., Journey], servers: Servers, when: str
) -> None:
    """A server stopped in the middle of signing is alive: what it intends is not void."""
    journey = outset(Point("signature", 1, when, "stop"))
    journey.take_token()
    body = journey.wallet.body(MDOC)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(journey.wallet.credential, body)
        journey.server.wait_until_stopped()
        servers.plain(journey.server.folder, free_port())
        query = "SELECT state FROM credentials"
        assert invariants.rows(journey.server.folder, query) == [{"state": "intended"}]
        journey.server.resume()
        assert waiting.result().status_code == 200
    journey.take(SD_JWT)
    invariants.hold(journey.server.folder, signatures_of(journey.server.folder))
