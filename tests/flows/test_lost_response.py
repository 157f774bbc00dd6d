"""A response that was lost comes again octet for octet: to its token and request, until the end.

Source  assurance programme, invariant 4; ISSU_35b of the ARF: then the copy is erased.
"""

from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from tests.flows.counts import covered
from tests.flows.servers import patiently
from tests.flows.single_use import CREDENTIALS, INVALID_NONCE, SIGNED, outcome
from tests.flows.test_batch import attested, batch, keys, request
from tests.flows.test_encryption import JWT, Sealer
from tests.flows.twins import HERE, THERE, Twins
from tests.flows.wallet import JSON, MDOC, SD_JWT, Wallet
from tests.flows.world import OFFICER, in_threads

MANY = 64
UNUSABLE = (401, "invalid_token")


@dataclass
class Asked:
    """A credential request that can be sent again and again."""

    twins: Twins
    number: str
    phone: Wallet
    body: bytes
    content_type: str = JSON

    def send(self, side: int, token: str | None = None, more: bytes = b"") -> httpx.Response:
        headers = {
            "Content-Type": self.content_type,
            "Authorization": f"Bearer {token or self.phone.access_token}",
        }
        return self.twins.sides[side].post("/credential", content=self.body + more, headers=headers)

    def signed(self) -> int:
        """How many signatures were made for the case."""
        return self.twins.count(SIGNED, self.number)

    def kept(self) -> int:
        """How many responses are kept for the case."""
        return self.twins.count(f"{CREDENTIALS} AND response IS NOT NULL", self.number)

    def delivered(self) -> bool:
        delivered = f"{CREDENTIALS} AND credentials.state = 'delivered'"
        return self.twins.count(delivered, self.number) > 0


def one_proof(phone: Wallet) -> tuple[bytes, str]:
    return phone.body(MDOC), JSON


def three_proofs(phone: Wallet) -> tuple[bytes, str]:
    return batch(phone, SD_JWT, keys(3)), JSON


def bare_attestation(phone: Wallet) -> tuple[bytes, str]:
    return request(MDOC, attestation=[attested(phone, keys(2), phone.nonce())]), JSON


def encrypted(phone: Wallet) -> tuple[bytes, str]:
    sealer = Sealer(phone)
    return sealer.seal(sealer.asking(SD_JWT)), JWT


KINDS: dict[str, Callable[[Wallet], tuple[bytes, str]]] = {
    "one proof": one_proof,
    "three proofs": three_proofs,
    "attestation": bare_attestation,
    "encrypted": encrypted,
}


def asked(twins: Twins, kind: str) -> Asked:
    number = twins.approved()
    phone = twins.granted(Wallet, number)
    return Asked(twins, number, phone, *KINDS[kind](phone))


@pytest.fixture(params=KINDS)
def question(request: pytest.FixtureRequest, twins: Twins) -> Asked:
    return asked(twins, request.param)


def test_it_is_signed_once_however_often_it_is_fetched(question: Asked) -> None:
    """64 at two servers: those that come while it is made are refused, the others are equal."""
    answers = in_threads(MANY, lambda place: question.send(place // 2 % 2))
    covered("responses fetched again", MANY)
    good = [answer for answer in answers if answer.is_success]
    assert len({answer.content for answer in good}) == 1
    assert {outcome(answer) for answer in answers} <= {None, INVALID_NONCE}
    copies = question.signed()
    again = [question.send(side) for side in (HERE, THERE)]
    assert {answer.content for answer in again} == {good[0].content}
    assert question.signed() == copies
    assert question.kept() == 1


def test_it_is_given_to_no_other_token(question: Asked) -> None:
    first = question.send(HERE)
    other = question.twins.granted(Wallet, question.twins.approved())
    for side in (HERE, THERE):
        stolen = question.send(side, other.access_token)
        assert outcome(stolen) == INVALID_NONCE
    assert question.send(THERE).content == first.content


def test_it_is_given_to_no_other_request(question: Asked) -> None:
    first = question.send(HERE)
    for side in (HERE, THERE):
        other = question.send(side, more=b" ")
        assert not other.is_success
        assert other.json().keys() <= {"error", "error_description"}
    assert question.send(THERE).content == first.content


def test_it_is_erased_when_the_wallet_accepts(twins: Twins) -> None:
    """Fetched 64-fold while it is accepted: equal until then, refused from then on."""
    question = asked(twins, "three proofs")
    first = question.send(HERE)
    identifier = {"notification_id": first.json()["notification_id"]}

    def hand(place: int) -> httpx.Response | None:
        if place == MANY // 2:
            assert question.phone.notify(identifier).status_code == 204
            return None
        return question.send(place % 2)

    answers = [each for each in in_threads(MANY, hand) if each is not None]
    assert {each.content for each in answers if each.is_success} <= {first.content}
    assert {outcome(each) for each in answers} <= {None, INVALID_NONCE}
    assert {outcome(question.send(side)) for side in (HERE, THERE)} == {INVALID_NONCE}
    assert question.kept() == 0
    assert question.signed() == 3


def activate(question: Asked) -> None:
    question.twins.station.lifecycle.activate(question.number, OFFICER)


def cancel(question: Asked) -> None:
    question.twins.station.counter.cancel(question.number, OFFICER, "resident")


def offer_again(question: Asked) -> None:
    question.twins.station.offering.offer(question.number, OFFICER)


@pytest.mark.parametrize("end", [activate, cancel, offer_again])
def test_it_is_erased_when_the_issue_ends(twins: Twins, end: Callable[[Asked], None]) -> None:
    question = asked(twins, "encrypted")
    assert question.send(HERE).is_success
    patiently(question.delivered, "no delivery noted")
    end(question)
    assert {outcome(question.send(side)) for side in (HERE, THERE)} == {UNUSABLE}
    assert question.kept() == 0


@pytest.fixture(scope="module")
def killed(twins: Twins) -> dict[str, tuple[Asked, bytes]]:
    """Responses that were lost when both servers were killed."""
    questions = {kind: asked(twins, kind) for kind in KINDS}
    answers = {kind: (each, each.send(HERE).content) for kind, each in questions.items()}
    twins.kill()
    twins.restart()
    return answers


@pytest.mark.parametrize("kind", KINDS)
def test_it_comes_again_after_a_kill(killed: dict[str, tuple[Asked, bytes]], kind: str) -> None:
    question, lost = killed[kind]
    copies = question.signed()
    for side in (THERE, HERE):
        assert question.send(side).content == lost
    assert question.signed() == copies


def test_it_is_signed_once_when_the_servers_are_killed_meanwhile(twins: Twins) -> None:
    """An intent that was cut off is void, and its nonce is gone with it."""
    question = asked(twins, "three proofs")

    def hand(place: int) -> httpx.Response | None:
        try:
            answer = question.send(place // 2 % 2)
        except httpx.TransportError:
            return None
        twins.kill()
        return answer

    before = [each for each in in_threads(MANY, hand) if each is not None]
    twins.restart()
    after = [question.send(side) for side in (HERE, THERE)]
    bodies = {answer.content for answer in [*before, *after] if answer.is_success}
    assert len(bodies) <= 1
    assert {outcome(answer) for answer in [*before, *after]} <= {None, INVALID_NONCE}
    assert twins.count(CREDENTIALS, question.number) <= 3
