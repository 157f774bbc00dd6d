"""The child process that talks to PC/SC: the only place that imports pyscard.

It is started by its path and imports nothing of this package: it starts fast, knows nothing of
what it carries, and can be killed when a driver hangs.

A request is its length (4 octets), an operation (1) and an argument; an answer is its length (4),
the result code of PC/SC (4) and octets. Numbers are big-endian.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from queue import SimpleQueue
from threading import Thread
from time import sleep
from typing import IO, Any

READERS = b"R"
"""No argument; answered with the names and a zero octet between each two."""
CONNECT = b"C"
"""A reader's name; answered with the answer to reset."""
TRANSMIT = b"T"
"""A command APDU; answered with the response APDU."""
FEATURES = b"F"
"""No argument; answered with what the reader's driver can do (PC/SC part 10, 2.2)."""
CONTROL = b"P"
"""The code of a feature (4 octets); answered by the driver."""
STATES = b"S"
"""Milliseconds to wait for a change (4), then readers as `pack_states` writes them; so answered."""

LENGTH_OCTETS = 4
MAX_MESSAGE = 1 << 20
"""More than any; whoever announces more is broken."""
CANNOT_LOAD = 3
"""The exit code if pyscard is there and cannot be imported."""

_GET_FEATURES = 3400
_LAST_SECONDS = 1.0
"""How long a running call may go on once nobody waits for it."""

States = dict[str, tuple[int, bytes]]
"""Reader names, and for each the state that is known and the answer to reset."""


def pack_states(states: States) -> bytes:
    """For each its state (4 octets), then name and answer to reset, the length before each (2)."""
    packed = b""
    for name, (state, atr) in states.items():
        packed += state.to_bytes(4, "big")
        for octets in (name.encode(), atr):
            packed += len(octets).to_bytes(2, "big") + octets
    return packed


def unpack_states(packed: bytes) -> States:
    """What `pack_states` packed."""
    states: States = {}
    source = BytesIO(packed)
    while state := source.read(4):
        name, atr = (source.read(int.from_bytes(source.read(2), "big")) for _ in range(2))
        states[name.decode()] = (int.from_bytes(state, "big"), atr)
    return states


class Service:
    """The functions of PC/SC in use. Every result code is passed on as it is."""

    def __init__(self, scard: Any) -> None:
        self._scard = scard
        self._context: Any = None
        self._card: Any = None
        self._protocol: Any = None
        self._operations: dict[bytes, Callable[[bytes], tuple[int, bytes]]] = {
            READERS: self._readers,
            CONNECT: self._connect,
            TRANSMIT: self._transmit,
            FEATURES: self._features,
            CONTROL: self._control,
            STATES: self._states,
        }

    def answer(self, request: bytes) -> tuple[int, bytes]:
        """Do what one request says; its result code and octets."""
        code = 0
        if self._context is None:
            code, context = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_USER)
            self._context = None if code else context
        octets = b""
        if not code:
            code, octets = self._operations[request[:1]](request[1:])
        return code & 0xFFFFFFFF, b"" if code else octets  # Some builds give it signed.

    def close(self) -> None:
        """Give up what is held."""
        self._disconnect()
        if self._context is not None:
            self._scard.SCardReleaseContext(self._context)
            self._context = None

    def _disconnect(self) -> None:
        """Take the card's power, and with it its session."""
        if self._card is not None:
            self._scard.SCardDisconnect(self._card, self._scard.SCARD_UNPOWER_CARD)
            self._card = None

    def _readers(self, _: bytes) -> tuple[int, bytes]:
        code, names = self._scard.SCardListReaders(self._context, [])
        return code, "\0".join(names).encode()

    def _connect(self, name: bytes) -> tuple[int, bytes]:
        self._disconnect()
        scard = self._scard
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        exclusive = scard.SCARD_SHARE_EXCLUSIVE
        code, card, _ = scard.SCardConnect(self._context, name.decode(), exclusive, protocols)
        if code:
            return code, b""
        self._card = card
        # Whoever was here before may have left a session open: never build on it.
        code, active = scard.SCardReconnect(card, exclusive, protocols, scard.SCARD_RESET_CARD)
        if code:
            return code, b""
        is_t0 = active == scard.SCARD_PROTOCOL_T0
        self._protocol = scard.SCARD_PCI_T0 if is_t0 else scard.SCARD_PCI_T1
        code, _, _, _, atr = scard.SCardStatus(card)
        return code, bytes(atr)

    def _transmit(self, command: bytes) -> tuple[int, bytes]:
        code, answer = self._scard.SCardTransmit(self._card, self._protocol, list(command))
        return code, bytes(answer)

    def _features(self, _: bytes) -> tuple[int, bytes]:
        return self._ask_driver(self._scard.SCARD_CTL_CODE(_GET_FEATURES))

    def _control(self, control_code: bytes) -> tuple[int, bytes]:
        return self._ask_driver(int.from_bytes(control_code, "big"))

    def _ask_driver(self, control_code: int) -> tuple[int, bytes]:
        code, answer = self._scard.SCardControl(self._card, control_code, [])
        return code, bytes(answer)

    def _states(self, argument: bytes) -> tuple[int, bytes]:
        known = [(name, state) for name, (state, _) in unpack_states(argument[4:]).items()]
        milliseconds = int.from_bytes(argument[:4], "big")
        code, states = self._scard.SCardGetStatusChange(self._context, milliseconds, known)
        return code, pack_states({name: (state, bytes(atr)) for name, state, atr in states})


def messages(source: IO[bytes]) -> Iterator[bytes]:
    """Every whole message until the other side closes."""
    while len(header := source.read(LENGTH_OCTETS)) == LENGTH_OCTETS:
        length = int.from_bytes(header, "big")
        message = source.read(min(length, MAX_MESSAGE))
        if len(message) != length:
            return
        yield message


def serve(service: Service, requests: Iterator[bytes], sink: IO[bytes]) -> None:
    """Answer every request, then give the card up."""
    with suppress(OSError):  # Whoever asked is gone.
        for request in requests:
            code, octets = service.answer(request)
            body = code.to_bytes(4, "big") + octets
            sink.write(len(body).to_bytes(LENGTH_OCTETS, "big") + body)
            sink.flush()
    service.close()


def _read_ahead(source: IO[bytes], queue: "SimpleQueue[bytes | None]") -> None:
    """Notice that the parent is gone also while a call to PC/SC does not return."""
    for request in messages(source):
        queue.put(request)
    queue.put(None)
    sleep(_LAST_SECONDS)
    os._exit(0)


def _protect() -> IO[bytes]:
    """No image of this process on disk, and nothing but answers on the pipe that is returned."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "win32":
        import signal  # noqa: PLC0415

        # Ctrl-C ends this process even inside a call, and with it the wait of the parent.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sink


def main(folder: str) -> None:
    """Serve standard input with the pyscard in `folder`."""
    sink = _protect()
    queue: SimpleQueue[bytes | None] = SimpleQueue()
    Thread(target=_read_ahead, args=(sys.stdin.buffer, queue), daemon=True).start()
    sys.path.append(folder)
    try:
        from smartcard import scard  # noqa: PLC0415 - after the thread, which must not wait for it
    except Exception:
        os._exit(CANNOT_LOAD)
    serve(Service(scard), iter(queue.get, None), sink)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
