"""The audit log verified beside whoever asks: with the entries of years it takes long."""

import threading
from dataclasses import dataclass, replace
from datetime import datetime

from station.domain.audit import AuditEntry
from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.domain.roles import Operation
from station.domain.text import Words
from station.log import log
from station.ports import Clock
from station.services.authority import Authority
from station.services.review import Review

GIVE_WAY_EVERY, GIVE_WAY = 25, 0.0002
"""Entries, about a millisecond's work, and seconds: pages want the interpreter, too."""


@dataclass(frozen=True, slots=True)
class Verification:
    """How a verification stands. `entries`: as many were held against the chain so far.

    `failure`: why the log is not whole, or why that cannot be told.
    """

    begun_at: datetime
    entries: int = 0
    signatures: int = 0
    ended_at: datetime | None = None
    failure: StationError | None = None


class _GivenUp(Exception):
    pass


class Verifying:
    """Verifies in a thread of its own, one log at a time; the last result stays until the next.

    Rule    Entries without any checkpoint are not verified: nothing tells a log that was made
            anew.
    """

    def __init__(self, authority: Authority, review: Review, clock: Clock) -> None:
        self._authority = authority
        self._review = review
        self._clock = clock
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._last: Verification | None = None

    def begin(self, officer: SignedIn) -> None:
        """Begin, unless one is under way. Errors: as any look at the log."""
        with self._authority.reading(officer, Operation.SHOW_AUDIT):
            pass
        with self._lock:
            if self._last is not None and self._last.ended_at is None:
                return
            self._last = Verification(self._clock.now())
        threading.Thread(target=self._verify, daemon=True, name="verifying").start()

    def last(self, officer: SignedIn) -> Verification | None:
        """The one under way, or else the last one of this process."""
        with self._authority.reading(officer, Operation.SHOW_AUDIT):
            return self._last

    def end(self) -> None:
        """Give up what is under way, at its next entry: the server stops."""
        self._ending.set()

    def _verify(self) -> None:
        failure = None
        try:
            self._verify_whole()
        except _GivenUp:
            log("verifying.given_up")
            self._last = None
            return
        except StationError as error:
            failure = error
        except Exception as error:  # A page must hear of it, whatever it was.
            log("verifying.failed", error=type(error).__name__)
            failure = StationError("program.fault")
        self._tell(ended_at=self._clock.now(), failure=failure)

    def _verify_whole(self) -> None:
        """Errors: `StationError`; `_GivenUp`."""
        last, checkpoints = self._review.verify_audit(self._seen)
        if last is not None and not checkpoints:
            raise StationError(
                "audit.broken",
                Words("기록은 있으나 서명이 없습니다", "there are entries but no checkpoint"),
            )
        self._tell(signatures=len(checkpoints))

    def _seen(self, entry: AuditEntry) -> None:
        gives_way = entry.sequence % GIVE_WAY_EVERY == 0
        if self._ending.is_set() or (gives_way and self._ending.wait(GIVE_WAY)):
            raise _GivenUp
        self._tell(entries=entry.sequence)

    def _tell(self, **changes: object) -> None:
        assert self._last is not None  # noqa: S101 - set before the thread began
        self._last = replace(self._last, **changes)  # type: ignore[arg-type]
