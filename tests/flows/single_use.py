"""Every secret of an issue as a wallet has it: ready to be used again and again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import httpx

from card_sim.phone.secure_element import DeviceKey
from tests.flows.test_batch import attested, proofs, request
from tests.flows.twins import Twins
from tests.flows.wallet import MDOC, Wallet, error_of

INVALID_GRANT = (400, "invalid_grant")
INVALID_NONCE = (400, "invalid_nonce")
INVALID_PROOF = (400, "invalid_proof")
DENIED = (400, "credential_request_denied")
INVALID_DPOP = (400, "invalid_dpop_proof")
INVALID_DPOP_AT_RESOURCE = (401, "invalid_dpop_proof")
INVALID_CLIENT = (401, "invalid_client")

_OF_CASE = "JOIN cases ON cases.id = case_id WHERE number = ?"
TOKENS = f"SELECT count(*) AS found FROM tokens {_OF_CASE}"
REFRESHED = f"{TOKENS} AND refresh IS NOT NULL"
GUESSES = f"SELECT sum(guesses) AS found FROM offers {_OF_CASE}"
CREDENTIALS = f"SELECT count(*) AS found FROM credentials {_OF_CASE}"
REQUESTS = f"SELECT count(DISTINCT request) AS found FROM credentials {_OF_CASE}"
ISSUED = f"{REQUESTS} AND credentials.state <> 'voided'"
SIGNED = f"SELECT count(*) AS found FROM audit {_OF_CASE} AND event = 'credential.signed'"
NOTIFIED = f"SELECT count(*) AS found FROM audit {_OF_CASE} AND event = 'wallet.notified'"


Use = Callable[[httpx.Client, int], httpx.Response]


@dataclass(frozen=True)
class Secret:
    """One secret.

    `use` sends the request of a place with it, over a given line; no two requests are the same
    octets. The first is answered with `first` (None: with success), all others as in `refused`;
    `effects` is what came of it in the database.
    """

    use: Use
    refused: frozenset[tuple[int, str]]
    effects: Callable[[], int]
    first: tuple[int, str] | None = None

    def taken(self, answers: Iterable[httpx.Response | None]) -> int:
        """How many of the answers say that the secret was good; None: none came."""
        said = [outcome(answer) for answer in answers if answer is not None]
        assert {each for each in said if each != self.first} <= self.refused
        return said.count(self.first)


Maker = Callable[[Twins, int], Secret]
"""Makes a secret that is ready for so many uses."""


def outcome(answer: httpx.Response) -> tuple[int, str] | None:
    return None if answer.is_success else error_of(answer)


def secret_of(
    twins: Twins,
    use: Use,
    refused: Iterable[tuple[int, str]],
    effects: tuple[str, ...],
    first: tuple[int, str] | None = None,
) -> Secret:
    query, *numbers = effects
    return Secret(use, frozenset(refused), lambda: twins.count(query, *numbers), first)


def posting(phones: tuple[Wallet, ...], bodies: list[bytes]) -> Use:
    """The credential request of each place, the phones taking turns."""

    def use(http: httpx.Client, place: int) -> httpx.Response:
        return replace(phones[place % len(phones)], http=http).credential(bodies[place])

    return use


def fresh_nonce(twins: Twins) -> str:
    return twins.station.offering.nonce()


def body_of(twins: Twins, phone: Wallet, configuration: str, nonce: str | None = None) -> bytes:
    return phone.body(configuration, phone.proof(nonce or fresh_nonce(twins)))


def batch_of(twins: Twins, phone: Wallet, own: tuple[DeviceKey, ...], nonce: str = "") -> bytes:
    fresh = nonce or fresh_nonce(twins)
    return request(MDOC, jwt=proofs(phone, own, fresh, attested(phone, own, fresh)))
