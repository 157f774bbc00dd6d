"""A mobile card's steps after activation, each in the caller's commit: stored, audited, told."""

from collections.abc import Sequence
from dataclasses import replace

from station.domain.case import Event
from station.domain.credential import CardState, Cause, MobileCard, Reason
from station.domain.errors import StationError
from station.domain.lifecycle import lifted, revoked, suspended
from station.domain.notice import NoticeKind
from station.ports import Transaction
from station.services.ending import end_case, settle


def suspend_card(tx: Transaction, card: MobileCard, actor: str, cause: Cause) -> MobileCard:
    """Suspend a card for one more cause; the same cause again changes nothing."""
    after = suspended(card, cause)
    if after != card:
        tx.credentials.save_card(after)
        _record(tx, "card.suspended", actor, after, cause=cause.value)
        tx.notices.add([after], NoticeKind.SUSPENDED, after.reason or "")
    return after


def lift_card(
    tx: Transaction, card: MobileCard, actor: str, causes: frozenset[Cause]
) -> MobileCard:
    """Take causes of its suspension from a card; the last one makes it active again."""
    after = lifted(card, causes)
    tx.credentials.save_card(after)
    gone = ",".join(sorted(causes))
    _record(tx, "card.lifted", actor, after, cause=gone, state=after.state.value)
    if after.state is CardState.ACTIVE:
        tx.notices.add([after], NoticeKind.LIFTED)
    return after


def revoke_cards(
    tx: Transaction,
    cards: Sequence[MobileCard],
    actor: str,
    reason: Reason,
    notice: NoticeKind = NoticeKind.REVOKED,
    **fields: str,
) -> None:
    """Revoke active and suspended cards for good; what was being issued on them is void.

    Rule    Nobody writes to the dead.
    """
    if not cards:
        return
    after = [revoked(card, reason) for card in cards]
    for each in tx.credentials.unsettled(cards):
        settle(tx, each, actor)
    tx.deferrals.give_up(*(card.case_id for card in cards))
    tx.credentials.revoke_cards(cards, reason.value)
    for card in after:
        _record(tx, "card.revoked", actor, card, **fields)
    if reason is not Reason.DECEASED:
        tx.notices.add(after, notice, reason.value)


def end_card(tx: Transaction, card: MobileCard, actor: str, reason: Reason) -> MobileCard:
    """Revoke a card; one that is not active yet ends its case with it.

    Errors  `StationError("credential.revoked")`.
    """
    if card.state is CardState.PENDING_ACTIVATION:
        end_case(tx, tx.cases.by_id(card.case_id), Event.CANCELLED, actor, reason.value)
    else:
        revoke_cards(tx, [card], actor, reason)
    return tx.credentials.card(card.id) or card


def mark_due(tx: Transaction, card: MobileCard, actor: str, reason: Reason) -> None:
    """Note that a card is to be renewed; it stays valid. The same reason again changes nothing."""
    if card.due == reason.value:
        return
    after = replace(card, due=reason.value)
    tx.credentials.save_card(after)
    _record(tx, "card.due", actor, after, due=reason.value)
    if card.state is not CardState.PENDING_ACTIVATION:
        tx.notices.add([after], NoticeKind.RENEWAL_DUE, reason.value)


def card_named(tx: Transaction, name: str) -> MobileCard:
    """By its id or its document number. Errors: `StationError("credential.not_found")`."""
    card = tx.credentials.card(name) or tx.credentials.card_by_number(name)
    if card is None:
        raise StationError("credential.not_found")
    return card


def _record(tx: Transaction, event: str, actor: str, card: MobileCard, **fields: str) -> None:
    fields = {"card": card.id, **fields}
    if card.reason is not None:
        fields["reason"] = card.reason
    tx.audit.append(event, actor, card.case_id, **fields)
