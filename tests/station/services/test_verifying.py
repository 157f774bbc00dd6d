"""The audit log verified beside whoever asks: one at a time, and let go when the server stops."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from station.bootstrap import Station
from station.domain.audit import AuditEntry, Checkpoint
from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.domain.roles import Role
from station.ports import CheckpointStore
from station.services.verifying import Verifying
from station.web.console.app import ConsoleApp
from tests.station.signed_in import signed_in


class SlowCheckpoints:
    """`station.ports.CheckpointStore` that reads no checkpoint before `go_on`."""

    def __init__(self, kept: CheckpointStore) -> None:
        self._kept = kept
        self.asked = 0
        self.go_on = threading.Event()

    def add(self, head: AuditEntry) -> Checkpoint:
        return self._kept.add(head)

    def all(self) -> Sequence[Checkpoint]:
        self.asked += 1
        self.go_on.wait()
        return self._kept.all()

    def last(self) -> Checkpoint | None:
        return self._kept.last()


def until_verified() -> None:
    """Every verification of this process has ended."""
    for each in threading.enumerate():
        if each.name == "verifying":
            each.join()


@pytest.fixture
def checkpoints(station: Station) -> SlowCheckpoints:
    with station.authority.records.transaction() as tx:
        for _ in range(3):
            tx.audit.append("something.happened", "test")
    station.review.checkpoint()
    return SlowCheckpoints(station.review.checkpoints)


@pytest.fixture
def verifying(station: Station, checkpoints: SlowCheckpoints) -> Verifying:
    review = replace(station.review, checkpoints=checkpoints)
    return Verifying(station.authority, review, station.clock)


@pytest.fixture
def auditor(station: Station) -> SignedIn:
    return signed_in(station, "choi", {Role.AUDITOR})


def test_whoever_asks_is_told_how_it_stands_and_then_what_came_of_it(
    verifying: Verifying, checkpoints: SlowCheckpoints, auditor: SignedIn
) -> None:
    assert verifying.last(auditor) is None
    verifying.begin(auditor)
    under_way = verifying.last(auditor)
    assert under_way is not None
    assert under_way.ended_at is None
    checkpoints.go_on.set()
    until_verified()
    done = verifying.last(auditor)
    assert done is not None
    assert done.ended_at is not None
    assert (done.entries, done.signatures, done.failure) == (3, 1, None)


def test_of_many_who_ask_at_once_one_is_enough(
    verifying: Verifying, checkpoints: SlowCheckpoints, auditor: SignedIn
) -> None:
    crowd = [threading.Thread(target=verifying.begin, args=(auditor,)) for _ in range(8)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    checkpoints.go_on.set()
    until_verified()
    assert checkpoints.asked == 1


def test_it_is_verified_anew_once_the_last_one_has_ended(
    verifying: Verifying, checkpoints: SlowCheckpoints, auditor: SignedIn
) -> None:
    checkpoints.go_on.set()
    for _ in range(2):
        verifying.begin(auditor)
        until_verified()
    assert checkpoints.asked == 2


def test_nobody_else_begins_or_is_told(
    verifying: Verifying, checkpoints: SlowCheckpoints, station: Station
) -> None:
    proofer = signed_in(station, "kim", {Role.PROOFER})
    for asked in (verifying.begin, verifying.last):
        with pytest.raises(StationError) as refused:
            asked(proofer)
        assert refused.value.code == "officer.not_permitted"
    assert checkpoints.asked == 0


def test_what_fails_for_no_reason_of_ours_is_told_too(
    verifying: Verifying,
    checkpoints: SlowCheckpoints,
    auditor: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails() -> Sequence[Checkpoint]:
        raise MemoryError

    monkeypatch.setattr(checkpoints, "all", fails)
    verifying.begin(auditor)
    until_verified()
    done = verifying.last(auditor)
    assert done is not None
    assert done.failure is not None
    assert done.failure.code == "program.fault"


def test_a_server_that_stops_lets_it_go(
    verifying: Verifying, checkpoints: SlowCheckpoints, auditor: SignedIn, station: Station
) -> None:
    """And the database with it: no entry is read after the end."""
    verifying.begin(auditor)
    ConsoleApp(replace(station, verifying=verifying)).end()
    checkpoints.go_on.set()
    until_verified()
    assert verifying.last(auditor) is None
