"""While the registry is away: reading goes on, nothing is decided, and the case may wait."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from station.domain.case import Stage
from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.domain.registry import RegistryChange, RegistryRecord
from station.ports import RegistryAway
from tests.flows.world import OFFICER, World


class Away:
    """A registry that does not answer."""

    def find(self, rrn: Rrn) -> RegistryRecord | None:
        raise RegistryAway

    def reachable(self) -> bool:
        return False

    def changes(self, after: int, limit: int) -> Sequence[RegistryChange]:
        raise RegistryAway

    def last_change(self) -> int:
        raise RegistryAway


@contextmanager
def away(world: World) -> Iterator[World]:
    station = world.station
    world.station = replace(
        station,
        counter=replace(station.counter, registry=Away()),
        deciding=replace(station.deciding, registry=Away()),
        look_up=replace(station.look_up, registry=Away()),
    )
    try:
        yield world
    finally:
        world.station = station


def test_card_is_read_and_stands_until_the_registry_is_back(world: World) -> None:
    number = world.open()
    with away(world):
        world.read(number, world.materials.card(world.kim), world.kim.pin)
        with pytest.raises(StationError) as caught:
            world.identify(number)
        assert caught.value.code == "registry.away"
    assert world.stage(number) is Stage.CARD_AUTHENTICATED
    assert world.identify(number).stage is Stage.IDENTIFIED


def test_nothing_is_approved(world: World) -> None:
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    world.identify(number)
    with away(world), pytest.raises(StationError) as caught:
        world.approve(number)
    assert caught.value.code == "registry.away"
    assert world.stage(number) is Stage.IDENTIFIED
    assert world.approve(number).stage is Stage.APPROVED


def test_case_that_is_put_off_waits_for_three_days(world: World) -> None:
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    with away(world):
        done = world.station.counter.put_off(number, OFFICER)
    assert done.stage is Stage.CARD_AUTHENTICATED
    world.clock.move(hours=72)
    world.station.delivery.sweep()
    assert world.identify(number).stage is Stage.IDENTIFIED


def test_case_that_was_put_off_ends_when_nobody_comes_back(world: World) -> None:
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    with away(world):
        world.station.counter.put_off(number, OFFICER)
    world.clock.move(hours=72, seconds=1)
    world.station.delivery.sweep()
    assert world.stage(number) is Stage.EXPIRED
    assert world.identity_of(number) is None


def test_case_is_put_off_once(world: World) -> None:
    number = world.open()
    with away(world):
        world.station.counter.put_off(number, OFFICER)
        with pytest.raises(StationError) as caught:
            world.station.counter.put_off(number, OFFICER)
    assert caught.value.code == "case.wrong_stage"


def test_case_is_not_put_off_while_the_registry_answers(world: World) -> None:
    number = world.open()
    with pytest.raises(StationError) as caught:
        world.station.counter.put_off(number, OFFICER)
    assert caught.value.code == "case.nothing_away"


def test_approved_case_is_not_put_off(world: World) -> None:
    number = world.approved()
    with away(world), pytest.raises(StationError) as caught:
        world.station.counter.put_off(number, OFFICER)
    assert caught.value.code == "case.wrong_stage"
