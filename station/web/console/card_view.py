"""A mobile card as pages show it: with its national status, and nobody's name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from station.domain.credential import CardState, Cause, MobileCard, Reason
from station.domain.lifecycle import REVOKING, DomesticStatus, domestic_status
from station.domain.notice import REASONS

_KINDS = {
    DomesticStatus.NORMAL: "success",
    DomesticStatus.SUSPENDED: "warning",
    DomesticStatus.RENEWAL_DUE: "info",
    DomesticStatus.REVOKED: "error",
}
_TOLD = ("credential.activated", "card.suspended", "card.lifted", "card.revoked", "card.due")
"""The events of a card's life that have a text of their own."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One card in a list. `why`: its status reason in words; `kind`: of its badge."""

    card: MobileCard
    status: int
    reason: str
    why: str
    kind: str

    @property
    def losses(self) -> list[Cause]:
        return sorted(cause for cause in self.card.causes if cause.loss)

    @property
    def can_be_suspended(self) -> list[Cause]:
        """For what it is not suspended yet."""
        if self.card.state.final:
            return []
        return [cause for cause in Cause if cause not in self.card.causes]

    @property
    def pending(self) -> bool:
        return self.card.state is CardState.PENDING_ACTIVATION


def shown(card: MobileCard, today: date, language: str) -> Shown:
    status, reason = domestic_status(card, today)
    why = in_words(reason, language)
    return Shown(card, int(status), reason.value, why, _KINDS[status])


def all_shown(cards: Iterable[MobileCard], today: date, language: str) -> list[Shown]:
    return [shown(card, today, language) for card in cards]


def in_words(reason: Reason, language: str) -> str:
    return REASONS[reason][1 if language == "en" else 0]


def revocations(language: str) -> list[dict[str, str]]:
    """The reasons that revoke, as choices."""
    return [
        {"value": each.value, "label": in_words(each, language), "hint": ""}
        for each in Reason
        if each in REVOKING
    ]


def event_key(event: str) -> str:
    """The key of the text for an event of the audit log."""
    return f"cards.event.{event if event in _TOLD else 'other'}"
