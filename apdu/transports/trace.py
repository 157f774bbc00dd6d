"""What passed on a link, written down: as lines to look at, or as a recording to explain and play.

A recording is one JSON object a line for each command:

    {"n": 2, "command": "00B09C00", "sent": 5, "nc": 0, "ne": 256,
     "answer": "9000", "received": 86, "ms": 0.41}

`command` and `answer` are hexadecimal. `sent` and `received` count the octets of the whole APDUs:
where there are fewer than that, the rest was left out, and `nc` and `ne` say how many octets of
data the command carried and asked for. `answer` always has the status word. Where the link failed
there is `error`, its name, instead of `answer` and `received`.
"""

import json
from collections.abc import Callable
from typing import Any, Protocol

from apdu.errors import EncodingError, TransportError
from apdu.iso7816 import CommandAPDU, Instruction

HEADER_LENGTH = 4
STATUS_LENGTH = 2
_INTERINDUSTRY = 0xE0
_SECURE_MESSAGING = 0x0C
_NAMES = (Instruction.SELECT, Instruction.MANAGE_SECURITY_ENVIRONMENT)


class Link(Protocol):
    """What is traced: anything that carries raw APDUs."""

    def transmit(self, command: bytes) -> bytes: ...  # pragma: no cover


class Tracing:
    """A link that passes APDUs on to another one, and what is known of that one."""

    def __init__(self, link: Link, sink: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._link = link
        self._sink = sink
        self._clock = clock
        self.commands = 0
        self.sent = 0
        self.received = 0

    @property
    def atr(self) -> bytes:
        return bytes(getattr(self._link, "atr", b""))

    @property
    def max_command(self) -> int | None:
        return getattr(self._link, "max_command", None)

    @property
    def max_answer(self) -> int | None:
        return getattr(self._link, "max_answer", None)

    def transmit(self, command: bytes) -> bytes:
        """Errors: whatever the link raises, after a line that says so."""
        self.commands += 1
        self.sent += len(command)
        started = self._clock()
        try:
            answer = self._link.transmit(command)
        except TransportError as error:
            self._failed(command, type(error).__name__, self._since(started))
            raise
        self.received += len(answer)
        self._answered(command, answer, self._since(started))
        return answer

    def _since(self, started: float) -> float:
        """Milliseconds."""
        return (self._clock() - started) * 1000

    def _answered(self, command: bytes, answer: bytes, milliseconds: float) -> None:
        raise NotImplementedError

    def _failed(self, command: bytes, error: str, milliseconds: float) -> None:
        raise NotImplementedError


class RedactingTrace(Tracing):
    """Passes APDUs on, and writes one line for each: header, lengths, status word, time.

    Rule    Never a data octet, not even a protected one: keys may leak later. The header of a
            command holds a file's identifier and offset at most.
    Units   `clock` in seconds; `sent` and `received` count octets, status words included.
    """

    def _answered(self, command: bytes, answer: bytes, milliseconds: float) -> None:
        status = answer[-STATUS_LENGTH:].hex().upper()
        self._write(command, f"{status} {len(answer):>6}", milliseconds)

    def _failed(self, command: bytes, error: str, milliseconds: float) -> None:
        self._write(command, error, milliseconds)

    def _write(self, command: bytes, outcome: str, milliseconds: float) -> None:
        header = command[:HEADER_LENGTH].hex(" ").upper()
        self._sink(
            f"{self.commands:>4}  {header}  {_name(command):<27} {len(command):>6}"
            f" -> {outcome}  {milliseconds:8.2f} ms"
        )


class Recording(Tracing):
    """Passes APDUs on, and writes the line of a recording for each.

    Rule    Of the data only what SELECT and MSE carry in clear is kept, the names of files and
            protocols; of answers only the status word. `raw` keeps everything, and is for TEST
            cards: it holds what is on the card, and whatever was sent in clear.
    Units   `clock` in seconds.
    """

    def __init__(
        self,
        link: Link,
        sink: Callable[[str], None],
        clock: Callable[[], float],
        *,
        raw: bool = False,
    ) -> None:
        super().__init__(link, sink, clock)
        self._raw = raw

    def _answered(self, command: bytes, answer: bytes, milliseconds: float) -> None:
        kept = answer if self._raw else answer[-STATUS_LENGTH:]
        self._write(command, {"answer": kept.hex().upper(), "received": len(answer)}, milliseconds)

    def _failed(self, command: bytes, error: str, milliseconds: float) -> None:
        self._write(command, {"error": error}, milliseconds)

    def _write(self, command: bytes, outcome: dict[str, Any], milliseconds: float) -> None:
        kept = command if self._raw or _carries_names(command) else command[:HEADER_LENGTH]
        line = {"n": self.commands, "command": kept.hex().upper(), "sent": len(command)}
        line |= _lengths(command) | outcome | {"ms": round(milliseconds, 3)}
        self._sink(json.dumps(line))


def _name(command: bytes) -> str:
    try:
        return Instruction(command[1]).name
    except (IndexError, ValueError):
        return "?"


def _carries_names(command: bytes) -> bool:
    if len(command) < HEADER_LENGTH:
        return False
    return command[1] in _NAMES and not command[0] & (_INTERINDUSTRY | _SECURE_MESSAGING)


def _lengths(command: bytes) -> dict[str, int]:
    try:
        decoded = CommandAPDU.decode(command)
    except EncodingError:
        return {}
    return {"nc": len(decoded.data), "ne": decoded.ne}
