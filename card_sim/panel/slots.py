"""The slot of the reader: a card is put in and taken out while the reader goes on."""

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from card_sim.panel.errors import NotPossible
from card_sim.pcscd import ReaderUnavailable, wait_until
from card_sim.vpcd import LOOPBACK, Card, Left, serve

FellOut = Callable[[Card], None]
"""Told of a card that left by itself."""


class Slot(ABC):
    """Room for one card.

    Rule    A card that takes itself out, as some faults do, is out: nobody puts it back.
    """

    def __init__(self, fell_out: FellOut) -> None:
        self._fell_out = fell_out
        self._changed = threading.Condition()
        self._card: Card | None = None
        self._link: socket.socket | None = None

    @property
    @abstractmethod
    def reader(self) -> str:
        """What the station calls the reader."""

    def put(self, card: Card) -> None:
        """Put a card in. Errors: `NotPossible`."""
        with self._changed:
            if self._card is not None:
                raise NotPossible("A card is in the reader: pull it first.")
            self._card = card

    def take_out(self) -> None:
        """Take the card out, also in the middle of a command; return once it is idle."""
        with self._changed:
            self._card = None
            if self._link is not None:
                with suppress(OSError):  # The reader was faster.
                    self._link.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: self._link is None)

    def close(self) -> None:
        self.take_out()

    def _be_card(self, link: socket.socket) -> None:
        """Be the card that is in the slot for as long as the link lasts."""
        with self._on(link) as card:
            left = serve(card, link) if card is not None else Left.READER
        if card is not None and (left is Left.CARD or self._ends_with_its_link):
            with self._changed:
                if self._card is card:
                    self._card = None
            self._fell_out(card)

    @property
    def _ends_with_its_link(self) -> bool:
        return False

    @contextmanager
    def _on(self, link: socket.socket) -> Iterator[Card | None]:
        with self._changed:
            card = self._card
            self._link = link if card is not None else None
        try:
            yield card
        finally:
            with self._changed:
                self._link = None
                self._changed.notify_all()


class ListeningSlot(Slot):
    """A reader dials, as often as it likes; without a card it is hung up on at once.

    Errors  `OSError`: the port is taken.
    """

    def __init__(self, port: int, fell_out: FellOut) -> None:
        super().__init__(fell_out)
        self._server = socket.create_server((LOOPBACK, port))
        self._thread = threading.Thread(target=self._listen, daemon=True, name="slot")
        self._thread.start()

    @property
    def reader(self) -> str:
        return f"sim:{LOOPBACK}:{self._port}"

    @property
    def _port(self) -> int:
        port: int = self._server.getsockname()[1]
        return port

    def close(self) -> None:
        super().close()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # Wakes the thread.
        self._thread.join()
        self._server.close()

    def _listen(self) -> None:
        while True:
            try:
                link, _ = self._server.accept()
            except OSError:
                return
            with link, suppress(OSError):  # A memory that cannot be read is a card that is mute.
                self._be_card(link)


class VpcdSlot(Slot):
    """A slot of the virtual reader driver, which is dialled when a card is put in.

    Rule    Where a pcscd has the reader, `put` and `take_out` return once it has seen it: the next
            card may dial only after the last one was seen to go.
    """

    def __init__(self, port: int, fell_out: FellOut) -> None:
        super().__init__(fell_out)
        self._port = port

    @property
    def reader(self) -> str:
        return f"vpcd:{LOOPBACK}:{self._port}"

    @property
    def _ends_with_its_link(self) -> bool:
        return True

    def put(self, card: Card) -> None:
        super().put(card)
        try:
            link = socket.create_connection((LOOPBACK, self._port))
        except OSError:
            super().take_out()
            raise NotPossible(f"No virtual reader answers on port {self._port}.") from None
        threading.Thread(target=self._insert, args=(link,), daemon=True, name="slot").start()
        self._seen(present=True)

    def take_out(self) -> None:
        was_in = self._card is not None
        super().take_out()
        if was_in:
            self._seen(present=False)

    def _insert(self, link: socket.socket) -> None:
        with link:
            self._be_card(link)

    def _seen(self, *, present: bool) -> None:
        with suppress(ReaderUnavailable):
            wait_until(self._port, present=present)
