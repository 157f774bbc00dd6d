"""What is told of readers and cards that come and go, with the looks of the service given."""

from collections.abc import Callable, Iterator

import pytest

from apdu.errors import Cancelled
from apdu.transports.pcsc import EventKind, ReaderEvent, Watch, events, service
from apdu.transports.pcsc.events import Sight, changes

ADDED, REMOVED = EventKind.READER_ADDED, EventKind.READER_REMOVED
INSERTED, TAKEN = EventKind.CARD_INSERTED, EventKind.CARD_REMOVED
LOST, BACK = EventKind.SERVICE_LOST, EventKind.SERVICE_BACK
ATR, OTHER_ATR = b"\x3b\x80\x01", b"\x3b\x00"
NO_SERVICE, UNKNOWN_READER, TIMEOUT = 0x8010001D, 0x80100009, 0x8010000A
EMPTY, PRESENT = 0x0012, 0x0022

EMPTY_SIGHT = Sight(card=False)
CARD_SIGHT = Sight(card=True, atr=ATR, count=1)


def kinds(happened: Iterator[ReaderEvent]) -> list[EventKind]:
    return [each.kind for each in happened]


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ({}, {}, []),
        ({}, {"A": EMPTY_SIGHT}, [ADDED]),
        ({}, {"A": CARD_SIGHT}, [ADDED, INSERTED]),
        ({"A": EMPTY_SIGHT}, {"A": CARD_SIGHT}, [INSERTED]),
        ({"A": CARD_SIGHT}, {"A": CARD_SIGHT}, []),
        ({"A": CARD_SIGHT}, {"A": Sight(count=2)}, [TAKEN]),
        ({"A": CARD_SIGHT}, {}, [TAKEN, REMOVED]),
        ({"A": EMPTY_SIGHT}, {}, [REMOVED]),
    ],
)
def test_every_change_is_told_once_and_in_the_order_in_which_it_can_happen(
    before: dict[str, Sight], now: dict[str, Sight], told: list[EventKind]
) -> None:
    assert kinds(changes(before, now)) == told


def test_a_card_swapped_between_two_looks_is_seen_by_the_count_even_with_the_same_atr() -> None:
    swapped = Sight(card=True, atr=ATR, count=3)
    assert list(changes({"A": CARD_SIGHT}, {"A": swapped})) == [
        ReaderEvent(TAKEN, "A"),
        ReaderEvent(INSERTED, "A", ATR),
    ]


def test_readers_are_told_apart() -> None:
    before = {"A": CARD_SIGHT, "B": EMPTY_SIGHT}
    now = {"A": EMPTY_SIGHT, "B": Sight(card=True, atr=OTHER_ATR, count=1)}
    assert list(changes(before, now)) == [
        ReaderEvent(TAKEN, "A"),
        ReaderEvent(INSERTED, "B", OTHER_ATR),
    ]


class PlayedChild:
    """Lists readers and looks at them as it is told, look by look, then as if it were cancelled."""

    def __init__(self, looks: list[tuple[int, service.States]]) -> None:
        self.looks = looks
        self.asked: list[service.States] = []

    def __enter__(self) -> "PlayedChild":
        return self

    def __exit__(self, *_: object) -> None: ...

    def cancel(self) -> None: ...

    def call(self, operation: bytes, argument: bytes = b"") -> tuple[int, bytes]:
        if not self.looks:
            raise Cancelled("no more looks")
        code, states = self.looks[0]
        if operation == service.READERS:
            if code == NO_SERVICE:
                self.looks.pop(0)
                return code, b""
            return 0, "\0".join(name for name in states if "PnP" not in name).encode()
        self.looks.pop(0)
        self.asked.append(service.unpack_states(argument[4:]))
        return code, service.pack_states(states)


Play = Callable[..., tuple[list[ReaderEvent], list[service.States]]]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    def played(
        *looks: tuple[int, service.States],
    ) -> tuple[list[ReaderEvent], list[service.States]]:
        child = PlayedChild(list(looks))
        monkeypatch.setattr(events, "Child", lambda: child)
        monkeypatch.setattr(events, "_RETRY_SECONDS", 0)
        return list(Watch()), child.asked

    return played


def test_what_is_there_is_told_first(play: Play) -> None:
    told, _ = play((0, {"A": (0x30000 | PRESENT, ATR), "B": (EMPTY, b"")}))
    assert told == [
        ReaderEvent(ADDED, "A"),
        ReaderEvent(INSERTED, "A", ATR),
        ReaderEvent(ADDED, "B"),
    ]


def test_the_count_of_events_is_no_change_of_the_card(play: Play) -> None:
    """The service tells it in the upper half of the state."""
    told, _ = play(
        (0, {"A": (0x10000 | PRESENT, ATR)}),
        (0, {"A": (0x10000 | PRESENT | 0x0100, ATR)}),  # Somebody took the card for himself.
        (0, {"A": (0x20000 | EMPTY, b"")}),
    )
    assert [each.kind for each in told] == [ADDED, INSERTED, TAKEN]


def test_the_service_is_asked_for_what_differs_from_the_last_look(play: Play) -> None:
    seen = (0x10000 | PRESENT, ATR)
    _, asked = play((0, {"A": seen}), (TIMEOUT, {"A": seen}), (0, {"A": seen}))
    assert [each["A"] for each in asked] == [(0, b""), seen, seen]


def test_a_reader_that_comes_or_goes_is_told_without_a_card(play: Play) -> None:
    told, _ = play(
        (TIMEOUT, {}),
        (0, {"A": (EMPTY, b"")}),
        (UNKNOWN_READER, {"A": (EMPTY, b"")}),
        (TIMEOUT, {}),
    )
    assert [each.kind for each in told] == [ADDED, REMOVED]


def test_a_service_that_stops_and_comes_back_takes_its_readers_along(play: Play) -> None:
    card = {"A": (0x10000 | PRESENT, ATR)}
    told, _ = play((0, card), (NO_SERVICE, {}), (NO_SERVICE, {}), (0, card))
    assert [each.kind for each in told] == [
        *(ADDED, INSERTED),
        *(TAKEN, REMOVED, LOST),
        *(BACK, ADDED, INSERTED),
    ]


def test_a_service_that_is_not_there_at_first_is_told(play: Play) -> None:
    told, _ = play((NO_SERVICE, {}), (0, {}))
    assert [each.kind for each in told] == [LOST, BACK]


def test_a_watch_that_was_stopped_tells_nothing_and_starts_nothing(play: Play) -> None:
    watch = Watch()
    watch.stop()
    assert list(watch) == []
