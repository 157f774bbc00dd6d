"""The card on a socket, in the frames of the virtual reader driver vpcd.

A frame is a length of 16 bits and that many octets. One octet is a control code, more are a
command. Only the question for the ATR and commands are answered.

Rule    The driver waits for an answer without limit. A card that has not answered a command
        after `LIMIT_SECONDS` is therefore taken out: the link is cut, and the reader sees a
        removal. A card that takes itself out is put back in.
Source  vsmartcard, vpcd.c and ifd-vpcd.c.
"""

import math
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from enum import Enum, IntEnum, auto
from typing import Protocol, Self

from apdu.errors import TransportError

LOOPBACK = "127.0.0.1"
LIMIT_SECONDS = 120.0
"""How long a card may take over one command; 64 KiB at 9600 bit/s take 82 s."""
REINSERTION_SECONDS = 1.0
"""How long a card that was removed stays out; the driver looks for it every 0.4 s."""
_LENGTH_OCTETS = 2
_MAX_FRAME = 0xFFFF
# Linux delays the acknowledgement of the driver's first send, and the driver waits for it
# before its second: 44 ms a command. The option does not last, so it is set before each recv.
_QUICK_ACKNOWLEDGEMENT: int | None = getattr(socket, "TCP_QUICKACK", None)
# A blocking call is left now and then, so that Ctrl-C is heard on every system.
_BREATH_SECONDS = 0.5
_PATIENCE_SECONDS = 30.0
"""How long a reader may take to fetch an answer."""
_SERVED: ContextVar[socket.socket | None] = ContextVar("_SERVED", default=None)
"""The link that the card of this thread is on."""


class Control(IntEnum):
    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    GET_ATR = 4


class Card(Protocol):
    """What a reader can do to a card; `transmit` raises `TransportError` when it is taken out."""

    @property
    def atr(self) -> bytes: ...
    def power_on(self) -> None: ...
    def power_off(self) -> None: ...
    def reset(self) -> None: ...
    def transmit(self, octets: bytes) -> bytes: ...


class Left(Enum):
    """Who ended a link."""

    READER = auto()
    CARD = auto()


def serve(card: Card, link: socket.socket, *, limit: float = LIMIT_SECONDS) -> Left:
    """Be the card on `link` until one side leaves; power comes and goes with the link."""
    link.settimeout(_BREATH_SECONDS)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    card.power_on()
    served = _SERVED.set(link)
    try:
        with _Watchdog(link, limit) as watchdog:
            return _serve(card, link, watchdog)
    finally:
        _SERVED.reset(served)
        card.power_off()


def attach(
    card: Card, port: int, announce: Callable[[str], None], *, limit: float = LIMIT_SECONDS
) -> None:
    """Dial a vpcd reader and be its card until it leaves. Errors: `OSError` if none listens."""
    with socket.create_connection((LOOPBACK, port)) as link:
        announce(f"ready vpcd:{LOOPBACK}:{port}")
        left = serve(card, link, limit=limit)
    while left is Left.CARD:
        time.sleep(REINSERTION_SECONDS)
        try:
            link = socket.create_connection((LOOPBACK, port))
        except OSError:
            return
        with link:
            left = serve(card, link, limit=limit)


def listen(
    card: Card, port: int, announce: Callable[[str], None], *, limit: float = LIMIT_SECONDS
) -> None:
    """Serve readers that dial, one after the other, for ever; port 0 takes a free one."""
    with socket.create_server((LOOPBACK, port)) as server:
        server.settimeout(_BREATH_SECONDS)
        announce(f"ready sim:{LOOPBACK}:{server.getsockname()[1]}")
        while True:
            with _accepted(server) as link:
                if link is not None:
                    serve(card, link, limit=limit)


def pause(seconds: float) -> None:
    """Wait as a slow card does, but no longer than the link it is on. Errors: `ConnectionError`."""
    link = _SERVED.get()
    if link is None:
        time.sleep(seconds)
        return
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select((link,), (), (), min(left, _BREATH_SECONDS))[0]:
            if not link.recv(1, socket.MSG_PEEK):
                raise ConnectionAbortedError("the reader left while the card was busy")
            time.sleep(min(left, _BREATH_SECONDS))  # It speaks out of turn; it has to wait.


class _Watchdog:
    """Cuts a link whose card takes longer than `limit` seconds over one command."""

    def __init__(self, link: socket.socket, limit: float) -> None:
        self._link = link
        self._limit = limit
        self._due = math.inf
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.cut = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @contextmanager
    def command(self) -> Iterator[None]:
        self._due = time.monotonic() + self._limit
        try:
            yield
        finally:
            self._due = math.inf

    def _watch(self) -> None:
        while not self._over.wait(min(self._limit, _BREATH_SECONDS)):
            if time.monotonic() >= self._due:
                self.cut = True
                with suppress(OSError):
                    self._link.shutdown(socket.SHUT_RDWR)
                return


def _serve(card: Card, link: socket.socket, watchdog: _Watchdog) -> Left:
    try:
        for frame in _frames(link):
            with watchdog.command():
                answer = _answer(card, frame)
            if answer is not None:
                _send(link, answer)
            if answer == b"":
                return Left.CARD  # To the driver, a length of zero is a removal.
    except TransportError:
        return Left.CARD
    except OSError:
        pass  # The reader is gone, as when a card is pulled: nothing is left to be said.
    return Left.CARD if watchdog.cut else Left.READER


@contextmanager
def _accepted(server: socket.socket) -> Iterator[socket.socket | None]:
    try:
        link, _ = server.accept()
    except TimeoutError:
        yield None
        return
    with link:
        yield link


def _answer(card: Card, frame: bytes) -> bytes | None:
    if len(frame) > 1:
        return card.transmit(frame)
    control = frame[0]
    if control == Control.GET_ATR:
        return card.atr
    actions = {
        Control.POWER_OFF: card.power_off,
        Control.POWER_ON: card.power_on,
        Control.RESET: card.reset,
    }
    if control in actions:
        actions[Control(control)]()
    return None


def _send(link: socket.socket, answer: bytes) -> None:
    """Length and answer in one send: in two, Nagle's algorithm would hold the second back.

    Errors  `TransportError` for more than a frame holds; a card that sends it is useless here.
    """
    if len(answer) > _MAX_FRAME:
        raise TransportError(f"a frame cannot hold an answer of {len(answer)} octets")
    link.settimeout(_PATIENCE_SECONDS)
    link.sendall(len(answer).to_bytes(_LENGTH_OCTETS) + answer)
    link.settimeout(_BREATH_SECONDS)


def _frames(link: socket.socket) -> Iterator[bytes]:
    """Every frame until the link ends or, with a length of zero, breaks the rules."""
    while header := _receive(link, _LENGTH_OCTETS):
        length = int.from_bytes(header)
        frame = _receive(link, length) if length else None
        if frame is None:
            return
        yield frame


def _receive(link: socket.socket, count: int) -> bytes | None:
    """Exactly `count` octets, or None where the link ends before."""
    received = bytearray()
    while len(received) < count:
        if _QUICK_ACKNOWLEDGEMENT is not None:
            link.setsockopt(socket.IPPROTO_TCP, _QUICK_ACKNOWLEDGEMENT, 1)
        try:
            part = link.recv(count - len(received))
        except TimeoutError:
            continue
        if not part:
            return None
        received += part
    return bytes(received)
