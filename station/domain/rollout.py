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

    Rule    An area is a code as it was on that day: two digits of a province, five of a
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
    """A registered address in the roll-out, seen from one office on one day.

    `phase`: what opened, or will open, the card to the address; None if nothing ever does.
    `here_from`: the first day on which this office may serve the address.
    """

    begun: bool
    open: bool
    here: bool
    phase: Phase | None
    here_from: date | None

    @property
    def failure(self) -> str | None:
        """The code of the first rule on places that says no."""
        if not self.begun:
            return "eligibility.not_begun"
        if not self.open:
            return "eligibility.phase_not_open"
        return None if self.here else "eligibility.wrong_centre"


@dataclass(frozen=True, slots=True)
class Rollout:
    """Phases in the order of their days. Without any, everybody is served anywhere."""

    regions: Regions
    phases: tuple[Phase, ...]

    def place(self, address: str, centre: str, day: date) -> Place:
        """Where `address` stands at `centre` on `day`; both codes have ten digits."""
        covering = [each for each in self.phases if self._covers(each, address)]
        own = self.own(address, centre, day)
        serving = [each for each in covering if own or each.reach is Reach.ANYWHERE]
        anywhere = [each for each in covering if each.reach is Reach.ANYWHERE]
        return Place(
            begun=not self.phases or self.phases[0].opens_on <= day,
            open=not self.phases or _opened(covering, day),
            here=own or not self.phases or _opened(anywhere, day),
            phase=covering[0] if covering else None,
            here_from=serving[0].opens_on if serving else None,
        )

    def own(self, address: str, centre: str, day: date) -> bool:
        """Whether the office is in the basic local government of the address."""
        municipality = self.regions.municipality
        return municipality(address, day) == municipality(centre, day)

    def anywhere_from(self, address: str) -> date | None:
        """The first day on which every office may serve `address`."""
        anywhere = [each for each in self.phases if each.reach is Reach.ANYWHERE]
        return next((each.opens_on for each in anywhere if self._covers(each, address)), None)

    def _covers(self, phase: Phase, address: str) -> bool:
        code = self.regions.as_of(address, phase.opens_on)
        municipality = self.regions.municipality(address, phase.opens_on)
        return not phase.areas or any(
            code.startswith(area) or municipality == area for area in phase.areas
        )


def _opened(phases: list[Phase], day: date) -> bool:
    return any(each.opens_on <= day for each in phases)
