"""The life of a mobile card after issue: which reason changes which state, and its status.

Source  Enforcement Decree of the Resident Registration Act, Art. 38, 42; the national status
        model of mobile identity cards.
"""

from dataclasses import replace
from datetime import date, timedelta
from enum import IntEnum

from station.domain.credential import CARD_STATES, CardState, Cause, MobileCard, Reason
from station.domain.errors import StationError
from station.domain.text import Words

RENEWAL_MONTHS = 3

REVOKING = frozenset(
    {
        Reason.RRN_CHANGED,
        Reason.NAME_CHANGED,
        Reason.REISSUE_NEEDED,
        Reason.DELETED,
        Reason.EXPIRED,
        Reason.DECEASED,
        Reason.DEREGISTERED,
        Reason.EMIGRATED,
    }
)
SUSPENDING = frozenset({Reason.SUSPENDED, Reason.LOST})

NEXT: dict[tuple[CardState, Reason], CardState] = {
    (CardState.PENDING_ACTIVATION, Reason.ISSUED): CardState.ACTIVE,
    **{(CardState.ACTIVE, reason): CardState.SUSPENDED for reason in SUSPENDING},
    # A second cause keeps it suspended, and so does one of two that is gone.
    **{(CardState.SUSPENDED, reason): CardState.SUSPENDED for reason in SUSPENDING},
    (CardState.SUSPENDED, Reason.ISSUED): CardState.ACTIVE,
    **{(CardState.ACTIVE, reason): CardState.REVOKED for reason in REVOKING},
    **{(CardState.SUSPENDED, reason): CardState.REVOKED for reason in REVOKING},
}
"""Every step there is. A card that is not active yet ends with its case."""


class DomesticStatus(IntEnum):
    """The national status of a mobile card."""

    NORMAL = 0
    SUSPENDED = 1
    RENEWAL_DUE = 2
    REVOKED = 9


def activated(card: MobileCard) -> MobileCard:
    if card.state is CardState.SUSPENDED:  # It would be lifted with its causes left.
        raise _wrong_state(card, Reason.ISSUED)
    return _after(card, Reason.ISSUED)


def suspended(card: MobileCard, cause: Cause) -> MobileCard:
    """The card with one more cause to be suspended; the same one again changes nothing."""
    return _held(card, card.causes | {cause})


def lifted(card: MobileCard, causes: frozenset[Cause]) -> MobileCard:
    """The card without `causes`: active once none is left.

    Errors  `StationError("credential.not_suspended")` for a cause it is not suspended for.
    """
    if card.state.final:
        raise StationError("credential.revoked")
    if not causes or not causes <= card.causes:
        raise StationError("credential.not_suspended", ", ".join(sorted(causes - card.causes)))
    return _held(card, card.causes - causes)


def revoked(card: MobileCard, reason: Reason) -> MobileCard:
    """The card as it ends. Errors: `StationError` for one that cannot, or not for this reason."""
    after = _after(card, reason)
    if not after.state.final:
        raise _wrong_state(card, reason)
    return replace(after, reason=reason.value, causes=frozenset())


def _held(card: MobileCard, causes: frozenset[Cause]) -> MobileCard:
    if not causes:
        return replace(_after(card, Reason.ISSUED), reason=None, causes=causes)
    lost = any(cause.loss for cause in causes)
    reason = Reason.LOST if lost else Reason.SUSPENDED
    return replace(_after(card, reason), reason=reason.value, causes=causes)


def _after(card: MobileCard, reason: Reason) -> MobileCard:
    if card.state.final:
        raise StationError("credential.revoked")
    state = NEXT.get((card.state, reason))
    if state is None:
        raise _wrong_state(card, reason)
    return replace(card, state=state)


def _wrong_state(card: MobileCard, reason: Reason) -> StationError:
    now = CARD_STATES[card.state]
    words = Words(f"지금 상태: {now.ko}", f"State now: {now.en}")
    return StationError("credential.wrong_state", f"{reason.value} at {card.state.value}", words)


def domestic_status(card: MobileCard, today: date) -> tuple[DomesticStatus, Reason]:
    """The national status of a card on `today`, with its reason.

    Rule    'Renewal due' is still valid, and published as such. What never became active, or is
            not activated yet, has no number of its own: it is to be issued anew (209), or waits
            (206).
    """
    if card.state.final:
        known = (each for each in REVOKING if each.value == card.reason)
        return DomesticStatus.REVOKED, next(known, Reason.REISSUE_NEEDED)
    if card.expiry_date < today:
        return DomesticStatus.REVOKED, Reason.EXPIRED
    if card.state is CardState.PENDING_ACTIVATION:
        return DomesticStatus.SUSPENDED, Reason.SUSPENDED
    if card.state is CardState.SUSPENDED:
        return DomesticStatus.SUSPENDED, Reason(card.reason or Reason.SUSPENDED)
    if card.due is not None:
        return DomesticStatus.RENEWAL_DUE, Reason(card.due)
    if card.expiry_date < renewable_before(today):
        return DomesticStatus.RENEWAL_DUE, Reason.TERM_ENDS
    return DomesticStatus.NORMAL, Reason.ISSUED


def renewable_before(today: date) -> date:
    """What expires before this day is in its last three months today.

    Rule    Three months end on the eve of the day that answers to `today`, or with the month
            that has no such day (Civil Act, Art. 160(2), (3)).
    """
    months = today.month - 1 + RENEWAL_MONTHS
    first = date(today.year + months // 12, months % 12 + 1, 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return min(first + timedelta(days=today.day - 1), following - timedelta(days=1))
