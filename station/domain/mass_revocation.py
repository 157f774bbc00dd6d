"""Revoking many mobile cards at once: which ones, and how far a run is."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from station.domain.credential import CARD_STATES, CardState, Reason
from station.domain.errors import StationError
from station.domain.text import Words

LIVING = (CardState.PENDING_ACTIVATION, CardState.ACTIVE, CardState.SUSPENDED)
BATCH = 1000
"""Cards of one commit."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which living mobile cards: all conditions that are there must hold.

    `issued_from`, `issued_until`: days of issue, both included. `route`, `officer`: of the case.
    `device`: the attestation key of the phone. `run`: the process that signed.
    """

    issued_from: date | None = None
    issued_until: date | None = None
    state: CardState | None = None
    route: str | None = None
    officer: str | None = None
    device: str | None = None
    run: str | None = None

    def check(self) -> None:
        """Errors: `StationError("input.invalid")`: no condition, or one no living card meets.

        Rule    An empty condition is none that was meant: it shall not mean every card.
        """
        conditions = self.as_dict()
        if not conditions or not all(conditions.values()):
            raise StationError(
                "input.invalid",
                Words("어떤 신분증인지 조건이 없습니다", "no condition says which cards"),
            )
        if self.state is not None and self.state not in LIVING:
            raise StationError(
                "input.invalid",
                Words(
                    f"이미 끝난 상태입니다: {CARD_STATES[self.state].ko}",
                    f"state {self.state.value} is final",
                ),
            )
        if self.issued_from and self.issued_until and self.issued_from > self.issued_until:
            raise StationError(
                "input.invalid",
                Words("발급일의 시작이 끝보다 늦습니다", "issued-from is after issued-until"),
            )

    def as_dict(self) -> dict[str, str]:
        """The conditions that are there."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, date) else str(value)
            for name, value in found.items()
            if value is not None
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, str]) -> "Query":
        kinds: dict[str, Any] = {
            "issued_from": date.fromisoformat,
            "issued_until": date.fromisoformat,
            "state": CardState,
        }
        return cls(**{name: kinds.get(name, str)(value) for name, value in values.items()})


@dataclass(frozen=True, slots=True)
class RevocationRun:
    """One mass revocation: every card its query means beyond `position` is still to do."""

    id: str
    made_at: datetime
    officer: str
    query: Query
    reason: Reason
    total: int
    done: int = 0
    position: str = ""
    ended_at: datetime | None = None
