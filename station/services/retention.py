"""When personal data of closed cases are erased: their time is over and nothing needs them."""

from dataclasses import dataclass
from datetime import timedelta

from station.domain.application_record import closed_at
from station.domain.case import Case
from station.ports import Clock, Records, Transaction

AT_ONCE = 200
"""So many cases a sweep: phones do not wait behind a long one."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Erases sealed identities.

    Rule    `keep` after a case was closed, but never while its mobile card lives: to refresh a
            card the registry is asked again. The case, its audit entries and the records of
            access stay; they name nobody.
    Source  Enforcement Decree of the Resident Registration Act, Art. 60.
    """

    records: Records
    clock: Clock
    keep: timedelta

    def sweep(self) -> int:
        """Erase what is due; returns how many identities that were."""
        with self.records.reading() as tx:
            before = self.clock.now() - self.keep
            due = [case for case in tx.cases.outlived(before, AT_ONCE) if self._is_due(tx, case)]
        return sum(self._erase(case) for case in due)

    def _erase(self, case: Case) -> bool:
        with self.records.transaction() as tx:
            # Another process may sweep, too.
            if tx.cases.identity(case.id) is None or not self._is_due(tx, case):
                return False
            tx.cases.erase_identity(case.id)
            tx.audit.append("identity.erased", "station", case.id, reason="retention")
            return True

    def _is_due(self, tx: Transaction, case: Case) -> bool:
        closed = closed_at(tx.audit.of_case(case.id))
        if closed is None or self.clock.now() <= closed + self.keep:
            return False
        cards = tx.credentials.cards_of(case.subject or "")
        return all(card.state.final for card in cards if card.case_id == case.id)
