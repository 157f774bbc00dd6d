"""The life of a mobile card after issue: activation on sight, revocation."""

from collections.abc import Sequence
from dataclasses import dataclass

from station.domain.case import Case, Event, advance, check_time
from station.domain.credential import (
    CardState,
    IssueState,
    MobileCard,
    RevocationReason,
    TechnicalCredential,
)
from station.domain.errors import StationError
from station.ports import Clock, Records
from station.services.ending import end_case, end_tokens, live_copies, revoke_card, settle
from station.services.refusals import recorded


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What changes a mobile card's status."""

    records: Records
    clock: Clock

    def activate(self, number: str, officer: str) -> tuple[Case, MobileCard]:
        """Make the card of a case valid, because the officer saw it on the resident's own phone.

        Rule    Every earlier card of the person, also a suspended one, is revoked in the same
                commit. A copy still being signed is voided; one that may have left the station
                counts as delivered. What still waits for the key device is given up.
        """
        with recorded(self.records, "activate", number, officer), self.records.transaction() as tx:
            case = tx.cases.get(number)
            check_time(case, self.clock.now())
            case = advance(case, Event.ACTIVATED)
            card = tx.credentials.card_of_case(case.id)
            credentials = live_copies(tx, case)
            if card is None or not any(c.state is IssueState.DELIVERED for c in credentials):
                raise StationError("activation.nothing_delivered")
            for each in tx.credentials.cards_of(card.subject):
                if each.id != card.id and each.state in {CardState.ACTIVE, CardState.SUSPENDED}:
                    revoke_card(tx, each, officer, RevocationReason.REISSUE_NEEDED)
            for credential in credentials:
                settle(tx, credential, officer)
            tx.credentials.set_card_state(card, CardState.ACTIVE, None)
            end_tokens(tx, case)
            tx.credentials.erase_responses(case.id)
            tx.cases.save(case)
            tx.audit.append(Event.ACTIVATED.value, officer, case.id, card=card.id)
            active = tx.credentials.card(card.id) or card
        return case, active

    def revoke(self, card_id: str, officer: str, reason: RevocationReason) -> MobileCard:
        """Revoke a mobile card for good; one that is not active yet ends its case with it."""
        with self.records.transaction() as tx:
            card = tx.credentials.card(card_id)
            if card is None:
                raise StationError("credential.not_found")
            if card.state.final:
                raise StationError("credential.revoked")
            if card.state is CardState.PENDING_ACTIVATION:
                end_case(tx, tx.cases.by_id(card.case_id), Event.CANCELLED, officer, reason.value)
            else:
                revoke_card(tx, card, officer, reason)
            return tx.credentials.card(card_id) or card

    def list(self, limit: int) -> Sequence[MobileCard]:
        """The newest mobile cards."""
        with self.records.reading() as tx:
            return tx.credentials.cards(limit)

    def show(self, card_id: str) -> tuple[MobileCard, Sequence[TechnicalCredential]]:
        """A mobile card with its technical credentials."""
        with self.records.reading() as tx:
            card = tx.credentials.card(card_id)
            if card is None:
                raise StationError("credential.not_found")
            return card, tx.credentials.of_card(card_id)
