"""Eight processes, three residents, and each time only one may win; all others are told why.

`CONTESTED_ATTEMPTS` says how many attempts; `make test-long` makes it 5,000.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.flows import bulk, invariants
from tests.flows.contested import DONE, PROCESSES, Attempt, Hall, PlainPasswords, Round, hall_of
from tests.flows.counts import covered
from tests.flows.materials import Materials
from tests.flows.rounds import PASSWORD, ROUNDS, SECRET, SIGNER, hand_over, opened, others, told
from tests.flows.settings import reopened
from tests.flows.world import World, new_world
from tests.station.signed_in import COUNTER, officer

ATTEMPTS = int(os.environ.get("CONTESTED_ATTEMPTS", "400"))
RESIDENTS = 3
TURNS = -(-ATTEMPTS // (PROCESSES * len(ROUNDS)))


@pytest.fixture(scope="module")
def hall(materials: Materials, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """A station that knows three residents, and many officers."""
    world = new_world(materials, tmp_path_factory.mktemp("contested") / "station")
    world = reopened(world, 'four_eyes = ["overrides"]')  # Most contests need one officer.
    like = materials.home.residents["yun-sora"]
    for place in range(RESIDENTS):
        world.register(bulk.resident(place, like))
    with world.station.counter.records.transaction() as tx:
        account = officer(SIGNER, COUNTER, world.clock.now())
        password = PlainPasswords().digest(PASSWORD)
        tx.officers.add(replace(account, password=password, totp_secret=SECRET))
    with hall_of(world) as made:
        yield made
    world.hold()
    world.station.engine.dispose()


@pytest.mark.parametrize("contest", ROUNDS)
def test_one_wins_and_all_others_are_told_why(
    hall: Hall, contest: Callable[[World, int], Round]
) -> None:
    for turn in range(TURNS):
        held = contest(hall.world, turn % RESIDENTS)
        said = hall.together(held.attempts)
        losers = [each for each in said if each != DONE]
        assert len(said) - len(losers) == held.winners, said
        assert set(losers) <= held.lost
        assert held.effects() == 1
        held.after()
        covered("attempts that only one process could win", PROCESSES)
    hall.world.hold()
    hall.world.station.review.verify_audit()


def test_hand_overs_by_approvers_come_one_after_the_other(hall: Hall) -> None:
    """An approver may hand over what somebody else holds: each does, on what the last one left."""
    world = hall.world
    number = opened(world)
    officers = others(world)
    attempts = [Attempt(hand_over, (number, each, each.officer)) for each in officers]
    assert set(hall.together(attempts)) == {DONE}
    query = "SELECT version, officer FROM cases WHERE number = ?"
    [case] = invariants.rows(world.folder, query, number)
    assert case["version"] == PROCESSES == told(world, number, "case.handed_over")
    query = "SELECT fields FROM audit WHERE event = 'case.handed_over' ORDER BY sequence DESC"
    assert case["officer"] in invariants.rows(world.folder, query)[0]["fields"]
