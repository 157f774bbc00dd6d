"""Rows of notices that residents are still to get, or got."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from station.adapters.records.tables import notices
from station.domain.credential import MobileCard
from station.domain.notice import Notice, NoticeKind
from station.ports import Clock


class NoticeRows:
    """`station.ports.NoticeQueue`."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(self, cards: Sequence[MobileCard], kind: NoticeKind, reason: str = "") -> None:
        shared = {"made_at": self._clock.now(), "kind": kind.value, "fields": {"reason": reason}}
        rows = [shared | {"subject": card.subject, "case_id": card.case_id} for card in cards]
        if rows:
            self._connection.execute(insert(notices), rows)

    def unsent(self, limit: int, after: int = 0) -> Sequence[Notice]:
        waiting = notices.c.sent_at.is_(None) & (notices.c.id > after)
        query = select(notices).where(waiting).order_by(notices.c.id)
        return [
            Notice(
                row.id, row.made_at, row.subject, row.case_id, NoticeKind(row.kind), **row.fields
            )
            for row in self._connection.execute(query.limit(limit))
        ]

    def mark_sent(self, ids: Sequence[int], at: datetime) -> None:
        these = notices.c.id.in_(ids) & notices.c.sent_at.is_(None)
        self._connection.execute(update(notices).where(these).values(sent_at=at))
