"""The roll-out: from which day whom which office may serve, until everybody is served anywhere."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from station.domain.regions import Regions


class Reach(StrEnum):
    """Which offices serve the residents a phase is open to."""

    OWN_MUNICIPALITY = "own-municipality"
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class Phase:
    """From `opens_on` on, residents of `areas` are served; no areas: all residents.

    Rule    An area is the code it had on that day: two digits of a province, five of a
            municipality.
    """

    name: str
    title_ko: str
    title_en: str
    opens_on: date
    reach: Reach
    areas: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody's registered address stands in the roll-out, seen from one office.

    `own`: the office is in the address's basic local government. `phase`: the first that opens
    the card to the address. `here_from`: the first day on which this office may serve it.
    """

    own: bool
    phase: Phase | None
    here_from: date | None


@dataclass(frozen=True, slots=True)
class Rollout:
    """Phases in the order of their days."""

    regions: Regions
    phases: tuple[Phase, ...]

    @property
    def begins_on(self) -> date | None:
        return self.phases[0].opens_on if self.phases else None

    def begun(self, day: date) -> bool:
        """Whether the card can be had at all; without phases there was no roll-out to wait for."""
        return self.begins_on is None or self.begins_on <= day

    def open_to(self, address: str, day: date) -> Phase | None:
        """The furthest-reaching phase open on `day` to residents of `address`."""
        found = [each for each in self.phases if each.opens_on <= day and self._in(address, each)]
        anywhere = [each for each in found if each.reach is Reach.ANYWHERE]
        return next(iter(anywhere or found), None)

    def anywhere(self, day: date) -> bool:
        """Whether the place of the address has ceased to matter."""
        return not self.phases or any(
            each.reach is Reach.ANYWHERE and each.opens_on <= day for each in self.phases
        )

    def place(self, address: str, centre: str, day: date) -> Place:
        """Codes of ten digits."""
        own = self.own(address, centre, day)
        covering = [each for each in self.phases if self._in(address, each)]
        here = [each for each in covering if own or each.reach is Reach.ANYWHERE]
        return Place(own, *_first(covering), here_from=here[0].opens_on if here else None)

    def own(self, address: str, centre: str, day: date) -> bool:
        """Whether office and address are in one basic local government."""
        municipality = self.regions.municipality
        return municipality(address, day) == municipality(centre, day)

    def _in(self, address: str, phase: Phase) -> bool:
        code = self.regions.as_of(address, phase.opens_on)
        municipality = self.regions.municipality(address, phase.opens_on)
        return not phase.areas or any(
            code.startswith(area) or municipality == area for area in phase.areas
        )


def _first(phases: list[Phase]) -> tuple[Phase | None]:
    return (phases[0] if phases else None,)
