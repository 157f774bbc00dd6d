"""What the life of mobile cards is driven by, as the services store it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from station.domain.credential import MobileCard
from station.domain.mass_revocation import Query, RevocationRun
from station.domain.notice import Notice, NoticeKind


class NoticeQueue(Protocol):
    """What residents are still to be told."""

    def add(self, cards: Sequence[MobileCard], kind: NoticeKind, reason: str = "") -> None:
        """Queue a notice to the holder of each card, in the caller's commit."""
        ...

    def unsent(self, limit: int, after: int = 0) -> Sequence[Notice]:
        """The oldest whose id is beyond `after`."""
        ...

    def mark_sent(self, ids: Sequence[int], at: datetime) -> None: ...


class Positions(Protocol):
    """How far the changes of each registry were taken."""

    def get(self, registry: str) -> int:
        """0 before the first."""
        ...

    def move(self, registry: str, position: int) -> None: ...


class RevocationRuns(Protocol):
    """Mass revocations, and how far they are."""

    def add(self, run: RevocationRun) -> None: ...
    def get(self, run_id: str) -> RevocationRun | None: ...
    def save(self, run: RevocationRun) -> None:
        """Its position, its count and its end."""
        ...

    def unfinished(self) -> Sequence[RevocationRun]: ...
    def count(self, query: Query) -> int:
        """How many cards it means at this moment."""
        ...

    def next(self, query: Query, after: str, limit: int) -> Sequence[MobileCard]:
        """The cards it means whose id is beyond `after`, by id."""
        ...
