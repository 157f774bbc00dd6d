"""Every secret, used again: one after the other, 64-fold, on two servers, across kill -9.

Source  assurance programme, invariant 4. None of these is among the OpenID Foundation's modules.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest

from tests.flows.counts import covered
from tests.flows.grant_secrets import GRANT_SECRETS
from tests.flows.proof_secrets import PROOF_SECRETS
from tests.flows.single_use import Maker, Secret
from tests.flows.twins import HERE, THERE, Twins
from tests.flows.world import in_threads

SECRETS: dict[str, Maker] = GRANT_SECRETS | PROOF_SECRETS
MANY = 64
AGAIN = 4
AT_THE_KILL = 4

Situation = Callable[[Twins, Secret], list[httpx.Response]]


def in_sequence(twins: Twins, secret: Secret) -> list[httpx.Response]:
    return [secret.use(twins.sides[HERE], place) for place in range(AGAIN)]


def in_parallel(twins: Twins, secret: Secret) -> list[httpx.Response]:
    return in_threads(MANY, lambda place: secret.use(twins.sides[HERE], place))


def on_two_servers(twins: Twins, secret: Secret) -> list[httpx.Response]:
    """By turns in pairs, so that either server sees every kind of request."""
    return in_threads(MANY, lambda place: secret.use(twins.sides[place // 4 % 2], place))


@pytest.mark.parametrize("situation", [in_sequence, in_parallel, on_two_servers])
@pytest.mark.parametrize("name", SECRETS)
def test_secret_is_good_once(twins: Twins, name: str, situation: Situation) -> None:
    secret = SECRETS[name](twins, AGAIN if situation is in_sequence else MANY)
    answers = situation(twins, secret)
    covered("uses of single-use secrets", len(answers))
    assert secret.taken(answers) == 1
    assert secret.effects() == 1


@pytest.fixture(scope="module")
def used_up(twins: Twins) -> dict[str, Secret]:
    """Every secret, used once; then both servers were killed and started again."""
    secrets = {name: make(twins, 3) for name, make in SECRETS.items()}
    for secret in secrets.values():
        assert secret.taken([secret.use(twins.sides[HERE], 0)]) == 1
    twins.kill()
    twins.restart()
    return secrets


@pytest.mark.parametrize("name", SECRETS)
def test_secret_used_before_a_kill_stays_used(
    twins: Twins, used_up: dict[str, Secret], name: str
) -> None:
    secret = used_up[name]
    answers = [secret.use(twins.sides[side], place) for place, side in ((1, HERE), (2, THERE))]
    covered("uses of single-use secrets", 1 + len(answers))
    assert secret.taken(answers) == 0
    assert secret.effects() == 1


@dataclass
class Storm:
    """Every secret used many times at once, when both servers are killed."""

    twins: Twins
    secrets: dict[str, Secret]
    answers: dict[str, list[httpx.Response | None]] = field(default_factory=dict)
    taken: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def blow(self) -> None:
        """The kill comes when one in three of the secrets were taken."""
        with ThreadPoolExecutor(AT_THE_KILL * len(self.secrets)) as pool:
            sent = {
                name: [pool.submit(self._use, secret, place) for place in range(AT_THE_KILL)]
                for name, secret in self.secrets.items()
            }
            for _ in range(len(self.secrets) // 3):
                assert self.taken.acquire(timeout=60)
            self.twins.kill()
            self.answers = {name: [each.result() for each in uses] for name, uses in sent.items()}

    def _use(self, secret: Secret, place: int) -> httpx.Response | None:
        try:
            answer = secret.use(self.twins.sides[place // 2 % 2], place)
        except httpx.TransportError:
            return None
        if secret.taken([answer]):
            self.taken.release()
        return answer


@pytest.fixture(scope="module")
def storm(twins: Twins) -> Storm:
    made = Storm(twins, {name: make(twins, AT_THE_KILL + AGAIN) for name, make in SECRETS.items()})
    made.blow()
    twins.restart()
    return made


@pytest.mark.parametrize("name", SECRETS)
def test_secret_used_while_the_servers_are_killed_is_good_once(storm: Storm, name: str) -> None:
    """Every request is sent again after the restart; those that came too late are new ones."""
    secret = storm.secrets[name]
    before = storm.answers[name]
    sides = storm.twins.sides
    after = [
        secret.use(sides[place % 2], place) for place in range(AT_THE_KILL, AT_THE_KILL + AGAIN)
    ]
    covered("uses of single-use secrets", len(before) + len(after))
    covered("answers lost in a kill", before.count(None))
    assert secret.taken([*before, *after]) <= secret.effects() <= 1
