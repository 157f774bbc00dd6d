"""Activation on sight: the resident's own phone shows the credential, or another one does."""

from dataclasses import dataclass

from station.domain.case import Case, Event, advance, check_time
from station.domain.credential import CardState, IssueState, MobileCard, Reason
from station.domain.errors import StationError
from station.domain.lifecycle import activated
from station.domain.notice import NoticeKind
from station.domain.officer import SignedIn
from station.domain.roles import Operation
from station.ports import Clock, Records, Transaction
from station.services.authority import Authority
from station.services.card_steps import revoke_cards
from station.services.ending import end_tokens, live_copies, settle, take_back
from station.services.refusals import recorded


@dataclass(frozen=True, slots=True)
class Activation:
    """The officer's word on the phone, which makes a card valid or takes it back."""

    records: Records
    authority: Authority
    clock: Clock

    def activate(self, number: str, officer: SignedIn) -> tuple[Case, MobileCard]:
        """Make the card of a case valid, because the officer saw it on the resident's own phone.

        Rule    Every earlier card of the person, also a suspended one, is revoked in the same
                commit. A copy still being signed is voided; one that may have left the station
                counts as delivered. What still waits for the key device is given up.
        """
        with recorded(self.records, "activate", number, officer), self.records.transaction() as tx:
            case = tx.cases.get(number)
            self.authority.require(tx, officer, Operation.ACTIVATE, case)
            check_time(case, self.clock.now())
            case = advance(case, Event.ACTIVATED)
            card = tx.credentials.card_of_case(case.id)
            credentials = live_copies(tx, case)
            if card is None or not any(c.state is IssueState.DELIVERED for c in credentials):
                raise StationError("activation.nothing_delivered")
            _supersede(tx, card, officer.officer)
            for credential in credentials:
                settle(tx, credential, officer.officer)
            active = activated(card)
            tx.credentials.save_card(active)
            end_tokens(tx, case)
            tx.credentials.erase_responses(case.id)
            tx.cases.save(case)
            tx.audit.append(Event.ACTIVATED.value, officer.officer, case.id, card=card.id)
            tx.notices.add([active], NoticeKind.ISSUED)
        return case, active

    def not_this_phone(self, number: str, officer: SignedIn) -> Case:
        """Take back what was issued: it is on another phone than the resident's.

        Rule    Whatever left the station is revoked at once; the case is approved as before, and
                another offer can be made. Nothing that was offered can be used any more.
        """
        with (
            recorded(self.records, "not-this-phone", number, officer),
            self.records.transaction() as tx,
        ):
            before = tx.cases.get(number)
            self.authority.require(tx, officer, Operation.ACTIVATE, before)
            check_time(before, self.clock.now())
            case = advance(before, Event.PHONE_REJECTED)
            take_back(tx, before, officer.officer, "not_this_phone")
            tx.cases.save(case)
            tx.audit.append(Event.PHONE_REJECTED.value, officer.officer, case.id)
        return case


def _supersede(tx: Transaction, card: MobileCard, actor: str) -> None:
    """A person has one card: every other one that is in use ends."""
    others = [
        each
        for each in tx.credentials.cards_of(card.subject)
        if each.id != card.id and each.state in {CardState.ACTIVE, CardState.SUSPENDED}
    ]
    revoke_cards(tx, others, actor, Reason.REISSUE_NEEDED, NoticeKind.SUPERSEDED)
