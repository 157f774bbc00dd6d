"""Whether the reader is there, looked at beside whoever asks."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apdu.errors import TransportError
from station.domain.text import Words
from station.log import log
from station.ports import Clock

LOOK_EVERY = 10.0
"""Seconds between two looks; each is a process of its own."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a reader, and when. `detail`: why that cannot be told."""

    at: datetime
    attached: bool
    detail: str | Words = ""


class ReaderWatch:
    """Looks for the reader again and again, in a thread of its own, from `begin` to `end`.

    `attached`: whether a reader is there; raises `TransportError` where that cannot be told.

    Rule    Who asks is told what was seen last: a reader service that hangs delays nobody, and
            shows by the age of what was seen.
    """

    def __init__(self, attached: Callable[[str], bool], reader: str, clock: Clock) -> None:
        self._attached = attached
        self._reader = reader
        self._clock = clock
        self._ended = threading.Event()
        self.last: Sight | None = None

    def begin(self) -> None:
        threading.Thread(target=self._watch, daemon=True, name="reader").start()

    def end(self) -> None:
        """Look no more; a look that hangs is left to itself."""
        self._ended.set()

    def look(self) -> None:
        """Once, for as long as it takes."""
        try:
            attached, why = self._attached(self._reader), None
        except TransportError as error:
            attached, why = False, Words("판독기 서비스를 쓸 수 없음", str(error))
        self.last = Sight(self._clock.now(), attached, why or "")

    def _watch(self) -> None:
        while not self._ended.is_set():
            try:
                self.look()
            except Exception as error:  # Whatever it was: the next look may do better.
                log("reader.not_seen", error=type(error).__name__)
            self._ended.wait(LOOK_EVERY)
