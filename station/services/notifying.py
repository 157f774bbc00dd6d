"""Telling residents: every notice that was queued goes to the contact the registry has now."""

from collections.abc import Sequence
from dataclasses import dataclass

from station.domain.errors import StationError
from station.domain.notice import Letter, Notice, letter
from station.ports import Clock, Notices, Records, Registry

_STATION = "station"
BATCH = 100
"""Notices of one commit: as many may be sent again after a crash."""
AT_ONCE = 500
"""Notices of one sweep, so that nothing else waits long."""


@dataclass(frozen=True, slots=True)
class Notifying:
    """Empties the queue.

    Rule    A notice is marked after it was sent: after a crash it may be sent again, under the
            same reference; it is never lost.
    """

    records: Records
    registry: Registry
    notices: Notices
    clock: Clock
    office: str

    def send(self) -> int:
        """Send what is queued; returns how many notices are done with.

        Rule    An answer of the registry that cannot be used holds up no other notice.
        Errors  `RegistryAway`, `OSError`, `StationError`: what could not be sent stays queued.
        """
        done = last = 0
        held: list[StationError] = []
        while done < AT_ONCE:
            with self.records.reading() as tx:
                batch = tx.notices.unsent(BATCH, last)
            if not batch:
                break
            held += self._send(batch)
            done, last = done + len(batch), batch[-1].id
        if held:
            raise held[0]
        return done

    def _send(self, batch: Sequence[Notice]) -> list[StationError]:
        """What kept some of them from being sent."""
        sent: list[Notice] = []
        unreachable: list[Notice] = []
        held: list[StationError] = []
        try:
            for notice in batch:
                try:
                    made = self._letter(notice)
                except StationError as error:
                    held.append(error)
                    continue
                if made is None:
                    unreachable.append(notice)
                else:
                    self.notices.send(made)
                    sent.append(notice)
        finally:
            self._mark(sent, unreachable)
        return held

    def _letter(self, notice: Notice) -> Letter | None:
        """None where nobody can be told: the identity is erased, or there is no contact."""
        with self.records.reading() as tx:
            identity = tx.cases.identity(notice.case_id)
        record = self.registry.find(identity.rrn) if identity else None
        if record is None or not record.contact:
            return None
        return letter(notice, record.contact, self.office)

    def _mark(self, sent: list[Notice], unreachable: list[Notice]) -> None:
        ids = [each.id for each in (*sent, *unreachable)]
        if not ids:
            return
        with self.records.transaction() as tx:
            tx.notices.mark_sent(ids, self.clock.now())
            for each in unreachable:
                fields = {"notice": str(each.id), "kind": each.kind.value}
                tx.audit.append("notice.unreachable", _STATION, each.case_id, **fields)
