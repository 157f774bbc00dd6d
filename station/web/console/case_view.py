"""What a case's page shows, gathered from the services at one moment."""

from dataclasses import dataclass
from datetime import datetime

from station.bootstrap import Station
from station.domain.case import Case, Stage
from station.domain.credential import IssueState, MobileCard
from station.domain.errors import StationError
from station.domain.evidence import (
    OFFICER_COMPARED_FACE,
    ROUTES,
    CheckResult,
    Result,
    Route,
    Source,
    failed,
)
from station.domain.identity import Identity
from station.domain.officer import SignedIn
from station.services.desk import Progress
from station.services.offering import Shown
from station.web.console.vocabulary import SEEN_OF, listed

STEPS = ("identity", "person", "decision", "phone", "receipt")
_STEP_OF = {
    Stage.OPENED: 0,
    Stage.CARD_AUTHENTICATED: 1,
    Stage.RESIDENT_FOUND: 1,
    Stage.IDENTIFIED: 2,
    Stage.PROPOSED: 2,
    Stage.APPROVED: 3,
    Stage.OFFERED: 3,
    Stage.KEY_BOUND: 3,
    Stage.ISSUED: 3,
    Stage.ACTIVE: 4,
    Stage.CLOSED: 5,
}
ON_THE_PHONE = (Stage.OFFERED, Stage.KEY_BOUND, Stage.ISSUED)


@dataclass(frozen=True, slots=True)
class Shared:
    """A check in a page's words: passed, failed (False), or not made yet (None)."""

    name: str
    passed: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case as its page shows it. `mine`: whoever looks holds it."""

    case: Case
    route: Route
    mine: bool
    checks: tuple[CheckResult, ...]
    waived: frozenset[str]
    approved: bool
    card: MobileCard | None
    identity: Identity | None
    progress: Progress | None
    shown: Shown | None
    received: int
    now: datetime

    @property
    def step(self) -> int:
        """Where it stands among `STEPS`; for one that ended early, where it was left."""
        stage = self.case.stage
        if stage in _STEP_OF:
            return _STEP_OF[stage]
        if self.approved:
            return _STEP_OF[Stage.OFFERED]
        compared = any(each.name == OFFICER_COMPARED_FACE for each in self.checks)
        if compared and not self.failed:
            return _STEP_OF[Stage.IDENTIFIED]
        return 1 if self.checks else 0

    @property
    def failed(self) -> bool:
        """Whether a check says no, or could not tell."""
        return bool(failed(self.checks))

    @property
    def stopped(self) -> bool:
        return self.case.stage in {Stage.REFUSED, Stage.EXPIRED, Stage.CANCELLED}

    @property
    def reading(self) -> bool:
        """Whether the reader works for this case now."""
        return self.progress is not None and not self.progress.state.ended

    @property
    def by_card(self) -> bool:
        return self.route.source is not Source.REGISTRY

    @property
    def can_be_activated(self) -> bool:
        return self.case.stage is Stage.ISSUED and self.received > 0

    def checked(self, language: str) -> list[Shared]:
        marks = {Result.PASS: True, Result.FAIL: False, Result.ERROR: False, Result.NOT_RUN: None}
        return [
            Shared(each.name, marks[each.result], listed(each.reason, SEEN_OF, language))
            for each in self.checks
        ]


def view_of(station: Station, number: str, officer: SignedIn) -> CaseView:
    """Errors: `StationError`, of a case that is not there or not to be seen."""
    found = station.review.case(number, officer)
    case = found.case
    mine = case.officer == officer.officer
    identity = None
    if not case.stage.ended and case.subject is not None:
        identity = _identity(station, number, officer)
    delivered = _delivered(station, found.card, officer) if found.card else 0
    return CaseView(
        case=case,
        route=ROUTES[case.route],
        mine=mine,
        checks=found.checks,
        waived=found.waived,
        approved=found.approved,
        card=found.card,
        identity=identity,
        progress=station.desk.progress(number),
        shown=_offer(station, number, officer) if mine and case.stage is Stage.OFFERED else None,
        received=delivered,
        now=station.clock.now(),
    )


def _identity(station: Station, number: str, officer: SignedIn) -> Identity | None:
    """None for an officer who may see cases but no persons."""
    try:
        return station.review.glimpse(number, officer)
    except StationError as error:
        if error.code != "officer.not_permitted":
            raise
        return None


def _offer(station: Station, number: str, officer: SignedIn) -> Shown | None:
    try:
        return station.offering.show(number, officer)
    except StationError as error:
        if error.code != "offer.none":
            raise
        return None


def _delivered(station: Station, card: MobileCard, officer: SignedIn) -> int:
    _, copies = station.lifecycle.show(card.id, officer)
    return sum(each.state is IssueState.DELIVERED for each in copies)


def fingerprint(station: Station, number: str, officer: SignedIn) -> str | None:
    """What changes whenever the page would; None if whoever looks may not any more.

    Rule    No time in it: what only counts down is for the page itself.
    """
    try:
        found = station.review.case(number, officer)
        case = found.case
        shown = None
        if case.officer == officer.officer and case.stage is Stage.OFFERED:
            shown = _offer(station, number, officer)
        received = _delivered(station, found.card, officer) if found.card else 0
    except StationError:
        return None
    progress = station.desk.progress(number)
    parts = (
        case.version,
        len(found.checks),
        (progress.serial, progress.version) if progress else None,
        (shown.offer.serial, shown.uri is None, shown.offer.tries_left) if shown else None,
        received,
        found.card and found.card.state,
    )
    return repr(parts)
