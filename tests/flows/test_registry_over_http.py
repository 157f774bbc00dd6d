"""A visit whose residents are kept elsewhere; what a misbehaving registry cannot bring about."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from card_sim.persons import Person
from station.adapters.registry.record_json import to_json
from station.domain.case import Stage
from station.domain.credential import CardState
from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.services.changes import Taken
from tests.flows.in_use import active, again
from tests.flows.settings import reopened
from tests.flows.world import World
from tests.station.adapters.registry.server import (
    Behaviour,
    Registry,
    answering,
    cut_off,
    serving,
    silent,
)

SECONDS = 0.3
"""Long enough for an answer on loopback, short enough to wait for one that never comes."""


@contextmanager
def elsewhere(world: World, seconds: float = 60) -> Iterator[tuple[World, Registry]]:
    """The station of `world` with its residents on a server."""
    registry = Registry(residents={p.rrn: resident(world, p) for p in (world.kim, world.namgung)})
    with serving(registry) as url:
        settings = f'[registry]\nkind = "http"\nurl = "{url}"\ntimeout_seconds = {seconds}'
        yield reopened(world, settings), registry


def resident(world: World, person: Person) -> dict[str, object]:
    record = world.station.registry.find(Rrn(person.rrn))
    assert record is not None
    return {"rrn": person.rrn, **to_json(record)}


def forget_residents(world: World) -> None:
    """So that nobody is found in the station's own database by mistake."""
    with world.station.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM residents")


def test_a_visit_with_residents_kept_elsewhere(world: World) -> None:
    with elsewhere(world) as (visited, registry):
        forget_residents(visited)
        number, _ = visited.issued()
        assert visited.stage(number) is Stage.ISSUED
        assert {each.path for each in registry.asked} == {"/residents/find"}


def test_a_death_told_elsewhere_ends_the_card(world: World) -> None:
    with elsewhere(world) as (visited, registry):
        card = active(visited)
        at = visited.clock.now().isoformat()
        change = {"sequence": 5, "at": at, "rrn": visited.kim.rrn, "kind": "death"}
        registry.changes = [change]
        assert visited.station.changes.take() == Taken(1, 1)
        assert again(visited, card).state is CardState.REVOKED
        assert visited.station.changes.take() == Taken(0, 0)


MISBEHAVIOUR: dict[str, tuple[Behaviour, str]] = {
    "silent": (silent, "registry.away"),
    "cut off": (cut_off, "registry.away"),
    "in maintenance": (answering(b'{"error": "maintenance"}', 503), "registry.away"),
    "at another address": (answering(b'{"error": "not_found"}', 404), "registry.answer"),
    "talking nonsense": (answering(b'{"resident": {}}'), "registry.answer"),
}


@pytest.mark.parametrize("which", MISBEHAVIOUR)
def test_nothing_is_signed_on_what_is_no_answer(world: World, which: str) -> None:
    behave, code = MISBEHAVIOUR[which]
    with elsewhere(world, SECONDS if behave is silent else 60) as (visited, registry):
        number = visited.open()
        visited.read(number, visited.materials.card(visited.kim), visited.kim.pin)
        registry.always = behave
        with pytest.raises(StationError) as caught:
            visited.identify(number)
        assert caught.value.code == code
        assert visited.stage(number) is Stage.CARD_AUTHENTICATED
        assert visited.signatures == []


def test_another_persons_record_is_no_answer(world: World) -> None:
    with elsewhere(world) as (visited, registry):
        registry.residents[visited.kim.rrn] = registry.residents[visited.namgung.rrn]
        number = visited.open()
        visited.read(number, visited.materials.card(visited.kim), visited.kim.pin)
        with pytest.raises(StationError) as caught:
            visited.identify(number)
        assert caught.value.code == "registry.answer"
        assert visited.stage(number) is Stage.CARD_AUTHENTICATED
