"""Revoking many: counted first, then carried out batch by batch, whatever comes in between."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest

from station.bootstrap import Station, build
from station.domain.case import Stage
from station.domain.credential import CardState, Cause, MobileCard, Reason
from station.domain.errors import StationError
from station.domain.mass_revocation import Query, RevocationRun
from station.domain.officer import SignedIn
from station.domain.roles import Role
from station.services import binding, mass_revocation
from tests.flows import invariants
from tests.flows.bulk_cards import RUN, give_cards
from tests.flows.counts import covered
from tests.flows.in_use import (
    INVALID,
    VALID,
    active,
    again,
    audited,
    listed,
    notices,
    of_roles,
    pending,
    refused,
    unchanged,
)
from tests.flows.killing_server import Point
from tests.flows.materials import Materials
from tests.flows.servers import PROJECT
from tests.flows.world import OFFICER, World
from tests.station.signed_in import signed_in

BATCH = 100
REASON = Reason.REISSUE_NEEDED
EVERYTHING = Query(route="ic-pin")


class Bulk:
    """A station with two and a half batches of cards."""

    CARDS = 2 * BATCH + BATCH // 2

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.station: Station = build(folder)

    def begin(self, officer: SignedIn = OFFICER) -> RevocationRun:
        return self.station.mass_revocation.begin(Query(run=RUN), self.CARDS, officer, REASON)

    def revoked(self) -> int:
        query = "SELECT count(*) AS n FROM mobile_cards WHERE state = 'revoked'"
        return int(invariants.rows(self.folder, query)[0]["n"])

    def finish(self, run: RevocationRun) -> RevocationRun:
        return self.station.mass_revocation.carry_out(run.id, OFFICER)

    def hold(self, run: RevocationRun) -> None:
        """Each card once: revoked, recorded, told; every entry of theirs is INVALID."""
        [done] = invariants.rows(self.folder, "SELECT * FROM revocation_runs")
        assert (done["id"], done["total"], done["done"]) == (run.id, self.CARDS, self.CARDS)
        assert done["ended_at"] is not None
        assert self.revoked() == self.CARDS
        query = "SELECT fields FROM audit WHERE event = 'card.revoked'"
        entries = [json.loads(each["fields"]) for each in invariants.rows(self.folder, query)]
        assert len({each["card"] for each in entries}) == len(entries) == self.CARDS
        told = invariants.rows(self.folder, "SELECT case_id FROM notices WHERE kind = 'revoked'")
        assert len({each["case_id"] for each in told}) == len(told) == self.CARDS
        query = "SELECT DISTINCT published FROM credentials"
        assert invariants.rows(self.folder, query) == [{"published": "invalid"}]
        invariants.hold(self.folder)
        self.station.review.verify_audit()


class TestQuery:
    """Every condition that is there must hold."""

    def test_days_of_issue_are_both_included(self, world: World) -> None:
        card = active(world)
        today, day = card.issue_date, timedelta(days=1)
        count = world.station.mass_revocation.count
        assert count(Query(issued_from=today, issued_until=today), OFFICER) == 1
        assert count(Query(issued_from=today + day), OFFICER) == 0
        assert count(Query(issued_until=today - day), OFFICER) == 0

    def test_other_conditions(self, world: World) -> None:
        card = active(world)
        _, waiting = pending(world, world.namgung)
        count = world.station.mass_revocation.count
        [row] = invariants.rows(world.folder, "SELECT DISTINCT run FROM credentials")
        expected = {
            Query(state=CardState.ACTIVE): 1,
            Query(state=CardState.PENDING_ACTIVATION): 1,
            Query(state=CardState.SUSPENDED): 0,
            Query(route="ic-pin"): 2,
            Query(route="qr-counter"): 0,
            Query(officer="officer-kim"): 2,
            Query(officer="officer-lee"): 0,
            Query(run=row["run"]): 2,
            Query(run="0" * 32): 0,
            Query(device="a" * 64): 0,
            Query(route="ic-pin", state=CardState.ACTIVE): 1,
            Query(route="qr-counter", state=CardState.ACTIVE): 0,
        }
        assert {query: count(query, OFFICER) for query in expected} == expected
        assert card.state != waiting.state

    def test_device(self, world: World) -> None:
        active(world)
        with world.station.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE mobile_cards SET device = ?", ("a" * 64,))
        assert world.station.mass_revocation.count(Query(device="a" * 64), OFFICER) == 1

    def test_what_ended_is_not_meant(self, world: World) -> None:
        card = active(world)
        world.station.lifecycle.revoke(card.id, OFFICER, REASON)
        assert world.station.mass_revocation.count(EVERYTHING, OFFICER) == 0


class TestDryRun:
    """Nothing happens before somebody has looked at the number."""

    def test_counting_changes_nothing(self, world: World) -> None:
        card = active(world)
        before = invariants.everything(world.folder)
        assert world.station.mass_revocation.count(EVERYTHING, OFFICER) == 1
        assert invariants.everything(world.folder) == before
        assert listed(world, card) == {VALID}

    @pytest.mark.parametrize("expected", [0, 2])
    def test_another_number_than_was_expected(self, world: World, expected: int) -> None:
        card = active(world)
        begin = world.station.mass_revocation.begin
        code = unchanged(world, lambda: begin(EVERYTHING, expected, OFFICER, REASON))
        assert code == "revocation.count_changed"
        assert listed(world, card) == {VALID}

    def test_query_without_a_condition(self, world: World) -> None:
        active(world)
        service = world.station.mass_revocation
        tries: list[Callable[[], object]] = [
            lambda: service.count(Query(), OFFICER),
            lambda: service.begin(Query(), 1, OFFICER, REASON),
        ]
        assert {unchanged(world, attempt) for attempt in tries} == {"input.invalid"}


def test_all_that_were_counted_are_revoked_and_nobody_else(world: World) -> None:
    card, lost = active(world), active(world, world.namgung)
    world.station.lifecycle.suspend(lost.id, OFFICER, Cause.PHONE_LOST)
    service = world.station.mass_revocation
    query = Query(state=CardState.ACTIVE)
    run = service.begin(query, 1, OFFICER, REASON)
    done = service.carry_out(run.id, OFFICER)
    assert (done.total, done.done, done.query) == (1, 1, query)
    assert again(world, card).reason == "209"
    assert listed(world, card) == {INVALID}
    assert again(world, lost).state is CardState.SUSPENDED
    assert audited(world, "revocation.begun") == [
        {"revocation_run": run.id, "total": "1", "reason": "209", "state": "active"}
    ]
    assert audited(world, "card.revoked") == [
        {"card": card.id, "reason": "209", "revocation_run": run.id}
    ]
    assert audited(world, "revocation.ended") == [{"revocation_run": run.id, "done": "1"}]
    assert notices(world)[-1] == ("revoked", "209")


def test_card_that_waits_for_activation_ends_with_its_case(world: World) -> None:
    number, card = pending(world)
    service = world.station.mass_revocation
    run = service.begin(EVERYTHING, 1, OFFICER, REASON)
    assert service.carry_out(run.id, OFFICER).done == 1
    assert world.stage(number) is Stage.CANCELLED
    assert listed(world, card) == {INVALID}


@pytest.mark.parametrize("number", [0, (1 << 128) - 1])
def test_card_issued_while_it_runs_is_revoked_too(
    world: World, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever id chance gives it: the run looks again before it ends."""
    first = active(world)
    chance = SimpleNamespace(uuid4=lambda: UUID(int=number))
    monkeypatch.setattr(binding, "uuid", chance)
    late: list[MobileCard] = []

    def meanwhile(run: RevocationRun) -> None:
        if not late:
            late.append(active(world, world.namgung))

    service = world.station.mass_revocation
    run = service.begin(EVERYTHING, 1, OFFICER, REASON)
    done = service.carry_out(run.id, OFFICER, meanwhile)
    assert (done.total, done.done) == (1, 2)
    assert listed(world, first) == listed(world, late[0]) == {INVALID}


def test_run_that_ended_is_not_carried_out_again(world: World) -> None:
    active(world)
    service = world.station.mass_revocation
    run = service.begin(EVERYTHING, 1, OFFICER, REASON)
    done = service.carry_out(run.id, OFFICER)
    assert service.unfinished(OFFICER) == []
    new = active(world)
    assert service.carry_out(run.id, OFFICER) == done
    assert listed(world, new) == {VALID}


def test_unknown_run_is_not_found(world: World) -> None:
    carry_out = world.station.mass_revocation.carry_out
    assert refused(lambda: carry_out("0" * 32, OFFICER)) == "revocation.not_found"


class TestRights:
    """Asked for at every batch."""

    @pytest.mark.parametrize("role", [Role.PROOFER, Role.APPROVER, Role.AUDITOR])
    def test_other_roles(self, world: World, role: Role) -> None:
        card, officer = active(world), of_roles(world, role)
        service = world.station.mass_revocation
        run = service.begin(EVERYTHING, 1, OFFICER, REASON)
        tries: list[Callable[[], object]] = [
            lambda: service.count(EVERYTHING, officer),
            lambda: service.begin(EVERYTHING, 1, officer, REASON),
            lambda: service.carry_out(run.id, officer),
        ]
        assert {unchanged(world, attempt) for attempt in tries} == {"officer.not_permitted"}
        assert listed(world, card) == {VALID}

    def test_officer_whose_role_is_withdrawn_in_the_middle(self, bulk: Bulk) -> None:
        revoker = signed_in(bulk.station, "officer-park", {Role.REVOKER})
        run = bulk.begin(revoker)

        def withdraw(_: RevocationRun) -> None:
            with bulk.station.authority.records.transaction() as tx:
                tx.officers.withdraw("officer-park", Role.REVOKER)

        with pytest.raises(StationError) as caught:
            bulk.station.mass_revocation.carry_out(run.id, revoker, withdraw)
        assert caught.value.code == "officer.not_permitted"
        assert bulk.revoked() == BATCH
        bulk.finish(run)
        bulk.hold(run)


@pytest.fixture(scope="module")
def many(materials: Materials, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many") / "station"
    shutil.copytree(materials.founded, folder)
    station = build(folder)
    give_cards(station, Bulk.CARDS)
    station.engine.dispose()
    return folder


@pytest.fixture
def bulk(many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bulk]:
    monkeypatch.setattr(mass_revocation, "BATCH", BATCH)
    made = Bulk(shutil.copytree(many, tmp_path / "station"))
    yield made
    made.station.engine.dispose()


def test_many_cards_are_revoked_batch_by_batch(bulk: Bulk) -> None:
    run = bulk.begin()
    steps: list[int] = []
    bulk.station.mass_revocation.carry_out(run.id, OFFICER, lambda each: steps.append(each.done))
    assert steps[:3] == [BATCH, 2 * BATCH, bulk.CARDS]
    bulk.hold(run)


def test_two_that_carry_out_the_same_run_revoke_each_card_once(bulk: Bulk) -> None:
    """The other one begins after the first batch, and is faster."""
    run = bulk.begin()
    other = build(bulk.folder)

    def faster(each: RevocationRun) -> None:
        other.mass_revocation.carry_out(each.id, OFFICER)

    bulk.station.mass_revocation.carry_out(run.id, OFFICER, faster)
    other.engine.dispose()
    bulk.hold(run)


KILLED = [Point("commit", number, when) for number in range(2, 7) for when in ("before", "after")]
"""The first commit asks for the right; then three batches, another look, the end."""


@pytest.mark.parametrize("at", KILLED, ids=str)
def test_run_that_was_killed_goes_on_where_it_was(bulk: Bulk, at: Point, tmp_path: Path) -> None:
    run = bulk.begin()
    bulk.station.engine.dispose()
    order = {
        "folder": str(bulk.folder),
        "points": str(tmp_path / "points"),
        "officer": OFFICER.officer,
        "token": OFFICER.token,
        "run": run.id,
        "batch": str(BATCH),
    }
    command = [sys.executable, "-m", "tests.flows.killed_revocation"]
    command += [json.dumps(order), json.dumps(asdict(at))]
    died = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    covered("mass revocations killed")
    batches = at.number - 2 + (at.when == "after")
    assert bulk.revoked() == min(batches * BATCH, bulk.CARDS)
    invariants.hold(bulk.folder)
    bulk.finish(run)
    bulk.hold(run)
