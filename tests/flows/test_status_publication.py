"""Publishing while the list changes: nobody waits for it, and a later list never says less."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from card_sim.phone.jose import decode_jws
from station.credentials.status_list import decode as decode_list
from station.domain.credential import Reason
from station.ports import Records, Transaction
from station.services.status import StatusPublisher
from tests.flows import invariants
from tests.flows.in_use import INVALID, VALID, active
from tests.flows.world import OFFICER, World


@dataclass
class Interrupted:
    """Records with which something happens after the nth reading."""

    records: Records
    after: dict[int, Callable[[], object]]
    readings: int = field(default=0)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        with self.records.reading() as tx:
            yield tx
        self.readings += 1
        self.after.get(self.readings, lambda: None)()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.records, name)


def publisher(world: World, after: dict[int, Callable[[], object]]) -> StatusPublisher:
    """A process that publishes. Its first reading asks for the version, its second for the list."""
    station = world.station
    records = Interrupted(station.authority.records, after)
    return StatusPublisher(
        records,
        station.publishing_key,
        station.clock,
        world.materials.issuer,
    )


def said(token: bytes | None) -> tuple[set[int], int]:
    """What a list says of the entries in use, and when it was issued."""
    assert token is not None
    payload = decode_jws(token.decode()).payload
    return set(decode_list(payload["status_list"]["lst"])), payload["iat"]


def test_writers_go_on_while_the_list_is_read(world: World) -> None:
    """The lock of the only writer is not held for seconds."""
    card = active(world)
    revoke = world.station.lifecycle.revoke
    slow = publisher(world, {2: lambda: revoke(card.id, OFFICER, Reason.REISSUE_NEEDED)})
    first, issued = said(slow.token(1))
    assert INVALID not in first, "the list as it was when it was read"
    then, later = said(slow.token(1))
    assert INVALID in then
    assert later > issued


def test_list_that_was_overtaken_is_read_again(world: World) -> None:
    """Another process publishes a newer version before the time of this one is claimed."""
    card = active(world)
    other = publisher(world, {})
    overtaken: list[tuple[set[int], int]] = []

    def overtake() -> None:
        world.station.lifecycle.revoke(card.id, OFFICER, Reason.REISSUE_NEEDED)
        overtaken.append(said(other.token(1)))

    slow = publisher(world, {2: overtake})
    entries, issued = said(slow.token(1))
    assert INVALID in entries, "a later list that had forgotten a revocation"
    [(before, earlier)] = overtaken
    assert INVALID in before
    assert issued > earlier


def test_same_version_by_two_processes_says_the_same_at_different_times(world: World) -> None:
    active(world)
    one, two = (said(publisher(world, {}).token(1)) for _ in range(2))
    assert one[0] == two[0] == {VALID}
    assert two[1] > one[1]


def test_list_is_not_signed_again_without_a_change(world: World) -> None:
    active(world)
    steady = publisher(world, {})
    assert steady.token(1) == steady.token(1)


def test_published_version_is_on_record(world: World) -> None:
    active(world)
    assert world.station.status.token(1) is not None
    [row] = invariants.rows(world.folder, "SELECT version, issued_version FROM status_lists")
    assert row["issued_version"] == row["version"]


def test_unknown_list_is_none(world: World) -> None:
    assert world.station.status.token(9) is None
