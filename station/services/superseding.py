"""When a newer credential takes the place of an older one: on the wallet's word, never before."""

from dataclasses import replace

from station.domain.credential import IssueState, TechnicalCredential
from station.domain.grant import korean_day
from station.domain.renewal import present, replaced_by, was_made_anew
from station.ports import Transaction

_WALLET = "wallet"


def take_place(tx: Transaction, accepted: TechnicalCredential) -> None:
    """End what an accepted credential replaces; a card with nothing old left is due no more."""
    newer = tx.credentials.of_request(accepted.id)
    on_card = tx.credentials.of_card(accepted.card_id)
    for each in replaced_by(newer, on_card):
        _end(tx, each)
    card = tx.credentials.card(accepted.card_id)
    if card is None or card.due is None or not was_made_anew(accepted, on_card):
        return
    left = present(tx.credentials.of_card(card.id))
    if all(
        each.address == accepted.address and korean_day(each.intended_at) >= card.issue_date
        for each in left
    ):
        tx.credentials.save_card(replace(card, due=None))


def make_way(tx: Transaction, deleted: TechnicalCredential) -> bool:
    """End a deleted credential alone where a newer one took its place, or is there to take it."""
    copies = tx.credentials.of_request(deleted.id)
    others = [each for each in tx.credentials.of_card(deleted.card_id) if each not in copies]
    replaced = any(each.superseded for each in copies)
    if not replaced and not any(replaced_by([each], copies) for each in present(others)):
        return False
    for each in present(copies):
        _end(tx, each)
    return True


def _end(tx: Transaction, credential: TechnicalCredential) -> None:
    fields = {"credential": credential.id}
    if credential.state is IssueState.DELIVERED:
        tx.credentials.supersede(credential.id)
        tx.audit.append("credential.superseded", _WALLET, credential.case_id, **fields)
    elif tx.credentials.void(credential.id):
        fields["reason"] = "superseded"
        tx.audit.append("credential.voided", _WALLET, credential.case_id, **fields)
