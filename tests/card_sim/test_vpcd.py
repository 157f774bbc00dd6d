"""The card on a socket: frames, control codes, power, one reader after the other."""

import math
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

import pytest

from card_sim import vpcd
from card_sim.faults import FaultyCard, parse_fault
from card_sim.vpcd import Card, attach, listen, pause, serve
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

    def is_left_alone(self) -> bool:
        """Whether the card hung up instead of answering."""
        return self._link.recv(1) == b""

    def _exactly(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            part = self._link.recv(count - len(octets))
            assert part, "the card hung up"
            octets += part
        return octets


@contextmanager
def served(world: World, card: Card | None = None, limit: float = 60.0) -> Iterator[Reader]:
    """A card on one end of a connection; the thread ends with the link."""
    server = socket.create_server(("127.0.0.1", 0))
    ours = socket.create_connection(server.getsockname())
    theirs, _ = server.accept()
    server.close()

    def be_a_card() -> None:
        with theirs:
            serve(card or world.card(), theirs, limit=limit)

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


class Stuck:
    """A card that begins to answer when it is told to."""

    atr = b"\x3b\x00"

    def __init__(self) -> None:
        self.told = threading.Event()
        self.powered = False

    def power_on(self) -> None:
        self.powered = True

    def power_off(self) -> None:
        self.powered = False

    def reset(self) -> None: ...

    def transmit(self, octets: bytes) -> bytes:
        assert self.told.wait(20)
        return b"\x90\x00"


def test_watchdog_frees_the_reader_of_a_card_that_is_stuck(world: World) -> None:
    """An attacker's card, or a broken one, could else hang whoever waits for it."""
    card = Stuck()
    with served(world, card, limit=0.02) as reader:
        reader.send(CARD_ACCESS)
        assert reader.is_left_alone()
        assert not card.told.is_set()
        card.told.set()
    assert not card.powered


def test_watchdog_looks_at_commands_alone(world: World) -> None:
    """The limit is one of a command, not of a session or of what lies between commands."""
    with socket.socket() as link:
        watchdog = vpcd._Watchdog(link, 60.0)
        assert math.isinf(watchdog._due)
        with watchdog.command():
            assert math.isfinite(watchdog._due)
        assert math.isinf(watchdog._due)


@contextmanager
def listening(card: Card, limit: float = 60.0) -> Iterator[tuple[str, int]]:
    """Where `card` can be dialled, again and again."""
    lines: Queue[str] = Queue()
    threading.Thread(
        target=listen, args=(card, 0, lines.put), kwargs={"limit": limit}, daemon=True
    ).start()
    _, host, port = lines.get(timeout=20).removeprefix("ready ").split(":")
    yield host, int(port)


@pytest.mark.parametrize(
    ("written", "limit"),
    [("removed@2", 60.0), ("removed-after@2", 60.0), ("huge=65536@2", 60.0), ("mute@2", 1.0)],
)
def test_card_that_is_gone_can_be_connected_again(world: World, written: str, limit: float) -> None:
    """Also one that is silent for ever, once the watchdog has cut the link."""
    card = FaultyCard(world.card(), [parse_fault(written)], wait=pause)
    with listening(card, limit) as address:
        with socket.create_connection(address) as first:
            reader = Reader(first)
            assert reader.ask(SELECT_CARD_ACCESS) == b"\x90\x00"
            reader.send(READ_SELECTED)
            assert reader.is_left_alone()
        with socket.create_connection(address) as second:
            reader = Reader(second)
            assert reader.ask(SELECT_CARD_ACCESS) == b"\x90\x00"
            assert reader.ask(READ_SELECTED) == b"\x31\x90\x00"


def test_reader_that_gives_up_on_a_mute_card_frees_it(world: World) -> None:
    card = FaultyCard(world.card(), [parse_fault("mute=3600@1")], wait=pause)
    with listening(card) as address:
        with socket.create_connection(address) as first:
            Reader(first).send(SELECT_CARD_ACCESS)
        with socket.create_connection(address) as second:
            assert Reader(second).ask(SELECT_CARD_ACCESS) == b"\x90\x00"


def test_slow_card_answers_in_the_end(world: World) -> None:
    card = FaultyCard(world.card(), [parse_fault("mute=0.05@1")], wait=pause)
    with served(world, card) as reader:
        assert reader.ask(SELECT_CARD_ACCESS) == b"\x90\x00"


def test_empty_answer_is_a_frame_of_length_zero_and_a_removal(world: World) -> None:
    card = FaultyCard(world.card(), [parse_fault("empty@1")])
    with served(world, card) as reader:
        assert reader.ask(SELECT_CARD_ACCESS) == b""
        assert reader.is_left_alone()


def test_largest_answer_fills_a_frame(world: World) -> None:
    card = FaultyCard(world.card(), [parse_fault("huge@1")])
    with served(world, card) as reader:
        assert len(reader.ask(SELECT_CARD_ACCESS)) == 0xFFFF


def test_removed_card_dials_its_reader_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vpcd, "REINSERTION_SECONDS", 0.0)
    card = FaultyCard(world.card(), [parse_fault("removed@1")])
    lines: Queue[str] = Queue()
    with socket.create_server(("127.0.0.1", 0)) as driver:
        driver.settimeout(20)
        port = driver.getsockname()[1]
        thread = threading.Thread(target=attach, daemon=True, args=(card, port, lines.put))
        thread.start()
        first, _ = driver.accept()
        with first:
            reader = Reader(first)
            reader.send(SELECT_CARD_ACCESS)
            assert reader.is_left_alone()
        second, _ = driver.accept()
        with second:
            assert Reader(second).ask(SELECT_CARD_ACCESS) == b"\x90\x00"
        thread.join(20)
        assert not thread.is_alive()
    assert lines.qsize() == 1


def test_removed_card_whose_reader_is_gone_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vpcd, "REINSERTION_SECONDS", 0.0)
    card = FaultyCard(world.card(), [parse_fault("removed@1+")])
    with socket.create_server(("127.0.0.1", 0)) as driver:
        driver.settimeout(20)
        port = driver.getsockname()[1]
        thread = threading.Thread(target=attach, daemon=True, args=(card, port, lambda _: None))
        thread.start()
        link, _ = driver.accept()
    with link:
        Reader(link).send(SELECT_CARD_ACCESS)
        thread.join(20)
    assert not thread.is_alive()


def test_pause_without_a_link_is_a_pause() -> None:
    pause(0.001)
    assert vpcd._SERVED.get() is None
