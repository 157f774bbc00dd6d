"""Rows of credential requests that wait for the key device."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from station.adapters.records.tables import deferrals
from station.domain.deferral import Deferral, DeferralState

POINT_OCTETS = 65
_WAITING = deferrals.c.state == DeferralState.WAITING.value


class DeferralRows:
    """`station.ports.Deferrals`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, deferral: Deferral) -> bool:
        values = asdict(deferral) | {
            "keys": b"".join(deferral.keys),
            "state": deferral.state.value,
        }
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(deferrals).values(**values))
        except IntegrityError:
            return False
        return True

    def by_transaction(self, transaction_hash: str) -> Deferral | None:
        return self._one(deferrals.c.transaction_hash == transaction_hash)

    def waiting_for(self, token_hash: str, configuration: str) -> Deferral | None:
        of_token = deferrals.c.token_hash == token_hash
        return self._one(of_token & (deferrals.c.configuration == configuration) & _WAITING)

    def waiting(self, case_id: str) -> Sequence[Deferral]:
        return self._many((deferrals.c.case_id == case_id) & _WAITING)

    def end(self, deferral_id: str, state: DeferralState) -> bool:
        return self._end(deferrals.c.id == deferral_id, state) == 1

    def give_up(self, *case_ids: str) -> None:
        self._end(deferrals.c.case_id.in_(case_ids), DeferralState.GIVEN_UP)

    def _end(self, condition: ColumnElement[bool], state: DeferralState) -> int:
        # Whoever waits no more needs no keys.
        ended = update(deferrals).where(condition & _WAITING).values(state=state.value, keys=b"")
        return self._connection.execute(ended).rowcount

    def _one(self, condition: ColumnElement[bool]) -> Deferral | None:
        return next(iter(self._many(condition)), None)

    def _many(self, condition: ColumnElement[bool]) -> Sequence[Deferral]:
        rows = self._connection.execute(select(deferrals).where(condition).order_by(deferrals.c.id))
        return [_deferral(row) for row in rows]


def _deferral(row: Row[Any]) -> Deferral:
    points = range(0, len(row.keys), POINT_OCTETS)
    keys = tuple(row.keys[start : start + POINT_OCTETS] for start in points)
    return Deferral(**row._asdict() | {"keys": keys, "state": DeferralState(row.state)})
