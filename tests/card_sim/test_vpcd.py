"""The card on a socket: frames, control codes, power, one reader after the other."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

from card_sim.vpcd import attach, listen, serve
from tests.card_sim.world import World

POWER_OFF, POWER_ON, RESET, GET_ATR = b"\x00", b"\x01", b"\x02", b"\x04"
CARD_ACCESS = bytes.fromhex("00B09C0000")
SELECT_CARD_ACCESS = bytes.fromhex("00A4020C02011C")
READ_SELECTED = bytes.fromhex("00B0000001")


class Reader:
    """The reader's end of a link."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        link.settimeout(20)

    def send(self, payload: bytes) -> None:
        self._link.sendall(len(payload).to_bytes(2) + payload)

    def receive(self) -> bytes:
        return self._exactly(int.from_bytes(self._exactly(2)))

    def ask(self, payload: bytes) -> bytes:
        self.send(payload)
        return self.receive()

    def _exactly(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            part = self._link.recv(count - len(octets))
            assert part, "the card hung up"
            octets += part
        return octets


@contextmanager
def served(world: World) -> Iterator[Reader]:
    """A card on one end of a connection; the thread ends with the link."""
    server = socket.create_server(("127.0.0.1", 0))
    ours = socket.create_connection(server.getsockname())
    theirs, _ = server.accept()
    server.close()

    def be_a_card() -> None:
        with theirs:
            serve(world.card(), theirs)

    thread = threading.Thread(target=be_a_card)
    thread.start()
    try:
        yield Reader(ours)
    finally:
        ours.close()
        thread.join(20)
        assert not thread.is_alive()


def test_only_atr_and_commands_are_answered(world: World) -> None:
    with served(world) as reader:
        for control in (POWER_ON, RESET, POWER_OFF, b"\x03", b"\x77"):
            reader.send(control)
        assert reader.ask(GET_ATR) == world.data().atr
        assert reader.ask(CARD_ACCESS)[-2:] == b"\x90\x00"


def test_frames_may_come_in_pieces_and_together(world: World) -> None:
    with served(world) as reader:
        frame = len(CARD_ACCESS).to_bytes(2) + CARD_ACCESS
        for octet in frame:
            reader._link.sendall(bytes((octet,)))
        assert reader.receive()[-2:] == b"\x90\x00"
        reader._link.sendall(frame * 3)
        assert {reader.receive()[-2:] for _ in range(3)} == {b"\x90\x00"}


def test_every_change_of_power_forgets_the_session(world: World) -> None:
    for control in (POWER_OFF, POWER_ON, RESET):
        with served(world) as reader:
            assert reader.ask(SELECT_CARD_ACCESS) == b"\x90\x00"
            assert reader.ask(READ_SELECTED) == b"\x31\x90\x00"
            reader.send(control)
            assert reader.ask(READ_SELECTED) == b"\x69\x86"


def test_largest_command_is_carried(world: World) -> None:
    with served(world) as reader:
        body = bytes(65535 - 7)
        command = bytes.fromhex("00A4020C00") + len(body).to_bytes(2) + body
        assert len(command) == 65535
        assert reader.ask(command) == b"\x67\x00"


def test_tiny_frames_are_malformed_commands(world: World) -> None:
    with served(world) as reader:
        assert reader.ask(b"\x00\x00") == b"\x67\x00"


def test_frame_of_length_zero_ends_the_link(world: World) -> None:
    with served(world) as reader:
        reader.send(b"")
        assert reader._link.recv(1) == b""


def test_readers_that_dial_are_served_one_after_the_other(world: World) -> None:
    lines: Queue[str] = Queue()
    arguments = (world.card(), 0, lines.put)
    threading.Thread(target=listen, args=arguments, daemon=True).start()
    kind, host, port = lines.get(timeout=20).removeprefix("ready ").split(":")
    assert (kind, host) == ("sim", "127.0.0.1")
    with socket.create_connection((host, int(port))) as first:
        one = Reader(first)
        assert one.ask(SELECT_CARD_ACCESS) == b"\x90\x00"
        with socket.create_connection((host, int(port))) as second:
            two = Reader(second)
            two.send(READ_SELECTED)  # waits its turn
            assert one.ask(READ_SELECTED) == b"\x31\x90\x00"
            first.close()
            assert two.receive() == b"\x69\x86"  # and finds a card without a session


def test_card_dials_a_reader_and_ends_with_it(world: World) -> None:
    lines: Queue[str] = Queue()
    with socket.create_server(("127.0.0.1", 0)) as driver:
        port = driver.getsockname()[1]
        thread = threading.Thread(target=attach, args=(world.card(), port, lines.put))
        thread.start()
        link, _ = driver.accept()
        reader = Reader(link)
        assert reader.ask(GET_ATR) == world.data().atr
        assert lines.get(timeout=20) == f"ready vpcd:127.0.0.1:{port}"
        link.close()
        thread.join(20)
        assert not thread.is_alive()
