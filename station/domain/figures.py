"""How many cases there were, and what became of them, by the day they were opened on."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from station.domain.case import Stage

DAYS = 14


class Outcome(StrEnum):
    """What became of a case."""

    ISSUED = "issued"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    OPEN = "open"


_OUTCOMES = {
    Stage.ACTIVE: Outcome.ISSUED,
    Stage.CLOSED: Outcome.ISSUED,
    Stage.REFUSED: Outcome.REFUSED,
    Stage.CANCELLED: Outcome.CANCELLED,
    Stage.EXPIRED: Outcome.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cases have this route, stage and reason."""

    route: str
    stage: Stage
    reason: str | None
    count: int

    @property
    def outcome(self) -> Outcome:
        return _OUTCOMES.get(self.stage, Outcome.OPEN)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over some days. `refusals` by the reason of the refusal."""

    opened: int
    outcomes: Mapping[Outcome, int]
    routes: Mapping[str, int]
    refusals: Mapping[str, int]

    @classmethod
    def of(cls, tallies: Iterable[Tally]) -> "Figures":
        outcomes: Counter[Outcome] = Counter()
        routes: Counter[str] = Counter()
        refusals: Counter[str] = Counter()
        for each in tallies:
            outcomes[each.outcome] += each.count
            routes[each.route] += each.count
            if each.outcome is Outcome.REFUSED:
                refusals[each.reason or ""] += each.count
        return cls(outcomes.total(), outcomes, routes, refusals)


def last_days(today: date, days: int = DAYS) -> Sequence[date]:
    """`today` and the days before it, oldest first."""
    return [today - timedelta(days=back) for back in reversed(range(days))]
