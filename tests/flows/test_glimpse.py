"""A page that renews itself leaves one record of looking for each session and case."""

from station.domain.officer import Access
from tests.flows.world import AUDITOR, OFFICER, SECOND, World


def viewings(world: World) -> list[str]:
    records = world.station.review.accesses(100, AUDITOR)
    return [each.officer for each in records if each.access is Access.VIEWED]


def read(world: World) -> str:
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    return number


def test_looking_again_in_the_same_session_leaves_no_second_record(world: World) -> None:
    number = read(world)
    first = world.station.review.glimpse(number, OFFICER)
    assert first is not None
    assert world.station.review.glimpse(number, OFFICER) == first
    assert viewings(world) == [OFFICER.officer]


def test_another_officer_and_another_case_leave_their_own(world: World) -> None:
    first, second = read(world), read(world)
    for number in (first, second, first):
        for officer in (OFFICER, SECOND):
            world.station.review.glimpse(number, officer)
    assert sorted(viewings(world)) == sorted([OFFICER.officer, SECOND.officer] * 2)


def test_nobody_is_seen_before_the_card_was_read(world: World) -> None:
    number = world.open()
    assert world.station.review.glimpse(number, OFFICER) is None
    assert viewings(world) == []


def test_open_case_stays_on_the_list_however_many_came_after_it(world: World) -> None:
    old = world.open()
    for _ in range(3):
        world.clock.move(seconds=1)
        world.station.counter.cancel(world.open(), OFFICER, "resident")
    listed = [each.number for each in world.station.review.cases(2, OFFICER)]
    assert old in listed
    assert len(listed) == 3
