"""A virtual card on a socket, `sim:HOST:PORT`: this side plays the reader's driver.

Each message is its length in two octets, then as many octets; a single octet is no APDU but a
control code, of which only the last is answered.

Source  the wire protocol of vpcd (vsmartcard), as its driver speaks it.
"""

import socket
from contextlib import suppress
from types import TracebackType
from typing import NoReturn, Self

from apdu.errors import Cancelled, CardRemoved, CommandTooLong, TimedOut, TransportError

MAX_FRAME = 0xFFFF
"""The driver's limit, for a command and for an answer with its status word."""
DEFAULT_TIMEOUT = 30.0

_POWER_OFF, _POWER_ON, _RESET, _GET_ATR = b"\x00", b"\x01", b"\x02", b"\x04"
_LENGTH_OCTETS = 2
_MIN_COMMAND = 4


class VirtualCardLink:
    """One connection to a virtual card, powered and reset; `atr` is what it answered.

    Rule    One thread transmits; any thread may cancel. After an error the link is closed: an
            answer that comes late must not be taken for that to the next command.
    """

    name = "virtual card"
    max_command = MAX_FRAME
    max_answer = MAX_FRAME

    def __init__(self, connection: socket.socket) -> None:
        self._connection: socket.socket | None = connection
        self._cancelled = False
        self._send(_POWER_ON)
        self._send(_RESET)
        self._send(_GET_ATR)
        self.atr = self._receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def transmit(self, command: bytes) -> bytes:
        """Send one command, wait for its answer.

        Errors  `CardRemoved`, `TimedOut`, `Cancelled`, `CommandTooLong`.
        """
        if len(command) > MAX_FRAME:
            raise CommandTooLong(f"the link cannot carry a command of {len(command)} octets")
        if len(command) < _MIN_COMMAND:
            raise TransportError(f"the link cannot carry a command of {len(command)} octets")
        self._send(command)
        return self._receive()

    def cancel(self) -> None:
        """End the running call, and the use of this link; from any thread."""
        self._cancelled = True
        if (connection := self._connection) is not None:
            with suppress(OSError):  # The other side was faster.
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Switch the card off and hang up; again is no error."""
        if self._connection is not None:
            with suppress(TransportError):
                self._send(_POWER_OFF)
        self._hang_up()

    def _send(self, payload: bytes) -> None:
        # One send: two would wait for each other's acknowledgement.
        frame = len(payload).to_bytes(_LENGTH_OCTETS) + payload
        try:
            self._open().sendall(frame)
        except OSError as error:
            self._fail(error)

    def _receive(self) -> bytes:
        length = int.from_bytes(self._receive_exactly(_LENGTH_OCTETS))
        if length == 0:
            self._fail()
        return self._receive_exactly(length)

    def _receive_exactly(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            try:
                piece = self._open().recv(count - len(received))
            except OSError as error:
                self._fail(error)
            if not piece:
                self._fail()
            received += piece
        return bytes(received)

    def _open(self) -> socket.socket:
        if self._connection is not None:
            return self._connection
        if self._cancelled:
            raise Cancelled("the conversation with the card was cancelled")
        raise CardRemoved("the virtual card is no longer connected")

    def _fail(self, error: OSError | None = None) -> NoReturn:
        self._hang_up()
        if self._cancelled:
            raise Cancelled("the conversation with the card was cancelled") from error
        if isinstance(error, TimeoutError):
            raise TimedOut("the virtual card did not answer in time") from error
        raise CardRemoved("the virtual card was taken out") from error

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def connect(host: str, port: int, timeout: float = DEFAULT_TIMEOUT) -> VirtualCardLink:
    """Dial a virtual card that listens, power and reset it.

    Units   `timeout`, the seconds the card may be silent.
    Errors  `TransportError`: nobody listens, or the card does not answer.
    """
    try:
        connection = socket.create_connection((host, port), timeout)
    except OSError as error:
        raise TransportError(f"no virtual card listens at {host}:{port}") from error
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return VirtualCardLink(connection)
    except BaseException:
        connection.close()
        raise
