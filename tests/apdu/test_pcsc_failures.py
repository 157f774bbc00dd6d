"""Readers, cards and a smart card service that go, hang and come back, with the real pcscd.

There is no USB here: a reader is unplugged by stopping its pcscd, and plugged in by starting it.
"""

import signal
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Thread

import pytest

from apdu.errors import Cancelled, CardRemoved, ReaderGone, TimedOut, TransportError
from apdu.transports import pcsc
from apdu.transports.pcsc import EventKind, ReaderEvent, ReaderLink
from card_sim.pcscd import Daemon, ReaderBusy, ReaderUnavailable, own_pcscd, reader_name
from tests.apdu.cards_in_readers import (
    PATIENCE,
    READ,
    SELECT,
    SILENT,
    Card,
    Inserted,
    inserted,
)
from tests.interop.programs import missing

pytestmark = pytest.mark.pcsc
SOON = 4.0
"""Long enough for all that does not hang, on a busy machine, too."""


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    service = own_pcscd()
    try:
        daemon = service.__enter__()
    except ReaderBusy:
        raise  # A test that was not made because of a neighbour must be seen.
    except ReaderUnavailable as reason:
        missing(str(reason))
    try:
        yield daemon
    finally:
        service.__exit__(None, None, None)


@pytest.fixture
def port(daemon: Daemon) -> int:
    if daemon.process is None:
        daemon.start()
    return daemon.port


def read(link: ReaderLink) -> bytes:
    assert link.transmit(SELECT) == b"\x90\x00"
    return link.transmit(READ)


def next_card_is_read(port: int) -> bool:
    """By the same process, and without anything being started again."""
    with inserted(port, b"\x77") as card, pcsc.connect(card.reader) as link:
        return read(link) == b"\x77\x90\x00"


def test_the_virtual_reader_does_not_say_what_it_carries(port: int) -> None:
    with inserted(port) as card, pcsc.connect(card.reader) as link:
        assert (link.max_command, link.max_answer) == (None, None)
        assert link.transmit(bytes(4) + b"\x00" + bytes(65530))


def test_reader_unplugged_between_two_commands_and_plugged_in_again(
    daemon: Daemon, port: int
) -> None:
    with inserted(port) as card, pcsc.connect(card.reader) as link:
        assert read(link) == b"\x31\x90\x00"
        daemon.stop()
        for _ in range(2):
            with pytest.raises(ReaderGone, match="start pcscd"):
                link.transmit(SELECT)
        with pytest.raises(ReaderGone, match="start pcscd"):
            pcsc.readers()
    daemon.start()
    with pytest.raises(TransportError, match="no longer connected"):
        link.transmit(SELECT)
    assert next_card_is_read(port)


def test_a_link_from_before_the_reader_was_unplugged_stays_dead(daemon: Daemon, port: int) -> None:
    with inserted(port) as card, pcsc.connect(card.reader) as link:
        daemon.stop()
        daemon.start()
        with inserted(port), pytest.raises(ReaderGone):
            link.transmit(SELECT)
    assert next_card_is_read(port)


def test_reader_unplugged_in_a_command_and_plugged_in_again(daemon: Daemon, port: int) -> None:
    with (
        inserted(port) as card,
        pcsc.connect(card.reader) as link,
        card.once_asked(daemon.stop),
        pytest.raises(ReaderGone, match="start pcscd"),
    ):
        link.transmit(SILENT)
    daemon.start()
    assert next_card_is_read(port)


def test_service_that_hangs_is_given_up_and_used_again(daemon: Daemon, port: int) -> None:
    assert daemon.process is not None
    with inserted(port) as card, pcsc.connect(card.reader) as link:
        daemon.process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(TimedOut, match="in time"):
                pcsc.connect(card.reader, 1.0)
        finally:
            daemon.process.send_signal(signal.SIGCONT)
        assert read(link) == b"\x31\x90\x00"
    assert next_card_is_read(port)


def ends_by(
    link: ReaderLink, card: Inserted, action: Callable[[], None], error: type[TransportError]
) -> None:
    with card.once_asked(action), pytest.raises(error):
        link.transmit(SILENT)


def test_card_that_never_answers_is_cancelled_and_the_next_is_read(port: int) -> None:
    """The service waits on for it; only taking the card out ends that."""
    with inserted(port) as card:
        with pcsc.connect(card.reader) as link:
            ends_by(link, card, link.cancel, Cancelled)
        with pytest.raises(TransportError, match="take the card out"):
            pcsc.connect(card.reader)
        assert card.reader in pcsc.readers()
    assert next_card_is_read(port)


def test_card_that_never_answers_is_given_up_in_time_and_the_next_is_read(port: int) -> None:
    with inserted(port) as card:
        with pcsc.connect(card.reader, SOON) as link, pytest.raises(TimedOut, match="in time"):
            link.transmit(SILENT)
        assert card.card.asked.is_set()
    assert next_card_is_read(port)


def test_card_that_never_answers_does_not_hold_the_other_reader(port: int) -> None:
    with inserted(port) as silent, inserted(port + 1, b"\x32"):

        def read_the_other() -> None:
            with pcsc.connect(reader_name(port + 1)) as other:
                told.put(read(other))
            link.cancel()

        told: SimpleQueue[bytes] = SimpleQueue()
        with pcsc.connect(silent.reader) as link:
            ends_by(link, silent, read_the_other, Cancelled)
        assert told.get(timeout=PATIENCE) == b"\x32\x90\x00"


def test_two_readers_have_a_card_each(port: int) -> None:
    with inserted(port), inserted(port + 1, b"\x32"):
        first, second = (pcsc.connect(reader_name(each)) for each in (port, port + 1))
        with first, second:
            assert first.transmit(SELECT) == b"\x90\x00"
            assert second.transmit(READ) == b"\x69\x86"  # Nothing is selected in this one.
            assert first.transmit(READ) == b"\x31\x90\x00"
            assert read(second) == b"\x32\x90\x00"


def test_card_pulled_in_a_command_is_said_so(port: int) -> None:
    with inserted(port) as card, pcsc.connect(card.reader) as link:
        ends_by(link, card, card.pull, CardRemoved)
    assert next_card_is_read(port)


def test_card_swapped_for_one_with_the_same_atr_is_told_nothing(port: int) -> None:
    """It dials before the first leaves: the service sees one card all the time."""
    with inserted(port) as first, pcsc.connect(first.reader) as link:
        assert link.transmit(SELECT) == b"\x90\x00"
        second = Inserted(port, Card())
        try:
            first.pull()
            for _ in range(3):
                with pytest.raises(TransportError):
                    link.transmit(READ)
            assert second.card.heard == []
        finally:
            second.pull()
    assert next_card_is_read(port)


class Told:
    """Events as they come, in a thread of their own."""

    def __init__(self) -> None:
        self.watch = pcsc.watch()
        self._events: SimpleQueue[ReaderEvent | None] = SimpleQueue()
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for event in self.watch:
            self._events.put(event)
        self._events.put(None)

    def next(self, count: int = 1) -> set[tuple[EventKind, str, bytes]]:
        """The next events, in whatever order readers are listed."""
        events = [self._events.get(timeout=PATIENCE) for _ in range(count)]
        return {(each.kind, each.reader, each.atr) for each in events if each}

    def ends(self) -> bool:
        self.watch.stop()
        last = self._events.get(timeout=PATIENCE)
        self._thread.join(PATIENCE)
        return last is None and not self._thread.is_alive()


def test_what_happens_at_the_readers_is_told(daemon: Daemon, port: int) -> None:
    one, two = reader_name(port), reader_name(port + 1)
    added = {(EventKind.READER_ADDED, each, b"") for each in (one, two)}
    removed = {(EventKind.READER_REMOVED, each, b"") for each in (one, two)}
    came, went = (EventKind.CARD_INSERTED, one, Card.atr), (EventKind.CARD_REMOVED, one, b"")
    with inserted(port):
        told = Told()
        assert told.next(3) == {*added, came}
    assert told.next() == {went}
    with inserted(port):
        assert told.next() == {came}
        daemon.stop()
        assert told.next(3) == {*removed, went}
        assert told.next() == {(EventKind.SERVICE_LOST, "", b"")}
    daemon.start()
    assert told.next() == {(EventKind.SERVICE_BACK, "", b"")}
    assert told.next(2) == added
    with inserted(port + 1):
        assert told.next() == {(EventKind.CARD_INSERTED, two, Card.atr)}
    assert told.next() == {(EventKind.CARD_REMOVED, two, b"")}
    assert told.ends()
