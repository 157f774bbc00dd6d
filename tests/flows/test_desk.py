"""The desk reads cards beside the pages: they watch, answer and cancel; it never hangs them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from apdu.errors import Cancelled, CardRemoved
from apdu.exchange import Transport
from card_sim.card import VirtualCard
from station.domain.case import Stage
from station.domain.errors import StationError
from station.domain.evidence import IC_ON_SIGHT, IC_PIN
from station.domain.text import Words
from station.ports import Opening
from station.services.desk import Desk, DeskState, Progress
from tests.flows.world import OFFICER, READER, SECOND, World

PATIENCE = 30.0


def desk_of(world: World) -> Desk:
    return Desk(world.station.tap)


def until(desk: Desk, number: str, wanted: Callable[[Progress], bool]) -> Progress:
    """Wait for a change that is wanted; the desk tells of each."""
    found: list[Progress] = []

    def seen() -> bool:
        progress = desk.progress(number)
        if progress is not None and wanted(progress):
            found[:] = [progress]
        return bool(found)

    with desk._changed:
        assert desk._changed.wait_for(seen, PATIENCE)
    return found[0]


def in_state(*states: DeskState) -> Callable[[Progress], bool]:
    return lambda progress: progress.state in states


def card_down(world: World) -> VirtualCard:
    card = world.materials.card(world.kim)
    card.power_on()
    world.desk.card = card
    return card


def test_reading_waits_for_a_card_asks_for_the_pin_and_ends(world: World) -> None:
    desk, number = desk_of(world), world.open()
    assert desk.start(number, OFFICER, READER).state is DeskState.WAITING_FOR_CARD
    card_down(world)
    asking = until(desk, number, in_state(DeskState.ASKING_PIN, DeskState.FAILED))
    assert asking.state is DeskState.ASKING_PIN
    desk.enter(number, asking.serial, world.kim.pin)
    done = until(desk, number, lambda progress: progress.state.ended)
    assert (done.state, done.failure) == (DeskState.DONE, None)
    assert all(each.result == "PASS" for each in done.checks)
    assert world.stage(number) is Stage.CARD_AUTHENTICATED


def test_tries_left_are_told_before_the_first_digit(world: World) -> None:
    desk, number = desk_of(world), world.open()
    card_down(world)
    desk.start(number, OFFICER, READER)
    asking = until(desk, number, in_state(DeskState.ASKING_PIN))
    desk.enter(number, asking.serial, "000000")
    wrong = until(desk, number, lambda progress: progress.state.ended)
    assert (wrong.failure, wrong.detail) == (
        "card.pin_wrong",
        Words("남은 횟수 2회", "2 tries left"),
    )
    again = desk.start(number, OFFICER, READER)
    asking = until(desk, number, lambda p: p.serial == again.serial and p.tries_left is not None)
    assert asking.tries_left == 2
    desk.cancel(number)


def test_officer_is_asked_for_the_can_on_sight(world: World) -> None:
    desk = desk_of(world)
    opened = world.station.counter.open_case(OFFICER, IC_ON_SIGHT.name, IC_ON_SIGHT.consents)
    card_down(world)
    desk.start(opened.number, OFFICER, READER)
    asking = until(desk, opened.number, in_state(DeskState.ASKING_CAN))
    desk.enter(opened.number, asking.serial, world.kim.can)
    done = until(desk, opened.number, lambda progress: progress.state.ended)
    assert done.state is DeskState.DONE


def test_cancelled_while_it_waits_for_a_card_a_pin_or_an_answer(world: World) -> None:
    desk, number = desk_of(world), world.open()
    desk.start(number, OFFICER, READER)
    desk.cancel(number)
    assert until(desk, number, in_state(DeskState.CANCELLED)).failure == "reader.cancelled"
    card = card_down(world)
    desk.start(number, OFFICER, READER)
    until(desk, number, in_state(DeskState.ASKING_PIN))
    desk.cancel(number)
    assert until(desk, number, in_state(DeskState.CANCELLED)).state is DeskState.CANCELLED
    assert card.memory.state.pin_tries == 3  # Nothing was tried.
    assert world.stage(number) is Stage.OPENED


class Hanging:
    """A reader that takes a command and never answers, until it is cancelled."""

    def __init__(self) -> None:
        self.asked, self.released = threading.Event(), threading.Event()

    def transmit(self, command: bytes) -> bytes:
        self.asked.set()
        assert self.released.wait(PATIENCE)
        raise Cancelled("let go")


class HangingDesk:
    def __init__(self, card: Hanging) -> None:
        self.card = card

    @contextmanager
    def open(self, url: str, opening: Opening | None = None) -> Iterator[Transport]:
        assert opening is not None
        opening(self.card.released.set)
        yield self.card


def test_hanging_reader_lets_go_at_once_and_another_case_can_begin(world: World) -> None:
    from dataclasses import replace  # noqa: PLC0415

    card = Hanging()
    desk = Desk(replace(world.station.tap, readers=HangingDesk(card)))
    number = world.open()
    desk.start(number, OFFICER, READER)
    assert card.asked.wait(PATIENCE)
    desk.cancel(number)
    ended = desk.progress(number)
    assert ended is not None
    assert ended.state is DeskState.CANCELLED  # Before the reader said anything.
    assert card.released.is_set()
    other = world.open()
    desk.start(other, OFFICER, READER)
    desk.cancel(other)


def test_one_reading_at_a_time(world: World) -> None:
    desk, number = desk_of(world), world.open()
    desk.start(number, OFFICER, READER)
    other = world.station.counter.open_case(SECOND, IC_PIN.name, IC_PIN.consents)
    with pytest.raises(StationError) as caught:
        desk.start(other.number, SECOND, READER)
    assert caught.value.code == "desk.busy"
    desk.cancel(number)


def test_officer_who_begins_anew_gives_up_what_the_reader_did_before(world: World) -> None:
    desk, first = desk_of(world), world.open()
    desk.start(first, OFFICER, READER)
    second = world.open()
    assert desk.start(second, OFFICER, READER).number == second
    assert desk.progress(first) is None
    desk.cancel(second)


def test_reading_is_stopped_and_its_can_typed_by_its_officer_alone(world: World) -> None:
    desk, number = desk_of(world), world.open()
    began = desk.start(number, OFFICER, READER)
    for attempt in (
        lambda: desk.stop(number, SECOND),
        lambda: desk.enter_can(number, SECOND, began.serial, "123456"),
        lambda: desk.start(number, SECOND, READER),
    ):
        with pytest.raises(StationError) as caught:
            attempt()
        assert caught.value.code == "officer.not_holder"
    progress = desk.progress(number)
    assert progress is not None
    assert not progress.state.ended
    desk.stop(number, OFFICER)


def test_password_is_taken_once_and_only_where_one_is_asked_for(world: World) -> None:
    desk, number = desk_of(world), world.open()
    began = desk.start(number, OFFICER, READER)
    for attempt in (began.serial, began.serial + 1):
        with pytest.raises(StationError) as caught:
            desk.enter(number, attempt, world.kim.pin)
        assert caught.value.code == "desk.not_asking"
    card_down(world)
    asking = until(desk, number, in_state(DeskState.ASKING_PIN))
    with pytest.raises(StationError):
        desk.enter(number, asking.serial - 1, world.kim.pin)
    desk.enter(number, asking.serial, world.kim.pin)
    until(desk, number, lambda progress: progress.state.ended)
    with pytest.raises(StationError):
        desk.enter(number, asking.serial, world.kim.pin)
    assert world.kim.pin not in repr(vars(desk)) + repr(desk.progress(number))


def test_progress_of_another_case_is_not_shown(world: World) -> None:
    desk, number = desk_of(world), world.open()
    desk.start(number, OFFICER, READER)
    assert desk.progress(world.open()) is None
    desk.cancel(world.open())  # Nothing happens.
    progress = desk.progress(number)
    assert progress is not None
    assert not progress.state.ended
    desk.cancel(number)


def test_card_pulled_while_it_is_read_is_told_and_the_case_stays(world: World) -> None:
    desk, number = desk_of(world), world.open()

    class Pulled:
        def __init__(self, card: VirtualCard) -> None:
            self._card, self._left = card, 20

        def transmit(self, command: bytes) -> bytes:
            self._left -= 1
            if self._left < 0:
                raise CardRemoved("pulled")
            return self._card.transmit(command)

    world.desk.card = Pulled(card_down(world))
    desk.start(number, OFFICER, READER)
    asking = until(desk, number, in_state(DeskState.ASKING_PIN))
    desk.enter(number, asking.serial, world.kim.pin)
    ended = until(desk, number, lambda progress: progress.state.ended)
    assert (ended.state, ended.failure) == (DeskState.FAILED, "card.removed")
    assert world.stage(number) is Stage.OPENED
