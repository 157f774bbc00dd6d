"""Rows of mass revocations, and the cards their queries mean."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, insert, select, update

from station.adapters.records.cards import mobile_card
from station.adapters.records.tables import cases, credentials, mobile_cards, revocation_runs
from station.domain.credential import MobileCard, Reason
from station.domain.mass_revocation import LIVING, Query, RevocationRun


class RevocationRunRows:
    """`station.ports.RevocationRuns`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run: RevocationRun) -> None:
        values = {
            "id": run.id,
            "made_at": run.made_at,
            "officer": run.officer,
            "query": run.query.as_dict(),
            "reason": run.reason.value,
            "total": run.total,
            **_progress(run),
        }
        self._connection.execute(insert(revocation_runs).values(**values))

    def get(self, run_id: str) -> RevocationRun | None:
        query = select(revocation_runs).where(revocation_runs.c.id == run_id)
        row = self._connection.execute(query).first()
        return _run(row) if row else None

    def save(self, run: RevocationRun) -> None:
        this = (revocation_runs.c.id == run.id) & revocation_runs.c.ended_at.is_(None)
        self._connection.execute(update(revocation_runs).where(this).values(**_progress(run)))

    def unfinished(self) -> Sequence[RevocationRun]:
        query = select(revocation_runs).where(revocation_runs.c.ended_at.is_(None))
        return [_run(row) for row in self._connection.execute(query)]

    def count(self, query: Query) -> int:
        counted = select(func.count()).select_from(mobile_cards).where(*_conditions(query))
        return self._connection.scalar(counted) or 0

    def next(self, query: Query, after: str, limit: int) -> Sequence[MobileCard]:
        beyond = select(mobile_cards).where(mobile_cards.c.id > after, *_conditions(query))
        rows = self._connection.execute(beyond.order_by(mobile_cards.c.id).limit(limit))
        return [mobile_card(row) for row in rows]


def _conditions(query: Query) -> list[ColumnElement[bool]]:
    states = [query.state] if query.state else LIVING
    found: list[ColumnElement[bool]] = [mobile_cards.c.state.in_([state.value for state in states])]
    if query.issued_from:
        found.append(mobile_cards.c.issue_date >= query.issued_from.isoformat())
    if query.issued_until:
        found.append(mobile_cards.c.issue_date <= query.issued_until.isoformat())
    if query.device:
        found.append(mobile_cards.c.device == query.device)
    case = cases.c.id == mobile_cards.c.case_id
    if query.route:
        found.append(exists().where(case, cases.c.route == query.route))
    if query.officer:
        found.append(exists().where(case, cases.c.officer == query.officer))
    if query.run:
        signed = credentials.c.card_id == mobile_cards.c.id
        found.append(exists().where(signed, credentials.c.run == query.run))
    return found


def _progress(run: RevocationRun) -> dict[str, Any]:
    return {"done": run.done, "position": run.position, "ended_at": run.ended_at}


def _run(row: Row[Any]) -> RevocationRun:
    query = Query.from_dict(row.query)
    return RevocationRun(**row._asdict() | {"query": query, "reason": Reason(row.reason)})
