"""A mobile card's steps after activation, each in the caller's commit: stored, audited, told."""

from dataclasses import replace

from station.domain.case import Case, Event, Stage
from station.domain.credential import CardState, Cause, IssueState, MobileCard, Reason
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


def revoke_card(
    tx: Transaction,
    card: MobileCard,
    actor: str,
    reason: Reason,
    notice: NoticeKind = NoticeKind.REVOKED,
) -> MobileCard:
    """Revoke an active or suspended card for good; whatever was being issued on it is void."""
    after = revoked(card, reason)
    for each in tx.credentials.of_card(card.id):
        if each.state in {IssueState.INTENDED, IssueState.SIGNED}:
            settle(tx, each, actor)
    tx.deferrals.give_up(card.case_id)
    tx.credentials.revoke_cards([card], reason.value)
    _record(tx, "card.revoked", actor, after)
    if reason is not Reason.DECEASED:
        tx.notices.add([after], notice, reason.value)
    return after


def end_card(tx: Transaction, card: MobileCard, actor: str, reason: Reason) -> MobileCard:
    """Revoke a card; one that is not active yet ends its case with it.

    Errors  `StationError("credential.revoked")`.
    """
    if card.state is not CardState.PENDING_ACTIVATION:
        return revoke_card(tx, card, actor, reason)
    end_case(tx, tx.cases.by_id(card.case_id), Event.CANCELLED, actor, reason.value)
    return tx.credentials.card(card.id) or card


def mark_due(tx: Transaction, card: MobileCard, actor: str, reason: Reason) -> None:
    """Note that a card is to be renewed; it stays valid."""
    tx.credentials.save_card(replace(card, due=reason.value))
    _record(tx, "card.due", actor, card, due=reason.value)
    if card.state is not CardState.PENDING_ACTIVATION:
        tx.notices.add([card], NoticeKind.RENEWAL_DUE, reason.value)


def end_open_case(tx: Transaction, case: Case, actor: str, reason: Reason) -> None:
    """End a case that is under way; one whose card is active only waits for its receipt."""
    if not case.stage.ended and case.stage is not Stage.ACTIVE:
        end_case(tx, case, Event.CANCELLED, actor, reason.value)


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
