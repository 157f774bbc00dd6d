"""When a wallet may have its credentials again before they end, and what becomes of the card.

Source  Enforcement Decree of the Resident Registration Act, Art. 38(3); OpenID4VCI 1.0, 13.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from station.domain.credential import (
    IssueState,
    MobileCard,
    Reason,
    TechnicalCredential,
    age_flags,
    expiry_date,
    is_past_youth_protection,
)
from station.domain.grant import TOKEN_LIFE, korean_day
from station.domain.identity import Identity
from station.domain.lifecycle import renewable_before

RENEW_WITHIN = timedelta(days=30)


class Due(StrEnum):
    """Why a credential is to be made anew."""

    ENDS = "ends"
    AGE = "age"
    ADDRESS = "address"
    TERM = "term"


@dataclass(frozen=True, slots=True)
class Anew:
    """What a credential would be if it were made `at` that time.

    Units   `identity` as the registry has it; `address` as in `TechnicalCredential`; `until` the
            end it would have.
    """

    at: datetime
    identity: Identity
    address: str | None
    until: datetime


def why_due(card: MobileCard, present: Sequence[TechnicalCredential], anew: Anew) -> Due | None:
    """Why any of a wallet's present credentials is to be made anew; None: none is.

    Units   `card` before its renewal.
    Rule    One that ends soon is only made anew if the new one ends later. One that says an age
            or an address that is no longer true, at once; so is what is older than the dates of
            its card.
    """
    return next(filter(None, (_why(card, each, anew) for each in present)), None)


def _why(card: MobileCard, credential: TechnicalCredential, anew: Anew) -> Due | None:
    made, today = korean_day(credential.intended_at), korean_day(anew.at)
    if is_in_last_months(card, today) or made < card.issue_date:
        return Due.TERM
    if card.due is not None or credential.address != anew.address:
        return Due.ADDRESS
    if _ages(anew.identity, made) != _ages(anew.identity, today):
        return Due.AGE
    if credential.valid_until <= anew.at + RENEW_WITHIN and anew.until > credential.valid_until:
        return Due.ENDS
    return None


def _ages(identity: Identity, day: date) -> tuple[dict[int, bool], bool]:
    return age_flags(identity, day), is_past_youth_protection(identity, day)


def is_under_way(present: Sequence[TechnicalCredential], now: datetime) -> bool:
    """Whether one was made so recently that its token may still live: its answer can come again."""
    return any(now <= each.intended_at + TOKEN_LIFE for each in present)


def is_in_last_months(card: MobileCard, today: date) -> bool:
    return card.expiry_date < renewable_before(today)


def renewed(card: MobileCard, today: date) -> MobileCard:
    """The card with a new term if it is in the last months of its own, else as it is.

    Rule    Three years from the day of renewal (Decree, Art. 38(3)).
    """
    if not is_in_last_months(card, today):
        return card
    due = None if card.due == Reason.TERM_ENDS else card.due
    return replace(card, issue_date=today, expiry_date=expiry_date(today), due=due)


def present(credentials: Sequence[TechnicalCredential]) -> list[TechnicalCredential]:
    """Of all credentials of a card, those that a wallet has and no newer one replaced."""
    return [
        each for each in credentials if each.state is IssueState.DELIVERED and not each.superseded
    ]


def was_made_anew(
    credential: TechnicalCredential, credentials: Sequence[TechnicalCredential]
) -> bool:
    """Whether, of all credentials of its card, an earlier one has its configuration."""
    return any(
        each.configuration == credential.configuration
        and each.intended_at < credential.intended_at
        and each.state is not IssueState.VOIDED
        for each in credentials
    )


def replaced_by(
    newer: Sequence[TechnicalCredential], credentials: Sequence[TechnicalCredential]
) -> list[TechnicalCredential]:
    """Of all credentials of a card, those whose place the copies of a newer request take.

    Rule    Of the same configuration and to the same device key, made earlier, and not void.
    """
    keys = {
        (each.configuration, each.device_key): each.intended_at
        for each in newer
        if each.state is IssueState.DELIVERED
    }
    return [
        each
        for each in credentials
        if (at := keys.get((each.configuration, each.device_key))) is not None
        and each.intended_at < at
        and each.state is not IssueState.VOIDED
        and not each.superseded
    ]
