"""The link to a virtual card, against a card of a few lines on a real socket."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from apdu.errors import Cancelled, CardRemoved, CommandTooLong, TimedOut, TransportError
from apdu.exchange import Transport, run
from apdu.files import read_whole_file
from apdu.transports import sim

ATR = bytes.fromhex("3B8A80018031F873F741E082900075")


def frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(2) + payload


class Card:
    """Listens on loopback for one reader; keeps every message it gets."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer
        self.messages: list[bytes] = []
        self.farewell: bytes | None = None  # sent instead of an answer, then hangs up
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until the reader has hung up."""
        self._thread.join()

    def _serve(self) -> None:
        with self._listener, self._listener.accept()[0] as reader:
            file = reader.makefile("rb")
            while header := file.read(2):
                message = file.read(int.from_bytes(header))
                self.messages.append(message)
                if len(message) > 1 or message == b"\x04":
                    if self.farewell is not None:
                        reader.sendall(self.farewell)
                        return
                    reader.sendall(self.answer(message))


def sensible(message: bytes) -> bytes:
    return frame(ATR if message == b"\x04" else message[-2:] + b"\x90\x00")


@contextmanager
def connected(
    answer: Callable[[bytes], bytes],
) -> Iterator[tuple[sim.VirtualCardLink, Card]]:
    card = Card(answer)
    with sim.connect("127.0.0.1", card.port) as link:
        yield link, card
    card.join()


def test_the_card_is_powered_and_reset_first_and_switched_off_at_the_end() -> None:
    with connected(sensible) as (link, card):
        assert link.atr == ATR
        assert link.transmit(bytes.fromhex("00B0000002")) == bytes.fromhex("00029000")
    assert card.messages == [b"\x01", b"\x02", b"\x04", bytes.fromhex("00B0000002"), b"\x00"]


def test_the_link_is_a_transport() -> None:
    with connected(sensible) as (link, _):
        transport: Transport = link
        assert run(read_whole_file(1, 256), transport) == b"\x00\x00"


@pytest.mark.parametrize("length", [4, 255, 256, 65535])
def test_commands_up_to_the_frame_are_carried_whole(length: int) -> None:
    with connected(sensible) as (link, card):
        link.transmit(bytes(length))
    assert card.messages[3] == bytes(length)


@pytest.mark.parametrize("length", [0, 1, 3, 65536])
def test_what_is_no_command_or_too_long_is_not_sent(length: int) -> None:
    """A single octet would be a control code."""
    with connected(sensible) as (link, card):
        with pytest.raises(TransportError, match=f"command of {length} octets") as refused:
            link.transmit(b"\x01" * length)
        assert isinstance(refused.value, CommandTooLong) is (length > link.max_command)
        assert link.transmit(bytes(4)) == b"\x00\x00\x90\x00"
    assert len(card.messages) == 5


def test_the_longest_answer_is_received_whole() -> None:
    long = bytes(65533) + b"\x90\x00"
    with connected(lambda m: frame(ATR if m == b"\x04" else long)) as (link, _):
        assert link.transmit(bytes(4)) == long


@pytest.mark.parametrize(
    "last", [b"", b"\x00", b"\x00\x04\x90"], ids=["nothing", "half a length", "half an answer"]
)
def test_a_card_that_hangs_up_is_removed(last: bytes) -> None:
    with connected(sensible) as (link, card):
        card.farewell = last
        with pytest.raises(CardRemoved, match="taken out"):
            link.transmit(bytes(4))
        with pytest.raises(CardRemoved, match="no longer connected"):
            link.transmit(bytes(4))


def test_an_answer_of_length_zero_means_that_the_card_left() -> None:
    with connected(lambda m: frame(ATR if m == b"\x04" else b"")) as (link, card):
        with pytest.raises(CardRemoved, match="taken out"):
            link.transmit(bytes(4))
        assert card.messages[-1] == bytes(4)


def test_a_card_that_does_not_answer_is_given_up() -> None:
    """An answer that came later would be taken for that to the next command."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(frame(ATR))
        link = sim.VirtualCardLink(ours)
        ours.settimeout(0.01)
        with pytest.raises(TimedOut, match="did not answer in time"):
            link.transmit(bytes(4))
        with pytest.raises(CardRemoved, match="no longer connected"):
            link.transmit(bytes(4))


def test_a_card_that_gives_no_answer_to_reset_is_given_up() -> None:
    card = Card(lambda message: b"")
    with pytest.raises(TimedOut, match="in time"):
        sim.connect("127.0.0.1", card.port, 0.05)
    card.join()


def test_a_command_that_is_not_answered_is_cancelled_from_another_thread() -> None:
    asked = Event()

    def silent(message: bytes) -> bytes:
        if message == b"\x04":
            return frame(ATR)
        asked.set()
        return b""

    with connected(silent) as (link, _):

        def cancel() -> None:
            asked.wait()
            link.cancel()

        canceller = Thread(target=cancel)
        canceller.start()
        with pytest.raises(Cancelled, match="cancelled"):
            link.transmit(bytes(4))
        canceller.join()
        with pytest.raises(Cancelled):
            link.transmit(bytes(4))


def test_a_cancel_between_two_commands_ends_the_next() -> None:
    with connected(sensible) as (link, card):
        link.cancel()
        with pytest.raises(Cancelled):
            link.transmit(bytes(4))
        link.cancel()
    assert len(card.messages) == 3


def test_nobody_listening_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TransportError, match=f"no virtual card listens at 127.0.0.1:{port}"):
        sim.connect("127.0.0.1", port)


def test_closing_twice_is_no_error() -> None:
    with connected(sensible) as (link, _):
        link.close()
        link.close()
