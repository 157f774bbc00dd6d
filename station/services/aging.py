"""What time does to mobile cards: the last three months are for renewal, and then they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from station.domain.credential import MobileCard, Reason
from station.domain.grant import korean_day
from station.domain.lifecycle import renewable_before
from station.ports import Clock, Records, Transaction
from station.services.card_steps import mark_due, revoke_cards

_STATION = "station"
BATCH = 500
"""Cards of one commit."""


@dataclass(frozen=True, slots=True)
class Aging:
    """Looks every day at every card that is in use."""

    records: Records
    clock: Clock

    def expire(self) -> int:
        """Revoke what expired before today; returns how many there were.

        Rule    A card is valid to the end of its last day.
        """
        today = korean_day(self.clock.now())
        ended = 0
        while self._expired(today):
            with self.records.transaction() as tx:
                cards = tx.credentials.expiring(today, BATCH)
                revoke_cards(tx, cards, _STATION, Reason.EXPIRED)
                ended += len(cards)
        return ended

    def _expired(self, today: date) -> Sequence[MobileCard]:
        with self.records.reading() as tx:
            return tx.credentials.expiring(today, 1)

    def remind(self) -> int:
        """Note, and tell, once, that a card's last three months have begun."""
        before = renewable_before(korean_day(self.clock.now()))
        due = 0
        while self._renewable(before):
            with self.records.transaction() as tx:
                due += _remind(tx, before)
        return due

    def _renewable(self, before: date) -> Sequence[MobileCard]:
        with self.records.reading() as tx:
            return tx.credentials.renewable(before, 1)


def _remind(tx: Transaction, before: date) -> int:
    cards = tx.credentials.renewable(before, BATCH)
    for card in cards:
        mark_due(tx, card, _STATION, Reason.TERM_ENDS)
    return len(cards)
