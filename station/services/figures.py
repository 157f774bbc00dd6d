"""What a centre did, in numbers: nobody is named, and nothing but cases is counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain

from station.domain.credential import ONE_DAY
from station.domain.figures import Figures, last_days
from station.domain.grant import KST, korean_day
from station.domain.officer import SignedIn
from station.domain.roles import Operation
from station.ports import Clock, Records
from station.services.authority import Authority


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of today, of all the last days together, and of each of them."""

    today: Figures
    together: Figures
    by_day: Mapping[date, Figures]


@dataclass(frozen=True, slots=True)
class Reporting:
    """Counts cases."""

    records: Records
    authority: Authority
    clock: Clock

    def figures(self, officer: SignedIn) -> Report:
        """The last days, today among them, by the day in Korea that a case was opened on."""
        days = last_days(korean_day(self.clock.now()))
        with self.authority.reading(officer, Operation.SHOW_CASE) as (tx, _):
            tallies = {day: tx.cases.tally(*_hours(day)) for day in days}
        by_day = {day: Figures.of(tallies[day]) for day in days}
        return Report(by_day[days[-1]], Figures.of(chain(*tallies.values())), by_day)


def _hours(day: date) -> tuple[datetime, datetime]:
    """A day in Korea, from its first moment to that of the next."""
    begin = datetime.combine(day, time(), KST)
    return begin, begin + ONE_DAY
