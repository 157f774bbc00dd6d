"""The card on a socket, in the frames of the virtual reader driver vpcd.

A frame is a length of 16 bits and that many octets. One octet is a control code, more are a
command. Only the question for the ATR and commands are answered.
Source  vsmartcard, vpcd.c and ifd-vpcd.c.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Protocol

LOOPBACK = "127.0.0.1"
_LENGTH_OCTETS = 2
# Linux delays the acknowledgement of the driver's first send, and the driver waits for it
# before its second: 44 ms a command. The option does not last, so it is set before each recv.
_QUICK_ACKNOWLEDGEMENT: int | None = getattr(socket, "TCP_QUICKACK", None)
# A blocking call is left now and then, so that Ctrl-C is heard on every system.
_BREATH_SECONDS = 0.5
_PATIENCE_SECONDS = 30.0
"""How long a reader may take to fetch an answer."""


class Control(IntEnum):
    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    GET_ATR = 4


class Card(Protocol):
    """What a reader can do to a card."""

    @property
    def atr(self) -> bytes: ...
    def power_on(self) -> None: ...
    def power_off(self) -> None: ...
    def reset(self) -> None: ...
    def transmit(self, octets: bytes) -> bytes: ...


def serve(card: Card, link: socket.socket) -> None:
    """Be the card on `link` until the other side leaves; power comes and goes with the link."""
    link.settimeout(_BREATH_SECONDS)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    card.power_on()
    try:
        for frame in _frames(link):
            answer = _answer(card, frame)
            if answer is not None:
                _send(link, len(answer).to_bytes(_LENGTH_OCTETS) + answer)
    except (ConnectionError, TimeoutError):
        pass  # The reader is gone, as when a card is pulled: nothing is left to be said.
    finally:
        card.power_off()


def attach(card: Card, port: int, announce: Callable[[str], None]) -> None:
    """Dial a vpcd reader and be its card until it leaves. Errors: `OSError` if none listens."""
    with socket.create_connection((LOOPBACK, port)) as link:
        announce(f"ready vpcd:{LOOPBACK}:{port}")
        serve(card, link)


def listen(card: Card, port: int, announce: Callable[[str], None]) -> None:
    """Serve readers that dial, one after the other, for ever; port 0 takes a free one."""
    with socket.create_server((LOOPBACK, port)) as server:
        server.settimeout(_BREATH_SECONDS)
        announce(f"ready sim:{LOOPBACK}:{server.getsockname()[1]}")
        while True:
            with _accepted(server) as link:
                if link is not None:
                    serve(card, link)


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


def _send(link: socket.socket, frame: bytes) -> None:
    """Length and answer in one send: in two, Nagle's algorithm would hold the second back."""
    link.settimeout(_PATIENCE_SECONDS)
    link.sendall(frame)
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
