"""A trace that tells what happened on the link without telling what was said."""

from collections.abc import Callable
from typing import Protocol

from apdu.errors import TransportError
from apdu.iso7816 import Instruction

HEADER_LENGTH = 4


class Link(Protocol):
    """What is traced: anything that carries raw APDUs."""

    def transmit(self, command: bytes) -> bytes: ...  # pragma: no cover


class RedactingTrace:
    """Passes APDUs on, and writes one line for each: header, lengths, status word, time.

    Rule    Never a data octet, not even a protected one: keys may leak later. The header of a
            command holds a file's identifier and offset at most.
    Units   `clock` in seconds; `sent` and `received` count octets, status words included.
    """

    def __init__(self, link: Link, sink: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._link = link
        self._sink = sink
        self._clock = clock
        self.commands = 0
        self.sent = 0
        self.received = 0

    def transmit(self, command: bytes) -> bytes:
        """Errors: whatever the link raises, after a line that says so."""
        self.commands += 1
        self.sent += len(command)
        started = self._clock()
        try:
            answer = self._link.transmit(command)
        except TransportError as error:
            self._write(command, type(error).__name__, started)
            raise
        self.received += len(answer)
        self._write(command, f"{answer[-2:].hex().upper()} {len(answer):>6}", started)
        return answer

    def _write(self, command: bytes, outcome: str, started: float) -> None:
        elapsed = (self._clock() - started) * 1000
        header = command[:HEADER_LENGTH].hex(" ").upper()
        self._sink(
            f"{self.commands:>4}  {header}  {_name(command):<27} {len(command):>6}"
            f" -> {outcome}  {elapsed:8.2f} ms"
        )


def _name(command: bytes) -> str:
    try:
        return Instruction(command[1]).name
    except (IndexError, ValueError):
        return "?"
