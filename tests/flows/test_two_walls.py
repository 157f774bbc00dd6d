"""Two walls keep one officer from a signature where two must agree: services and database.

Each check of the services is taken away, and the triggers hold; the triggers are, and the services
do. Without both the search finds the way: it would find one that is there.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from station.adapters.records.cases import CaseRows
from station.domain import case as cases
from station.domain.case import Case, Event, Stage
from station.domain.officer import Part, SignedIn
from station.services import deciding
from tests.flows import case_steps, invariants
from tests.flows.materials import Materials
from tests.flows.test_one_person_paths import FAULTS, KIM, LEE, open_case, search, the_way, visit
from tests.flows.walks import Walk
from tests.flows.world import OFFICER, SECOND, World, new_world

Patch = pytest.MonkeyPatch


def no_part_is_looked_at(patch: Patch) -> None:
    """Whoever proofed may approve."""

    def add_part(rows: Any, case_id: str, officer: str, part: Part) -> None:
        statement = "INSERT OR IGNORE INTO case_parts VALUES (?, ?, ?)"
        rows._connection.exec_driver_sql(statement, (case_id, officer, part.value))

    patch.setattr(CaseRows, "add_part", add_part)


def no_part_is_noted(part: Part) -> Callable[[Patch], None]:
    """Somebody takes part and leaves no trace of it."""

    def apply(patch: Patch) -> None:
        noted = CaseRows.add_part

        def add_part(rows: CaseRows, case_id: str, officer: str, done: Part) -> None:
            if done is not part:
                noted(rows, case_id, officer, done)

        patch.setattr(CaseRows, "add_part", add_part)

    return apply


def one_is_enough(patch: Patch) -> None:
    """The first officer's decision approves."""
    advance = cases.advance

    def at_once(case: Case, event: Event, **more: Any) -> Case:
        return advance(case, Event.APPROVED if event is Event.PROPOSED else event, **more)

    patch.setattr(deciding, "advance", at_once)


def proposed_is_offered(patch: Patch) -> None:
    """The table of stages lets an offer be made before approval."""
    patch.setitem(cases.NEXT, (Stage.PROPOSED, Event.OFFER_MADE), Stage.OFFERED)


def eyes_are_forgotten(patch: Patch) -> None:
    """A case is saved as one for a single officer, and policy is not looked at again."""
    patch.setattr(deciding, "replace", lambda case, **_: case)
    save = CaseRows.save
    patch.setattr(CaseRows, "save", lambda rows, case: save(rows, replace(case, eyes=1)))


@dataclass(frozen=True)
class Check:
    """A check of the services: how to take it away, and which triggers then stand in the way."""

    take_away: Callable[[Patch], None]
    triggers: tuple[str, ...]


APPROVAL = ("approved_by_two", "signed_by_two")
CHECKS = {
    "parts are looked at": Check(no_part_is_looked_at, ("parts_are_apart",)),
    "proofers are noted": Check(no_part_is_noted(Part.PROOFER), ("held_by_a_proofer",)),
    "approvers are noted": Check(no_part_is_noted(Part.APPROVER), APPROVAL),
    "two decide": Check(one_is_enough, APPROVAL),
    "approval comes before the offer": Check(proposed_is_offered, APPROVAL),
    "eyes are kept": Check(eyes_are_forgotten, ("eyes_never_fall",)),
}


def triggers_of(world: World) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    return [row["name"] for row in invariants.rows(world.folder, query)]


def drop(world: World, *names: str) -> None:
    with closing(sqlite3.connect(world.folder / "station.db")) as connection:
        for name in names:
            connection.execute(f"DROP TRIGGER {name}")


def alone(world: World, opened_by: SignedIn = OFFICER) -> Walk:
    """One officer on the shortest way, in a case that the same or another one opened."""
    start = visit(world)
    start.number = open_case(world, opened_by)
    given = case_steps.handing_over(opened_by, (KIM,)) if opened_by is not OFFICER else {}
    return Walk(start, given | the_way(OFFICER))


@pytest.fixture
def open_world(materials: Materials, tmp_path: Path) -> Iterator[World]:
    """A station from which walls are taken away; not held to the invariants at the end."""
    made = new_world(materials, tmp_path / "station")
    yield made
    made.station.engine.dispose()


@pytest.mark.parametrize("opened_by", [OFFICER, SECOND], ids=["opened", "taken over"])
@pytest.mark.parametrize("name", CHECKS)
def test_without_a_check_the_database_holds(
    open_world: World, monkeypatch: Patch, name: str, opened_by: SignedIn
) -> None:
    CHECKS[name].take_away(monkeypatch)
    walk = alone(open_world, opened_by)
    search(walk)
    assert "database.unusable" in walk.told


@pytest.mark.parametrize("opened_by", [OFFICER, SECOND], ids=["opened", "taken over"])
def test_without_the_triggers_the_services_hold(world: World, opened_by: SignedIn) -> None:
    drop(world, *triggers_of(world))
    walk = alone(world, opened_by)
    search(walk)
    assert "officer.both_parts" in walk.told
    assert not FAULTS & walk.told.keys()


@pytest.mark.parametrize("name", CHECKS)
def test_without_either_the_way_is_found(open_world: World, monkeypatch: Patch, name: str) -> None:
    drop(open_world, *CHECKS[name].triggers)
    CHECKS[name].take_away(monkeypatch)
    found = next((each for each in alone(open_world).positions() if each.signatures), None)
    assert found is not None
    assert all(step.startswith((KIM, "the phone")) for step in found.path)
    with pytest.raises(AssertionError):
        invariants.two_agreed_where_two_must(open_world.folder)


@pytest.fixture(scope="module")
def waiting(materials: Materials, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A station in which officer-kim has proposed to approve a case."""
    made = new_world(materials, tmp_path_factory.mktemp("waiting") / "station")
    start = visit(made)
    start.number = open_case(made)
    steps = the_way(OFFICER)
    for name in ("finds", "identifies", "approves"):
        steps[f"{KIM} {name}"](start)
    assert made.stage(start.number) is Stage.PROPOSED
    yield made
    made.hold()
    made.station.engine.dispose()


@pytest.fixture
def proposed(waiting: World) -> Iterator[sqlite3.Connection]:
    """Its database; nothing that a test does there is committed."""
    with closing(sqlite3.connect(waiting.folder / "station.db")) as connection:
        yield connection
        connection.rollback()


PART = "INSERT INTO case_parts SELECT id, '{}', '{}' FROM cases"
AGAIN = (
    "INSERT OR REPLACE INTO cases (id, number, route, stage, officer, consents, opened_at,"
    " expires_at, version, subject, eyes) SELECT id, number, route, {}, officer, consents,"
    " opened_at, expires_at, version, subject, {} FROM cases"
)


@pytest.mark.parametrize(
    "statement",
    [
        *(f"UPDATE cases SET stage = '{each}'"
          for each in ("approved", "offered", "key_bound", "issued", "active")),
        "UPDATE cases SET eyes = 1",
        "UPDATE cases SET eyes = 1, stage = 'approved'",
        AGAIN.format("'approved'", "eyes"),
        AGAIN.format("stage", "1"),
        PART.format(KIM, "approver"),
        "UPDATE case_parts SET part = 'approver'",
        f"UPDATE case_parts SET officer = '{LEE}'",
        f"UPDATE OR REPLACE case_parts SET officer = '{LEE}'",
        "DELETE FROM case_parts",
        f"UPDATE cases SET officer = '{LEE}'",
        "INSERT INTO credentials (id, card_id, case_id, configuration, status_list, status_index,"
        " published, state, device_key, intended_at, valid_until, run, token_hash, request)"
        " SELECT 'x', 'x', id, 'kr.mrrc.1.mdoc', 1, 1, 'valid', 'signed', 'k', opened_at,"
        " expires_at, 'r', 't', 'q' FROM cases",
    ],
)  # fmt: skip
def test_the_database_lets_nobody_approve_alone(
    proposed: sqlite3.Connection, statement: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        proposed.execute(statement)


def test_the_second_of_two_cannot_take_the_case_over(proposed: sqlite3.Connection) -> None:
    proposed.execute(PART.format(LEE, "approver"))
    for statement in (PART.format(LEE, "proofer"), f"UPDATE cases SET officer = '{LEE}'"):
        with pytest.raises(sqlite3.IntegrityError):
            proposed.execute(statement)
