"""A recorded conversation played back, for published vectors and for reproducing a failure."""

import json
from collections.abc import Iterable
from typing import Self

from apdu.errors import EncodingError, TransportError


class Replay:
    """Answers each command with what was recorded, and refuses any other command."""

    def __init__(self, recorded: Iterable[tuple[bytes, bytes]]) -> None:
        self._recorded = list(recorded)
        self._position = 0

    @classmethod
    def of_recording(cls, lines: Iterable[str]) -> Self:
        """What `trace.Recording` wrote with `raw`; it ends where the link failed.

        Errors  `EncodingError`: no such recording, or one from which data were left out.
        """
        recorded: list[tuple[bytes, bytes]] = []
        for number, line in enumerate(filter(str.strip, lines), 1):
            try:
                entry = json.loads(line)
                if "error" in entry:
                    break
                recorded.append(_pair(entry))
            except (ValueError, TypeError, KeyError) as error:
                raise EncodingError(f"line {number} is not of a raw recording") from error
        return cls(recorded)

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


def _pair(entry: dict[str, str | int]) -> tuple[bytes, bytes]:
    command, answer = (bytes.fromhex(str(entry[name])) for name in ("command", "answer"))
    if (len(command), len(answer)) != (entry["sent"], entry["received"]):
        raise ValueError("data were left out")
    return command, answer
