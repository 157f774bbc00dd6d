"""The world outside: time, chance, the registry, card readers."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from apdu.exchange import Transport
from station.domain.identity import Rrn
from station.domain.notice import Letter
from station.domain.registry import RegistryChange, RegistryRecord
from station.openid4vci.android_attestation import RevocationList


class Clock(Protocol):
    """Time as the station believes it."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...


class Randomness(Protocol):
    """Octets nobody can foretell."""

    def __call__(self, count: int, /) -> bytes: ...


class RegistryAway(Exception):
    """The registry does not answer: nothing is signed, and a later try may succeed."""


class Registry(Protocol):
    """The resident registration system."""

    def find(self, rrn: Rrn) -> RegistryRecord | None:
        """Errors: `RegistryAway`."""
        ...

    def reachable(self) -> bool:
        """Whether it answers at this moment."""
        ...

    def changes(self, after: int, limit: int) -> Sequence[RegistryChange]:
        """What changed after the change numbered `after`, oldest first. Errors: `RegistryAway`."""
        ...

    def last_change(self) -> int:
        """The number of the newest change; 0 if there is none. Errors: `RegistryAway`."""
        ...


class Notices(Protocol):
    """Whoever brings notices to residents."""

    def send(self, letter: Letter) -> None:
        """Hand one over for good; the same reference again is the same letter.

        Errors  `OSError`: it is still to be sent.
        """
        ...


class RevocationStore(Protocol):
    """Where the revocation list of Android attestations lies."""

    def current(self) -> RevocationList | None: ...
    def replace(self, new: RevocationList) -> None: ...


Cancel = Callable[[], None]
"""Ends what a reader is doing, from any thread; again is no error."""
Opening = Callable[[Cancel], None]


class Readers(Protocol):
    """Card readers by URL: `pcsc:NAME`, `sim:HOST:PORT`."""

    def open(self, url: str, opening: Opening | None = None) -> AbstractContextManager[Transport]:
        """Take the card on a reader; `opening` is told, before anything is done, how to cancel.

        Errors  apdu's `TransportError`; `Cancelled`.
        """
        ...
