"""What a change in the registry does to mobile cards, and to cases that are under way."""

from dataclasses import dataclass

from station.domain.credential import Cause, Reason
from station.domain.registry import ChangeKind


@dataclass(frozen=True, slots=True)
class Revoking:
    """The cards end, and so does whatever is under way for the person."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Suspending:
    """The cards are suspended; what is under way ends."""

    cause: Cause
    reason: Reason


@dataclass(frozen=True, slots=True)
class Renewing:
    """The cards stay valid and are to be renewed."""

    reason: Reason


Consequence = Revoking | Suspending | Renewing

CONSEQUENCES: dict[ChangeKind, Consequence | None] = {
    ChangeKind.DEATH: Revoking(Reason.DECEASED),
    ChangeKind.DEREGISTRATION: Revoking(Reason.DEREGISTERED),
    ChangeKind.EMIGRATION: Revoking(Reason.EMIGRATED),
    ChangeKind.NAME: Revoking(Reason.NAME_CHANGED),
    ChangeKind.RRN: Revoking(Reason.RRN_CHANGED),
    ChangeKind.ADDRESS: Renewing(Reason.ADDRESS_CHANGED),
    ChangeKind.CARD_LOST: Suspending(Cause.PHYSICAL_LOST, Reason.LOST),
    # Every re-issue of the physical card voids the mobile one (Act, Art. 24-2(2)).
    ChangeKind.CARD_RECALLED: Revoking(Reason.REISSUE_NEEDED),
    ChangeKind.CARD_REISSUED: Revoking(Reason.REISSUE_NEEDED),
    # Only the person lifts a loss.
    ChangeKind.CARD_FOUND: None,
    ChangeKind.OTHER: None,
}
"""One row for every kind; None: noted where there is a card, and nothing more."""
