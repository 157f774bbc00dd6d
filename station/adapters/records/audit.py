"""The audit chain's rows."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from station.adapters.records.tables import audit
from station.domain.audit import CLOCK_SLACK, AuditEntry, make_entry
from station.domain.errors import StationError
from station.ports import Clock


class AuditRows:
    """`station.ports.AuditLog`. The writer's lock is held, so the head cannot move."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._appended: AuditEntry | None = None

    def append(
        self, event: str, actor: str, case_id: str | None = None, **fields: str
    ) -> AuditEntry:
        head = self._appended or self.head()
        now = self._clock.now()
        if head is not None:
            if now < head.at - CLOCK_SLACK:
                raise StationError("clock.wrong")
            now = max(now, head.at)
        entry = make_entry(head, now, event, actor, (case_id, fields))
        row = {
            "sequence": entry.sequence,
            "at": entry.at,
            "event": entry.event,
            "actor": entry.actor,
            "case_id": entry.case_id,
            "fields": dict(entry.fields),
            "previous": entry.previous,
            "digest": entry.digest,
        }
        self._connection.execute(insert(audit), row)
        self._appended = entry
        return entry

    def entries(self, after: int = 0, limit: int | None = None) -> Iterator[AuditEntry]:
        query = select(audit).where(audit.c.sequence > after).order_by(audit.c.sequence)
        for row in self._connection.execute(query.limit(limit)):
            yield _entry(row)

    def newest(
        self, limit: int, event: str | None = None, before: int | None = None
    ) -> Sequence[AuditEntry]:
        query = select(audit).order_by(audit.c.sequence.desc()).limit(limit)
        if event is not None:
            query = query.where(audit.c.event == event)
        if before is not None:
            query = query.where(audit.c.sequence < before)
        return [_entry(row) for row in reversed(self._connection.execute(query).all())]

    def of_case(self, case_id: str) -> Sequence[AuditEntry]:
        query = select(audit).where(audit.c.case_id == case_id).order_by(audit.c.sequence)
        return [_entry(row) for row in self._connection.execute(query)]

    def of_events(self, events: Collection[str], limit: int) -> Sequence[AuditEntry]:
        query = select(audit).where(audit.c.event.in_(events)).order_by(audit.c.sequence.desc())
        rows = self._connection.execute(query.limit(limit)).all()
        return [_entry(row) for row in reversed(rows)]

    def at(self, sequence: int) -> AuditEntry | None:
        query = select(audit).where(audit.c.sequence == sequence)
        row = self._connection.execute(query).first()
        return _entry(row) if row else None

    def head(self) -> AuditEntry | None:
        query = select(audit).order_by(audit.c.sequence.desc()).limit(1)
        row = self._connection.execute(query).first()
        return _entry(row) if row else None


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(**row._asdict())
