"""The life of a mobile card after issue: activation on sight, revocation, the status list."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from station.credentials.status_list import ListTerms, Status, prepare_jwt
from station.domain.case import Case, Event, advance, check_time
from station.domain.credential import (
    CardState,
    IssueState,
    MobileCard,
    PublishedStatus,
    RevocationReason,
    TechnicalCredential,
)
from station.domain.errors import StationError
from station.ports import Clock, IssuerKey, Records, Transaction
from station.services.ending import end_case, live_copies, settle
from station.services.refusals import recorded

STATUS_TTL = 240  # With a minute in HTTP caches, a change is public within five.
STATUS_LIFE = timedelta(days=1)
_ENTRY = {
    PublishedStatus.VALID: Status.VALID,
    PublishedStatus.INVALID: Status.INVALID,
    PublishedStatus.SUSPENDED: Status.SUSPENDED,
}


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What changes a mobile card's status."""

    records: Records
    clock: Clock

    def activate(self, number: str, officer: str) -> tuple[Case, MobileCard]:
        """Make the card of a case valid, because the officer saw it on the resident's own phone.

        Rule    Every earlier card of the person, also a suspended one, is revoked in the same
                commit. A copy still being signed is voided; one that may have left the station
                counts as delivered.
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
                    _revoke(tx, each, officer, RevocationReason.REISSUE_NEEDED.value)
            for credential in credentials:
                settle(tx, credential, officer)
            tx.credentials.set_card_state(card, CardState.ACTIVE, None)
            tx.grants.revoke_tokens(case.id)
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
                _revoke(tx, card, officer, reason.value)
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


def _revoke(tx: Transaction, card: MobileCard, officer: str, reason: str) -> None:
    tx.credentials.set_card_state(card, CardState.REVOKED, reason)
    tx.audit.append("card.revoked", officer, card.case_id, card=card.id, reason=reason)


class StatusPublisher:
    """Signs a status list anew when it changed or grew old; else hands out the last one."""

    def __init__(self, records: Records, key: IssuerKey, clock: Clock, issuer: str) -> None:
        self._records = records
        self._key = key
        self._clock = clock
        self._issuer = issuer
        self._published: dict[int, tuple[int, ListTerms, str]] = {}
        self._signing = threading.Lock()

    def token(self, number: int) -> str | None:
        """The Status List Token of list `number`; None if there is no such list."""
        with self._records.reading() as tx:
            version = tx.credentials.status_version(number)
        if version is None:
            return None
        kept = self._kept(number, version)
        if kept is None:
            with self._signing:  # Of many who ask at once, one signs.
                kept = self._kept(number, version) or self._publish(number)
        return kept

    def _kept(self, number: int, version: int) -> str | None:
        kept = self._published.get(number)
        if kept is None or kept[0] < version or not self._fresh(kept[1]):
            return None
        return kept[2]

    def _fresh(self, terms: ListTerms) -> bool:
        return self._clock.now() < terms.issued_at + STATUS_LIFE / 2

    def _publish(self, number: int) -> str | None:
        with self._records.transaction() as tx:
            version = tx.credentials.status_version(number)
            if version is None:
                return None
            issued_at = tx.credentials.next_status_time(number, self._clock.now())
            size, entries = tx.credentials.published(number)
        statuses = bytearray(size)
        for index, status in entries.items():
            statuses[index] = _ENTRY[status]
        expires = min(issued_at + STATUS_LIFE, self._key.not_after)
        terms = ListTerms(f"{self._issuer}/status/{number}", issued_at, expires, STATUS_TTL)
        unsigned = prepare_jwt(bytes(statuses), terms, self._key.chain)
        token = unsigned.complete(self._key.sign(unsigned.to_sign))
        self._published[number] = (version, terms, token)
        return token
