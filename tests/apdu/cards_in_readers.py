"""Cards of this process in the readers of a real pcscd: silent, pulled and swapped at will."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from card_sim.pcscd import ReaderUnavailable, reader_name, wait_until
from card_sim.vpcd import LOOPBACK, REINSERTION_SECONDS, serve

SELECT, READ = bytes.fromhex("00A4020C02011C"), bytes.fromhex("00B0000001")
SILENT = bytes.fromhex("00EE0000")
"""The command that a card here does not answer before it is pulled."""
PATIENCE = 60.0
NOTICE_SECONDS, ATTEMPTS = 1.5, 20


class Card:
    """One file to select and read, and one command that is not answered."""

    atr = bytes.fromhex("3B8A80018031F873F741E082900075")

    def __init__(self, content: bytes = b"\x31") -> None:
        self._content = content
        self._selected = False
        self.heard: list[bytes] = []
        self.asked = Event()
        self.pulled = Event()

    def power_on(self) -> None:
        self._selected = False

    power_off = reset = power_on

    def transmit(self, octets: bytes) -> bytes:
        self.heard.append(octets)
        match octets[1]:
            case 0xEE:
                self.asked.set()
                self.pulled.wait(PATIENCE)
            case 0xB0 if self._selected:
                return self._content + b"\x90\x00"
            case 0xB0:
                return b"\x69\x86"
            case 0xA4:
                self._selected = True
        return b"\x90\x00"


class Inserted:
    """A card in the reader whose driver listens on `port`."""

    def __init__(self, port: int, card: Card) -> None:
        self.card = card
        self.port = port
        self._link = socket.create_connection((LOOPBACK, port))
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def reader(self) -> str:
        return reader_name(self.port)

    def pull(self) -> None:
        with suppress(OSError):
            self._link.shutdown(socket.SHUT_RDWR)
        self.card.pulled.set()
        self._thread.join(PATIENCE)

    def _serve(self) -> None:
        with self._link, suppress(OSError):
            serve(self.card, self._link)

    @contextmanager
    def once_asked(self, action: Callable[[], None]) -> Iterator[None]:
        """Does `action` in another thread while the card is silent."""

        def act() -> None:
            assert self.card.asked.wait(PATIENCE)
            action()

        thread = Thread(target=act)
        thread.start()
        yield
        thread.join(PATIENCE)


@contextmanager
def inserted(port: int, content: bytes = b"\x31") -> Iterator[Inserted]:
    """A card in the reader, seen by pcscd; afterwards gone, and seen to be gone."""
    there = _seen(port, content)
    try:
        yield there
    finally:
        there.pull()
        with suppress(ReaderUnavailable):  # The reader is gone, too.
            wait_until(port, present=False)


def _seen(port: int, content: bytes) -> Inserted:
    """As a person does it: what the reader does not notice is put on again.

    pcscd looks every 0.4 s. After a client died in a command it calls the reader empty without
    having looked, and then it does not see a card that comes before it looks.
    """
    for _ in range(ATTEMPTS):
        there = Inserted(port, Card(content))
        try:
            wait_until(port, present=True, seconds=NOTICE_SECONDS)
        except ReaderUnavailable:
            there.pull()
            Event().wait(REINSERTION_SECONDS)
        else:
            return there
    raise AssertionError(f"a card in {reader_name(port)} is not seen")
