"""Walks over everything that can be done with a case: breadth first, from each position once."""

import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from station.domain.errors import StationError
from station.openid4vci.errors import OpenId4VciError
from tests.flows import invariants
from tests.flows.invariants import Signature
from tests.flows.wallet import Wallet
from tests.flows.world import World

_SEEN = {
    "cases": "SELECT stage, officer, route, eyes, put_off_at IS NULL FROM cases",
    "parts": "SELECT officer, part FROM case_parts ORDER BY officer, part",
    "checks": "SELECT name, result FROM checks ORDER BY name",
    "offers": "SELECT state, fetched_at IS NULL FROM offers ORDER BY serial DESC LIMIT 1",
    "tokens": "SELECT revoked FROM tokens ORDER BY offer_serial DESC LIMIT 1",
    "cards": "SELECT DISTINCT state FROM mobile_cards ORDER BY state",
    "credentials": "SELECT DISTINCT state FROM credentials ORDER BY state",
}
_ENDS = {"closed", "refused", "expired", "cancelled"}


@dataclass
class Visit:
    """A case, and what its people know of it: who comes, the QR code, the tx_code, the phone."""

    world: World
    person: tuple[str, str]
    phone: Wallet
    number: str = ""
    uri: str = ""
    tx_code: str = ""


Step = Callable[[Visit], object]
Key = tuple[object, ...]


@dataclass(frozen=True)
class Position:
    """Where a walk can go on from: everything as it was, and the steps that led there."""

    image: sqlite3.Connection = field(repr=False)
    at: datetime
    visit: Visit = field(repr=False)
    signatures: tuple[Signature, ...] = field(repr=False)
    path: tuple[str, ...]


@dataclass
class Walk:
    """Takes every one of `steps` from every position that they lead to.

    `told`: what the steps were answered; `stages`: where the case stood.
    """

    visit: Visit
    steps: Mapping[str, Step]
    told: Counter[str] = field(default_factory=Counter)
    stages: set[str] = field(default_factory=set)

    def positions(self) -> Iterator[Position]:
        """Each position that is reached, in the order of its distance."""
        known: set[Key] = {self._key()}
        first = self._position(())
        waiting = deque([first])
        yield first
        while waiting:
            before = waiting.popleft()
            stood = self._return_to(before)
            for name, step in self.steps.items():
                self.told[self._take(step)] += 1
                now = self._key()
                if now not in known:
                    known.add(now)
                    reached = self._position((*before.path, name))
                    waiting.append(reached)
                    yield reached
                if now != stood:
                    stood = self._return_to(before)

    def _take(self, step: Step) -> str:
        try:
            step(self.visit)
        except StationError as error:
            return error.code
        except OpenId4VciError as error:
            return error.code.value
        return "done"

    def _key(self) -> Key:
        """What tells positions apart; of a case that is over, only how it ended."""
        with invariants.database(self.visit.world.folder) as connection:
            seen = {name: _all(connection, query) for name, query in _SEEN.items()}
        self.stages |= {stage for stage, *_ in seen["cases"]}
        if all(stage in _ENDS for stage, *_ in seen["cases"]):
            return tuple((stage, eyes) for stage, _, _, eyes, _ in seen["cases"])
        return (*seen.values(), self.visit.uri != "", self.visit.tx_code != "")

    def _position(self, path: tuple[str, ...]) -> Position:
        world, image = self.visit.world, sqlite3.connect(":memory:", check_same_thread=False)
        with invariants.database(world.folder) as connection:
            connection.backup(image)
        visit = replace(self.visit, phone=replace(self.visit.phone))
        return Position(image, world.clock.now(), visit, tuple(world.signatures), path)

    def _return_to(self, position: Position) -> Key:
        world = self.visit.world
        with closing(sqlite3.connect(world.folder / "station.db")) as connection:
            position.image.backup(connection)
        world.clock.move(seconds=(position.at - world.clock.now()).total_seconds())
        world.signatures[:] = position.signatures
        self.visit = replace(position.visit, phone=replace(position.visit.phone))
        return self._key()


def _all(connection: sqlite3.Connection, query: str) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(row) for row in connection.execute(query))
