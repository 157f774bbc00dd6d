"""A recorded conversation played back, for published vectors and for reproducing a failure."""

from collections.abc import Iterable

from apdu.errors import TransportError


class Replay:
    """Answers each command with what was recorded, and refuses any other command."""

    def __init__(self, recorded: Iterable[tuple[bytes, bytes]]) -> None:
        self._recorded = list(recorded)
        self._position = 0

    @property
    def finished(self) -> bool:
        """Whether every recorded command was sent."""
        return self._position == len(self._recorded)

    def transmit(self, command: bytes) -> bytes:
        """Errors: `TransportError` at the first command that was not recorded here."""
        number = self._position + 1
        if self.finished:
            raise TransportError(f"the recording ends before command {number}")
        expected, answer = self._recorded[self._position]
        if command != expected:
            raise TransportError(f"command {number} is not the recorded one")
        self._position = number
        return answer
