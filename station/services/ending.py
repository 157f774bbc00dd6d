"""How a case ends before its time: offers die, tokens end, what was issued becomes void."""

from collections.abc import Sequence
from dataclasses import replace

from station.domain.case import Case, Event, advance
from station.domain.credential import CardState, IssueState, TechnicalCredential
from station.ports import Transaction


def end_case(tx: Transaction, case: Case, event: Event, actor: str, reason: str) -> Case:
    """End `case` with `event` in the caller's commit; nothing of it can be used afterwards.

    Rule    What was never delivered is VOIDED; a delivered credential that was not activated is
            revoked. The identity taken in the case is erased.
    """
    ended = advance(case, event, reason=reason)
    tx.cases.save(ended)
    take_back(tx, case, actor, reason)
    tx.cases.erase_identity(case.id)
    tx.audit.append(event.value, actor, case.id, reason=reason)
    return ended


def live_copies(tx: Transaction, case: Case) -> Sequence[TechnicalCredential]:
    """What was issued of the case's present card; what was taken back before counts no more."""
    card = tx.credentials.card_of_case(case.id)
    return tx.credentials.of_card(card.id) if card is not None else ()


def settle(tx: Transaction, credential: TechnicalCredential, actor: str) -> None:
    """Give a copy its end when nobody waits for it any more.

    Rule    An intent is voided. A signed copy may have left the station: it counts as delivered.
    """
    fields = {"credential": credential.id}
    if credential.state is IssueState.INTENDED and tx.credentials.void(credential.id):
        tx.audit.append("credential.voided", actor, credential.case_id, **fields)
    elif tx.credentials.mark_delivered(credential.id):
        tx.audit.append("credential.delivered", actor, credential.case_id, **fields, seen="no")


def end_tokens(tx: Transaction, case: Case) -> None:
    """End every token of a case, and give up what waits for the key device under them."""
    tx.grants.revoke_tokens(case.id)
    tx.deferrals.give_up(case.id)


def take_back(tx: Transaction, case: Case, actor: str, reason: str) -> None:
    """Void or revoke everything issued in a case that is not active yet."""
    tx.grants.kill_offers(case.id)
    end_tokens(tx, case)
    tx.grants.revoke_refresh_tokens(case.id)
    delivered = False
    for credential in tx.credentials.of_case(case.id):
        if tx.credentials.void(credential.id):
            tx.audit.append("credential.voided", actor, case.id, credential=credential.id)
        elif credential.state is IssueState.DELIVERED:
            delivered = True
    tx.credentials.erase_responses(case.id)
    card = tx.credentials.card_of_case(case.id)
    if card is not None:
        state = CardState.REVOKED if delivered else CardState.VOIDED
        tx.credentials.save_card(replace(card, state=state, reason=reason))
        tx.audit.append(f"card.{state.value}", actor, case.id, card=card.id, reason=reason)
