"""Mobile cards in use, as the tests of their life after issue look at them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from card_sim.persons import Person
from card_sim.phone.jose import decode_jws
from station.credentials.status_list import decode as decode_list
from station.domain.credential import MobileCard
from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.domain.officer import SignedIn
from station.domain.registry import ChangeKind, RegistryChange, RegistryRecord
from station.domain.roles import Role
from station.ports import Registry, RegistryAway
from tests.flows import invariants
from tests.flows.world import OFFICER, World
from tests.station.signed_in import officer, signed_in

VALID, INVALID, SUSPENDED = 0, 1, 2


def active(world: World, person: Person | None = None) -> MobileCard:
    """The card a resident went home with."""
    number, _ = world.issued(person)
    _, card = world.station.lifecycle.activate(number, OFFICER)
    return card


def pending(world: World, person: Person | None = None) -> tuple[str, MobileCard]:
    """A case whose credentials are on a phone that the officer has not yet seen."""
    number, _ = world.issued(person)
    card = world.station.review.case(number, OFFICER).card
    assert card is not None
    return number, card


def again(world: World, card: MobileCard) -> MobileCard:
    """What the card is now."""
    return world.station.lifecycle.show(card.id, OFFICER)[0]


def listed(world: World, card: MobileCard) -> set[int]:
    """What the published status list says of every credential of a card."""
    query = "SELECT status_list, status_index FROM credentials WHERE card_id = ?"
    found = set()
    for row in invariants.rows(world.folder, query, card.id):
        token = world.station.status.token(row["status_list"])
        assert token is not None
        entries = decode_list(decode_jws(token.decode()).payload["status_list"]["lst"])
        found.add(entries[row["status_index"]])
    return found


def identified(world: World, person: Person | None = None) -> str:
    """A case in which a resident is here and known."""
    person = person or world.kim
    number = world.open()
    world.read(number, world.materials.card(person), person.pin)
    world.identify(number)
    return number


def refused(call: Callable[[], object]) -> str:
    """The code of a refusal."""
    with pytest.raises(StationError) as caught:
        call()
    return caught.value.code


def unchanged(world: World, call: Callable[[], object]) -> str:
    """The code of a refusal that leaves nothing but its record."""
    before = invariants.everything(world.folder)
    code = refused(call)
    after = invariants.everything(world.folder)
    for each in (before, after):
        del each["audit"]
        del each["sessions"]
    assert after == before
    return code


def notices(world: World) -> list[tuple[str, str]]:
    """Kind and reason of every notice that was queued, in order."""
    found = invariants.rows(world.folder, "SELECT kind, fields FROM notices ORDER BY id")
    return [(each["kind"], json.loads(each["fields"])["reason"]) for each in found]


def audited(world: World, event: str) -> list[dict[str, Any]]:
    """The fields of every entry of this kind."""
    query = "SELECT fields FROM audit WHERE event = ? ORDER BY sequence"
    return [json.loads(each["fields"]) for each in invariants.rows(world.folder, query, event)]


def of_roles(world: World, *roles: Role) -> SignedIn:
    """An officer who has these roles and no others."""
    return signed_in(world.station, f"officer-{'-'.join(sorted(roles))}", roles)


def officer_who_is(world: World, person: Person, *roles: Role) -> SignedIn:
    """An officer with a life of their own: `person`."""
    records = world.station.authority.records
    account = officer("officer-resident", roles, world.clock.now())
    with records.transaction() as tx:
        subject = records.subject_of(Rrn(person.rrn))
        assert tx.officers.add(replace(account, subject=subject))
    return signed_in(world.station, "officer-resident", roles)


@dataclass
class Register:
    """A registry that says what it is told, and has an outage when it is told."""

    behind: Registry
    told: list[RegistryChange]
    away: bool = False

    def find(self, rrn: Rrn) -> RegistryRecord | None:
        if self.away:
            raise RegistryAway
        return self.behind.find(rrn)

    def reachable(self) -> bool:
        return not self.away

    def changes(self, after: int, limit: int) -> Sequence[RegistryChange]:
        if self.away:
            raise RegistryAway
        return [each for each in self.told if each.sequence > after][:limit]

    def last_change(self) -> int:
        return self.told[-1].sequence if self.told else 0


def registering(world: World) -> Register:
    """Put a registry of the test's own behind everything that follows it."""
    station = world.station
    register = Register(station.registry, [])
    world.station = replace(
        station,
        lifecycle=replace(station.lifecycle, registry=register),
        changes=replace(station.changes, registry=register),
        notifying=replace(station.notifying, registry=register),
    )
    return register


def change(world: World, register: Register, person: Person, kind: ChangeKind) -> None:
    """Something happens to a resident, now."""
    number = register.last_change() + 1
    register.told.append(RegistryChange(number, world.clock.now(), Rrn(person.rrn), kind))
